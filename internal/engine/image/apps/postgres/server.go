// Package postgres is PostgreSQL as lessons need it: a server that wants a
// superuser's password at the first start, keeps a data directory, speaks the
// simple query protocol and understands everyday SQL; and its clients psql and
// pg_isready. Statements run in SQLite (package sqldb), translated where the
// dialects differ; what cannot be translated is refused with an error of
// PostgreSQL's form.
package postgres

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
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
	memory  = 28 << 20              // what the server holds, in bytes
	perUser = 3 << 20               // and for each connection
	query   = 90 * time.Microsecond // the CPU time of a statement
	port    = 5432
)

// instance is a running server.
type instance struct {
	p       *kernel.Process
	version string
	dir     string
	store   *sqldb.Store
	trust   bool // POSTGRES_HOST_AUTH_METHOD=trust

	mu    sync.Mutex
	roles map[string]string // the hashed password of each
}

// Entrypoint is the image's docker-entrypoint.sh followed by postgres.
func Entrypoint(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		args := p.Args()[1:]
		if len(args) > 0 && args[0] != "postgres" && !strings.HasPrefix(args[0], "-") {
			code, err := p.Exec(kernel.Spec{Args: args})
			if err != nil {
				fmt.Fprintf(p.Stderr(), "/usr/local/bin/docker-entrypoint.sh: line 350: exec: %s: not found\n", args[0])
				return 127
			}
			return code
		}
		return create(p, version).run(ctx)
	}
}

func create(p *kernel.Process, version string) *instance {
	dir := p.Getenv("PGDATA")
	if dir == "" {
		dir = "/var/lib/postgresql/data"
	}
	return &instance{p: p, version: version, dir: dir, roles: map[string]string{}, trust: p.Getenv("POSTGRES_HOST_AUTH_METHOD") == "trust"}
}

// note is a line of the server's log.
func (n *instance) note(format string, args ...any) {
	fmt.Fprintf(n.p.Stderr(), "%s UTC [%d] %s\n", time.Now().UTC().Format("2006-01-02 15:04:05.000"), n.p.PID(), fmt.Sprintf(format, args...))
}

func (n *instance) run(ctx context.Context) int {
	if n.p.Grow(memory) != nil {
		return 1
	}
	if err := n.prepare(ctx); err != nil {
		fmt.Fprintln(n.p.Stderr(), err)
		return 1
	}
	defer n.store.Close()
	n.note("LOG:  starting PostgreSQL %s (Debian %s-1.pgdg13+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 14.2.0-19) 14.2.0, 64-bit", n.version, n.version)
	l, err := service.Listen(ctx, n.p, service.Port(port))
	if err != nil {
		n.note("LOG:  could not bind IPv4 address \"0.0.0.0\": Address already in use")
		n.note("FATAL:  could not create any TCP/IP sockets")
		return 1
	}
	n.note("LOG:  listening on IPv4 address \"0.0.0.0\", port %d", port)
	n.note("LOG:  listening on Unix socket \"/var/run/postgresql/.s.PGSQL.%d\"", port)
	n.note("LOG:  database system is ready to accept connections")
	go service.Accept(l, func(conn net.Conn) { n.client(ctx, conn) })
	return n.wait(ctx, l)
}

func (n *instance) wait(ctx context.Context, l net.Listener) int {
	kinds := map[kernel.Signal]string{kernel.SIGTERM: "smart", kernel.SIGINT: "fast", kernel.SIGQUIT: "immediate"}
	select {
	case s := <-n.p.Notify(kernel.SIGTERM, kernel.SIGINT, kernel.SIGQUIT):
		n.note("LOG:  received %s shutdown request", kinds[s])
		l.Close()
		if s != kernel.SIGQUIT {
			n.note("LOG:  aborting any active transactions")
			n.note("LOG:  shutting down")
		}
		n.note("LOG:  database system is shut down")
	case <-ctx.Done():
	}
	return 0
}

func (n *instance) rolesFile() string { return path.Join(n.dir, "pg_roles") }

const uninitialised = `Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html`

// prepare opens the data directory, or initialises it.
func (n *instance) prepare(ctx context.Context) error {
	data, err := n.p.FS().ReadFile(n.rolesFile())
	if err == nil {
		fmt.Fprint(n.p.Stdout(), "\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n")
		if err := json.Unmarshal(data, &n.roles); err != nil {
			return fmt.Errorf("reading %s: %w", n.rolesFile(), err)
		}
		n.store, err = sqldb.Open(ctx, n.p, n.dir)
		return err
	}
	password, err := sqldb.Setting(n.p, "POSTGRES_PASSWORD")
	if err != nil {
		return err
	}
	if password == "" && !n.trust {
		return errors.New(uninitialised)
	}
	return n.initialise(ctx, password)
}

func (n *instance) initialise(ctx context.Context, password string) error {
	if err := n.p.FS().MkdirAll(n.dir, 0o700); err != nil {
		return fmt.Errorf("mkdir: cannot create directory '%s': Permission denied", n.dir)
	}
	entries, err := n.p.FS().ReadDir(n.dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return service.Words("initdb: error: directory \"%s\" exists but is not empty\ninitdb: detail: It contains %q, perhaps due to it being a mount point.\ninitdb: hint: Using a mount point directly as the data directory is not recommended.\nCreate a subdirectory under the mount point.", n.dir, entries[0].Name())
	}
	user, err := sqldb.Setting(n.p, "POSTGRES_USER")
	if err != nil {
		return err
	}
	if user == "" {
		user = "postgres"
	}
	fmt.Fprintf(n.p.Stdout(), "The files belonging to this database system will be owned by user \"postgres\".\nThis user must also own the server process.\n\nfixing permissions on existing directory %s ... ok\ncreating subdirectories ... ok\n", n.dir)
	if n.store, err = sqldb.Open(ctx, n.p, n.dir); err != nil {
		return err
	}
	n.roles[user] = hashed(user, password)
	database := n.p.Getenv("POSTGRES_DB")
	if database == "" {
		database = user
	}
	for _, name := range []string{"postgres", database} {
		if err := n.store.Create(ctx, name); err != nil && !errors.Is(err, sqldb.ErrExists) {
			return err
		}
	}
	if err := n.saveRoles(); err != nil {
		return err
	}
	fmt.Fprint(n.p.Stdout(), "performing post-bootstrap initialization ... ok\nsyncing data to disk ... ok\n\n")
	if err := n.scripts(ctx, user, database); err != nil {
		return err
	}
	fmt.Fprint(n.p.Stdout(), "\nPostgreSQL init process complete; ready for start up.\n\n")
	return nil
}

// scripts runs the SQL files that wait for a new database.
func (n *instance) scripts(ctx context.Context, user, database string) error {
	note := func(_ bool, text string) { fmt.Fprintln(n.p.Stdout(), text) }
	entries, err := n.p.FS().ReadDir(sqldb.Scripts)
	if err != nil || len(entries) == 0 {
		note(true, "/usr/local/bin/docker-entrypoint.sh: ignoring "+sqldb.Scripts+"/*")
		return nil
	}
	s := &session{n: n, user: user, sql: &sqldb.Session{Store: n.store}}
	if err := s.sql.Use(database); err != nil {
		return err
	}
	return sqldb.RunScripts(n.p, entries, note, func(file, statement string) error {
		if _, _, err := s.execute(ctx, statement); err != nil {
			return fmt.Errorf("psql:%s:1: %w", file, err)
		}
		return nil
	})
}

func (n *instance) saveRoles() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	data, err := json.Marshal(n.roles)
	if err != nil {
		return err
	}
	return n.p.FS().WriteFile(n.rolesFile(), data, 0o600)
}

// Requests that come before the startup message.
const (
	requestSSL    = 80877103
	requestCancel = 80877102
	requestGSS    = 80877104
)

// client serves one connection.
func (n *instance) client(ctx context.Context, conn net.Conn) {
	if n.p.Grow(perUser) != nil {
		return
	}
	defer n.p.Grow(-perUser)
	w := newWire(conn)
	s, err := n.greet(w)
	if s == nil {
		if err != nil {
			n.note("%s", err)
			w.fail(err)
			w.flush()
		}
		return
	}
	defer s.sql.Leave()
	for w.flush() == nil {
		kind, body, err := w.read()
		if err != nil || !s.message(ctx, w, kind, strings.TrimRight(string(body), "\x00")) {
			return
		}
	}
}

// greet reads the startup message and checks the password.
func (n *instance) greet(w *wire) (*session, error) {
	for {
		body, err := w.bare()
		if err != nil || len(body) < 4 {
			return nil, nil // somebody who only looked whether the port is open
		}
		switch binary.BigEndian.Uint32(body) {
		case requestSSL, requestGSS:
			w.w.WriteByte('N')
			if err := w.flush(); err != nil {
				return nil, nil
			}
			continue
		case requestCancel:
			return nil, nil
		case 3 << 16:
			return n.startup(w, parameters(body[4:]))
		}
		return nil, fatal("0A000", "unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", body[1], body[3])
	}
}

func parameters(body []byte) map[string]string {
	words := strings.Split(string(body), "\x00")
	found := map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		found[words[i]] = words[i+1]
	}
	return found
}

func (n *instance) startup(w *wire, with map[string]string) (*session, error) {
	user, database := with["user"], with["database"]
	if database == "" {
		database = user
	}
	if err := n.authenticate(w, user); err != nil {
		return nil, err
	}
	s := &session{n: n, user: user, sql: &sqldb.Session{Store: n.store}}
	if err := s.sql.Use(database); err != nil {
		return nil, fatal("3D000", "database %q does not exist", database)
	}
	w.write('R', []byte{0, 0, 0, 0})
	for _, pair := range [][2]string{{"server_version", n.version}, {"server_encoding", "UTF8"}, {"client_encoding", "UTF8"}, {"DateStyle", "ISO, MDY"}, {"TimeZone", "Etc/UTC"}, {"integer_datetimes", "on"}, {"standard_conforming_strings", "on"}} {
		w.write('S', text(nil, pair[0], pair[1]))
	}
	w.write('K', []byte{0, 0, 0, 42, 0, 0, 0, 1})
	w.ready(false)
	return s, nil
}

// authenticate asks for the password; connections from the container itself are
// trusted, as the image's pg_hba.conf has it.
func (n *instance) authenticate(w *wire, user string) error {
	n.mu.Lock()
	stored, known := n.roles[user]
	n.mu.Unlock()
	host, _, _ := net.SplitHostPort(w.conn.RemoteAddr().String())
	if n.trust || host == "127.0.0.1" {
		if !known {
			return fatal("28000", "role %q does not exist", user)
		}
		return nil
	}
	salt := []byte(rand.Text()[:4])
	w.write('R', append([]byte{0, 0, 0, 5}, salt...))
	if err := w.flush(); err != nil {
		return err
	}
	kind, body, err := w.read()
	if err != nil || kind != 'p' {
		return fatal("28P01", "password authentication failed for user %q", user)
	}
	given := strings.TrimRight(string(body), "\x00")
	if !known || subtle.ConstantTimeCompare([]byte(given), []byte(proof(stored, salt))) != 1 {
		return fatal("28P01", "password authentication failed for user %q", user)
	}
	return nil
}
