package host

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/door"
)

// kept is a log that a test reads.
type kept struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all.Write(p)
}

func (k *kept) has(text string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Contains(k.all.String(), text)
}

func (k *kept) count(text string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Count(k.all.String(), text)
}

// TestFaultsAreWarnedOf holds that the instructor hears of what keeps people out and
// lies with the machine, such as a full disk, and not of what lies with them.
func TestFaultsAreWarnedOf(t *testing.T) {
	t.Parallel()
	store, warnings := classtest.NewStore(t), &kept{}
	if err := class.Create(t.Context(), store, classtest.Class()); err != nil {
		t.Fatal(err)
	}
	room := classtest.Open(t, store, class.Options{Course: classtest.Course(t), Yard: classtest.NewYard()})
	if _, err := room.Renew(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	s := serve(t, func(o *Options) {
		o.Room = room
		o.Log = slog.New(slog.NewTextHandler(warnings, &slog.HandlerOptions{Level: slog.LevelWarn}))
		o.Screen = func(context.Context, Session) (Screen, error) { return Screen{}, errors.New("the file is damaged") }
	})
	s.room = room
	if _, err := s.dial("", door.Learner, &answers{code: "AAAA-BBBB", name: "Eve"}); err == nil {
		t.Error("a wrong code lets somebody in")
	}
	if warnings.has("not let in") {
		t.Errorf("a wrong code is warned of: %s", &warnings.all)
	}
	n := open(t, s.join("Ada"), 80, 24)
	if status := n.end(); status != 1 {
		t.Errorf("it ended with status %d", status)
	}
	if !warnings.has("name=Ada") || !warnings.has("the file is damaged") {
		t.Errorf("of a screen that cannot be made nobody is told: %s", &warnings.all)
	}
	store.Fail(errors.New("the disk is full"))
	if _, err := s.dial("", door.Learner, &answers{code: room.Join().Code, name: "Bob"}); err == nil {
		t.Error("Bob is let in and not written down")
	}
	if !warnings.has("not let in") || !warnings.has("the disk is full") {
		t.Errorf("of a store that fails nobody is told: %s", &warnings.all)
	}
}
