package host

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class/door"
)

// TestSlowHandshakes holds connections open before authentication: silent ones, and
// some that send a byte now and then. Others come in meanwhile, from the attacker's
// own address too.
func TestSlowHandshakes(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) {
		o.Limits.Arrivals, o.Limits.ArrivalsEach, o.Limits.Burst, o.Limits.BurstEach = 1000, 1000, 1000, 1000
		o.Limits.Handshake = time.Second
	})
	good := s.honest()
	stop := make(chan struct{})
	defer close(stop)
	var list []net.Conn
	for i := range 300 {
		c := s.tcp(t)
		list = append(list, c)
		if i%2 == 0 {
			go drip(c, stop)
		}
	}
	for i, from := range []string{"", "127.0.0.7", attacker} {
		if _, err := s.dial(from, door.Learner, &answers{code: s.room.Join().Code, name: fmt.Sprint("Bob ", i)}); err != nil {
			t.Errorf("from %q nobody comes in: %v", from, err)
		}
	}
	good.works()
	for _, c := range list {
		s.closes(t, c)
	}
	good.works()
}

func drip(c net.Conn, stop <-chan struct{}) {
	for _, b := range []byte("SSH-2.0-slow_" + strings.Repeat("x", 200)) {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// TestSilentAtDoor comes to the questions and answers none, on as many connections
// as it can.
func TestSilentAtDoor(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) {
		o.Limits.Answer = 2 * time.Second
		o.Limits.AtDoor, o.Limits.AtDoorEach = 12, 6
	})
	good := s.honest()
	var wait sync.WaitGroup
	silent := make(chan struct{})
	for range 20 {
		wait.Go(func() {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(attacker)}}
			c, err := d.Dial("tcp", s.Addr().String())
			if err != nil {
				return
			}
			defer c.Close()
			config := &gossh.ClientConfig{User: door.Learner, HostKeyCallback: gossh.InsecureIgnoreHostKey(), Auth: []gossh.AuthMethod{
				gossh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) {
					<-silent
					return nil, io.EOF
				}),
			}}
			_, _, _, _ = gossh.NewClientConn(c, "", config)
		})
	}
	for i := range 5 {
		if _, err := s.dial("127.0.0.7", door.Learner, &answers{code: s.room.Join().Code, name: fmt.Sprint("Bob ", i)}); err != nil {
			t.Errorf("nobody else comes in: %v", err)
		}
	}
	good.works()
	close(silent)
	wait.Wait()
}

// TestHalfOpen holds that a client that is gone without a word is found by its
// silence, and leaves its place.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) { o.Limits.Alive = 300 * time.Millisecond })
	good := s.honest()
	cable := newCable(t, s.Addr().String())
	config := s.config(door.Learner, &answers{code: s.room.Join().Code, name: "Gone"})
	c, err := gossh.Dial("tcp", cable.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	n := open(t, c, 80, 24)
	n.await("hello Gone")
	for range 15 { // who lives stays
		time.Sleep(100 * time.Millisecond)
		n.press("x")
	}
	n.await("xxxxx.")
	cable.cut.Store(true)
	poll(t, "the session ends", func() bool { _, closed := s.closed.Load("Gone"); return closed })
	good.works()
}

// cable brings bytes both ways until it is cut; then it brings none, and says
// nothing of it.
type cable struct {
	net.Listener
	cut atomic.Bool
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &cable{Listener: l}
	go func() {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		go c.bring(near, far)
		c.bring(far, near)
	}()
	return c
}

func (c *cable) bring(from, to net.Conn) {
	chunk := make([]byte, 4096)
	for {
		n, err := from.Read(chunk)
		if err != nil {
			return
		}
		if !c.cut.Load() {
			_, _ = to.Write(chunk[:n])
		}
	}
}

// TestGuesses tries codes as fast as it can, from one address. Few are looked at,
// and others come in meanwhile.
func TestGuesses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.honest()
	var asked atomic.Int32
	guess(t, 8, 2*time.Second, func() {
		a := &answers{code: "AAAA-BBBB", name: "Eve"}
		if c, err := s.dial(attacker, door.Learner, a); err == nil {
			t.Error("a guess was right")
			_ = c.Close()
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		asked.Add(int32(len(a.asked)))
	}, good.works)
	t.Logf("%d answers were looked at in 2 s", asked.Load())
	if _, err := s.dial("", door.Learner, &answers{code: s.room.Join().Code, name: "Bob"}); err != nil {
		t.Errorf("somebody else is not let in: %v", err)
	}
}

// guess runs attacks side by side for some time, and something else meanwhile.
func guess(t *testing.T, n int, d time.Duration, attack, meanwhile func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wait sync.WaitGroup
	for range n {
		wait.Go(func() {
			for ctx.Err() == nil {
				attack()
			}
		})
	}
	for ctx.Err() == nil {
		meanwhile()
		time.Sleep(20 * time.Millisecond)
	}
	wait.Wait()
}

// TestTenThousandLogins connects ten thousand times, as fast as it can, while
// somebody works and somebody else comes in.
func TestTenThousandLogins(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.honest()
	before := runtime.NumGoroutine()
	const logins = 10_000
	var left, handshakes atomic.Int32
	left.Store(logins)
	var wait sync.WaitGroup
	began := time.Now()
	for range 16 {
		wait.Go(func() {
			for left.Add(-1) >= 0 {
				if s.login() {
					handshakes.Add(1)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	var slowest, in time.Duration
	for i, over := 0, false; !over; i++ {
		select {
		case <-done:
			over = true
		default:
		}
		good.keys++
		key := fmt.Sprintf("%c", 'a'+good.keys%26)
		good.press(key)
		slowest = max(slowest, good.await(key+"."))
		if i == 20 {
			at := time.Now()
			if _, err := s.dial("127.0.0.7", door.Learner, &answers{code: s.room.Join().Code, name: "Bob"}); err != nil {
				t.Errorf("somebody else is not let in: %v", err)
			}
			in = time.Since(at)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("%d logins in %v, %d came to a handshake; meanwhile a key took %v at most, and another login %v",
		logins, time.Since(began).Round(time.Millisecond), handshakes.Load(), slowest, in)
	if slowest > felt {
		t.Errorf("a key took %v to its frame", slowest)
	}
	poll(t, "nothing is left of them", func() bool { return runtime.NumGoroutine() < before+40 })
	good.works()
}

// login tries to come in with a wrong code, and tells whether it came to a
// handshake.
func (s *served) login() bool {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(attacker)}}
	c, err := d.Dial("tcp", s.Addr().String())
	if err != nil {
		return false
	}
	defer c.Close()
	a := &answers{code: "AAAA-BBBB", name: "Eve"}
	_, _, _, _ = gossh.NewClientConn(c, "", s.config(door.Learner, a))
	return len(a.said) > 0
}

// TestFloods sends keys, pastes, resizes, requests and new keys without end. The
// server reads them as slowly as it wants to, and keeps none.
func TestFloods(t *testing.T) {
	t.Parallel()
	resize := gossh.Marshal(struct{ W, H, X, Y uint32 }{500, 500, 0, 0})
	floods := map[string]func(n *terminal, c *gossh.Client, i int) error{
		"keys":        func(n *terminal, _ *gossh.Client, _ int) error { return send(n, strings.Repeat("k", 1000)) },
		"arrows":      func(n *terminal, _ *gossh.Client, _ int) error { return send(n, strings.Repeat("\x1b[A", 300)) },
		"escapes":     func(n *terminal, _ *gossh.Client, _ int) error { return send(n, strings.Repeat("\x1b", 1000)) },
		"a paste":     func(n *terminal, _ *gossh.Client, _ int) error { return send(n, "\x1b[200~"+strings.Repeat("p", 5000)) },
		"many pastes": func(n *terminal, _ *gossh.Client, _ int) error { return send(n, "\x1b[200~p\x1b[201~") },
		"a long sequence": func(n *terminal, _ *gossh.Client, _ int) error {
			return send(n, "\x1b]52;c;"+strings.Repeat("A", 5000))
		},
		"a long parameter": func(n *terminal, _ *gossh.Client, _ int) error { return send(n, "\x1b["+strings.Repeat("1;", 2000)) },
		"bytes": func(n *terminal, _ *gossh.Client, i int) error {
			return send(n, strings.Repeat(string([]byte{byte(i)}), 1000))
		},
		"resizes": func(n *terminal, _ *gossh.Client, _ int) error {
			_, err := n.session.SendRequest("window-change", false, resize)
			return err
		},
		"requests": func(_ *terminal, c *gossh.Client, _ int) error {
			_, _, err := c.SendRequest(keepAliveRequest, false, nil)
			return err
		},
		"signals": func(n *terminal, _ *gossh.Client, _ int) error { return n.session.Signal(gossh.SIGUSR1) },
	}
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(o *Options) { o.Limits.Flood = time.Second })
			good := s.honest()
			evil := s.evil("Eve")
			n := open(t, evil, 80, 24)
			n.await("hello Eve")
			before := heap()
			stop := make(chan struct{})
			go func() {
				for i := 0; ; i++ {
					if err := flood(n, evil, i); err != nil {
						return
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			}()
			for range 5 {
				good.works()
				time.Sleep(100 * time.Millisecond)
			}
			if grown := heap() - before; grown > 60<<20 { // of all these tests, side by side, clients and all
				t.Errorf("the heap has grown by %d MB", grown>>20)
			}
			close(stop)
			_ = evil.Close()
			poll(t, "the attacker's session ends", func() bool { _, closed := s.closed.Load("Eve"); return closed })
			good.works()
		})
	}
}

func send(n *terminal, keys string) error {
	_, err := io.WriteString(n.in, keys)
	return err
}

// TestNothingLeft holds that sessions that are over leave nothing behind, however
// they ended and with keys on their way.
func TestNothingLeft(t *testing.T) {
	s := serve(t, unhindered) // not beside the others: it counts what runs
	round := func(name string) {
		c := s.join(name)
		n := open(t, c, 80, 24)
		n.await("hello " + name)
		n.press(strings.Repeat("k", 500) + "\x1b[200~p")
		if len(name)%2 == 0 {
			n.press("\x1b[201~\x11kkk")
			n.end()
		}
		_ = c.Close()
	}
	round("warm up")
	settled := func(most int) func() bool { return func() bool { return runtime.NumGoroutine() <= most } }
	time.Sleep(100 * time.Millisecond)
	before := runtime.NumGoroutine()
	memory := heap()
	const rounds = 60
	for i := range rounds {
		round(fmt.Sprint("learner ", i))
	}
	poll(t, "all goroutines end", settled(before+2))
	if grown := (heap() - memory) / rounds; grown > 64<<10 { // what the test itself keeps of each client is in it
		t.Errorf("%d KB are left of each session", grown>>10)
	}
}

// TestRekeys asks for new keys again and again.
func TestRekeys(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.honest()
	config := s.config(door.Learner, &answers{code: s.room.Join().Code, name: "Eve"})
	config.RekeyThreshold = 256
	evil, err := gossh.Dial("tcp", s.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer evil.Close()
	n := open(t, evil, 80, 24)
	n.await("hello Eve")
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for send(n, "k") == nil {
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	for range 10 {
		good.works()
		time.Sleep(50 * time.Millisecond)
	}
}

// TestNeverReads has clients that make the server draw and read none of it: one
// that does not read its channel, and one that does not read at all. They are
// dropped; nobody waits for them.
func TestNeverReads(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) { o.Limits.Write = 300 * time.Millisecond })
	good := s.honest()
	s.full.Store(true)
	for i, blind := range []bool{false, true} {
		name := fmt.Sprint("Eve ", i)
		s.unread(name, blind)
		poll(t, name+" is there", func() bool { _, there := s.models.Load(name); return there })
		for ended := false; !ended; {
			good.works()
			_, ended = s.closed.Load(name)
			time.Sleep(20 * time.Millisecond)
		}
	}
	good.works()
}

// unread opens a session that is never read, and types.
func (s *served) unread(name string, blind bool) {
	s.t.Helper()
	raw, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	tap := &tap{Conn: raw}
	conn, channels, requests, err := gossh.NewClientConn(tap, "", s.config(door.Learner, &answers{code: s.room.Join().Code, name: name}))
	if err != nil {
		s.t.Fatal(err)
	}
	c := gossh.NewClient(conn, channels, requests)
	ch, _, err := c.OpenChannel("session", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	modes := gossh.Marshal(terminalRequest{Term: "xterm", Columns: 400, Rows: 100})
	if ok, err := ch.SendRequest("pty-req", true, modes); !ok || err != nil {
		s.t.Fatal(ok, err)
	}
	if ok, err := ch.SendRequest("shell", true, nil); !ok || err != nil {
		s.t.Fatal(ok, err)
	}
	tap.closed.Store(blind)
	go func() {
		resize := [][]byte{gossh.Marshal(resizeRequest{Columns: 400, Rows: 100}), gossh.Marshal(resizeRequest{Columns: 399, Rows: 100})}
		for i := 0; ; i++ { // each makes the server draw all of the screen
			if _, err := ch.SendRequest("window-change", false, resize[i%2]); err != nil {
				return
			}
			if _, err := io.WriteString(ch, "k"); err != nil {
				return
			}
		}
	}()
}

// tap is a connection that stops to be read.
type tap struct {
	net.Conn
	closed atomic.Bool
}

func (c *tap) Read(p []byte) (int, error) {
	for c.closed.Load() {
		time.Sleep(10 * time.Millisecond)
	}
	return c.Conn.Read(p)
}
