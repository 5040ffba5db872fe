package host

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
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
			if bytes.Contains(k, []byte(".")) {
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
	t  testing.TB
	mu sync.Mutex
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
