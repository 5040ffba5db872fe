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
	var opened atomic.Int32
	go func() { // it may wait for ever for the answer to the last one
		for range 1000 {
			if _, err := evil.NewSession(); err == nil {
				opened.Add(1)
			}
		}
	}()
	if err := evil.Wait(); err == nil {
		t.Error("the connection goes on")
	}
	if limit := s.o.Limits.Channels; int(opened.Load()) != limit {
		t.Errorf("%d channels were opened, want %d", opened.Load(), limit)
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

// TestManyBeginnings begins one session after another.
func TestManyBeginnings(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) { o.Limits.Begins = 10 })
	good := s.honest()
	evil := s.evil("Eve")
	begun := 0
	for range 30 {
		n := open(t, evil, 80, 24)
		poll(t, "an answer", func() bool { return n.bytes() != "" })
		if !strings.Contains(n.bytes(), "come back in a minute") {
			begun++
		}
		_ = n.in.Close()
		n.end()
	}
	if begun > 11 { // one more has been allowed meanwhile, at most
		t.Errorf("%d sessions were begun", begun)
	}
	good.works()
}

// TestStays does not close its side after its session has ended.
func TestStays(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) { o.Limits.Lonely = 100 * time.Millisecond })
	good := s.honest()
	evil := s.evil("Eve")
	ch, requests, err := evil.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go gossh.DiscardRequests(requests)
	if ok, err := ch.SendRequest("shell", true, nil); !ok || err != nil { // without a terminal, it ends at once
		t.Fatal(ok, err)
	}
	if err := evil.Wait(); err == nil {
		t.Error("the connection goes on")
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
