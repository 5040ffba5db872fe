package postgres

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/image/apps/sqldb"
	"kubetutor/internal/engine/kernel"
)

// client is a run of psql.
type client struct {
	p                    *kernel.Process
	host, user, database string
	password             string
	port                 int
	tuples, unaligned    bool
	quiet                bool
	version              string
	wire                 *wire
}

func (c *client) flags(name string) *pflag.FlagSet {
	or := func(variable, otherwise string) string {
		if value := c.p.Getenv(variable); value != "" {
			return value
		}
		return otherwise
	}
	number, err := strconv.Atoi(or("PGPORT", "5432"))
	if err != nil {
		number = port
	}
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVarP(&c.host, "host", "h", c.p.Getenv("PGHOST"), "")
	flags.IntVarP(&c.port, "port", "p", number, "")
	flags.StringVarP(&c.user, "username", "U", or("PGUSER", c.account()), "")
	flags.StringVarP(&c.database, "dbname", "d", c.p.Getenv("PGDATABASE"), "")
	return flags
}

// account is the name of the user that runs the client.
func (c *client) account() string {
	data, err := c.p.FS().ReadFile("/etc/passwd")
	if err != nil {
		return "root"
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == strconv.Itoa(c.p.Cred().UID) {
			return fields[0]
		}
	}
	return "root"
}

// Client is psql in the given version.
func Client(version string) kernel.Program {
	return service.Until(130, func(ctx context.Context, p *kernel.Process) int {
		c := &client{p: p, password: p.Getenv("PGPASSWORD"), version: version}
		flags := c.flags("psql")
		commands := flags.StringArrayP("command", "c", nil, "")
		file := flags.StringP("file", "f", "", "")
		list := flags.BoolP("list", "l", false, "")
		flags.BoolVarP(&c.tuples, "tuples-only", "t", false, "")
		flags.BoolVarP(&c.unaligned, "no-align", "A", false, "")
		flags.BoolVarP(&c.quiet, "quiet", "q", false, "")
		flags.BoolP("no-psqlrc", "X", false, "")
		flags.BoolP("no-password", "w", false, "")
		flags.BoolP("password", "W", false, "")
		flags.StringArrayP("set", "v", nil, "")
		show := flags.BoolP("version", "V", false, "")
		if err := flags.Parse(p.Args()[1:]); err != nil {
			fmt.Fprintf(p.Stderr(), "psql: error: %v\n", err)
			return 1
		}
		if *show {
			fmt.Fprintf(p.Stdout(), "psql (PostgreSQL) %s\n", version)
			return 0
		}
		c.positional(flags.Args())
		if err := c.connect(ctx); err != nil {
			fmt.Fprintf(p.Stderr(), "psql: error: %v\n", err)
			return 2
		}
		defer c.wire.conn.Close()
		switch {
		case *list:
			return c.run(`\l`)
		case len(*commands) > 0:
			for _, command := range *commands {
				if code := c.run(command); code != 0 {
					return code
				}
			}
			return 0
		case *file != "":
			data, err := p.FS().ReadFile(*file)
			if err != nil {
				fmt.Fprintf(p.Stderr(), "psql: error: %s: No such file or directory\n", *file)
				return 1
			}
			return c.lines(strings.NewReader(string(data)), false)
		}
		return c.lines(p.Stdin(), p.TTY() != nil)
	}, kernel.SIGINT, kernel.SIGTERM)
}

// positional takes the database and the user that stand without a flag.
func (c *client) positional(args []string) {
	if len(args) > 0 {
		c.database = args[0]
	}
	if len(args) > 1 {
		c.user = args[1]
	}
	if c.database == "" {
		c.database = c.user
	}
}

// Ready is pg_isready.
func Ready(string) kernel.Program {
	return service.Until(2, func(ctx context.Context, p *kernel.Process) int {
		c := &client{p: p}
		flags := c.flags("pg_isready")
		timeout := flags.IntP("timeout", "t", 3, "")
		quiet := flags.BoolP("quiet", "q", false, "")
		if err := flags.Parse(p.Args()[1:]); err != nil {
			fmt.Fprintf(p.Stderr(), "pg_isready: %v\n", err)
			return 3
		}
		ctx, cancel := context.WithTimeout(ctx, time.Duration(*timeout)*time.Second)
		defer cancel()
		say := func(words string) {
			if !*quiet {
				fmt.Fprintf(p.Stdout(), "%s:%d - %s\n", c.shownHost(), c.port, words)
			}
		}
		conn, err := service.Reach(ctx, ctx, p, c.address(), c.port)
		if err != nil {
			say("no response")
			return 2
		}
		conn.Close()
		say("accepting connections")
		return 0
	}, kernel.SIGINT, kernel.SIGTERM)
}

func (c *client) shownHost() string {
	if c.host == "" {
		return "/var/run/postgresql"
	}
	return c.host
}

// address is the host to dial: a socket's directory means this one.
func (c *client) address() string {
	if c.host == "" || strings.HasPrefix(c.host, "/") {
		return "localhost"
	}
	return c.host
}

// connect dials and logs in.
func (c *client) connect(ctx context.Context) error {
	const patience = 15 * time.Second
	dial, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := service.Reach(dial, ctx, c.p, c.address(), c.port)
	if err != nil {
		return c.unreachable(err)
	}
	c.wire = newWire(conn)
	body := append(text(binary.BigEndian.AppendUint32(nil, 3<<16), "user", c.user, "database", c.database, "application_name", "psql"), 0)
	c.wire.write(0, body)
	if err := c.login(); err != nil {
		conn.Close()
		return fmt.Errorf("connection to server at %q, port %d failed: %w", c.shownHost(), c.port, err)
	}
	return nil
}

func (c *client) unreachable(err error) error {
	switch {
	case c.host == "" || strings.HasPrefix(c.host, "/"):
		return fmt.Errorf("connection to server on socket \"/var/run/postgresql/.s.PGSQL.%d\" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?", c.port)
	case service.UnknownHost(err):
		return fmt.Errorf("could not translate host name %q to address: Name or service not known", c.host)
	case strings.Contains(err.Error(), "refused"):
		return fmt.Errorf("connection to server at %q, port %d failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", c.host, c.port)
	}
	return fmt.Errorf("connection to server at %q, port %d failed: Connection timed out\n\tIs the server running on that host and accepting TCP/IP connections?", c.host, c.port)
}

func (c *client) login() error {
	for {
		if err := c.wire.flush(); err != nil {
			return err
		}
		kind, body, err := c.wire.read()
		if err != nil {
			return errors.New("server closed the connection unexpectedly")
		}
		switch {
		case kind == 'E':
			return parseError(body)
		case kind == 'Z':
			return nil
		case kind == 'R' && len(body) >= 8 && body[3] == 5:
			if err := c.ask(); err != nil {
				return err
			}
			c.wire.write('p', text(nil, proof(hashed(c.user, c.password), body[4:8])))
		}
	}
}

// ask asks for the password if there is none.
func (c *client) ask() error {
	if c.password != "" {
		return nil
	}
	if c.p.TTY() == nil {
		return errors.New("fe_sendauth: no password supplied")
	}
	var err error
	c.password, err = service.AskSecret(c.p, fmt.Sprintf("Password for user %s: ", c.user))
	return err
}

func parseError(body []byte) error {
	e := &sqlError{severity: "ERROR", text: "unknown"}
	for _, field := range strings.Split(string(body), "\x00") {
		if field == "" {
			continue
		}
		switch field[0] {
		case 'S':
			e.severity = field[1:]
		case 'C':
			e.code = field[1:]
		case 'M':
			e.text = field[1:]
		}
	}
	return e
}

// run runs a command of psql's or SQL.
func (c *client) run(line string) int {
	if strings.HasPrefix(strings.TrimSpace(line), `\`) {
		return c.meta(strings.TrimSpace(line))
	}
	return c.query(line, "")
}

// query runs SQL and shows the results; title is for those that psql itself asks for.
func (c *client) query(sql, title string) int {
	c.wire.write('Q', text(nil, sql))
	if err := c.wire.flush(); err != nil {
		return 2
	}
	code := 0
	var result *sqldb.Result
	for {
		kind, body, err := c.wire.read()
		if err != nil {
			fmt.Fprintln(c.p.Stderr(), "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\nconnection to server was lost")
			return 2
		}
		switch kind {
		case 'E':
			fmt.Fprintln(c.p.Stderr(), parseError(body))
			code = 1
		case 'T':
			result = &sqldb.Result{Columns: columns(body)}
		case 'D':
			result.Rows = append(result.Rows, values(body))
		case 'C':
			c.complete(result, strings.TrimRight(string(body), "\x00"), title)
			result = nil
		case 'Z':
			return code
		}
	}
}

func columns(body []byte) []string {
	var names []string
	for rest := body[2:]; len(rest) > 0; {
		name, _, _ := strings.Cut(string(rest), "\x00")
		names = append(names, name)
		rest = rest[min(len(rest), len(name)+1+18):]
	}
	return names
}

func values(body []byte) []any {
	var row []any
	for rest := body[2:]; len(rest) >= 4; {
		n := int32(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if n < 0 {
			row = append(row, nil)
			continue
		}
		row = append(row, string(rest[:n]))
		rest = rest[n:]
	}
	return row
}

func (c *client) complete(r *sqldb.Result, tag, title string) {
	if r == nil {
		if !c.quiet {
			fmt.Fprintln(c.p.Stdout(), tag)
		}
		return
	}
	io.WriteString(c.p.Stdout(), c.format(r, title))
}

// meta runs a backslash command.
func (c *client) meta(line string) int {
	words := strings.Fields(line)
	switch words[0] {
	case `\l`, `\list`, `\l+`:
		return c.query(`SELECT datname AS "Name", '`+c.user+`' AS "Owner", encoding AS "Encoding" FROM pg_database ORDER BY 1`, "List of databases")
	case `\dt`, `\d`, `\dt+`:
		if len(words) > 1 {
			return c.describe(words[1])
		}
		return c.query(`SELECT schemaname AS "Schema", tablename AS "Name", 'table' AS "Type", tableowner AS "Owner" FROM pg_tables ORDER BY 2`, "List of relations")
	case `\du`, `\dg`:
		return c.query(`SELECT rolname AS "Role name", '' AS "Attributes" FROM pg_roles ORDER BY 1`, "List of roles")
	case `\conninfo`:
		fmt.Fprintf(c.p.Stdout(), "You are connected to database %q as user %q on host %q at port \"%d\".\n", c.database, c.user, c.shownHost(), c.port)
		return 0
	case `\c`, `\connect`:
		return c.reconnect(words[1:])
	case `\echo`:
		fmt.Fprintln(c.p.Stdout(), strings.Join(words[1:], " "))
		return 0
	case `\q`:
		return 0
	}
	fmt.Fprintf(c.p.Stderr(), "invalid command %s\nTry \\? for help.\n", words[0])
	return 1
}

func (c *client) describe(table string) int {
	name := strings.ReplaceAll(strings.TrimPrefix(table, "public."), "'", "''")
	return c.query(`SELECT name AS "Column", lower(type) AS "Type", CASE "notnull" WHEN 1 THEN 'not null' ELSE '' END AS "Nullable", coalesce(dflt_value, '') AS "Default" FROM pragma_table_info('`+name+`')`, "Table \"public."+name+"\"")
}

func (c *client) reconnect(words []string) int {
	before, old := *c, c.wire
	c.positional(words)
	if err := c.connect(c.p.Context()); err != nil {
		fmt.Fprintln(c.p.Stderr(), err)
		*c = before
		return 2
	}
	old.conn.Close()
	fmt.Fprintf(c.p.Stdout(), "You are now connected to database %q as user %q.\n", c.database, c.user)
	return 0
}

// lines reads commands and statements line by line.
func (c *client) lines(in io.Reader, prompt bool) int {
	if prompt && !c.quiet {
		fmt.Fprintf(c.p.Stdout(), "psql (%s)\nType \"help\" for help.\n\n", c.version)
	}
	r := bufio.NewReader(in)
	pending, code := "", 0
	for {
		if prompt {
			mark := "=# "
			if strings.TrimSpace(pending) != "" {
				mark = "-# "
			}
			fmt.Fprint(c.p.Stdout(), c.database+mark)
		}
		line, err := r.ReadString('\n')
		word := strings.TrimSpace(line)
		switch {
		case strings.TrimSpace(pending) == "" && (word == `\q` || word == "exit" || word == "quit"):
			return code
		case strings.TrimSpace(pending) == "" && strings.HasPrefix(word, `\`):
			code = c.meta(word)
		default:
			pending += line
			var statements []string
			statements, pending = sqldb.Split(pending)
			for _, statement := range statements {
				code = c.query(statement, "")
			}
		}
		if err != nil {
			if strings.TrimSpace(pending) != "" {
				code = c.query(pending, "")
			}
			return min(code, 3)
		}
	}
}
