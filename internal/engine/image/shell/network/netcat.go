package network

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// ncCall is one call of nc.
type ncCall struct {
	*tool.Call
	listen, again, scan, verbose, udp, noInput bool
	port                                       string
	timeout                                    time.Duration
	quit                                       time.Duration // after the end of input; below 0: never
	packets                                    int           // end after so many that were received; 0: never (OpenBSD's -W)
	operands                                   []string
	command                                    []string
}

func nc(c *tool.Call) int {
	n := &ncCall{Call: c, quit: -1}
	n.options(c.Args)
	if n.listen {
		return n.serve()
	}
	if len(n.operands) < 2 {
		c.UsageExit()
	}
	return n.connect()
}

func (n *ncCall) options(args []string) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if len(arg) < 2 || arg[0] != '-' {
			n.operands = append(n.operands, arg)
			continue
		}
		args = n.cluster(arg[1:], args)
	}
}

func (n *ncCall) cluster(letters string, rest []string) []string {
	for i, letter := range letters {
		switch letter {
		case 'l':
			n.listen = true
		case 'k':
			n.again = true
		case 'z':
			n.scan = true
		case 'v':
			n.verbose = true
		case 'u':
			n.udp = true
		case 'd':
			n.noInput = true
		case 'n', 't', '4', '6', 'r', 'N':
		case 'e', 'c':
			value := letters[i+1:]
			if value == "" && len(rest) > 0 {
				value, rest = rest[0], rest[1:]
			}
			n.command = append([]string{value}, rest...)
			return nil
		case 'p', 'w', 'W', 'i', 'q', 's', 'o':
			value := letters[i+1:]
			if value == "" {
				if len(rest) == 0 {
					n.Errorf("option requires an argument: %c", letter)
					n.UsageExit()
				}
				value, rest = rest[0], rest[1:]
			}
			n.valued(letter, value)
			return rest
		default:
			n.Errorf("unrecognized option: %c", letter)
			n.UsageExit()
		}
	}
	return rest
}

func (n *ncCall) valued(letter rune, value string) {
	switch letter {
	case 'p':
		n.port = value
	case 'w':
		n.timeout = time.Duration(n.Number(value)) * time.Second
	case 'W':
		n.packets = int(n.Number(value))
	case 'q':
		n.quit = time.Duration(n.Number(value)) * time.Second
	}
}

func (n *ncCall) network() string {
	if n.udp {
		return "udp"
	}
	return "tcp"
}

func (n *ncCall) connect() int {
	host := n.operands[0]
	code := 0
	for _, port := range ports(n.operands[1]) {
		if n.one(host, port) != 0 {
			code = 1
		}
	}
	return code
}

// ports expands "80" and "20-25".
func ports(text string) (list []string) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		return []string{from}
	}
	var first, last int
	if _, err := fmt.Sscan(from+" "+to, &first, &last); err != nil || last-first > 4096 {
		return []string{text}
	}
	for p := first; p <= last; p++ {
		list = append(list, fmt.Sprint(p))
	}
	return list
}

func (n *ncCall) one(host, port string) int {
	ctx, cancel := n.Ctx, func() {}
	if n.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, n.timeout)
	}
	defer cancel()
	conn, addr, err := n.dial(ctx, host, port)
	if err != nil {
		n.refused(host, addr.String(), port, err)
		return 1
	}
	defer conn.Close()
	if n.verbose {
		fmt.Fprintf(n.Stderr(), "%s (%s:%s) open\n", host, addr, port)
	}
	if n.scan {
		return 0
	}
	return n.talk(conn)
}

// dial connects, by UDP from the port that was asked for.
func (n *ncCall) dial(ctx context.Context, host, port string) (net.Conn, netip.Addr, error) {
	if !n.udp || n.port == "" || n.Net() == nil {
		return dial(ctx, n.Call, n.network(), host, port)
	}
	addrs, err := resolve(ctx, n.Call, host)
	if err != nil {
		return nil, netip.Addr{}, err
	}
	to, err := netip.ParseAddrPort(net.JoinHostPort(addrs[0].String(), port))
	if err != nil {
		return nil, addrs[0], err
	}
	socket, err := n.Net().ListenPacket("udp4", ":"+n.port)
	if err != nil {
		return nil, addrs[0], err
	}
	return &packetPeer{socket, net.UDPAddrFromAddrPort(to)}, addrs[0], nil
}

// packetPeer is a socket that speaks with one address.
type packetPeer struct {
	net.PacketConn
	to *net.UDPAddr
}

func (p *packetPeer) RemoteAddr() net.Addr { return p.to }

func (p *packetPeer) Write(b []byte) (int, error) { return p.WriteTo(b, p.to) }

// Read leaves out what others sent.
func (p *packetPeer) Read(b []byte) (int, error) {
	for {
		n, from, err := p.ReadFrom(b)
		if err != nil || from.String() == p.to.String() {
			return n, err
		}
	}
}

func (n *ncCall) refused(host, addr, port string, err error) {
	switch {
	case isUnknown(err):
		n.Errorf("bad address '%s'", host)
	case !n.scan || n.verbose:
		n.Errorf("%s (%s:%s): %s", host, addr, port, tool.Reason(err))
	}
}

// talk copies both ways until the other side has ended.
func (n *ncCall) talk(conn net.Conn) int {
	if len(n.command) > 0 {
		return n.hand(conn)
	}
	stop := context.AfterFunc(n.Ctx, func() { conn.Close() })
	defer stop()
	sent := make(chan struct{})
	if n.noInput {
		close(sent)
	} else {
		go func() {
			defer close(sent)
			_, _ = io.Copy(conn, n.Stdin())
			if half, ok := conn.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			if n.quit >= 0 {
				time.AfterFunc(n.quit, func() { conn.Close() })
			}
		}()
	}
	_, _ = io.Copy(n.Stdout(), &quiet{Conn: conn, patience: n.timeout, limit: n.packets})
	select { // what is on its way out still goes
	case <-sent:
	case <-time.After(200 * time.Millisecond):
	}
	return 0
}

// quiet ends reading when nothing comes for a time, or enough has come.
type quiet struct {
	net.Conn
	patience time.Duration
	limit    int // of reads; 0: none
	reads    int
}

func (q *quiet) Read(b []byte) (int, error) {
	if q.limit > 0 && q.reads == q.limit {
		return 0, io.EOF
	}
	q.reads++
	if q.patience > 0 {
		_ = q.SetReadDeadline(time.Now().Add(q.patience))
	}
	return q.Conn.Read(b)
}

// hand gives the connection to a program as its standard files.
func (n *ncCall) hand(conn net.Conn) int {
	args := n.command
	if len(args) == 1 && strings.Contains(args[0], " ") {
		args = []string{"sh", "-c", args[0]}
	}
	child, err := n.Start(kernel.Spec{Args: args, Stdin: conn, Stdout: conn, Stderr: conn})
	if err != nil {
		code, why := tool.ExecReason(err)
		n.Errorf("can't execute '%s': %s", args[0], why)
		return code
	}
	status, err := child.Wait(n.Ctx)
	if err != nil {
		return 137
	}
	return status.ExitCode()
}

func (n *ncCall) serve() int {
	port := n.port
	if port == "" && len(n.operands) > 0 {
		port = n.operands[len(n.operands)-1]
	}
	if n.Net() == nil {
		n.Fatalf("network is unreachable")
	}
	if n.udp {
		return n.serveUDP(port)
	}
	listener, err := n.Net().Listen("tcp", ":"+port)
	if err != nil {
		n.Fatalf("bind: %s", tool.Reason(err))
	}
	defer listener.Close()
	if n.verbose {
		fmt.Fprintf(n.Stderr(), "listening on [::]:%s ...\n", port)
	}
	stop := context.AfterFunc(n.Ctx, func() { listener.Close() })
	defer stop()
	var talks sync.WaitGroup
	defer talks.Wait()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return 1
		}
		if n.verbose {
			fmt.Fprintf(n.Stderr(), "connect to %s from %s\n", conn.LocalAddr(), conn.RemoteAddr())
		}
		if !n.again {
			listener.Close()
			code := n.talk(conn)
			conn.Close()
			return code
		}
		if len(n.command) == 0 {
			n.talk(conn)
			conn.Close()
			continue
		}
		talks.Go(func() {
			defer conn.Close()
			n.hand(conn)
		})
	}
}

func (n *ncCall) serveUDP(port string) int {
	socket, err := n.Net().ListenPacket("udp", ":"+port)
	if err != nil {
		n.Fatalf("bind: %s", tool.Reason(err))
	}
	defer socket.Close()
	stop := context.AfterFunc(n.Ctx, func() { socket.Close() })
	defer stop()
	packet := make([]byte, 64<<10)
	for {
		k, _, err := socket.ReadFrom(packet)
		if err != nil {
			return 0
		}
		if _, err := n.Stdout().Write(packet[:k]); err != nil {
			return 0
		}
	}
}

func telnet(c *tool.Call) int {
	port := "23"
	if len(c.Args) > 1 {
		port = c.Args[1]
	}
	conn, addr, err := dial(c.Ctx, c, "tcp", c.Args[0], port)
	if isUnknown(err) {
		c.Fatalf("bad address '%s'", c.Args[0])
	}
	if err != nil {
		c.Fatalf("can't connect to remote host (%s): %s", addr, tool.Reason(err))
	}
	defer conn.Close()
	fmt.Fprintf(c.Stdout(), "Connected to %s\n\nEntering character mode\nEscape character is '^]'.\n\n", c.Args[0])
	n := &ncCall{Call: c, quit: -1}
	code := n.talk(conn)
	fmt.Fprintln(c.Stderr(), "Connection closed by foreign host")
	return code
}
