package nginx

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// What processes hold, in bytes, and what a request costs.
const (
	masterMemory = 3 << 20
	workerMemory = 2 << 20
	requestWork  = 60 * time.Microsecond
)

// drain is how long a graceful end waits for connections.
const drain = time.Hour

// socket is a listener with its server.
type socket struct {
	listener net.Listener
	server   *http.Server
}

// worker is a worker process: it holds memory and waits for its end. Requests
// are served by the master's goroutines with the worker's rights.
func worker(ctx context.Context, p *kernel.Process) int {
	if p.Grow(workerMemory) != nil {
		return 2
	}
	select {
	case <-p.Notify(kernel.SIGTERM, kernel.SIGINT, kernel.SIGQUIT):
		return 0
	case <-ctx.Done():
		return 0
	}
}

func (n *instance) start(ctx context.Context) int {
	c, err := read(n.p, n.file, n.extra)
	if err != nil {
		n.fatal(err)
		return 1
	}
	if !strings.HasPrefix(n.p.Args()[0], masterTitle) {
		if n.daemon() {
			return n.detach()
		}
		if code, err := n.p.Exec(kernel.Spec{Path: n.p.Path(), Args: n.titled()}); err == nil {
			return code // what it is called now, ps shows
		}
	}
	if n.p.Grow(masterMemory) != nil {
		return 1
	}
	if err := n.prepare(c); err != nil {
		n.fatal(err)
		return 1
	}
	n.config.Store(c)
	if err := n.listenOn(ctx, c); err != nil {
		n.fatal(err)
		return 1
	}
	n.greet(c)
	n.spawn(c)
	defer n.p.FS().Remove(c.pid)
	return n.rule(ctx)
}

// fatal tells why there is no start.
func (n *instance) fatal(err error) {
	fmt.Fprintf(n.p.Stderr(), "%s [emerg] %d#%d: %v\n", stamp(), n.p.PID(), n.p.PID(), err)
	n.broken(err)
}

// daemon says whether nginx leaves the foreground: it does unless "daemon off"
// stands somewhere.
func (n *instance) daemon() bool {
	text := n.extra
	if file, err := n.p.FS().ReadFile(n.file); err == nil {
		text += "\n" + string(file)
	}
	return !slices.ContainsFunc(strings.FieldsFunc(text, func(c rune) bool { return c == ';' || c == '\n' }), func(line string) bool {
		return slices.Equal(strings.Fields(line), []string{"daemon", "off"})
	})
}

// detach starts the master in the background. In a container whose main process
// this is, everything ends with it.
func (n *instance) detach() int {
	spec := kernel.Spec{Args: n.titled(), Stdout: n.p.Stdout(), Stderr: n.p.Stderr()}
	_, err := n.p.Fork(spec, func(ctx context.Context, p *kernel.Process) int {
		return create(p, n.version, n.file, n.extra).start(ctx)
	})
	if err != nil {
		n.fatal(fmt.Errorf("fork() failed (%s)", errno(err)))
		return 1
	}
	return 0
}

// titled is the command line that a master shows.
func (n *instance) titled() []string {
	args := slices.Clone(n.p.Args())
	args[0] = masterTitle + args[0]
	return args
}

// prepare does what the master does before it listens: the user of the workers,
// directories, logs, the pid file.
func (n *instance) prepare(c *config) error {
	n.cred = n.p.Cred()
	if n.cred.UID == 0 {
		n.cred = n.account(c.user)
	} else if c.user != "" {
		c.notes = append(c.notes, `the "user" directive makes sense only if the master process runs with super-user privileges, ignored in `+n.file+":2")
	}
	n.files = n.p.FS().With("/", n.cred)
	for _, dir := range []string{"client_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp"} {
		name := path.Join(cacheDir, dir)
		if _, err := n.p.FS().Stat(name); err == nil {
			continue
		}
		if err := n.p.FS().Mkdir(name, 0o700); err != nil {
			return &emerg{fmt.Sprintf("mkdir() %q failed (%s)", name, errno(err))}
		}
		if n.p.Cred().UID == 0 {
			n.p.FS().Chown(name, n.cred.UID, n.cred.GID)
		}
	}
	for _, log := range n.logFiles(c) {
		if _, err := n.logs.open(log); err != nil {
			return &emerg{fmt.Sprintf("open() %q failed (%s)", log, errno(err))}
		}
	}
	return n.number(c)
}

// number opens the pid file, and writes it if this is the master.
func (n *instance) number(c *config) error {
	f, err := n.p.FS().OpenFile(c.pid, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return &emerg{fmt.Sprintf("open() %q failed (%s)", c.pid, errno(err))}
	}
	defer f.Close()
	if n.checking {
		return nil
	}
	_, err = f.WriteString(strconv.Itoa(n.p.PID()) + "\n")
	return err
}

const cacheDir = "/var/cache/nginx"

// account finds the workers' user in /etc/passwd.
func (n *instance) account(name string) kernel.Cred {
	if name == "" {
		name = "nginx"
	}
	data, err := n.p.FS().ReadFile("/etc/passwd")
	if err != nil {
		return n.p.Cred()
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(line, ":")
		if len(fields) > 3 && fields[0] == name {
			uid, _ := strconv.Atoi(fields[2])
			gid, _ := strconv.Atoi(fields[3])
			return kernel.Cred{UID: uid, GID: gid}
		}
	}
	return n.p.Cred()
}

// logFiles are the logs that must be there from the start.
func (n *instance) logFiles(c *config) []string {
	files := []string{c.errorLog.file}
	for _, l := range c.listens {
		for _, v := range l.servers {
			for _, log := range v.scope.accessLogs {
				files = append(files, log.file)
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// listenOn opens the sockets of a configuration and closes those that it no
// longer has.
func (n *instance) listenOn(ctx context.Context, c *config) error {
	wanted := map[string]bool{}
	for _, l := range c.listens {
		wanted[l.address] = true
		if n.sockets[l.address] != nil {
			continue
		}
		s, err := n.open(ctx, l)
		if err != nil {
			return err
		}
		n.sockets[l.address] = s
	}
	for address, s := range n.sockets {
		if !wanted[address] {
			delete(n.sockets, address)
			go s.shutdown(ctx)
		}
	}
	return nil
}

func (s *socket) shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	s.server.Shutdown(ctx) // what is left ends with the process
}

// bindTries and bindPause are nginx's when an address is in use.
const (
	bindTries = 5
	bindPause = 500 * time.Millisecond
)

func (n *instance) open(ctx context.Context, l *listen) (*socket, error) {
	var inner net.Listener
	var err error
	for range bindTries {
		if inner, err = service.Listen(ctx, n.p, l.address); err == nil {
			break
		}
		fmt.Fprintf(n.p.Stderr(), "%s [emerg] %d#%d: bind() to %s failed (%s)\n", stamp(), n.p.PID(), n.p.PID(), l.address, errno(err))
		timer := time.NewTimer(bindPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, &emerg{"interrupted"}
		}
	}
	if err != nil {
		return nil, &emerg{"still could not bind()"}
	}
	server := service.Server(n.p, n.handler(l.address), requestWork)
	server.ConnState = n.count
	s := &socket{listener: inner, server: server}
	if l.secure {
		inner = tls.NewListener(inner, n.tls(l))
	}
	go server.Serve(inner)
	return s, nil
}

func (n *instance) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		n.accepted.Add(1)
		n.active.Add(1)
	case http.StateClosed, http.StateHijacked:
		n.active.Add(-1)
	}
}

// handler serves by the configuration that is in force when a request comes.
func (n *instance) handler(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, l := range n.config.Load().listens {
			if l.address == address {
				n.handle(l, w, r)
				return
			}
		}
		http.Error(w, "", http.StatusServiceUnavailable)
	})
}

// tls chooses the certificate by the name that a client asks for.
func (n *instance) tls(l *listen) *tls.Config {
	protocols := []string{"http/1.1"}
	if l.http2 {
		protocols = []string{"h2", "http/1.1"}
	}
	return &tls.Config{NextProtos: protocols, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		for _, now := range n.config.Load().listens {
			if now.address == l.address {
				if v := now.server(hello.ServerName); v.secure != nil {
					return v.secure, nil
				}
				for _, v := range now.servers {
					if v.secure != nil {
						return v.secure, nil
					}
				}
			}
		}
		return nil, fmt.Errorf("no certificate")
	}}
}

func (n *instance) greet(c *config) {
	pid := n.p.PID()
	for _, note := range c.notes {
		n.note(c.errorLog, levelWarn, pid, "%s", note)
		fmt.Fprintf(n.p.Stderr(), "nginx: [warn] %s\n", note)
	}
	for _, line := range []string{
		`using the "epoll" event method`, "nginx/" + n.version, "built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1) ", "OS: Linux " + kernel.Release,
		"getrlimit(RLIMIT_NOFILE): 1048576:1048576", "start worker processes",
	} {
		n.note(c.errorLog, levelNotice, pid, "%s", line)
	}
}

// spawn starts the workers.
func (n *instance) spawn(c *config) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for range c.workers {
		w, err := n.p.Fork(kernel.Spec{Args: []string{workerTitle}, Cred: n.cred}, worker)
		if err != nil {
			n.note(c.errorLog, levelAlert, n.p.PID(), "fork() failed while spawning \"worker process\" (%s)", errno(err))
			return
		}
		n.workers = append(n.workers, w)
		n.note(c.errorLog, levelNotice, n.p.PID(), "start worker process %d", w.PID())
		go n.watch(w)
	}
}

// watch starts a worker again that ends without having been told to.
func (n *instance) watch(w *kernel.Process) {
	status, err := w.Wait(n.p.Context())
	if err != nil {
		return
	}
	c := n.config.Load()
	n.mu.Lock()
	i := slices.Index(n.workers, w)
	if i >= 0 {
		n.workers = slices.Delete(n.workers, i, i+1)
	}
	n.mu.Unlock()
	n.note(c.errorLog, levelNotice, n.p.PID(), "signal 17 (SIGCHLD) received from %d", w.PID())
	if status.Signal != 0 {
		n.note(c.errorLog, levelAlert, n.p.PID(), "worker process %d exited on signal %d", w.PID(), int(status.Signal))
	} else {
		n.note(c.errorLog, levelNotice, n.p.PID(), "worker process %d exited with code %d", w.PID(), status.Code)
	}
	if i >= 0 && status.Signal != 0 {
		one := *c
		one.workers = 1
		n.spawn(&one)
	}
}

// retire tells the workers to end.
func (n *instance) retire(s kernel.Signal) {
	n.mu.Lock()
	old := n.workers
	n.workers = nil
	n.mu.Unlock()
	c := n.config.Load()
	for _, w := range old {
		if s == kernel.SIGQUIT {
			n.note(c.errorLog, levelNotice, w.PID(), "gracefully shutting down")
		}
		n.note(c.errorLog, levelNotice, w.PID(), "exiting")
		n.note(c.errorLog, levelNotice, w.PID(), "exit")
		w.Signal(s)
	}
}

func (n *instance) workerPID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.workers) == 0 {
		return n.p.PID()
	}
	return n.workers[0].PID()
}

// rule is the life of the master: it acts on signals.
func (n *instance) rule(ctx context.Context) int {
	signals := n.p.Notify(kernel.SIGTERM, kernel.SIGINT, kernel.SIGQUIT, kernel.SIGHUP, kernel.SIGUSR1, kernel.SIGUSR2, kernel.SIGWINCH)
	for {
		select {
		case <-ctx.Done():
			return 0
		case s := <-signals:
			if n.obey(ctx, s) {
				n.note(n.config.Load().errorLog, levelNotice, n.p.PID(), "exit")
				return 0
			}
		}
	}
}

// obey acts on a signal; it reports whether this is the end.
func (n *instance) obey(ctx context.Context, s kernel.Signal) bool {
	c := n.config.Load()
	said := map[kernel.Signal]string{kernel.SIGTERM: ", exiting", kernel.SIGINT: ", exiting", kernel.SIGQUIT: ", shutting down", kernel.SIGHUP: ", reconfiguring", kernel.SIGUSR1: ", reopening logs"}[s]
	n.note(c.errorLog, levelNotice, n.p.PID(), "signal %d (%v) received%s", int(s), s, said)
	switch s {
	case kernel.SIGTERM, kernel.SIGINT:
		n.retire(kernel.SIGTERM)
		return true
	case kernel.SIGQUIT:
		n.retire(kernel.SIGQUIT)
		n.drain(ctx)
		return true
	case kernel.SIGHUP:
		n.reload(ctx)
	case kernel.SIGUSR1:
		n.logs.reopen()
	}
	return false
}

// drain stops listening and waits for requests that are under way.
func (n *instance) drain(ctx context.Context) {
	for _, s := range n.sockets {
		s.shutdown(ctx)
	}
}

// reload takes a new configuration; a broken one changes nothing.
func (n *instance) reload(ctx context.Context) {
	old := n.config.Load()
	n.note(old.errorLog, levelNotice, n.p.PID(), "reconfiguring")
	c, err := read(n.p, n.file, n.extra)
	if err == nil {
		err = n.prepare(c)
	}
	if err == nil {
		err = n.listenOn(ctx, c)
	}
	if err != nil {
		n.note(old.errorLog, levelEmerg, n.p.PID(), "%v", err)
		return
	}
	n.config.Store(c)
	for _, note := range c.notes {
		n.note(c.errorLog, levelWarn, n.p.PID(), "%s", note)
	}
	n.note(c.errorLog, levelNotice, n.p.PID(), "start worker processes")
	n.retire(kernel.SIGQUIT)
	n.spawn(c)
}
