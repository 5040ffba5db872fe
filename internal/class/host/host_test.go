package host

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
)

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

// TestStopPrograms holds that a server that stops does not wait for programs of
// learners and instructors.
func TestStopPrograms(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c, err := s.dial("", door.Instructor, &answers{secret: secret, name: "Grace"})
	if err != nil {
		t.Fatal(err)
	}
	for who, c := range map[string]*gossh.Client{door.Chair: c, door.Seat: s.join("Ada")} {
		session, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.RequestSubsystem(who); err != nil {
			t.Fatalf("%s: %v", who, err)
		}
	}
	began := time.Now()
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	s.ended <- nil
	if took := time.Since(began); took > s.o.Limits.Grace/2 {
		t.Errorf("it took %v", took)
	}
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
	poll(t, "the terminal is given back", func() bool {
		n.press(".") // where the last one was before the loan
		return strings.Contains(n.text(), "typed ")
	})
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
