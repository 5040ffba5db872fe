package agnhost

import (
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
)

func connect(flags *pflag.FlagSet) func(context.Context, *call) int {
	timeout := flags.Duration("timeout", 0, "")
	protocol := flags.String("protocol", "tcp", "")
	data := flags.String("udp-data", "hostname", "")
	flags.String("sctp-data", "hostname", "")
	return func(ctx context.Context, c *call) int {
		if len(c.args) != 1 {
			return c.complain("Error: accepts 1 arg(s), received %d", len(c.args))
		}
		if *timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, *timeout)
			defer cancel()
		}
		switch *protocol {
		case "", "tcp":
			return c.connectTCP(ctx, c.args[0])
		case "udp":
			return c.connectUDP(ctx, c.args[0], *data)
		}
		return c.complain("Unsupported protocol\n%s", *protocol)
	}
}

// complain prints to standard error and returns the status of a failure.
func (c *call) complain(format string, args ...any) int {
	fmt.Fprintf(c.Stderr(), format+"\n", args...)
	return 1
}

func (c *call) connectTCP(ctx context.Context, to string) int {
	host, _, err := net.SplitHostPort(to)
	if err != nil {
		return c.complain("UNKNOWN: %v", err)
	}
	if net.ParseIP(host) == nil {
		if _, err := c.Lookup(ctx, host); err != nil {
			return c.complain("DNS: %v", err)
		}
	}
	conn, err := service.Dial(ctx, c.Process, "tcp", to)
	if err == nil {
		conn.Close()
		return 0
	}
	return c.complain("%s", verdict(err))
}

func verdict(err error) string {
	var timed net.Error
	switch {
	case errors.As(err, &timed) && timed.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "TIMEOUT"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "REFUSED"
	}
	return "OTHER: " + err.Error()
}

func (c *call) connectUDP(ctx context.Context, to, data string) int {
	conn, err := service.Dial(ctx, c.Process, "udp", to)
	if err != nil {
		return c.complain("DNS: %v", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	if _, err := io.WriteString(conn, data+"\n"); err != nil {
		return c.complain("%s: %v", verdict(err), err)
	}
	n, err := conn.Read(make([]byte, 1024))
	if err != nil {
		return c.complain("%s: %v", verdict(err), err)
	}
	if n == 0 {
		return c.complain("OTHER: No data received from the server. Cannot guarantee the server received the request.")
	}
	return 0
}

// rstAvoidance lets a client receive what was sent before the connection closes.
const rstAvoidance = 500 * time.Millisecond

// portForwardTester accepts one connection, expects what it is told to expect,
// sends its chunks and ends.
func portForwardTester(*pflag.FlagSet) func(context.Context, *call) int {
	return func(ctx context.Context, c *call) int {
		address := c.Getenv("BIND_ADDRESS")
		if address == "" {
			address = "localhost"
		}
		l, err := service.Listen(ctx, c.Process, net.JoinHostPort(strings.Replace(address, "localhost", "127.0.0.1", 1), c.Getenv("BIND_PORT")))
		if err != nil {
			c.printf("Error listening: %v\n", err)
			return 1
		}
		conn, err := l.Accept()
		if err != nil {
			c.printf("Error accepting connection: %v\n", err)
			return 1
		}
		defer conn.Close()
		c.printf("Accepted client connection\n")
		if code := c.expect(conn, c.Getenv("EXPECTED_CLIENT_DATA")); code != 0 {
			return code
		}
		return c.sendChunks(ctx, conn)
	}
}

func (c *call) expect(conn net.Conn, expected string) int {
	if expected == "" {
		return 0
	}
	buffer := make([]byte, len(expected))
	n, err := io.ReadFull(conn, buffer)
	if n != len(expected) || string(buffer) != expected {
		c.printf("Expected to read %q, but got %q. err=%v\n", expected, buffer[:n], err)
		return 3
	}
	c.printf("Received expected client data\n")
	return 0
}

func (c *call) number(name string) int {
	n, _ := strconv.Atoi(c.Getenv(name)) // upstream takes what is no number for 0
	return n
}

func (c *call) sendChunks(ctx context.Context, conn net.Conn) int {
	chunks, size, interval := c.number("CHUNKS"), c.number("CHUNK_SIZE"), time.Duration(c.number("CHUNK_INTERVAL"))*time.Millisecond
	data := []byte(strings.Repeat("x", min(size, answerLimit)))
	for i := range chunks {
		if n, err := conn.Write(data); err != nil {
			c.printf("Expected to write %d bytes from client, but wrote %d instead. err=%v\n", size, n, err)
			return 4
		}
		if i+1 < chunks && !service.Sleep(ctx, interval) {
			return 1
		}
	}
	c.printf("Shutting down connection\n")
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	service.Sleep(ctx, rstAvoidance)
	c.printf("Done\n")
	return 0
}
