package redis

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// client is a run of redis-cli.
type client struct {
	p        *kernel.Process
	host     string
	port     int
	password string
	user     string
	db       int
	raw      bool
	repeat   int
	interval float64
	conn     net.Conn
	in       *bufio.Reader
}

// Client is redis-cli in the given version.
func Client(version string) kernel.Program {
	return service.Until(0, func(ctx context.Context, p *kernel.Process) int {
		c := &client{p: p, password: p.Getenv("REDISCLI_AUTH")}
		flags := pflag.NewFlagSet("redis-cli", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		flags.SetInterspersed(false)
		flags.StringVarP(&c.host, "host", "h", "127.0.0.1", "")
		flags.IntVarP(&c.port, "port", "p", 6379, "")
		pass := flags.StringP("pass", "a", "", "")
		flags.StringVar(&c.user, "user", "", "")
		flags.IntVarP(&c.db, "db", "n", 0, "")
		flags.IntVarP(&c.repeat, "repeat", "r", 1, "")
		flags.Float64VarP(&c.interval, "interval", "i", 0, "")
		flags.BoolVar(&c.raw, "raw", false, "")
		pretty := flags.Bool("no-raw", false, "")
		quiet := flags.Bool("no-auth-warning", false, "")
		show := flags.BoolP("version", "v", false, "")
		flags.StringP("uri", "u", "", "")
		if err := flags.Parse(p.Args()[1:]); err != nil {
			fmt.Fprintf(p.Stderr(), "Unrecognized option or bad number of args for: '%v'\n", err)
			return 1
		}
		if *show {
			fmt.Fprintf(p.Stdout(), "redis-cli %s\n", version)
			return 0
		}
		if *pass != "" {
			c.password = *pass
			if !*quiet {
				fmt.Fprintln(p.Stderr(), "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.")
			}
		}
		if p.TTY() == nil && !*pretty {
			c.raw = true
		}
		defer c.close()
		if args := flags.Args(); len(args) > 0 {
			return c.times(ctx, args)
		}
		return c.interactive(ctx)
	}, kernel.SIGINT, kernel.SIGTERM)
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
	}
}

func (c *client) times(ctx context.Context, args []string) int {
	code := 0
	for n := 0; n < c.repeat || c.repeat < 0; n++ {
		if n > 0 && c.interval > 0 && !service.Sleep(ctx, time.Duration(c.interval*float64(time.Second))) {
			return code
		}
		code = c.once(ctx, args)
	}
	return code
}

// once sends one command and prints the answer.
func (c *client) once(ctx context.Context, args []string) int {
	if err := c.connect(ctx); err != nil {
		fmt.Fprintf(c.p.Stderr(), "Could not connect to Redis at %s: %s\n", net.JoinHostPort(c.host, strconv.Itoa(c.port)), reason(err))
		return 1
	}
	var out bytes.Buffer
	encode(&out, args...)
	if _, err := c.conn.Write(out.Bytes()); err != nil {
		return c.lost()
	}
	if strings.EqualFold(args[0], "info") { // its text is shown as it is
		raw := c.raw
		c.raw = true
		defer func() { c.raw = raw }()
	}
	for {
		text, failed, err := c.answer("")
		if err != nil {
			if strings.EqualFold(args[0], "shutdown") || strings.EqualFold(args[0], "quit") {
				return 0
			}
			return c.lost()
		}
		fmt.Fprintln(c.p.Stdout(), strings.TrimSuffix(text, "\n"))
		if name := strings.ToLower(args[0]); name == "subscribe" || name == "psubscribe" || name == "monitor" {
			continue // until a signal
		}
		if failed {
			return 1
		}
		return 0
	}
}

func (c *client) lost() int {
	c.close()
	c.conn = nil
	fmt.Fprintln(c.p.Stderr(), "Error: Server closed the connection")
	return 1
}

func reason(err error) string {
	var dns interface{ Temporary() bool }
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return "No route to host"
	case service.UnknownHost(err):
		return "Name or service not known"
	case errors.As(err, &dns):
		return "Connection timed out"
	}
	return err.Error()
}

// connect connects, says the password and chooses the database.
func (c *client) connect(ctx context.Context) error {
	if c.conn != nil {
		return nil
	}
	conn, err := service.Reach(ctx, ctx, c.p, c.host, c.port)
	if err != nil {
		return err
	}
	c.conn, c.in = conn, bufio.NewReader(conn)
	if c.password != "" {
		args := []string{"AUTH", c.password}
		if c.user != "" {
			args = []string{"AUTH", c.user, c.password}
		}
		c.quietly("AUTH failed: ", args...)
	}
	if c.db != 0 {
		c.quietly("SELECT failed: ", "SELECT", strconv.Itoa(c.db))
	}
	return nil
}

func (c *client) quietly(complaint string, args ...string) {
	var out bytes.Buffer
	encode(&out, args...)
	c.conn.Write(out.Bytes())
	if text, failed, err := c.answer(""); err == nil && failed {
		fmt.Fprintf(c.p.Stderr(), "%s%s\n", complaint, strings.TrimPrefix(strings.TrimSuffix(text, "\n"), "(error) "))
	}
}

// answer reads one reply and formats it, with indent before all lines but the
// first.
func (c *client) answer(indent string) (text string, failed bool, err error) {
	line, err := readLine(c.in)
	if err != nil {
		return "", false, err
	}
	if line == "" {
		return "", false, errProtocol
	}
	rest := line[1:]
	switch line[0] {
	case '+':
		return rest, false, nil
	case '-':
		if c.raw {
			return rest + "\n", true, nil
		}
		return "(error) " + rest, true, nil
	case ':':
		if c.raw {
			return rest, false, nil
		}
		return "(integer) " + rest, false, nil
	case '$':
		text, err := c.bulk(rest)
		return text, false, err
	case '*':
		text, err := c.array(rest, indent)
		return text, false, err
	}
	return line, false, nil
}

func (c *client) bulk(length string) (string, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n > maxBulk {
		return "", errProtocol
	}
	if n < 0 {
		return c.null(), nil
	}
	data := make([]byte, n+2)
	if _, err := io.ReadFull(c.in, data); err != nil {
		return "", err
	}
	if c.raw {
		return string(data[:n]), nil
	}
	return strconv.QuoteToASCII(string(data[:n])), nil
}

func (c *client) null() string {
	if c.raw {
		return ""
	}
	return "(nil)"
}

func (c *client) array(length, indent string) (string, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n > maxArgs {
		return "", errProtocol
	}
	switch {
	case n < 0:
		return c.null(), nil
	case n == 0 && c.raw:
		return "", nil
	case n == 0:
		return "(empty array)", nil
	}
	width := len(strconv.Itoa(n))
	var out strings.Builder
	for at := range n {
		number := fmt.Sprintf("%*d) ", width, at+1)
		text, _, err := c.answer(indent + strings.Repeat(" ", len(number)))
		if err != nil {
			return "", err
		}
		if at > 0 {
			out.WriteString("\n")
			if !c.raw {
				out.WriteString(indent)
			}
		}
		if !c.raw {
			out.WriteString(number)
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// interactive reads commands line by line.
func (c *client) interactive(ctx context.Context) int {
	in := bufio.NewReader(c.p.Stdin())
	for {
		if c.p.TTY() != nil {
			fmt.Fprint(c.p.Stdout(), c.prompt(ctx))
		}
		line, err := in.ReadString('\n')
		args, splitErr := splitInline(strings.TrimSpace(line))
		switch {
		case splitErr != nil:
			fmt.Fprintln(c.p.Stdout(), "Invalid argument(s)")
		case len(args) == 0:
		case strings.EqualFold(args[0], "exit"), strings.EqualFold(args[0], "quit"):
			return 0
		case strings.EqualFold(args[0], "clear"):
			fmt.Fprint(c.p.Stdout(), "\x1b[H\x1b[2J")
		default:
			c.once(ctx, args)
			if strings.EqualFold(args[0], "select") && len(args) == 2 {
				c.db, _ = strconv.Atoi(args[1])
			}
		}
		if err != nil || ctx.Err() != nil {
			return 0
		}
	}
}

func (c *client) prompt(ctx context.Context) string {
	if c.connect(ctx) != nil {
		return "not connected> "
	}
	text := net.JoinHostPort(c.host, strconv.Itoa(c.port))
	if c.db != 0 {
		text += fmt.Sprintf("[%d]", c.db)
	}
	return text + "> "
}
