package watch_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/watch"
)

// sights keeps what a learner's tutor was told last.
type sights struct {
	mu   sync.Mutex
	last class.Sight
}

func (s *sights) follow(ctx context.Context, seat class.Seat) {
	_ = seat.Follow(ctx, func(now class.Sight) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last = now
		return nil
	})
}

func (s *sights) now() class.Sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// beginning is a chair that tells when a look begins.
type beginning struct {
	class.Chair
	began chan struct{}
}

func (b beginning) Look(ctx context.Context, who class.LearnerID, frame func(class.Screen) error) error {
	b.began <- struct{}{}
	return b.Chair.Look(ctx, who, frame)
}

// The view works with a real room: a hand comes up, a message goes down, a lesson
// is locked, a screen is asked for and shown.
func TestWithARoom(t *testing.T) {
	t.Parallel()
	room := classtest.Room(t, class.Options{})
	lina := classtest.Enter(t, room, "李娜")
	classtest.Enter(t, room, "omar")
	var seen sights
	go seen.follow(t.Context(), lina)

	s := newSim(t, 120, 30, func(o *watch.Options) {
		o.Chair, o.Course, o.Now = beginning{room.Sit("Ada"), o.Chair.(*chair).began}, classtest.Course(t), nil
	})
	s.comes("2 here")
	if err := lina.Raise(t.Context(), class.Call{Up: true, Text: "help \x1b[2Jme"}); err != nil {
		t.Fatal(err)
	}
	s.comes("asks for help")
	s.press("g", "m")
	s.shows("To: 李娜")
	s.write("on my way")
	s.press("enter")
	s.await("the message", func() bool { return len(seen.now().Messages) == 1 })
	if m := seen.now().Messages[0]; m.Text != "on my way" {
		t.Errorf("she reads %+v", m)
	}
	s.press("l")
	s.await("the hand", func() bool { return !seen.now().Hand })
	s.press("o", "g", "o")
	s.await("the lock", func() bool { return len(seen.now().Locked) == 1 })
	s.comes("locked")
	s.press("o")
	s.await("the lock's end", func() bool { return len(seen.now().Locked) == 0 })
	s.press("esc", "t")
	s.write("5 read")
	s.press("enter")
	s.await("the countdown", func() bool { return seen.now().Countdown != nil })
	s.comes("read 4:5")

	s.press("/")
	s.write("李")
	s.press("enter", "down", "w")
	s.await("the question", func() bool { return seen.now().Ask != nil })
	if err := lina.Allow(t.Context(), seen.now().Ask.ID, true); err != nil {
		t.Fatal(err)
	}
	lina.Paint(class.Screen{Columns: 40, Rows: 2, Content: "her lesson\x1b]0;x\a"})
	s.comes("her lesson")
	s.await("the mark", func() bool { return strings.Contains(seen.now().Watched, "Ada") })
	s.press("esc")
	s.await("the mark's end", func() bool { return seen.now().Watched == "" })
	s.press("esc", "E", "y")
	s.await("the end", func() bool { return seen.now().Over })
	s.comes("the class is over")
}
