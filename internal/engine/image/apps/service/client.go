package service

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"kubetutor/internal/engine/kernel"
)

// Reach connects a client program to a server; ctx limits the attempt, and the
// connection is closed when life ends. "localhost" needs no look-up.
func Reach(ctx, life context.Context, p *kernel.Process, host string, port int) (net.Conn, error) {
	conn, err := Dial(ctx, p, "tcp", net.JoinHostPort(strings.Replace(host, "localhost", "127.0.0.1", 1), strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	context.AfterFunc(life, func() { conn.Close() })
	return conn, nil
}

// UnknownHost says whether a dial failed because nobody knows the host's name.
func UnknownHost(err error) bool {
	return strings.Contains(err.Error(), "lookup") || strings.Contains(err.Error(), "no such host")
}

// AskSecret asks at the terminal for what must not be seen, and returns the line
// without its end.
func AskSecret(p *kernel.Process, prompt string) (string, error) {
	mode := p.TTY().Mode()
	quiet := mode
	quiet.Echo = false
	p.TTY().SetMode(quiet)
	fmt.Fprint(p.Stdout(), prompt)
	line, err := bufio.NewReader(p.Stdin()).ReadString('\n')
	p.TTY().SetMode(mode)
	fmt.Fprintln(p.Stdout())
	return strings.TrimRight(line, "\r\n"), err
}
