// Package nginx is the web server nginx, as far as containers of a lesson use
// it: configuration files with their checks and error messages, virtual servers,
// locations, static files, rewrites, proxying, access control, TLS, logs and
// signals. Directives that would change what a client sees and are not modelled
// are refused at the start; those that only tune the real program are accepted.
//
// Behaviour and messages follow nginx 1.29 (https://nginx.org/en/docs/).
package nginx

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"kubetutor/internal/engine/kernel"
)

// instance is a running master with its workers.
type instance struct {
	p         *kernel.Process
	version   string
	file      string // the configuration
	extra     string // -g
	checking  bool   // -t
	config    atomic.Pointer[config]
	files     *kernel.FS // as the workers see it
	cred      kernel.Cred
	logs      *logs
	reference *regexp.Regexp
	requests  atomic.Int64
	accepted  atomic.Int64
	active    atomic.Int64
	sockets   map[string]*socket

	mu      sync.Mutex
	workers []*kernel.Process
}

// options are the command line.
type options struct {
	help, version, build, test, dump, quiet bool
	signal, file, extra                     string
}

const defaultConfig = prefix + "/nginx.conf"

// workerTitle is what a worker's process is called.
const (
	workerTitle = "nginx: worker process"
	masterTitle = "nginx: master process "
)

// Program is nginx in the given version.
func Program(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		o, err := parseOptions(p.Args()[1:])
		if err != nil {
			fmt.Fprintf(p.Stderr(), "nginx: %v\n", err)
			return 1
		}
		n := create(p, version, o.file, o.extra)
		switch {
		case o.version || o.build || o.help:
			return n.describe(o)
		case o.signal != "":
			return n.send(o.signal)
		case o.test || o.dump:
			return n.test(o)
		}
		return n.start(ctx)
	}
}

func create(p *kernel.Process, version, file, extra string) *instance {
	return &instance{p: p, version: version, file: file, extra: extra, reference: reference(), logs: &logs{p: p, of: map[string]io.WriteCloser{}}, sockets: map[string]*socket{}}
}

func parseOptions(args []string) (options, error) {
	o := options{file: defaultConfig}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			return o, fmt.Errorf("invalid option: %q", arg)
		}
		for j := 1; j < len(arg); j++ {
			if !o.flag(arg[j]) {
				to, ok := o.valued(arg[j])
				if !ok {
					return o, fmt.Errorf("invalid option: %q", arg[j:j+1])
				}
				if j+1 < len(arg) {
					*to = arg[j+1:]
				} else if i++; i < len(args) {
					*to = args[i]
				} else {
					return o, fmt.Errorf("option \"-%c\" requires %s", arg[j], map[byte]string{'c': "file name", 'g': "parameter", 's': "parameter", 'p': "directory name", 'e': "file name"}[arg[j]])
				}
				break
			}
		}
	}
	o.file = absolute(o.file)
	if o.signal != "" && !slices.Contains([]string{"stop", "quit", "reopen", "reload"}, o.signal) {
		return o, fmt.Errorf("invalid option: \"-s %s\"", o.signal)
	}
	return o, nil
}

func (o *options) flag(c byte) bool {
	switch c {
	case '?', 'h':
		o.help = true
	case 'v':
		o.version = true
	case 'V':
		o.build = true
	case 't':
		o.test = true
	case 'T':
		o.dump = true
	case 'q':
		o.quiet = true
	default:
		return false
	}
	return true
}

func (o *options) valued(c byte) (*string, bool) {
	switch c {
	case 's':
		return &o.signal, true
	case 'c':
		return &o.file, true
	case 'g':
		return &o.extra, true
	case 'p', 'e':
		return new(string), true
	}
	return nil, false
}

const usageText = `Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to a master process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: /etc/nginx/)
  -e filename   : set error log file (default: /var/log/nginx/error.log)
  -c filename   : set configuration file (default: /etc/nginx/nginx.conf)
  -g directives : set global directives out of configuration file

`

func (n *instance) describe(o options) int {
	w := n.p.Stderr()
	fmt.Fprintf(w, "nginx version: nginx/%s\n", n.version)
	if o.build {
		fmt.Fprint(w, "built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1) \nbuilt with OpenSSL 3.0.17 1 Jul 2025\nTLS SNI support enabled\n"+
			"configure arguments: --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --modules-path=/usr/lib/nginx/modules --conf-path=/etc/nginx/nginx.conf --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log --pid-path=/run/nginx.pid --user=nginx --group=nginx\n")
	}
	if o.help {
		fmt.Fprint(w, usageText)
	}
	return 0
}

// banner is the Server header.
func (n *instance) banner(s *scope) string {
	if s != nil && !s.tokens {
		return "nginx"
	}
	return "nginx/" + n.version
}

// broken prints a mistake as nginx does: to the terminal, and to the error log
// in the form of a log line.
func (n *instance) broken(err error) {
	fmt.Fprintf(n.p.Stderr(), "nginx: [emerg] %v\n", err)
}

func (n *instance) test(o options) int {
	n.checking = true
	c, err := read(n.p, n.file, n.extra)
	if err == nil {
		err = n.prepare(c)
	}
	if err != nil {
		n.broken(err)
		fmt.Fprintf(n.p.Stderr(), "nginx: configuration file %s test failed\n", n.file)
		return 1
	}
	for _, note := range c.notes {
		fmt.Fprintf(n.p.Stderr(), "nginx: [warn] %s\n", note)
	}
	if !o.quiet {
		fmt.Fprintf(n.p.Stderr(), "nginx: the configuration file %s syntax is ok\nnginx: configuration file %s test is successful\n", n.file, n.file)
	}
	if o.dump {
		dump(n.p.Stdout(), c.sources)
	}
	return 0
}

func dump(w io.Writer, sources []source) {
	seen := map[string]bool{}
	for _, s := range sources {
		if !seen[s.name] {
			seen[s.name] = true
			fmt.Fprintf(w, "# configuration file %s:\n%s\n", s.name, s.text)
		}
	}
}

// send is -s: a signal for the master whose number the pid file holds.
func (n *instance) send(name string) int {
	c, err := read(n.p, n.file, n.extra)
	if err != nil {
		n.broken(err)
		return 1
	}
	fmt.Fprintf(n.p.Stderr(), "%s [notice] %d#%d: signal process started\n", stamp(), n.p.PID(), n.p.PID())
	text, err := n.p.FS().ReadFile(c.pid)
	if err != nil {
		fmt.Fprintf(n.p.Stderr(), "nginx: [error] open() %q failed (%s)\n", c.pid, errno(err))
		return 1
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		fmt.Fprintf(n.p.Stderr(), "nginx: [error] invalid PID number %q in %q\n", strings.TrimSpace(string(text)), c.pid)
		return 1
	}
	signals := map[string]kernel.Signal{"stop": kernel.SIGTERM, "quit": kernel.SIGQUIT, "reopen": kernel.SIGUSR1, "reload": kernel.SIGHUP}
	if err := n.p.Kill(pid, signals[name]); err != nil {
		fmt.Fprintf(n.p.Stderr(), "nginx: [alert] kill(%d, %d) failed (3: No such process)\n", pid, int(signals[name]))
		return 1
	}
	return 0
}
