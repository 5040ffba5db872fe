package control

import (
	"context"
	"errors"
	"io"
	"iter"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/peer"
)

// patience bounds every wait in these tests.
const patience = 10 * time.Second

// fake is a runtime that remembers what it was told. Addresses in dials lead to
// functions.
type fake struct {
	dials map[netip.AddrPort]func(ctx context.Context) (net.Conn, error)

	mu   sync.Mutex
	said []any
	from string
}

func (f *fake) note(what ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, what...)
	return nil
}

func (f *fake) Hello() Hello                                       { return Hello{Engine: "e1", PID: 7, Nodes: []string{"node1"}} }
func (f *fake) AddNode(_ context.Context, n Node) error            { return f.note(n) }
func (f *fake) RemoveNode(_ context.Context, name string) error    { return f.note("remove " + name) }
func (f *fake) Reset(_ context.Context, r Reset) error             { return f.note(r) }
func (f *fake) Routes(_ context.Context, r Routes) error           { return f.note(r) }
func (f *fake) Hosts(_ context.Context, h Hosts) error             { return f.note(h) }
func (f *fake) Images(context.Context) (any, error)                { return []string{"nginx"}, nil }
func (f *fake) Power(_ context.Context, name string, b bool) error { return f.note(name, b) }

func (f *fake) Policies(_ context.Context, p Policies) error      { return f.note(p) }
func (f *fake) Announce(_ context.Context, a Announcements) error { return f.note(a) }

func (f *fake) Explain(_ context.Context, q Question) (Record, error) {
	return Record{Network: q.Network, From: netip.AddrPortFrom(q.From, 0), To: q.To, Verdict: fabric.Refused}, nil
}

func (f *fake) Records(ctx context.Context, since uint64) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for _, id := range []uint64{since + 1, since + 2} {
			if !yield(Record{ID: id}) {
				return
			}
		}
		<-ctx.Done()
	}
}

func (f *fake) Pressure(_ context.Context, name string, p Pressure) error {
	return f.note(name, p)
}

func (f *fake) Usage(_ context.Context, name string) (Usage, error) {
	if name != "node1" {
		return Usage{}, ErrNoNode
	}
	return Usage{Memory: 1, Disk: 2, PIDs: 3, CPU: 4}, nil
}

func (f *fake) Dial(ctx context.Context, from string, to netip.AddrPort) (net.Conn, error) {
	f.mu.Lock()
	f.from = from
	f.mu.Unlock()
	if dial := f.dials[to]; dial != nil {
		return dial(ctx)
	}
	return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
}

// Exchange answers from where and to whom, after a connection there would be made.
func (f *fake) Exchange(ctx context.Context, from string, to netip.AddrPort, datagram []byte) ([]byte, error) {
	conn, err := f.Dial(ctx, from, to)
	if err != nil {
		return nil, err
	}
	return append([]byte(from+" "), datagram...), conn.Close()
}

// serve runs a server of f and returns a client of it, and what ends the server.
func serve(t *testing.T, f *fake, grace time.Duration) (*Client, *Server, context.CancelFunc) {
	t.Helper()
	path := filepath.Join(t.TempDir(), SocketName)
	l, err := peer.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(f, grace)
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server ended: %v", err)
		}
	})
	c := NewClient(path)
	t.Cleanup(c.Close)
	return c, s, cancel
}

func TestCalls(t *testing.T) {
	t.Parallel()
	f := &fake{}
	c, _, _ := serve(t, f, time.Minute)
	ctx := t.Context()
	node := Node{Name: "node1", IP: netip.MustParseAddr("172.30.0.11"), CRI: "/s", CPUs: 4000, Memory: 8 << 30}
	routes := Routes{netip.MustParseAddrPort("10.96.0.1:443"): "127.0.0.1:6443", netip.MustParseAddrPort("172.30.0.1:1"): "unix:/x"}
	hosts := Hosts{"kubernetes": netip.MustParseAddr("10.96.0.1")}
	for i, err := range []error{
		c.AddNode(ctx, node), c.RemoveNode(ctx, "a/b"), c.Power(ctx, "node1", true),
		c.Pressure(ctx, "node1", Pressure{Memory: 5}), c.Reset(ctx, Reset{Keep: []string{"uid"}, Gone: []string{"other"}}), c.Routes(ctx, routes), c.Hosts(ctx, hosts),
	} {
		if err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	want := []any{node, "remove a/b", "node1", true, "node1", Pressure{Memory: 5}, Reset{Keep: []string{"uid"}, Gone: []string{"other"}}, routes, hosts}
	if !reflect.DeepEqual(f.said, want) {
		t.Errorf("the runtime was told\n%v, want\n%v", f.said, want)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	c, _, _ := serve(t, &fake{}, time.Minute)
	if h, err := c.Hello(t.Context()); err != nil || !reflect.DeepEqual(h, (&fake{}).Hello()) {
		t.Errorf("hello: %v, %v", h, err)
	}
	if u, err := c.Usage(t.Context(), "node1"); err != nil || u != (Usage{1, 2, 3, 4}) {
		t.Errorf("usage: %v, %v", u, err)
	}
	if _, err := c.Usage(t.Context(), "node9"); !errors.Is(err, ErrNoNode) {
		t.Errorf("usage of a node that is not there: %v", err)
	}
	if images, err := c.Images(t.Context()); err != nil || strings.TrimSpace(string(images)) != `["nginx"]` {
		t.Errorf("images: %s, %v", images, err)
	}
}

func TestRoutesLeadToLoopbackOnly(t *testing.T) {
	t.Parallel()
	f := &fake{}
	c, _, _ := serve(t, f, time.Minute)
	for _, target := range []Target{"192.0.2.1:80", "localhost:80", "unix:x", "", ":80", "0.0.0.0:80"} {
		if err := c.Routes(t.Context(), Routes{netip.MustParseAddrPort("10.96.0.1:443"): target}); err == nil {
			t.Errorf("a route to %q was taken", target)
		}
		if conn, err := target.Dial(t.Context()); err == nil {
			conn.Close()
			t.Errorf("%q was dialled", target)
		}
	}
	if len(f.said) > 0 {
		t.Errorf("the runtime was told %v", f.said)
	}
}

func TestTargetDials(t *testing.T) {
	t.Parallel()
	unix, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	for _, target := range []string{"unix:" + unix.Addr().String(), tcp.Addr().String()} {
		conn, err := Target(target).Dial(t.Context())
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		conn.Close()
	}
}

// upper listens for one connection, reads to its end, answers in capitals.
func upper(t *testing.T) func(ctx context.Context) (net.Conn, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		said, _ := io.ReadAll(conn)
		_, _ = io.WriteString(conn, strings.ToUpper(string(said)))
	}()
	return func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}
}

func TestConnectKeepsHalfClose(t *testing.T) {
	t.Parallel()
	to := netip.MustParseAddrPort("10.244.1.2:80")
	f := &fake{dials: map[netip.AddrPort]func(context.Context) (net.Conn, error){to: upper(t)}}
	c, _, _ := serve(t, f, time.Minute)
	conn, err := c.Dial(t.Context(), "node1", to)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	const long = 1 << 20 // more than any buffer on the way
	text := strings.Repeat("a", long)
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || string(answer) != strings.ToUpper(text) {
		t.Errorf("%d bytes came back, %v", len(answer), err)
	}
	if f.from != "node1" || conn.RemoteAddr().String() != to.String() {
		t.Errorf("from %q to %s", f.from, conn.RemoteAddr())
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	unreachable, silent := netip.MustParseAddrPort("10.244.9.9:80"), netip.MustParseAddrPort("10.0.0.1:80")
	gaveUp := make(chan struct{})
	f := &fake{dials: map[netip.AddrPort]func(context.Context) (net.Conn, error){
		unreachable: func(context.Context) (net.Conn, error) { return nil, syscall.EHOSTUNREACH },
		silent: func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			close(gaveUp)
			return nil, ctx.Err()
		},
	}}
	c, _, _ := serve(t, f, time.Minute)
	if _, err := c.Dial(t.Context(), "", netip.MustParseAddrPort("10.244.1.1:80")); !errors.Is(err, syscall.ECONNREFUSED) ||
		err.Error() != "dial tcp 10.244.1.1:80: connect: connection refused" {
		t.Errorf("refused: %v", err)
	}
	if _, err := c.Dial(t.Context(), "", unreachable); !errors.Is(err, syscall.EHOSTUNREACH) {
		t.Errorf("unreachable: %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var timeout net.Error
	if _, err := c.Dial(short, "", silent); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("silent: %v", err)
	}
	within(t, gaveUp, "the runtime goes on dialling for a caller that went")
}

func TestConnectionsEndWithTheServer(t *testing.T) {
	t.Parallel()
	to := netip.MustParseAddrPort("10.244.1.2:80")
	f := &fake{dials: map[netip.AddrPort]func(context.Context) (net.Conn, error){to: upper(t)}}
	c, _, stop := serve(t, f, time.Minute)
	conn, err := c.Dial(t.Context(), "", to)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	leash, err := c.Leash(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leash.Close()
	stop()
	within(t, leash.Done(), "the leash outlives the server")
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection outlives the server: %v", err)
	}
}

func TestLeash(t *testing.T) {
	t.Parallel()
	c, s, _ := serve(t, &fake{}, time.Second) // a busy machine is slow to take the first one
	first, err := c.Leash(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Leash(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	within(t, first.Done(), "a leash that was let go is not done")
	if isClosed(s.Abandoned()) {
		t.Error("abandoned while a leash is held")
	}
	second.Close()
	within(t, s.Abandoned(), "not abandoned after the last leash")
}

// TestGrace: the time begins when the last leash goes, and each leash ends it.
func TestGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLeashes(Grace)
		time.Sleep(Grace - 1)
		first, second := l.take(), l.take()
		time.Sleep(10 * Grace)
		first()
		first()
		time.Sleep(10 * Grace)
		if isClosed(l.abandoned) {
			t.Error("abandoned while a leash is held")
		}
		second()
		time.Sleep(Grace - 1)
		third := l.take()
		time.Sleep(10 * Grace)
		if isClosed(l.abandoned) {
			t.Error("abandoned while a leash is held again")
		}
		third()
		time.Sleep(Grace - 1)
		if isClosed(l.abandoned) {
			t.Error("abandoned too early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if !isClosed(l.abandoned) {
			t.Error("not abandoned after the last leash")
		}
	})
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestNobodyCame(t *testing.T) {
	t.Parallel()
	s := newServer(&fake{}, 10*time.Millisecond)
	within(t, s.Abandoned(), "a runtime that nobody holds lives on")
}

func within(t *testing.T, c <-chan struct{}, otherwise string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Error(otherwise)
	}
}
