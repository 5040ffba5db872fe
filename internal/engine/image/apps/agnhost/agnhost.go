// Package agnhost is the test image of Kubernetes: one program with many
// subcommands. Behaviour follows test/images/agnhost of Kubernetes v1.37, flag by
// flag, so that its end-to-end tests can judge a cluster with it. SCTP is left
// out: the fabric has none.
package agnhost

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// call is one run of a subcommand.
type call struct {
	*kernel.Process
	log  *log.Logger
	args []string // what is left after the flags
}

func (c *call) printf(format string, args ...any) {
	fmt.Fprintf(c.Stdout(), format, args...)
}

// fatal logs as log.Fatal does and returns its exit status.
func (c *call) fatal(format string, args ...any) int {
	c.log.Printf(format, args...)
	return 1
}

// subcommand declares its flags and returns what runs once they are parsed.
type subcommand struct {
	declare func(flags *pflag.FlagSet) func(context.Context, *call) int
	signals bool // handles signals itself; others end at once, as Go programs do
	raw     bool // wants its arguments as they are
}

// memory is what the program holds, in bytes.
const memory = 9 << 20

// request is the CPU time of one HTTP request.
const request = 100 * time.Microsecond

func subcommands() map[string]subcommand {
	return map[string]subcommand{
		"connect":                               {declare: connect},
		"crd-conversion-webhook":                {declare: conversionWebhook},
		"dns-server-list":                       {declare: dnsServerList},
		"dns-suffix":                            {declare: dnsSuffix},
		"entrypoint-tester":                     {declare: entrypointTester, raw: true},
		"etc-hosts":                             {declare: etcHosts},
		"fake-gitserver":                        {declare: fakeGitServer},
		"grpc-health-checking":                  {declare: grpcHealthChecking},
		"guestbook":                             {declare: guestbook},
		"inclusterclient":                       {declare: inClusterClient},
		"liveness":                              {declare: liveness},
		"logs-generator":                        {declare: logsGenerator},
		"mounttest":                             {declare: mountTest},
		"mtlsclient":                            {declare: mtlsClient},
		"mtlsserver":                            {declare: mtlsServer},
		"net":                                   {declare: netRunner},
		"netexec":                               {declare: netexec, signals: true},
		"nettest":                               {declare: netTest, signals: true},
		"nonewprivs":                            {declare: noNewPrivs},
		"pause":                                 {declare: pause, signals: true},
		"port-forward-tester":                   {declare: portForwardTester},
		"porter":                                {declare: porter},
		"resource-consumer-controller":          {declare: resourceConsumerController},
		"serve-hostname":                        {declare: serveHostname, signals: true},
		"stress":                                {declare: stressFlags},
		"tcp-reset":                             {declare: tcpReset, signals: true},
		"test-service-account-issuer-discovery": {declare: issuerDiscovery},
		"test-webserver":                        {declare: testWebserver},
		"webhook":                               {declare: webhook},
	}
}

// Program is agnhost in the given version.
func Program(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		if p.Grow(memory) != nil {
			return 1
		}
		args := p.Args()
		if len(args) < 2 {
			usage(p.Stdout())
			return 0
		}
		if args[1] == "--version" {
			fmt.Fprintf(p.Stdout(), "app version %s\n", version)
			return 0
		}
		return run(ctx, p, args[1], args[2:])
	}
}

func run(ctx context.Context, p *kernel.Process, name string, args []string) int {
	sub, ok := subcommands()[name]
	if !ok {
		fmt.Fprintf(p.Stderr(), "Error: unknown command %q for \"app\"\nRun 'app --help' for usage.\n", name)
		return 1
	}
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := sub.declare(flags)
	logging(flags)
	if !sub.raw {
		if err := flags.Parse(args); err != nil {
			fmt.Fprintf(p.Stderr(), "Error: %v\n", err)
			return 1
		}
		args = flags.Args()
	}
	program := func(ctx context.Context, p *kernel.Process) int {
		return do(ctx, &call{Process: p, log: service.Logger(p), args: args})
	}
	if !sub.signals {
		program = service.LikeGo(program)
	}
	return program(ctx, p)
}

// logging accepts klog's flags, which tests pass.
func logging(flags *pflag.FlagSet) {
	for _, name := range []string{"logtostderr", "alsologtostderr", "one-output", "skip-headers"} {
		flags.Bool(name, false, "")
	}
	if flags.ShorthandLookup("v") == nil {
		flags.IntP("v", "v", 0, "")
	}
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Usage:\n  app [command]\n\nAvailable Commands:\n")
	for _, name := range slices.Sorted(maps.Keys(subcommands())) {
		fmt.Fprintf(w, "  %s\n", name)
	}
}

// seconds is a flag's number as a duration.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func port(n int) string { return ":" + strconv.Itoa(n) }

// file is a path as this process means it.
func (c *call) file(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(c.Dir(), name)
}

// packet opens a UDP socket that closes with the process.
func (c *call) packet(ctx context.Context, address string) (net.PacketConn, error) {
	conn, err := c.Net().ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	return conn, nil
}
