// Package mysql is MySQL as lessons need it: a server that wants its root
// password at the first start, keeps a data directory, speaks the protocol and
// understands everyday SQL; and its client. Statements run in SQLite (package
// sqldb), translated where the dialects differ; what cannot be translated is
// refused with an error of MySQL's form.
package mysql

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path"
	"strings"
	"sync"
	"time"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/image/apps/sqldb"
	"kubetutor/internal/engine/kernel"
)

const (
	memory  = 180 << 20             // what the server holds, in bytes; a real one takes twice as much
	query   = 90 * time.Microsecond // the CPU time of a statement
	dataDir = "/var/lib/mysql"
	port    = 3306
)

// instance is a running server.
type instance struct {
	p       *kernel.Process
	version string
	plugin  string
	store   *sqldb.Store
	started time.Time
	port    int

	mu    sync.Mutex
	users map[string]*user
	next  int // connection ids
}

// user is an account. All hosts are one.
type user struct {
	Native, SHA2 []byte   // the password, hashed twice
	Databases    []string // that it may use; "*" all
}

func (n *instance) stored(u *user) []byte {
	if n.plugin == pluginNative {
		return u.Native
	}
	return u.SHA2
}

// Entrypoint is the image's docker-entrypoint.sh followed by mysqld.
func Entrypoint(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		args := p.Args()[1:]
		if len(args) > 0 && args[0] != "mysqld" && !strings.HasPrefix(args[0], "-") {
			return replace(p, args)
		}
		n := create(p, version)
		n.entry("Note", "Entrypoint script for MySQL Server %s-1.el9 started.", version)
		return n.run(ctx, true)
	}
}

// Daemon is mysqld called by itself, without preparation.
func Daemon(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		for _, arg := range p.Args()[1:] {
			if arg == "--version" || arg == "-V" {
				fmt.Fprintf(p.Stdout(), "/usr/sbin/mysqld  Ver %s for Linux on x86_64 (MySQL Community Server - GPL)\n", version)
				return 0
			}
		}
		return create(p, version).run(ctx, false)
	}
}

func create(p *kernel.Process, version string) *instance {
	plugin := pluginSHA2
	if strings.HasPrefix(version, "5.") {
		plugin = pluginNative
	}
	return &instance{p: p, version: version, plugin: plugin, started: time.Now(), port: port, users: map[string]*user{}}
}

// replace runs another command in place of the server.
func replace(p *kernel.Process, args []string) int {
	code, err := p.Exec(kernel.Spec{Args: args})
	if err != nil {
		fmt.Fprintf(p.Stderr(), "/usr/local/bin/docker-entrypoint.sh: line 441: exec: %s: not found\n", args[0])
		return 127
	}
	return code
}

// entry is a line of the entrypoint script.
func (n *instance) entry(level, format string, args ...any) {
	fmt.Fprintf(n.p.Stderr(), "%s [%s] [Entrypoint]: %s\n", time.Now().Format("2006-01-02 15:04:05-07:00"), level, fmt.Sprintf(format, args...))
}

// note is a line of the server's log.
func (n *instance) note(level, code, format string, args ...any) {
	fmt.Fprintf(n.p.Stderr(), "%s 0 [%s] [%s] [Server] %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), level, code, fmt.Sprintf(format, args...))
}

func (n *instance) run(ctx context.Context, prepare bool) int {
	if n.p.Grow(memory) != nil {
		return 1
	}
	if code := n.arguments(); code != 0 {
		return code
	}
	if prepare {
		if err := n.prepare(ctx); err != nil {
			if text := err.Error(); text != "" {
				n.entry("ERROR", "%s", text)
			}
			return 1
		}
	}
	if n.store == nil {
		if err := n.load(ctx); err != nil {
			n.note("ERROR", "MY-010457", "--initialize specified but the data directory has files in it or cannot be read: %v", err)
			n.note("ERROR", "MY-010119", "Aborting")
			return 1
		}
	}
	defer n.store.Close()
	return n.serve(ctx)
}

// arguments takes what matters from the command line.
func (n *instance) arguments() int {
	for _, arg := range n.p.Args()[1:] {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		switch strings.ReplaceAll(name, "_", "-") {
		case "port":
			if _, err := fmt.Sscan(value, &n.port); err != nil {
				n.note("ERROR", "MY-000077", "Too small (or big) value for option port: %s", value)
				return 1
			}
		case "default-authentication-plugin":
			if value == pluginNative {
				n.plugin = value
			}
		}
	}
	return 0
}

// environment reads a setting, or the file that NAME_FILE names.
func (n *instance) environment(name string) (string, error) {
	value, err := sqldb.Setting(n.p, name)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return value, nil
}

func (n *instance) usersFile() string { return path.Join(dataDir, "mysql.users") }

// prepare initialises the data directory if it is empty.
func (n *instance) prepare(ctx context.Context) error {
	if _, err := n.p.FS().Stat(n.usersFile()); err == nil {
		return nil
	}
	password, err := n.environment("MYSQL_ROOT_PASSWORD")
	if err != nil {
		return err
	}
	if password == "" && n.p.Getenv("MYSQL_ALLOW_EMPTY_PASSWORD") == "" && n.p.Getenv("MYSQL_RANDOM_ROOT_PASSWORD") == "" {
		return service.Words("Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD")
	}
	if password == "" && n.p.Getenv("MYSQL_RANDOM_ROOT_PASSWORD") != "" {
		password = rand.Text()
		n.entry("Note", "GENERATED ROOT PASSWORD: %s", password)
	}
	n.entry("Note", "Initializing database files")
	if err := n.initialise(ctx, password); err != nil {
		return fmt.Errorf("initialising %s: %w", dataDir, err)
	}
	n.entry("Note", "Database files initialized")
	if err := n.scripts(ctx); err != nil {
		return err
	}
	n.entry("Note", "MySQL init process done. Ready for start up.")
	return nil
}

func (n *instance) initialise(ctx context.Context, password string) error {
	if err := n.p.FS().MkdirAll(dataDir, 0o755); err != nil {
		return err
	}
	store, err := sqldb.Open(ctx, n.p, dataDir)
	if err != nil {
		return err
	}
	n.store = store
	n.setUser("root", password, "*")
	name, err := n.environment("MYSQL_DATABASE")
	if err != nil {
		return err
	}
	if name != "" {
		n.entry("Note", "Creating database %s", name)
		if err := store.Create(ctx, name); err != nil {
			return err
		}
	}
	account, err := n.environment("MYSQL_USER")
	if err != nil {
		return err
	}
	secret, err := n.environment("MYSQL_PASSWORD")
	if err != nil {
		return err
	}
	if account != "" && secret != "" {
		n.entry("Note", "Creating user %s", account)
		n.setUser(account, secret, name)
	}
	return n.saveUsers()
}

// scripts runs the SQL files that wait for a new database.
func (n *instance) scripts(ctx context.Context) error {
	entries, err := n.p.FS().ReadDir(sqldb.Scripts)
	if err != nil {
		return nil // there are none
	}
	s := n.session("root")
	if name := n.p.Getenv("MYSQL_DATABASE"); name != "" {
		if err := s.sql.Use(name); err != nil {
			return err
		}
	}
	note := func(ignored bool, text string) {
		n.entry(map[bool]string{true: "Warn", false: "Note"}[ignored], "%s", text)
	}
	return sqldb.RunScripts(n.p, entries, note, func(file, statement string) error {
		if _, err := s.execute(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
}

func (n *instance) setUser(name, password string, databases ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.users[name] = &user{Native: hashed(pluginNative, password), SHA2: hashed(pluginSHA2, password), Databases: databases}
}

func (n *instance) saveUsers() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	data, err := json.Marshal(n.users)
	if err != nil {
		return err
	}
	return n.p.FS().WriteFile(n.usersFile(), data, 0o600)
}

// load reads a data directory that is there.
func (n *instance) load(ctx context.Context) error {
	data, err := n.p.FS().ReadFile(n.usersFile())
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return errors.New("the data directory has not been initialized")
		}
		return err
	}
	if err := json.Unmarshal(data, &n.users); err != nil {
		return err
	}
	n.store, err = sqldb.Open(ctx, n.p, dataDir)
	return err
}

func (n *instance) serve(ctx context.Context) int {
	n.note("System", "MY-010116", "/usr/sbin/mysqld (mysqld %s) starting as process %d", n.version, n.p.PID())
	l, err := service.Listen(ctx, n.p, service.Port(n.port))
	if err != nil {
		n.note("ERROR", "MY-010262", "Can't start server: Bind on TCP/IP port: Address already in use")
		n.note("ERROR", "MY-010119", "Aborting")
		return 1
	}
	n.note("System", "MY-010931", "/usr/sbin/mysqld: ready for connections. Version: '%s'  socket: '/var/run/mysqld/mysqld.sock'  port: %d  MySQL Community Server - GPL.", n.version, n.port)
	go service.Accept(l, func(conn net.Conn) { n.client(ctx, conn) })
	select {
	case <-n.p.Notify(kernel.SIGTERM, kernel.SIGQUIT, kernel.SIGINT):
		n.note("System", "MY-013172", "Received SHUTDOWN from user <via user signal>. Shutting down mysqld (Version: %s).", n.version)
		l.Close()
		n.note("System", "MY-010910", "/usr/sbin/mysqld: Shutdown complete (mysqld %s)  MySQL Community Server - GPL.", n.version)
	case <-ctx.Done():
	}
	return 0
}

// client serves one connection.
func (n *instance) client(ctx context.Context, conn net.Conn) {
	w := newWire(conn)
	s, err := n.greet(w, conn)
	if err != nil {
		w.fail(err)
		w.flush()
		return
	}
	defer s.sql.Leave()
	w.ok(0, 0)
	for w.flush() == nil {
		packet, err := w.read()
		if err != nil || len(packet) == 0 || !s.command(ctx, w, packet) {
			return
		}
	}
}

// greet is the handshake.
func (n *instance) greet(w *wire, conn net.Conn) (*session, error) {
	n.mu.Lock()
	n.next++
	id := n.next + 7
	n.mu.Unlock()
	nonce := []byte(rand.Text()[:20])
	body := append([]byte{10}, n.version...)
	body = append(body, 0, byte(id), byte(id>>8), byte(id>>16), 0)
	body = append(body, nonce[:8]...)
	body = append(body, 0, byte(capabilities&0xff), byte(capabilities>>8&0xff), 45, 2, 0, byte(capabilities>>16&0xff), byte(capabilities>>24&0xff), 21)
	body = append(append(body, make([]byte, 10)...), nonce[8:]...)
	body = append(append(append(body, 0), n.plugin...), 0)
	w.write(body)
	if err := w.flush(); err != nil {
		return nil, err
	}
	packet, err := w.read()
	if err != nil {
		return nil, err
	}
	answer, err := parseHandshake(packet)
	if err != nil {
		return nil, fail(1043, "08S01", "Bad handshake")
	}
	if answer.plugin != "" && answer.plugin != n.plugin {
		if answer.proof, err = n.switchPlugin(w, nonce); err != nil {
			return nil, err
		}
	}
	return n.admit(w, conn, answer, nonce)
}

func (n *instance) switchPlugin(w *wire, nonce []byte) ([]byte, error) {
	body := append(append([]byte{0xfe}, n.plugin...), 0)
	w.write(append(append(body, nonce...), 0))
	if err := w.flush(); err != nil {
		return nil, err
	}
	return w.read()
}

// handshake is what a client answers to the greeting.
type handshake struct {
	user, database, plugin string
	proof                  []byte
}

func parseHandshake(b []byte) (*handshake, error) {
	if len(b) < 33 {
		return nil, errPacket
	}
	flags := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	h := &handshake{}
	rest := b[32:]
	text := func() string {
		value, after, _ := strings.Cut(string(rest), "\x00")
		rest = []byte(after)
		return value
	}
	h.user = text()
	proof, after, _, err := cutText(rest)
	if err != nil {
		return nil, err
	}
	h.proof, rest = []byte(proof), after
	if flags&capConnectWithDB != 0 {
		h.database = text()
	}
	if flags&capPluginAuth != 0 {
		h.plugin = text()
	}
	return h, nil
}

func (n *instance) admit(w *wire, conn net.Conn, h *handshake, nonce []byte) (*session, error) {
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil || host == "127.0.0.1" || host == n.p.Net().IP().String() {
		host = "localhost"
	}
	n.mu.Lock()
	u := n.users[h.user]
	n.mu.Unlock()
	if u == nil || !proves(n.plugin, n.stored(u), h.proof, nonce) {
		using := map[bool]string{true: "YES", false: "NO"}[len(h.proof) > 0]
		return nil, fail(1045, "28000", "Access denied for user '%s'@'%s' (using password: %s)", h.user, host, using)
	}
	s := n.session(h.user)
	s.host = host
	if h.database != "" {
		if err := s.use(h.database); err != nil {
			return nil, err
		}
	}
	if n.plugin == pluginSHA2 && len(h.proof) > 0 {
		w.write([]byte{1, 3}) // the cached answer suffices
	}
	return s, nil
}
