//go:build unix

package plain

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// shown is what a session has printed, as it comes.
type shown struct {
	mu   sync.Mutex
	text string
}

func (s *shown) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(b)
	return len(b), nil
}

func (s *shown) await(t *testing.T, text string) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		s.mu.Lock()
		found := strings.Contains(s.text, text)
		s.mu.Unlock()
		if found {
			return
		}
	}
	t.Errorf("shown %q, wanted %q", s.text, text)
}

func TestProgramHasTheTerminal(t *testing.T) {
	t.Parallel()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	defer master.Close()
	defer tty.Close()
	go func() { _, _ = io.Copy(io.Discard, master) }() // what a cooked terminal echoes
	s, _ := console(t, tty)
	out := &shown{}
	s.Out, s.Terminal = out, tty
	ended := make(chan error, 1)
	go func() {
		_, err := s.Run(soon(t))
		ended <- err
	}()
	keys := func(text string) {
		if _, err := master.Write([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	keys("shell\n")
	<-s.Console.(*fakeConsole).resized // the terminal is lent, and raw
	keys("\x03")                       // without a newline
	out.await(t, "<\x03>")
	keys("\x04")
	out.await(t, "<\x04>")
	keys("exit\n")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if ran := s.Console.(*fakeConsole).cluster.ran; strings.Join(ran, "|") != "shell|exit" {
		t.Errorf("ran %q", ran)
	}
}
