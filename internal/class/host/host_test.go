package host

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/door"
	"kubetutor/internal/class/roomtest/emulator"
)

// echo is a model that shows what happens to it: a screen as simple as can be, so
// that these tests need no tutor.
type echo struct {
	name          string
	width, height int
	typed, pasted string
	frames        int
	ctx           context.Context
	left          atomic.Bool // it was asked to, in good time
	canary        string
	full          bool // draws all of the window anew
}

func (m *echo) Init() tea.Cmd { return nil }

func (m *echo) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case leaveMsg:
		return m, tea.Sequence(func() tea.Msg {
			m.left.Store(m.ctx.Err() == nil)
			return nil
		}, tea.Quit)
	case loanOver:
		m.typed = "back"
	case tea.PasteMsg:
		m.pasted = fmt.Sprintf("%d bytes", len(msg.Content))
	case tea.KeyPressMsg:
		switch msg.String() {
		case "ctrl+q":
			return m, tea.Quit
		case "ctrl+p":
			panic("on purpose")
		case "ctrl+o":
			return m, tea.Sequence(func() tea.Msg { panic("in a command, on purpose") })
		case "ctrl+z":
			return m, tea.Suspend
		case "ctrl+x":
			return m, tea.ExecProcess(exec.Command("touch", m.canary), nil)
		case "ctrl+l":
			return m, func() tea.Msg { return loan{} }
		}
		m.typed = tail(m.typed+msg.String(), 20)
	}
	return m, nil
}

// loan is a program that wants the terminal: it says what it gets, until it gets a
// dot.
type (
	loan     struct{}
	loanOver struct{}
)

func (loan) Run(keys <-chan []byte, sizes <-chan tea.WindowSizeMsg, out io.Writer) tea.Msg {
	fmt.Fprint(out, "$ ")
	for {
		select {
		case k := <-keys:
			fmt.Fprintf(out, "got %q ", k)
			if string(k) == "." {
				return loanOver{}
			}
		case s := <-sizes:
			fmt.Fprintf(out, "%dx%d ", s.Width, s.Height)
		}
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func (m *echo) View() tea.View {
	m.frames++
	v := tea.NewView(fmt.Sprintf("hello %s\nsize %dx%d\ntyped %s.\npasted %s.", m.name, m.width, m.height, m.typed, m.pasted))
	if m.full {
		v.Content += strings.Repeat("\n"+strings.Repeat(string(rune('a'+m.frames%26)), m.width), m.height)
	}
	v.AltScreen = true
	return v
}

// served is a class that is served on loopback.
type served struct {
	*Server
	t      testing.TB
	room   *class.Room
	closed sync.Map    // names whose screens were closed
	models sync.Map    // *echo by name
	seats  sync.Map    // *class.Presence by name
	raw    sync.Map    // net.Conn that cut closes
	full   atomic.Bool // screens of others draw all of their windows
	canary string      // a file that is there once a program has run
	stop   context.CancelFunc
	ended  chan error
}

const secret = "ABCD-EFGH"

// serve serves a class until the test ends.
func serve(t testing.TB, change ...func(*Options)) *served {
	t.Helper()
	s := &served{t: t, room: classtest.Room(t, class.Options{}), canary: filepath.Join(t.TempDir(), "canary"), ended: make(chan error, 1)}
	o := Options{
		Room: s.room, Address: "127.0.0.1:0", Signer: newSigner(t), InstructorCode: secret, Version: "test",
		Log:    slog.New(slog.NewTextHandler(&logs{t: t}, nil)),
		Screen: s.screen,
		Limits: Limits{Grace: 5 * time.Second},
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	if s.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.stop = cancel
	go func() { s.ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-s.ended:
			if err != nil {
				t.Errorf("serving: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the server does not stop")
		}
	})
	return s
}

// leaveMsg asks the model to end.
type leaveMsg struct{}

func (s *served) screen(ctx context.Context, who Session) (Screen, error) {
	name := who.Who.Name + who.Instructor
	m := &echo{ctx: ctx, name: name, full: s.full.Load()}
	m.canary = s.canary
	s.models.Store(name, m)
	s.seats.Store(name, who.Seat)
	return Screen{Model: m, Leave: leaveMsg{}, Close: func() error { s.closed.Store(name, true); return nil }}, nil
}

// logs are a server's, until the test has ended.
type logs struct {
	t    testing.TB
	mu   sync.Mutex
	done bool
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.t.Context().Err() == nil && testing.Verbose() {
		l.t.Logf("server: %s", strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

func newSigner(t testing.TB) gossh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// answers answer the questions at the door, and keep what was said there.
type answers struct {
	code, name, resume, secret string
	keys                       []gossh.Signer
	version                    string

	mu    sync.Mutex
	asked []door.Question
	said  []string
	told  []string // of it, what programs are told
}

func (a *answers) challenge(title, instruction string, prompts []string, _ []bool) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said, a.told = append(append(a.said, instruction), prompts...), append(a.told, instruction)
	questions := door.Questions(title)
	if questions == nil { // something to read
		return make([]string, len(prompts)), nil
	}
	if len(questions) != len(prompts) {
		return nil, fmt.Errorf("%q asks %q", title, prompts)
	}
	a.asked = append(a.asked, questions...)
	list := make([]string, len(questions))
	for i, q := range questions {
		list[i] = map[door.Question]string{door.Code: a.code, door.Name: a.name, door.Resume: a.resume, door.Secret: a.secret}[q]
	}
	return list, nil
}

// heard is all that was said at the door.
func (a *answers) heard() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.said, "\n")
}

func (s *served) config(user string, a *answers) *gossh.ClientConfig {
	c := &gossh.ClientConfig{User: user, HostKeyCallback: gossh.FixedHostKey(s.o.Signer.PublicKey()), ClientVersion: a.version}
	if len(a.keys) > 0 {
		c.Auth = append(c.Auth, gossh.PublicKeys(a.keys...))
	}
	c.Auth = append(c.Auth, gossh.KeyboardInteractive(a.challenge))
	return c
}

// dial connects from an address of loopback, "" any.
func (s *served) dial(from, user string, a *answers) (*gossh.Client, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	c, err := d.Dial("tcp", s.Addr().String())
	if err != nil {
		return nil, err
	}
	conn, channels, requests, err := gossh.NewClientConn(c, s.Addr().String(), s.config(user, a))
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	client := gossh.NewClient(conn, channels, requests)
	s.t.Cleanup(func() { _ = client.Close() })
	return client, nil
}

// dialRaw is dial for a client that cut can take away.
func (s *served) dialRaw(user string, a *answers) (*gossh.Client, error) {
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		return nil, err
	}
	s.raw.Store(c, true)
	conn, channels, requests, err := gossh.NewClientConn(c, s.Addr().String(), s.config(user, a))
	if err != nil {
		return nil, err
	}
	return gossh.NewClient(conn, channels, requests), nil
}

// cut closes the connections of dialRaw.
func (s *served) cut() {
	s.raw.Range(func(c, _ any) bool {
		_ = c.(net.Conn).Close()
		return true
	})
}

// join lets a learner in, and opens no session.
func (s *served) join(name string) *gossh.Client {
	s.t.Helper()
	c, err := s.dial("", door.Learner, &answers{code: s.room.Join().Code, name: name})
	if err != nil {
		s.t.Fatalf("%s joins: %v", name, err)
	}
	return c
}

// terminal is a session of somebody at a terminal.
type terminal struct {
	t       testing.TB
	session *gossh.Session
	in      io.WriteCloser
	mu      sync.Mutex
	screen  *emulator.Screen
	raw     strings.Builder
	changed chan struct{}
	ended   chan error
}

// open opens a terminal over a connection.
func open(t testing.TB, c *gossh.Client, width, height int) *terminal {
	t.Helper()
	session, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	n := &terminal{t: t, session: session, screen: emulator.New(width, height), changed: make(chan struct{}, 1), ended: make(chan error, 1)}
	n.in, _ = session.StdinPipe()
	session.Stdout = n
	if err := session.RequestPty("xterm-256color", height, width, gossh.TerminalModes{}); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	go func() { n.ended <- session.Wait() }()
	return n
}

// Write takes what the server draws.
func (n *terminal) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, _ = n.screen.Write(p)
	n.raw.Write(p)
	select {
	case n.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (n *terminal) text() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.screen.Rows(), "\n")
}

func (n *terminal) bytes() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.raw.String()
}

func (n *terminal) press(keys string) {
	n.t.Helper()
	if _, err := io.WriteString(n.in, keys); err != nil {
		n.t.Fatalf("typing %q: %v", keys, err)
	}
}

// await waits until the terminal shows something, and tells how long that took.
func (n *terminal) await(text string) time.Duration {
	n.t.Helper()
	began := time.Now()
	late := time.After(10 * time.Second)
	for !strings.Contains(n.text(), text) {
		select {
		case <-n.changed:
		case <-late:
			n.t.Fatalf("it does not show %q but\n%s", text, n.text())
		}
	}
	return time.Since(began)
}

// end waits for the session's end, and tells its exit status.
func (n *terminal) end() int {
	n.t.Helper()
	select {
	case err := <-n.ended:
		var exit *gossh.ExitError
		switch {
		case err == nil:
			return 0
		case errors.As(err, &exit):
			return exit.ExitStatus()
		}
		return -1
	case <-time.After(10 * time.Second):
		n.t.Fatal("the session does not end")
		return -1
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	s := serve(t)
	n := open(t, s.join("Ada"), 80, 24)
	n.await("hello Ada")
	n.await("size 80x24")
	n.press("abc")
	n.await("typed abc.")
	if err := n.session.WindowChange(30, 100); err != nil {
		t.Fatal(err)
	}
	n.await("size 100x30")
	n.press("\x1b[200~one\ntwo\x1b[201~")
	n.await("pasted 7 bytes.")
	n.press("\x1a") // nobody suspends the server
	n.press("d")
	n.await("typed abcd.")
	n.press("\x11")
	if status := n.end(); status != 0 {
		t.Errorf("it ended with status %d", status)
	}
	for _, restored := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l", "\x1b[?7h", "Until next time"} {
		if !strings.Contains(n.bytes(), restored) {
			t.Errorf("at the end it does not write %q", restored)
		}
	}
	if _, closed := s.closed.Load("Ada"); !closed {
		t.Error("the screen was not closed")
	}
}

// TestBreaks holds that what breaks in a session ends it, with a sentence and the
// terminal as it was, and nothing else.
func TestBreaks(t *testing.T) {
	t.Parallel()
	s := serve(t)
	bob := open(t, s.join("Bob"), 80, 24)
	bob.await("hello Bob")
	for i, key := range []string{"\x10", "\x0f"} {
		ada := open(t, s.join(fmt.Sprint("Ada ", i)), 80, 24)
		ada.await("hello Ada")
		ada.press(key)
		if status := ada.end(); status != 1 {
			t.Errorf("it ended with status %d", status)
		}
		if got := ada.bytes(); !strings.Contains(got, "Something broke") || !strings.Contains(got, "\x1b[?1049l") {
			t.Errorf("it said %q", tail(got, 300))
		}
	}
	bob.press("x")
	bob.await("typed x.")
}

// TestLost holds that a model is asked to end, and can save what it must, however
// its user has gone.
func TestLost(t *testing.T) {
	t.Parallel()
	ways := map[string]func(n *terminal, c *gossh.Client, s *served){
		"the connection is closed": func(_ *terminal, c *gossh.Client, _ *served) { _ = c.Close() },
		"the session is closed":    func(n *terminal, _ *gossh.Client, _ *served) { _ = n.session.Close() },
		"nothing more is typed":    func(n *terminal, _ *gossh.Client, _ *served) { _ = n.in.Close() },
		"a signal":                 func(n *terminal, _ *gossh.Client, _ *served) { _ = n.session.Signal(gossh.SIGHUP) },
		"the server stops":         func(_ *terminal, _ *gossh.Client, s *served) { s.stop() },
		"the room closes":          func(_ *terminal, _ *gossh.Client, s *served) { _ = s.room.Close() },
	}
	for name, goes := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			c := s.join("Ada")
			n := open(t, c, 80, 24)
			n.await("hello Ada")
			goes(n, c, s)
			poll(t, "the screen is closed", func() bool { _, closed := s.closed.Load("Ada"); return closed })
			m, _ := s.models.Load("Ada")
			if !m.(*echo).left.Load() {
				t.Error("it was not asked to end")
			}
		})
	}
}

// TestNoProgram holds that a model that runs a program of this machine does not.
func TestNoProgram(t *testing.T) {
	t.Parallel()
	s := serve(t)
	n := open(t, s.join("Ada"), 80, 24)
	n.await("hello Ada")
	n.press("\x18")
	n.press("x")
	n.await("typed x.")
	if _, err := os.Stat(s.canary); err == nil {
		t.Error("the program has run")
	}
}

// TestLoan holds that a program of a lab gets the terminal, with keys as they are
// typed and the window's size, and gives it back.
func TestLoan(t *testing.T) {
	t.Parallel()
	s := serve(t)
	n := open(t, s.join("Ada"), 80, 24)
	n.await("hello Ada")
	n.press("\x0c")
	n.await("$ 80x24")
	n.press("\x1b[A")
	n.await(`got "\x1b[A"`)
	if err := n.session.WindowChange(30, 100); err != nil {
		t.Fatal(err)
	}
	n.await("100x30")
	n.press(".")
	n.await("typed back.")
	n.await("size 100x30")
	n.press("x")
	n.await("typed backx.")
	for range 20 { // keys that come while the terminal is lent hold nobody up
		n.press("\x0cabc.x.")
	}
	n.await("typed back")
	n.press("\x0c")
	s.stop()
	if status := n.end(); status != 0 {
		t.Errorf("it ended with status %d", status)
	}
}

// TestPictures holds that who looks at a learner's screen sees it, and what changes
// on it, once the learner agrees.
func TestPictures(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := open(t, s.join("Ada"), 80, 24)
	ada.await("hello Ada")
	who := s.room.Learners()[0].ID
	place, _ := s.seats.Load("Ada")
	seat := place.(*class.Presence)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go func() {
		_ = seat.Follow(ctx, func(sight class.Sight) error {
			if sight.Ask != nil {
				return seat.Allow(ctx, sight.Ask.ID, true)
			}
			return nil
		})
	}()
	seen := 0
	err := s.room.Sit("Grace").Look(ctx, who, func(screen class.Screen) error {
		switch {
		case seen == 0 && strings.Contains(screen.Content, "hello Ada") && screen.Columns == 80 && screen.Rows == 24:
			seen = 1
			ada.press("x")
		case seen == 1 && strings.Contains(screen.Content, "typed x."):
			seen = 2
			cancel()
		}
		return nil
	})
	if seen != 2 {
		t.Errorf("only %d of two pictures were seen (%v)", seen, err)
	}
}

// TestStop holds that sessions are told when the server stops, and end in order.
func TestStop(t *testing.T) {
	t.Parallel()
	s := serve(t)
	n := open(t, s.join("Ada"), 80, 24)
	n.await("hello Ada")
	idle := s.join("Bob")
	s.stop()
	if status := n.end(); status != 0 {
		t.Errorf("it ended with status %d", status)
	}
	if got := n.bytes(); !strings.Contains(got, "is stopping") || !strings.Contains(got, "\x1b[?1049l") {
		t.Errorf("it said %q", tail(got, 300))
	}
	if _, closed := s.closed.Load("Ada"); !closed {
		t.Error("the screen was not closed")
	}
	_ = idle.Wait()
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("somebody can still connect")
	}
}
