package mysql

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/image/apps/sqldb"
	"kubetutor/internal/engine/kernel"
)

// options of mysql and mysqladmin.
type options struct {
	user, password, host, database, execute string
	port                                    int
	secret                                  bool // a password stands on the command line
	ask                                     bool // -p without one
	batch, bare, table                      bool
	version                                 bool
	rest                                    []string
}

func parseOptions(args []string) (*options, error) {
	o := &options{user: "root", port: port}
	texts := map[string]*string{"u": &o.user, "user": &o.user, "h": &o.host, "host": &o.host, "D": &o.database, "database": &o.database, "e": &o.execute, "execute": &o.execute}
	flags := map[string]*bool{"B": &o.batch, "batch": &o.batch, "N": &o.bare, "skip-column-names": &o.bare, "t": &o.table, "table": &o.table, "V": &o.version, "version": &o.version, "s": &o.batch, "silent": &o.batch}
	ignored := "protocol ssl-mode connect-timeout default-character-set S socket"
	for i := 0; i < len(args); i++ {
		name, value, has, ok := splitOption(args[i])
		take := func() string {
			if !has && i+1 < len(args) {
				i++
				return args[i]
			}
			return value
		}
		switch {
		case !ok:
			o.rest = append(o.rest, args[i])
		case name == "p" || name == "password":
			o.password, o.secret, o.ask = value, has, !has
		case name == "P" || name == "port":
			n, err := strconv.Atoi(take())
			if err != nil {
				return nil, service.Words("Unknown suffix used for variable 'port'")
			}
			o.port = n
		case texts[name] != nil:
			*texts[name] = take()
		case flags[name] != nil:
			*flags[name] = true
		case strings.Contains(" "+ignored+" ", " "+name+" "):
			take()
		default:
			return nil, fmt.Errorf("unknown option '%s'", args[i])
		}
	}
	return o, nil
}

// splitOption takes "--name=value" and "-xVALUE" apart.
func splitOption(arg string) (name, value string, has, ok bool) {
	if long, found := strings.CutPrefix(arg, "--"); found {
		name, value, has = strings.Cut(long, "=")
		return name, value, has, true
	}
	if !strings.HasPrefix(arg, "-") || len(arg) < 2 {
		return "", "", false, false
	}
	return arg[1:2], arg[2:], len(arg) > 2, true
}

// client is a connection to a server.
type client struct {
	p    *kernel.Process
	o    *options
	wire *wire
}

// Client is the command mysql.
func Client(version string) kernel.Program {
	return service.Until(1, func(ctx context.Context, p *kernel.Process) int {
		o, err := parseOptions(p.Args()[1:])
		if err != nil {
			fmt.Fprintf(p.Stderr(), "mysql: [ERROR] %v.\n", err)
			return 7
		}
		if o.version {
			fmt.Fprintf(p.Stdout(), "mysql  Ver %s for Linux on x86_64 (MySQL Community Server - GPL)\n", version)
			return 0
		}
		if len(o.rest) > 0 {
			o.database = o.rest[0]
		}
		c := &client{p: p, o: o}
		c.credentials("mysql")
		if err := c.connect(ctx); err != nil {
			fmt.Fprintln(p.Stderr(), err)
			return 1
		}
		defer c.wire.conn.Close()
		if o.execute != "" {
			return c.script(strings.NewReader(o.execute))
		}
		if p.TTY() == nil {
			return c.script(p.Stdin())
		}
		return c.interactive(version)
	}, kernel.SIGINT, kernel.SIGTERM)
}

// Admin is the command mysqladmin.
func Admin(string) kernel.Program {
	return service.Until(1, func(ctx context.Context, p *kernel.Process) int {
		o, err := parseOptions(p.Args()[1:])
		if err != nil || len(o.rest) == 0 {
			fmt.Fprintln(p.Stderr(), "mysqladmin: [ERROR] no command given.")
			return 1
		}
		c := &client{p: p, o: o}
		c.credentials("mysqladmin")
		err = c.connect(ctx)
		var refused *sqlError
		if o.rest[0] == "ping" {
			// An answer is an answer, even "access denied".
			if err == nil || errors.As(err, &refused) && refused.number < 2000 {
				fmt.Fprintln(p.Stdout(), "mysqld is alive")
				return 0
			}
		}
		if err != nil {
			fmt.Fprintf(p.Stderr(), "mysqladmin: connect to server at '%s' failed\nerror: '%v'\n", c.host(), err)
			return 1
		}
		defer c.wire.conn.Close()
		switch o.rest[0] {
		case "status", "version", "processlist", "variables":
			return c.script(strings.NewReader("SHOW STATUS"))
		}
		fmt.Fprintf(p.Stderr(), "mysqladmin: Unknown command: '%s'\n", o.rest[0])
		return 1
	}, kernel.SIGINT, kernel.SIGTERM)
}

// credentials completes the options: the password from the environment or, where
// "-p" asks for it, from the terminal.
func (c *client) credentials(name string) {
	switch {
	case c.o.secret:
		fmt.Fprintf(c.p.Stderr(), "%s: [Warning] Using a password on the command line interface can be insecure.\n", name)
	case c.o.ask && c.p.TTY() != nil:
		c.o.password, _ = service.AskSecret(c.p, "Enter password: ") // as far as it was typed
	case c.o.password == "":
		c.o.password = c.p.Getenv("MYSQL_PWD")
	}
}

func (c *client) host() string {
	if c.o.host == "" {
		return "localhost"
	}
	return c.o.host
}

// connect says hello.
func (c *client) connect(ctx context.Context) error {
	const patience = 10 * time.Second
	dial, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := service.Reach(dial, ctx, c.p, c.host(), c.o.port)
	if err != nil {
		return c.unreachable(err)
	}
	c.wire = newWire(conn)
	greeting, err := c.wire.read()
	if err != nil {
		return fail(2013, "HY000", "Lost connection to MySQL server at 'reading initial communication packet', system error: 0")
	}
	return c.login(greeting)
}

func (c *client) unreachable(err error) error {
	switch {
	case c.o.host == "":
		return fail(2002, "HY000", "Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)")
	case service.UnknownHost(err):
		return fail(2005, "HY000", "Unknown MySQL server host '%s' (-2)", c.o.host)
	case strings.Contains(err.Error(), "refused"):
		return fail(2003, "HY000", "Can't connect to MySQL server on '%s:%d' (111)", c.o.host, c.o.port)
	}
	return fail(2003, "HY000", "Can't connect to MySQL server on '%s:%d' (110)", c.o.host, c.o.port)
}

// login answers the greeting of the server.
func (c *client) login(greeting []byte) error {
	_, after, ok := strings.Cut(string(greeting[1:]), "\x00")
	if !ok || len(after) < 44 {
		return errPacket
	}
	nonce := []byte(after[4:12] + after[31:43])
	plugin, _, _ := strings.Cut(after[44:], "\x00")
	proof := scramble(plugin, c.o.password, nonce)
	flags := uint32(capabilities)
	if c.o.database == "" {
		flags &^= capConnectWithDB
	}
	body := []byte{byte(flags), byte(flags >> 8), byte(flags >> 16), byte(flags >> 24), 0, 0, 0, 1, 45}
	body = append(append(append(body, make([]byte, 23)...), c.o.user...), 0)
	body = append(append(body, byte(len(proof))), proof...)
	if c.o.database != "" {
		body = append(append(body, c.o.database...), 0)
	}
	c.wire.write(append(append(body, plugin...), 0))
	if err := c.wire.flush(); err != nil {
		return err
	}
	answer, err := c.wire.read()
	if err == nil && len(answer) == 2 && answer[0] == 1 {
		answer, err = c.wire.read()
	}
	if err != nil {
		return fail(2013, "HY000", "Lost connection to MySQL server during query")
	}
	return refusal(answer)
}

// refusal is the error that a packet holds, or nil.
func refusal(packet []byte) error {
	if len(packet) < 9 || packet[0] != 0xff {
		return nil
	}
	return fail(int(packet[1])|int(packet[2])<<8, string(packet[4:9]), "%s", packet[9:])
}

// query runs a statement.
func (c *client) query(statement string) (*sqldb.Result, error) {
	c.wire.seq = 0
	c.wire.write(append([]byte{comQuery}, statement...))
	if err := c.wire.flush(); err != nil {
		return nil, err
	}
	first, err := c.wire.read()
	if err != nil || len(first) == 0 {
		return nil, fail(2013, "HY000", "Lost connection to MySQL server during query")
	}
	if err := refusal(first); err != nil {
		return nil, err
	}
	if first[0] == 0 {
		affected, rest, _, err := cut(first[1:])
		if err != nil {
			return nil, err
		}
		id, _, _, err := cut(rest)
		return &sqldb.Result{Affected: int64(affected), LastID: int64(id)}, err
	}
	return c.rows(int(first[0]))
}

// rows reads a result set of n columns.
func (c *client) rows(n int) (*sqldb.Result, error) {
	r := &sqldb.Result{}
	for range n {
		packet, err := c.wire.read()
		if err != nil {
			return nil, err
		}
		name := ""
		for range 5 {
			if name, packet, _, err = cutText(packet); err != nil {
				return nil, err
			}
		}
		r.Columns = append(r.Columns, name)
	}
	if _, err := c.wire.read(); err != nil {
		return nil, err
	}
	for {
		packet, err := c.wire.read()
		if err != nil {
			return nil, err
		}
		if packet[0] == 0xfe && len(packet) < 9 {
			return r, nil
		}
		if err := refusal(packet); err != nil {
			return nil, err
		}
		row := make([]any, n)
		for i := range row {
			text, rest, null, err := cutText(packet)
			if err != nil {
				return nil, err
			}
			if packet = rest; !null {
				row[i] = text
			}
		}
		r.Rows = append(r.Rows, row)
	}
}

// script runs statements until one fails.
func (c *client) script(in io.Reader) int {
	text, err := service.ReadAll(in, 1<<20)
	if err != nil {
		return 1
	}
	for _, statement := range sqldb.Statements(string(text)) {
		result, err := c.query(statement)
		if err != nil {
			var e *sqlError
			if errors.As(err, &e) {
				fmt.Fprintf(c.p.Stderr(), "ERROR %d (%s) at line 1: %s\n", e.number, e.state, e.text)
			} else {
				fmt.Fprintln(c.p.Stderr(), err)
			}
			return 1
		}
		c.show(result, c.o.table || c.p.TTY() != nil && !c.o.batch)
	}
	return 0
}

// show prints a result: as a table, or as values between tabs.
func (c *client) show(r *sqldb.Result, table bool) {
	if len(r.Columns) == 0 || table && len(r.Rows) == 0 {
		return
	}
	if table {
		io.WriteString(c.p.Stdout(), Table(r))
		return
	}
	if !c.o.bare {
		fmt.Fprintln(c.p.Stdout(), strings.Join(r.Columns, "\t"))
	}
	for _, row := range r.Rows {
		fmt.Fprintln(c.p.Stdout(), strings.Join(texts(row), "\t"))
	}
}

func texts(row []any) []string {
	out := make([]string, len(row))
	for i, value := range row {
		out[i] = "NULL"
		if value != nil {
			out[i] = sqldb.Text(value)
		}
	}
	return out
}

// Table draws a result with a frame.
func Table(r *sqldb.Result) string {
	widths := make([]int, len(r.Columns))
	for i, name := range r.Columns {
		widths[i] = utf8.RuneCountInString(name)
	}
	for _, row := range r.Rows {
		for i, text := range texts(row) {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	line := "+"
	for _, width := range widths {
		line += strings.Repeat("-", width+2) + "+"
	}
	var out strings.Builder
	write := func(cells []string) {
		out.WriteString("|")
		for i, cell := range cells {
			out.WriteString(" " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + " |")
		}
		out.WriteString("\n")
	}
	out.WriteString(line + "\n")
	write(r.Columns)
	out.WriteString(line + "\n")
	for _, row := range r.Rows {
		write(texts(row))
	}
	out.WriteString(line + "\n")
	return out.String()
}

// interactive is the monitor.
func (c *client) interactive(version string) int {
	fmt.Fprintf(c.p.Stdout(), "Welcome to the MySQL monitor.  Commands end with ; or \\g.\nYour MySQL connection id is 8\nServer version: %s MySQL Community Server - GPL\n\nType 'help;' or '\\h' for help. Type '\\c' to clear the current input statement.\n\n", version)
	in := bufio.NewReader(c.p.Stdin())
	pending := ""
	for {
		prompt := "mysql> "
		if strings.TrimSpace(pending) != "" {
			prompt = "    -> "
		}
		fmt.Fprint(c.p.Stdout(), prompt)
		line, err := in.ReadString('\n')
		if err != nil {
			fmt.Fprintln(c.p.Stdout(), "Bye")
			return 0
		}
		switch word := strings.ToLower(strings.TrimRight(strings.TrimSpace(line), ";")); {
		case pending == "" && (word == "exit" || word == "quit" || word == `\q`):
			fmt.Fprintln(c.p.Stdout(), "Bye")
			return 0
		case pending == "" && strings.HasPrefix(word, "use "):
			line = strings.TrimSpace(line) + ";"
		case strings.HasSuffix(word, `\c`):
			pending = ""
			continue
		}
		pending += strings.ReplaceAll(line, `\G`, ";")
		statements, rest := sqldb.Split(pending)
		for _, statement := range statements {
			c.answer(statement)
		}
		pending = strings.TrimLeft(rest, " \n")
	}
}

func (c *client) answer(statement string) {
	start := time.Now()
	r, err := c.query(statement)
	took := time.Since(start).Seconds()
	switch {
	case err != nil:
		fmt.Fprintln(c.p.Stdout(), err)
	case sqldb.FirstWord(statement) == "USE":
		fmt.Fprintln(c.p.Stdout(), "Database changed")
	case len(r.Columns) == 0:
		fmt.Fprintf(c.p.Stdout(), "Query OK, %d row%s affected (%.2f sec)\n\n", r.Affected, plural(int(r.Affected)), took)
	case len(r.Rows) == 0:
		fmt.Fprintf(c.p.Stdout(), "Empty set (%.2f sec)\n\n", took)
	default:
		fmt.Fprintf(c.p.Stdout(), "%s%d row%s in set (%.2f sec)\n\n", Table(r), len(r.Rows), plural(len(r.Rows)), took)
	}
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
