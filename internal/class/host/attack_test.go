package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/door"
)

// The tests of this file attack a server that is in use, from another address of
// loopback where that makes a difference, and hold that the attacker gets nothing
// and that somebody who only works feels nothing of it.

// attacker is where attacks come from.
const attacker = "127.0.0.66"

// felt is a delay that somebody who works would mind, on a machine that runs all of
// these attacks at once, servers, attackers and all. What is usual is measured by
// the benchmarks.
const felt = 2 * time.Second

// honest is somebody who works.
type honest struct {
	*terminal
	keys int
}

func (s *served) honest() *honest {
	s.t.Helper()
	h := &honest{terminal: open(s.t, s.join("Honest"), 80, 24)}
	h.await("hello Honest")
	return h
}

// works types and holds that the screen shows it soon.
func (h *honest) works() {
	h.t.Helper()
	var slowest time.Duration
	for range 5 {
		h.keys++
		key := fmt.Sprintf("%c", 'a'+h.keys%26)
		h.press(key)
		slowest = max(slowest, h.await(key+"."))
	}
	if slowest > felt {
		h.t.Errorf("a key took %v to its frame", slowest)
	}
}

// evil lets an attacker in, as a learner who knows the code.
func (s *served) evil(name string) *gossh.Client {
	s.t.Helper()
	c, err := s.dial(attacker, door.Learner, &answers{code: s.room.Join().Code, name: name})
	if err != nil {
		s.t.Fatalf("the attacker cannot even join: %v", err)
	}
	return c
}

// TestNoWayOut asks for everything that an SSH server can give and this one must
// not: programs, files, sockets, ports, agents.
func TestNoWayOut(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.honest()
	canary := canary(t)
	socket := filepath.Join(t.TempDir(), "s")
	local, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var reached atomic.Int32
	go count(local, &reached)
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go count(port, &reached)
	evil := s.evil("Eve")

	for kind, extra := range map[string][]byte{
		"direct-tcpip": gossh.Marshal(tcpTarget("127.0.0.1", port.Addr())),
		"direct-streamlocal@openssh.com": gossh.Marshal(struct {
			Path, Reserved string
			Zero           uint32
		}{socket, "", 0}),
		"forwarded-tcpip":                   gossh.Marshal(tcpTarget("127.0.0.1", port.Addr())),
		"forwarded-streamlocal@openssh.com": gossh.Marshal(struct{ Path, Reserved string }{socket, ""}),
		"x11": gossh.Marshal(struct {
			Address string
			Port    uint32
		}{"127.0.0.1", 6000}),
		"auth-agent@openssh.com": nil,
		"tun@openssh.com":        gossh.Marshal(struct{ Mode, Unit uint32 }{1, 0x7fffffff}),
		"":                       nil,
	} {
		if ch, _, err := evil.OpenChannel(kind, extra); err == nil {
			t.Errorf("a channel %q was opened", kind)
			_ = ch.Close()
		}
	}
	for kind, payload := range map[string][]byte{
		"tcpip-forward": gossh.Marshal(struct {
			Address string
			Port    uint32
		}{"127.0.0.1", 0}),
		"cancel-tcpip-forward": gossh.Marshal(struct {
			Address string
			Port    uint32
		}{"127.0.0.1", 2222}),
		"streamlocal-forward@openssh.com":        gossh.Marshal(struct{ Path string }{socket + "2"}),
		"cancel-streamlocal-forward@openssh.com": gossh.Marshal(struct{ Path string }{socket}),
		"hostkeys-prove-00@openssh.com":          nil,
		"no-more-sessions@openssh.com":           nil,
	} {
		if ok, _, err := evil.SendRequest(kind, true, payload); ok || err != nil {
			t.Errorf("the request %q was answered by %v, %v", kind, ok, err)
		}
	}
	if l, err := evil.Listen("tcp", "127.0.0.1:0"); err == nil {
		t.Errorf("it listens on %v", l.Addr())
	}
	if l, err := evil.ListenUnix(socket + "3"); err == nil {
		t.Errorf("it listens on %v", l.Addr())
	}
	if _, err := os.Stat(socket + "3"); err == nil {
		t.Error("it made a socket")
	}
	for _, line := range []string{"touch " + canary, "sh -c 'touch " + canary + "'", "scp -t /tmp", "internal-sftp", "", "git-upload-pack /"} {
		s.refuses(t, evil, "exec", gossh.Marshal(struct{ Line string }{line}))
	}
	for _, name := range []string{"sftp", "netconf", "", door.Chair, door.Seat + "\x00", "../" + door.Seat, "default", strings.Repeat("x", 1000)} {
		s.refuses(t, evil, "subsystem", gossh.Marshal(struct{ Name string }{name}))
	}
	for kind, payload := range map[string][]byte{
		"auth-agent-req@openssh.com": nil,
		"x11-req": gossh.Marshal(struct {
			Single           bool
			Protocol, Cookie string
			Screen           uint32
		}{false, "MIT-MAGIC-COOKIE-1", "0123456789abcdef", 0}),
		"eow@openssh.com": nil, "break": gossh.Marshal(struct{ Length uint32 }{1}),
		"pty-req": []byte("nonsense"), "window-change": []byte("nonsense"), "env": []byte("nonsense"), "subsystem": {1, 2, 3}, "signal": nil,
		"xon-xoff": {1}, "\x1b[2J": nil,
	} {
		s.refuses(t, evil, kind, payload)
	}
	if got := reached.Load(); got != 0 {
		t.Errorf("%d connections came out of the server", got)
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("a program of this machine has run")
	}
	good.works()
}

func canary(t *testing.T) string { return filepath.Join(t.TempDir(), "canary") }

func count(l net.Listener, n *atomic.Int32) {
	for {
		if _, err := l.Accept(); err != nil {
			return
		}
		n.Add(1)
	}
}

type tcpForward struct {
	Host       string
	Port       uint32
	Origin     string
	OriginPort uint32
}

func tcpTarget(host string, a net.Addr) tcpForward {
	return tcpForward{host, uint32(a.(*net.TCPAddr).Port), "127.0.0.1", 1}
}

// refuses holds that a session refuses a request. The client is a new one after
// each few, since who asks for too much is sent away.
func (s *served) refuses(t *testing.T, c *gossh.Client, kind string, payload []byte) {
	t.Helper()
	session, err := c.NewSession()
	if err != nil {
		t.Fatalf("before %q: %v", kind, err)
	}
	defer session.Close()
	if ok, err := session.SendRequest(kind, true, payload); ok || err != nil {
		t.Errorf("the request %q of %q was answered by %v, %v", kind, payload, ok, err)
	}
}

// TestEnvironment holds that of the variables that a client sends only those reach
// a screen that a terminal has to say, with harmless values, and not many.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	got := make(chan Session, 10)
	s := serve(t, func(o *Options) {
		inner := o.Screen
		o.Screen = func(ctx context.Context, who Session) (Screen, error) {
			got <- who
			return inner(ctx, who)
		}
	})
	session, err := s.evil("Eve").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_TW.UTF-8", "COLORTERM": "truecolor", "NO_COLOR": "1",
		"PATH": "/evil", "LD_PRELOAD": "/evil.so", "HOME": "/", "TERM": "evil", "EDITOR": "sh", "KUBECONFIG": "/etc/x", "TEA_DEBUG": "1", "SHELL": "/bin/sh",
		"LC_EVIL\n": "x", "LC_TIME": "\x1b]0;x\x07", "LC_NAME": "$(touch /tmp/x)", "LC_PAPER": strings.Repeat("x", 100), "lc_all": "x", "": "x",
	} {
		ok := session.Setenv(name, value) == nil
		if want := strings.Contains(" LANG LC_ALL COLORTERM NO_COLOR ", " "+name+" ") && name != ""; ok != want {
			t.Errorf("%q=%q was taken: %v", name, value, ok)
		}
	}
	for i := range 30 {
		_ = session.Setenv("LC_"+strings.Repeat("A", 1+i%20), "x")
	}
	if err := session.RequestPty("../../etc/evil\x1b[2J", 5000, 100000, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	who := <-got
	if who.Width != 500 || who.Width*who.Height > mostCells || who.Height < 1 {
		t.Errorf("the window is %d×%d", who.Width, who.Height)
	}
	if who.Lang("en") != "zh" {
		t.Errorf("the language is %q", who.Lang("en"))
	}
	if len(who.Env) > variables || lookup(who.Env, "TERM") == "evil" {
		t.Errorf("the environment is %q", who.Env)
	}
	for _, v := range who.Env {
		name, _, _ := strings.Cut(v, "=")
		if !envName.MatchString(name) && name != "TERM" || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q reached the screen", v)
		}
	}
}

// TestWithoutTerminal holds that a shell without a terminal is a sentence.
func TestWithoutTerminal(t *testing.T) {
	t.Parallel()
	s := serve(t)
	session, err := s.evil("Eve").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	session.Stderr = &said
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	var exit *gossh.ExitError
	if err := session.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 || !strings.Contains(said.String(), "There is no terminal") {
		t.Errorf("it ended with %v and said %q", err, &said)
	}
}

// TestOtherWaysIn tries the ways of authentication that there are not.
func TestOtherWaysIn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, user := range []string{door.Learner, door.Instructor, "root", "", strings.Repeat("x", 1000)} {
		for name, method := range map[string]gossh.AuthMethod{
			"none": nil, "password": gossh.Password(s.room.Join().Code), "an empty password": gossh.Password(""), "the instructor's code as one": gossh.Password(secret),
		} {
			c := &gossh.ClientConfig{User: user, HostKeyCallback: gossh.InsecureIgnoreHostKey()}
			if method != nil {
				c.Auth = []gossh.AuthMethod{method}
			}
			if client, err := gossh.Dial("tcp", s.Addr().String(), c); err == nil {
				_ = client.Close()
				t.Errorf("%q was let in by %s", user, name)
			}
		}
	}
}

// TestManyChannels opens channels without end.
func TestManyChannels(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.honest()
	evil := s.evil("Eve")
	opened := 0
	for range 1000 {
		if _, err := evil.NewSession(); err == nil {
			opened++
		}
	}
	if limit := s.o.Limits.Channels; opened != limit {
		t.Errorf("%d channels were opened, want %d", opened, limit)
	}
	if err := evil.Wait(); err == nil {
		t.Error("the connection goes on")
	}
	good.works()
}

// TestManySessions opens terminals on many connections.
func TestManySessions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.honest()
	first := classtest.Join(t, s.room, "Eve")
	refused := 0
	for range 8 {
		c, err := s.dial(attacker, door.Learner, &answers{code: s.room.Join().Code, name: "Eve", resume: first.Resume})
		if err != nil {
			t.Fatal(err)
		}
		n := open(t, c, 80, 24)
		poll(t, "an answer", func() bool { return n.bytes() != "" })
		if strings.Contains(n.bytes(), "as often as it goes") {
			refused++
		}
	}
	if want := 8 - s.o.Limits.SessionsEach; refused != want {
		t.Errorf("%d sessions were refused, want %d", refused, want)
	}
	good.works()
}

// TestGiants sends what is too large, before and after being let in.
func TestGiants(t *testing.T) {
	t.Parallel()
	s := serve(t)
	good := s.honest()
	before := heap()
	for _, payload := range [][]byte{
		bytes.Repeat([]byte("A"), 1<<20), // no version
		append([]byte("SSH-2.0-x\r\n"), append(binary.BigEndian.AppendUint32(nil, 1<<31), make([]byte, 64)...)...), // a packet of 2 GB
		append([]byte("SSH-2.0-x\r\n\x00\x04\x00\x00\x04\x14"), make([]byte, 1<<20)...),                            // a packet that begins and fills
	} {
		c := s.tcp(t)
		_, _ = c.Write(payload)
		s.closes(t, c)
	}
	evil := s.evil("Eve")
	session, err := evil.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		_, _ = session.SendRequest("env", false, make([]byte, 200<<10))
	}
	if err := evil.Wait(); err == nil {
		t.Error("the connection goes on")
	}
	if grown := heap() - before; grown > 20<<20 {
		t.Errorf("the heap has grown by %d MB", grown>>20)
	}
	good.works()
}

// heap is what is in use of it, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

func (s *served) tcp(t *testing.T) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(attacker)}}
	c, err := d.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// closes holds that the server closes a connection.
func (s *served) closes(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	var timeout net.Error
	if _, err := io.Copy(io.Discard, c); errors.As(err, &timeout) && timeout.Timeout() {
		t.Error("the server does not close the connection")
	}
}

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
	s := serve(t, func(o *Options) { o.Limits.Alive = 50 * time.Millisecond })
	good := s.honest()
	cable := newCable(t, s.Addr().String())
	config := s.config(door.Learner, &answers{code: s.room.Join().Code, name: "Gone"})
	c, err := gossh.Dial("tcp", cable.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	n := open(t, c, 80, 24)
	n.await("hello Gone")
	time.Sleep(300 * time.Millisecond) // who lives stays
	n.press("x")
	n.await("typed x.")
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
			s := serve(t)
			s.t = t
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

// TestEscapes holds that control sequences in names and in what is sent reach no
// terminal.
func TestEscapes(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) {
		o.Screen = func(context.Context, Session) (Screen, error) {
			return Screen{Model: &echo{name: "\x1b]52;c;ZXZpbA==\x07\x1b[8;1;1t\x1bP$q\x1b\\\x9b5n\x1b[6n\x1b[1;31mred\x1b[m\u202eevil\x1bc"}}, nil
		}
	})
	n := open(t, s.join("Ada"), 80, 24)
	n.await("red")
	for _, evil := range []string{"\x1b]52", "\x1b[8;", "\x1bP", "\x9b", "\x1b[6n", "\x1bc", "\u202e"} {
		if strings.Contains(n.bytes(), evil) {
			t.Errorf("%q reached the terminal", evil)
		}
	}
	chair := s.room.Sit("\x1b]0;Eve\x07")
	if err := chair.Do(t.Context(), class.Order{Kind: class.OrderSend, Message: &class.Message{Kind: class.MessageText, Text: "a\x1b[2J\x07b"}}); err != nil {
		t.Fatal(err)
	}
	for _, l := range s.room.Learners() {
		p, err := s.room.Enter(t.Context(), l.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_ = p.Follow(ctx, func(sight class.Sight) error {
			for _, m := range sight.Messages {
				if strings.ContainsFunc(m.Text, func(r rune) bool { return r < ' ' }) {
					t.Errorf("the message is %q", m.Text)
				}
				cancel()
			}
			return nil
		})
		cancel()
		p.Leave()
	}
}

// TestLies holds that a terminal cannot say by what is typed what only a request
// may say: how large it is.
func TestLies(t *testing.T) {
	t.Parallel()
	s := serve(t)
	n := open(t, s.join("Eve"), 80, 24)
	n.await("size 80x24")
	n.press("\x1b[8;99999;99999t\x1b[4;99999;99999t\x1b[48;9999;9999;1;1tx")
	n.await("typed x.")
	n.await("size 80x24")
}
