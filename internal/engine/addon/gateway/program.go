package gateway

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"

	"kubetutor/internal/engine/addon/gateway/proxy"
	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/kernel"
)

const usage = `Usage:
  gateway-controller controller [flags]   run Gateways
  gateway-controller proxy [flags]        be the data plane of one Gateway
`

// memory is what the program holds, in bytes.
const memory = 24 << 20

// Program is the program gateway-controller of containers.
func Program(ctx context.Context, p *kernel.Process) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	caught := p.Notify(kernel.SIGTERM, kernel.SIGINT)
	go func() {
		select {
		case <-caught:
			cancel() // what runs ends in its own time
		case <-ctx.Done():
		}
	}()
	if len(p.Args()) < 2 {
		fmt.Fprint(p.Stderr(), usage)
		return 2
	}
	if p.Grow(memory) != nil {
		return 1
	}
	var err error
	switch p.Args()[1] {
	case "controller":
		err = control(ctx, p)
	case "proxy":
		err = proxy.Run(ctx, p, p.Args()[2:])
	default:
		fmt.Fprint(p.Stderr(), usage)
		return 2
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(p.Stderr(), "gateway-controller: %v\n", err)
		return 1
	}
	return 0
}

func control(ctx context.Context, p *kernel.Process) error {
	flags := pflag.NewFlagSet("gateway-controller controller", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	image := flags.String("proxy-image", "", "image of the proxies")
	verbosity := flags.IntP("v", "v", 2, "verbosity of the log")
	if err := flags.Parse(p.Args()[2:]); err != nil {
		return err
	}
	config, err := incluster.Config(p)
	if err != nil {
		return err
	}
	log := incluster.Log(p, *verbosity)
	return Run(klog.NewContext(ctx, log), Options{Config: config, Image: *image, Log: slog.New(logr.ToSlogHandler(log))})
}
