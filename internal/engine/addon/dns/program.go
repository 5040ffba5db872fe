package dns

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	"kubetutor/internal/engine/kernel"
)

// Exit codes of CoreDNS.
const (
	exitFailed   = 1
	exitUsage    = 2
	exitCallback = 4 // what a plugin does at the end failed
)

// Program is the program coredns.
func Program(ctx context.Context, p *kernel.Process) int {
	o, err := parseFlags(p)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitUsage
	case o.version:
		_, _ = io.WriteString(p.Stdout(), version())
		return 0
	case o.plugins:
		_, _ = io.WriteString(p.Stdout(), available())
		return 0
	}
	if p.Net() == nil {
		return fail(p, errors.New("the container has no network"))
	}
	return newServer(p, o).run(ctx)
}

// fail ends the program as log.Fatal does.
func fail(p *kernel.Process, err error) int {
	_, _ = fmt.Fprintln(p.Stderr(), err)
	return exitFailed
}

// options are the flags of CoreDNS.
type options struct {
	conf, port              string
	version, plugins, quiet bool
}

func parseFlags(p *kernel.Process) (o options, err error) {
	var ignored string
	flags := flag.NewFlagSet(p.Args()[0], flag.ContinueOnError)
	flags.SetOutput(p.Stderr())
	flags.StringVar(&o.conf, "conf", "Corefile", "Corefile to load")
	flags.BoolVar(&o.plugins, "plugins", false, "List installed plugins")
	flags.BoolVar(&o.version, "version", false, "Show version")
	flags.BoolVar(&o.quiet, "quiet", false, "Quiet mode (no initialization output)")
	flags.StringVar(&ignored, "pidfile", "", "Path to write pid file")
	flags.StringVar(&o.port, "dns.port", dnsserver.DefaultPort, "Default port")
	flags.StringVar(&o.port, "p", dnsserver.DefaultPort, "Default port")
	if err := flags.Parse(p.Args()[1:]); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		err = fmt.Errorf("extra command line arguments: %s", flags.Args())
		_, _ = fmt.Fprintln(p.Stderr(), err)
		return o, err
	}
	if o.port != dnsserver.DefaultPort {
		// Upstream's parser has the default port in a package variable.
		err = fmt.Errorf("a default port other than %s is not available in this cluster", dnsserver.DefaultPort)
		_, _ = fmt.Fprintln(p.Stderr(), err)
	}
	return o, err
}

// version is what CoreDNS says of itself at the start. It is a Linux here,
// whatever the machine runs.
func version() string {
	return fmt.Sprintf("%s-%s\nlinux/%s, %s, %s\n", coremain.CoreName, coremain.CoreVersion, runtime.GOARCH, runtime.Version(), coremain.GitCommit)
}

// available lists the directives that can be used.
func available() string {
	var b strings.Builder
	for _, name := range dnsserver.Directives {
		if _, ok := refused(name); !ok {
			b.WriteString(name + "\n")
		}
	}
	return b.String()
}
