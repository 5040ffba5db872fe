// Package redis is the in-memory database Redis and its client. The commands are
// those of miniredis (github.com/alicebob/miniredis), an implementation in Go;
// this package gives it a place in a container: the network, the command line and
// configuration file, passwords, persistence, limits, logs and signals.
//
// Scripting, replication, clusters and modules are left out and say so.
package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

const (
	memory  = 7 << 20              // what an empty server holds, in bytes
	command = 8 * time.Microsecond // the CPU time of a command
)

// instance is a running server.
type instance struct {
	p        *kernel.Process
	version  string
	settings *settings
	db       *miniredis.Miniredis
	commands *server.Server
	started  time.Time
	held     atomic.Int64                  // bytes that data hold, roughly
	changes  atomic.Int64                  // since the last save
	saved    atomic.Int64                  // Unix time of it
	asleep   atomic.Pointer[chan struct{}] // closed at the end of DEBUG SLEEP; nil: awake
	mu       sync.Mutex
	log      *kernel.File // the append-only file
	quit     chan int
}

// Server is redis-server in the given version.
func Server(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		s, err := parseSettings(p)
		if err != nil {
			fmt.Fprintf(p.Stderr(), "\n*** FATAL CONFIG FILE ERROR (Redis %s) ***\n%v\n", version, err)
			return 1
		}
		if s.showVersion {
			fmt.Fprintf(p.Stdout(), "Redis server v=%s sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1\n", version)
			return 0
		}
		if p.Grow(memory) != nil {
			return 1
		}
		i := &instance{p: p, version: version, settings: s, db: miniredis.NewMiniRedis(), started: time.Now(), quit: make(chan int, 1)}
		return i.run(ctx)
	}
}

// note writes a line of the log in Redis' form.
func (i *instance) note(level byte, format string, args ...any) {
	fmt.Fprintf(i.p.Stdout(), "%d:M %s %c %s\n", i.p.PID(), time.Now().Format("02 Jan 2006 15:04:05.000"), level, fmt.Sprintf(format, args...))
}

func (i *instance) run(ctx context.Context) int {
	fmt.Fprintf(i.p.Stdout(), "%d:C %s * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n", i.p.PID(), time.Now().Format("02 Jan 2006 15:04:05.000"))
	fmt.Fprintf(i.p.Stdout(), "%d:C %s * Redis version=%s, bits=64, commit=00000000, modified=0, pid=%d, just started\n",
		i.p.PID(), time.Now().Format("02 Jan 2006 15:04:05.000"), i.version, i.p.PID())
	if i.settings.given {
		i.note('*', "Configuration loaded")
	} else {
		i.note('#', "Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf")
	}
	i.note('*', "monotonic clock: POSIX clock_gettime")
	i.note('*', "Running mode=standalone, port=%d.", i.settings.port)
	if err := i.open(); err != nil {
		i.note('#', "%v", err)
		return 1
	}
	defer i.db.Close()
	if err := i.load(); err != nil {
		i.note('#', "Fatal error loading the DB, check server logs. Exiting: %v", err)
		return 1
	}
	return i.serve(ctx)
}

// open starts the engine without a listener of its own.
func (i *instance) open() error {
	conn, err := i.db.Dial()
	if err != nil {
		return fmt.Errorf("starting the database: %w", err)
	}
	conn.Close()
	i.db.ClockTTL(true)
	i.commands = i.db.Server()
	if i.settings.password != "" {
		i.db.RequireAuth(i.settings.password)
	}
	return nil
}

func (i *instance) serve(ctx context.Context) int {
	address := net.JoinHostPort(i.settings.bind, strconv.Itoa(i.settings.port))
	l, err := service.Listen(ctx, i.p, address)
	if err != nil {
		reason := "Address already in use"
		if !errors.Is(err, syscall.EADDRINUSE) {
			reason = err.Error()
		}
		i.note('#', "Warning: Could not create server TCP listening socket %s: bind: %s", strings.Replace(address, "0.0.0.0", "*", 1), reason)
		i.note('#', "Failed listening on port %d (tcp), aborting.", i.settings.port)
		return 1
	}
	defer l.Close()
	i.note('*', "Server initialized")
	i.note('*', "Ready to accept connections tcp")
	go service.Accept(l, func(conn net.Conn) { i.client(ctx, conn) })
	return i.wait(ctx)
}

// wait ends by a signal or by the command SHUTDOWN.
func (i *instance) wait(ctx context.Context) int {
	signals := i.p.Notify(kernel.SIGTERM, kernel.SIGINT)
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return 0
		case <-ticker.C:
			i.saveIfDue()
		case s := <-signals:
			fmt.Fprintf(i.p.Stdout(), "%d:signal-handler (%d) Received %v scheduling shutdown...\n", i.p.PID(), time.Now().Unix(), s)
			i.note('*', "User requested shutdown...")
			return i.goodbye(true)
		case code := <-i.quit:
			i.note('*', "User requested shutdown...")
			return i.goodbye(code == 0)
		}
	}
}

func (i *instance) goodbye(save bool) int {
	if save && len(i.settings.save) > 0 {
		i.note('*', "Saving the final RDB snapshot before exiting.")
		if err := i.snapshot(); err != nil {
			i.note('#', "Failed saving the DB: %v", err)
			return 1
		}
		i.note('*', "DB saved on disk")
	}
	i.note('#', "Redis is now ready to exit, bye bye...")
	return 0
}

// client serves one connection. Commands are parsed here, because the engine
// would believe any length that it is told.
func (i *instance) client(ctx context.Context, conn net.Conn) {
	w := bufio.NewWriter(conn)
	peer := server.NewPeer(w)
	session := &session{instance: i, peer: peer}
	defer session.leave()
	r := bufio.NewReader(conn)
	for {
		args, err := readCommand(r)
		if err != nil {
			if errors.Is(err, errProtocol) {
				peer.WriteError("ERR " + err.Error())
				peer.Flush()
			}
			return
		}
		if len(args) == 0 {
			continue
		}
		if i.p.Use(ctx, command) != nil || !session.do(args) {
			return
		}
		peer.Flush()
		if peer.Closed() {
			return
		}
	}
}

// Limits of a command.
const (
	maxArgs   = 1 << 16
	maxBulk   = 8 << 20
	maxInline = 64 << 10
)

var errProtocol = service.Words("Protocol error")

// readCommand reads a command in either of Redis' two forms: an array of bulk
// strings, or words on a line.
func readCommand(r *bufio.Reader) ([]string, error) {
	line, err := readLine(r)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(line, "*") {
		return splitInline(line)
	}
	n, err := strconv.Atoi(line[1:])
	if err != nil || n > maxArgs {
		return nil, fmt.Errorf("%w: invalid multibulk length", errProtocol)
	}
	var args []string
	for range max(n, 0) {
		arg, err := readBulk(r)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return args, nil
}

func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, more, err := r.ReadLine()
		if err != nil {
			return "", err
		}
		if line = append(line, part...); len(line) > maxInline {
			return "", fmt.Errorf("%w: too big inline request", errProtocol)
		}
		if !more {
			return string(line), nil
		}
	}
}

func readBulk(r *bufio.Reader) (string, error) {
	line, err := readLine(r)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(line, "$") {
		return "", fmt.Errorf("%w: expected '$', got '%.1s'", errProtocol, line)
	}
	n, err := strconv.Atoi(line[1:])
	if err != nil || n < 0 || n > maxBulk {
		return "", fmt.Errorf("%w: invalid bulk length", errProtocol)
	}
	text := make([]byte, n+2)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", err
	}
	return string(text[:n]), nil
}

// splitInline splits a line into words, which may be quoted.
func splitInline(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, inside := byte(0), false
	for at := 0; at < len(line); at++ {
		c := line[at]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == '"' && c == '\\' && at+1 < len(line):
			at++
			word.WriteByte(escaped(line[at]))
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, inside = c, true
		case c == ' ' || c == '\t':
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteByte(c)
			inside = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("%w: unbalanced quotes in request", errProtocol)
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// exists reports whether a file is there.
func (i *instance) exists(name string) bool {
	_, err := i.p.FS().Stat(name)
	return !errors.Is(err, os.ErrNotExist)
}
