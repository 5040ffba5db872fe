package roomtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class/door"
	"kubetutor/internal/class/roomtest/emulator"
)

// Login is how a learner comes in.
type Login struct {
	Address string // host:port
	From    string // the address of this machine that is dialled from
	User    string
	Key     ssh.Signer // nil: none is offered
	// Answer answers what is asked at the door.
	Answer func(q door.Question) string
	Width  int
	Height int
	Env    map[string]string
}

// errGone means that the connection ended, whoever ended it.
var errGone = errors.New("the connection is gone")

// errSilent means that nothing came in time.
var errSilent = errors.New("nothing came")

// Terminal is one session over SSH, with what its screen shows.
type Terminal struct {
	cable   *cable
	client  *ssh.Client
	session *ssh.Session
	in      io.Writer
	pace    *pace

	mu     sync.Mutex
	screen *emulator.Screen
	drawn  time.Time     // the last frame
	count  int           // frames
	more   chan struct{} // closed and renewed with each frame
	ended  bool
}

// Dial connects, and returns once the session has begun. Latencies go to p.
func Dial(ctx context.Context, l Login, p *pace) (*Terminal, error) {
	d := net.Dialer{Timeout: 30 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(l.From)}}
	conn, err := d.DialContext(ctx, "tcp", l.Address)
	if err != nil {
		return nil, fmt.Errorf("dialling %s: %w", l.Address, err)
	}
	w := newCable(conn)
	t := &Terminal{cable: w, pace: p, screen: emulator.New(l.Width, l.Height), more: make(chan struct{})}
	if err := t.begin(l); err != nil {
		_ = w.Close()
		return nil, err
	}
	return t, nil
}

func (t *Terminal) begin(l Login) error {
	var err error
	if t.client, err = client(t.cable, l); err != nil {
		return fmt.Errorf("logging in as %s: %w", l.User, err)
	}
	if t.session, err = t.client.NewSession(); err != nil {
		return fmt.Errorf("opening a session: %w", err)
	}
	for name, value := range l.Env {
		_ = t.session.Setenv(name, value) // the server takes few
	}
	if t.in, err = t.session.StdinPipe(); err != nil {
		return err
	}
	out, err := t.session.StdoutPipe()
	if err != nil {
		return err
	}
	if err := t.session.RequestPty("xterm-256color", l.Height, l.Width, ssh.TerminalModes{}); err != nil {
		return fmt.Errorf("asking for a terminal: %w", err)
	}
	if err := t.session.Shell(); err != nil {
		return fmt.Errorf("asking for a shell: %w", err)
	}
	go t.read(out)
	return nil
}

// client does what comes before a session. A login waits for the learner, so it
// has a limit of its own.
func client(conn net.Conn, l Login) (*ssh.Client, error) {
	c := &ssh.ClientConfig{User: l.User, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: 30 * time.Second} //nolint:gosec // loopback, a key made for the test
	if l.Key != nil {
		c.Auth = append(c.Auth, ssh.PublicKeys(l.Key))
	}
	c.Auth = append(c.Auth, ssh.KeyboardInteractive(l.challenged))
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	sc, chans, reqs, err := ssh.NewClientConn(conn, l.Address, c)
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(sc, chans, reqs), conn.SetDeadline(time.Time{})
}

// challenged answers the questions of one round.
func (l Login) challenged(title, instruction string, asked []string, _ []bool) ([]string, error) {
	if title == door.Refused {
		return nil, fmt.Errorf("refused: %s", instruction)
	}
	answers := make([]string, len(asked))
	questions := door.Questions(title)
	for i := range min(len(questions), len(asked)) { // without a title, something is said, and enter goes on
		answers[i] = l.Answer(questions[i])
	}
	return answers, nil
}

// read draws what comes. A frame is what stands between the marks of a
// synchronized one; where the server sends none, what comes at once.
func (t *Terminal) read(out io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := out.Read(buf)
		now := time.Now()
		t.took(buf[:n], now)
		if err != nil {
			t.mu.Lock()
			t.ended = true
			close(t.more)
			t.mu.Unlock()
			return
		}
	}
}

func (t *Terminal) took(p []byte, now time.Time) {
	t.mu.Lock()
	frames, changes := t.screen.Frames, t.screen.Changes
	_, _ = t.screen.Write(p)
	answers := t.screen.Answers()
	if t.screen.Frames > frames || !t.screen.Drawing && t.screen.Changes > changes {
		t.drawn, t.count = now, t.count+1
		close(t.more)
		t.more = make(chan struct{})
	}
	t.mu.Unlock()
	if len(answers) > 0 {
		go t.in.Write(answers) // a reader that waits for the other side to read may wait for ever
	}
}

// Rows are the lines on the screen.
func (t *Terminal) Rows() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.Rows()
}

// Text is the screen as one text.
func (t *Terminal) Text() string { return strings.Join(t.Rows(), "\n") }

// state is what there is to wait from: how many frames came, and the sign of the
// next.
func (t *Terminal) state() (count int, drawn time.Time, more <-chan struct{}, ended bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count, t.drawn, t.more, t.ended
}

// answerLimit is how long a key may take to be seen before it is given up.
const answerLimit = 10 * time.Second

// Press sends a key that changes the screen, waits for the frame that it leads
// to, and notes how long that took.
func (t *Terminal) Press(key string) error {
	if err := t.key(key, answerLimit); err != nil {
		return fmt.Errorf("pressing %q: %w", key, err)
	}
	return nil
}

// tryLimit is how long a key is waited for that may change nothing.
const tryLimit = 600 * time.Millisecond

// Try sends a key that may change nothing, and tells whether it did.
func (t *Terminal) Try(key string) (bool, error) {
	switch err := t.key(key, tryLimit); {
	case errors.Is(err, errSilent):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

func (t *Terminal) key(key string, limit time.Duration) error {
	before := body(t.Rows())
	count, _, more, ended := t.state()
	if ended {
		return errGone
	}
	sent := time.Now()
	if _, err := io.WriteString(t.in, code(key)); err != nil {
		return errGone
	}
	for deadline, seen := sent.Add(limit), false; ; {
		drawn, err := t.frame(count, more, time.Until(deadline))
		switch {
		case errors.Is(err, errSilent) && seen:
			return nil // what came was not for the key, or it is below and above the page
		case err != nil:
			return err
		}
		if after := body(t.Rows()); after != before {
			if key != "esc" { // it waits whether it is the beginning of another key
				t.pace.note(sent, drawn.Sub(sent))
			}
			return nil
		}
		if !seen {
			seen, deadline = true, time.Now().Add(min(tryLimit, time.Until(deadline)))
		}
		count, _, more, _ = t.state()
	}
}

// body is the page without the line of the class above it and the line below: both
// change by themselves, as a countdown goes on or a message comes.
func body(rows []string) string {
	if len(rows) < 4 {
		return strings.Join(rows, "\n")
	}
	return rows[0] + strings.Join(rows[2:len(rows)-1], "\n")
}

// together is how close to each other the pieces of one frame come.
const together = 3 * time.Millisecond

// frame waits for the frame after those that were counted, and tells when its last
// piece came.
func (t *Terminal) frame(count int, more <-chan struct{}, limit time.Duration) (drawn time.Time, err error) {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	select {
	case <-more:
	case <-deadline.C:
		return drawn, errSilent
	}
	for {
		now, drawn, more, ended := t.state()
		if ended && now == count {
			return drawn, errGone
		}
		select {
		case <-more:
			if ended {
				return drawn, nil
			}
		case <-time.After(together):
			return drawn, nil
		}
	}
}

// Paste sends a text as a terminal pastes it.
func (t *Terminal) Paste(text string) error {
	if _, err := io.WriteString(t.in, "\x1b[200~"+text+"\x1b[201~"); err != nil {
		return errGone
	}
	return nil
}

// Await waits until the screen is as wanted, and returns it.
func (t *Terminal) Await(limit time.Duration, ok func(text string) bool) (string, error) {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		_, _, more, ended := t.state()
		text := t.Text()
		switch {
		case ok(text):
			return text, nil
		case ended:
			return text, errGone
		}
		select {
		case <-more:
		case <-deadline.C:
			return text, errSilent
		}
	}
}

// Close ends the session as a terminal does whose window is closed.
func (t *Terminal) Close() error { return t.client.Close() }

// code is what a terminal sends for a key.
func code(key string) string {
	if c, ok := map[string]string{
		"enter": "\r", "esc": "\x1b", "tab": "\t", "space": " ", "backspace": "\x7f",
		"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
		"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "shift+tab": "\x1b[Z",
		"ctrl+c": "\x03", "ctrl+d": "\x04", "ctrl+k": "\x0b", "ctrl+s": "\x13", "ctrl+l": "\x0c",
	}[key]; ok {
		return c
	}
	return key
}
