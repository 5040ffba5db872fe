package class_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
)

// apply lets somebody apply from an address of their own.
func (s *scene) apply(a class.Application) (class.Admission, error) {
	s.n++
	if a.From == "" {
		a.From = fmt.Sprint("192.0.2.", s.n)
	}
	return s.room.Admit(s.t.Context(), a)
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	code := s.room.Join().Code
	ann, err := s.apply(class.Application{Name: " Ann  Lee", Code: strings.ToLower(code), Key: "SHA256:ann"})
	if err != nil || ann.Learner.Name != "Ann Lee" || len(ann.Resume) != 19 || !ann.Learner.ID.Valid() {
		t.Fatalf("%+v, %v", ann, err)
	}
	if strings.Contains(string(ann.Learner.Resume), ann.Resume) {
		t.Error("the resume code is kept as it is")
	}
	for _, c := range []struct {
		name string
		a    class.Application
		want error
	}{
		{"no code", class.Application{Name: "Bob"}, class.ErrCode},
		{"a wrong code", class.Application{Name: "Bob", Code: "0000-0000"}, class.ErrCode},
		{"a wrong code for a name that is taken", class.Application{Name: "Ann Lee", Code: "0000-0000"}, class.ErrCode},
		{"a name that is taken", class.Application{Name: "Ann Lee", Code: code}, class.ErrTaken},
		{"one that looks the same", class.Application{Name: "ＡＮＮ-ＬＥＥ", Code: code}, class.ErrTaken},
		{"a wrong resume code", class.Application{Name: "Ann Lee", Code: code, Resume: "0000-0000-0000-0000"}, class.ErrResume},
		{"a wrong resume code and a wrong code", class.Application{Name: "Ann Lee", Code: "x", Resume: "0000-0000-0000-0000"}, class.ErrCode},
		{"a key that nobody has", class.Application{Name: "Ann Lee", Key: "SHA256:bob"}, class.ErrCode},
		{"no name", class.Application{Code: code}, class.ErrName},
		{"a name that is none", class.Application{Name: "a\x1b]0;b\a", Code: code}, class.ErrName},
		{"a name that is none, and no code", class.Application{Name: "../.."}, class.ErrCode},
		{"the resume code", class.Application{Name: "ann lee", Resume: strings.ToLower(ann.Resume)}, nil},
		{"the key", class.Application{Name: "Ann Lee", Key: "SHA256:ann"}, nil},
	} {
		got, err := s.apply(c.a)
		if !errors.Is(err, c.want) || c.want == nil && (err != nil || got.Learner.ID != ann.Learner.ID || got.Resume != "") {
			t.Errorf("%s: %+v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestCodesExpire(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	old := s.room.Join()
	ann := s.who["Ann"]
	resume := sight(t, ann).Resume
	s.clock.pass(4 * time.Hour)
	if _, err := s.apply(class.Application{Name: "Bob", Code: old.Code}); !errors.Is(err, class.ErrExpired) {
		t.Errorf("somebody new: %v", err)
	}
	if _, err := s.apply(class.Application{Name: "Ann", Code: old.Code}); !errors.Is(err, class.ErrTaken) {
		t.Errorf("somebody who is asked for the resume code: %v", err)
	}
	if _, err := s.apply(class.Application{Name: "Ann", Code: old.Code, Resume: resume}); err != nil {
		t.Errorf("somebody who has it: %v", err)
	}
	if err := s.room.Sit("Ms Li").Do(t.Context(), class.Order{Kind: class.OrderRenew, Time: time.Minute}); err != nil {
		t.Fatal(err)
	}
	now := s.room.Join()
	if now.Code == old.Code || !now.Expires.Equal(s.clock.now().Add(time.Minute)) {
		t.Errorf("renewed to %+v", now)
	}
	if _, err := s.apply(class.Application{Name: "Bob", Code: old.Code}); !errors.Is(err, class.ErrExpired) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := s.apply(class.Application{Name: "Bob", Code: now.Code}); err != nil {
		t.Errorf("the new one: %v", err)
	}
}

func TestWrongTriesAreLimited(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	resume := sight(t, s.who["Ann"]).Resume
	var last error
	for range 200 {
		_, last = s.apply(class.Application{Name: "Bob", Code: "0000-0000", From: "192.0.2.1"})
	}
	var later *class.TriesError
	if !errors.As(last, &later) || later.Until.Sub(s.clock.now()) > 5*time.Second {
		t.Fatalf("the last try: %v", last)
	}
	if _, err := s.apply(class.Application{Name: "Bob", Code: s.room.Join().Code, From: "192.0.2.1"}); !errors.Is(err, class.ErrTries) {
		t.Errorf("the right code is looked at: %v", err)
	}
	if _, err := s.apply(class.Application{Name: "Bob", Code: "0000-0000", From: "192.0.2.7"}); !errors.Is(err, class.ErrCode) {
		t.Errorf("from another address: %v", err)
	}
	if _, err := s.apply(class.Application{Name: "Ann", Resume: resume, From: "192.0.2.1"}); err != nil {
		t.Errorf("somebody who comes back: %v", err)
	}
	s.clock.pass(later.Until.Sub(s.clock.now()))
	if _, err := s.apply(class.Application{Name: "Bob", Code: s.room.Join().Code, From: "192.0.2.1"}); err != nil {
		t.Errorf("when it said: %v", err)
	}
	for range 200 {
		_, last = s.apply(class.Application{Name: "Cyd", Code: "0000-0000", From: "192.0.2.1"})
	}
	j, err := s.room.Renew(t.Context(), "Ms Li", 0)
	if err != nil || !errors.Is(last, class.ErrTries) {
		t.Fatal(err, last)
	}
	if _, err := s.apply(class.Application{Name: "Cyd", Code: j.Code, From: "192.0.2.1"}); err != nil {
		t.Errorf("after another code: %v", err)
	}
}

func TestARosterSaysWhoMayJoin(t *testing.T) {
	t.Parallel()
	c := classtest.Class()
	c.Roster = []class.Entry{{Name: "Ann Lee", Note: "row 1"}, {Name: "王小明"}}
	store := classtest.NewStore(t)
	if err := class.Create(t.Context(), store, c); err != nil {
		t.Fatal(err)
	}
	if err := class.Create(t.Context(), store, c); !errors.Is(err, class.ErrExists) {
		t.Errorf("a second class: %v", err)
	}
	r := classtest.Open(t, store, class.Options{})
	j, err := r.Renew(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Admit(t.Context(), class.Application{Name: "ANN LEE", Code: j.Code})
	if err != nil || a.Learner.Name != "Ann Lee" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := r.Admit(t.Context(), class.Application{Name: "Bob", Code: j.Code}); !errors.Is(err, class.ErrRoster) {
		t.Errorf("somebody else: %v", err)
	}
	if b := r.Board(); b.Rows[0].Entry != "row 1" {
		t.Errorf("%+v", b.Rows)
	}
	results, err := r.Results(t.Context())
	if err != nil || len(results.Learners) != 2 || results.Learners[1].Name != "王小明" || results.Learners[1].ID != "" || results.Learners[1].Attended {
		t.Errorf("%+v, %v", results.Learners, err)
	}
}

func TestClassesThatCannotBe(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*class.Class){
		"the name":       func(c *class.Class) { c.Name = "../x" },
		"1 to 200":       func(c *class.Class) { c.Plan = nil },
		"planned twice":  func(c *class.Class) { c.Plan = append(c.Plan, c.Plan[0]) },
		"cannot be":      func(c *class.Class) { c.Plan[0].Lesson = "\x1b[2J" },
		"plan 1 to":      func(c *class.Class) { c.Plan[0].Minutes = 0 },
		"on the roster":  func(c *class.Class) { c.Roster = []class.Entry{{Name: "a\nb"}} },
		"are the same":   func(c *class.Class) { c.Roster = []class.Entry{{Name: "Ann"}, {Name: "ANN"}} },
		"as ReadRoster":  func(c *class.Class) { c.Roster = []class.Entry{{Name: "Ann", Note: "\x1b[2J"}} },
		"at most 1000 n": func(c *class.Class) { c.Roster = make([]class.Entry, 1001) },
	} {
		c := classtest.Class()
		change(&c)
		if err := class.Create(t.Context(), classtest.NewStore(t), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := class.Open(t.Context(), classtest.NewStore(t), class.Options{}); !errors.Is(err, class.ErrNone) {
		t.Errorf("an empty store: %v", err)
	}
}

func TestAKeyOfExactlyOne(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, name := range []string{"Ann", "Bob"} {
		if _, err := s.apply(class.Application{Name: name, Code: s.room.Join().Code, Key: "SHA256:shared"}); err != nil {
			t.Fatal(err)
		}
	}
	cyd, err := s.apply(class.Application{Name: "Cyd", Code: s.room.Join().Code, Key: "SHA256:cyd"})
	if err != nil {
		t.Fatal(err)
	}
	if l, ok := s.room.Known("SHA256:cyd"); !ok || l.ID != cyd.Learner.ID {
		t.Errorf("%+v, %v", l, ok)
	}
	for _, key := range []string{"SHA256:shared", "SHA256:nobody", ""} {
		if l, ok := s.room.Known(key); ok {
			t.Errorf("%q is that of %s", key, l.Name)
		}
	}
	// Another machine proves its key when it resumes; the oldest of many is forgotten.
	for n := range 9 {
		if _, err := s.apply(class.Application{Name: "Cyd", Resume: cyd.Resume, Key: fmt.Sprint("SHA256:", n)}); err != nil {
			t.Fatal(err)
		}
	}
	if l, ok := s.room.Known("SHA256:8"); !ok || len(l.Keys) != 8 {
		t.Errorf("%+v, %v", l, ok)
	}
	if _, ok := s.room.Known("SHA256:cyd"); ok {
		t.Error("nine keys are kept")
	}
}

func TestAskEnds(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	ask := func(ctx context.Context, a class.Application) error {
		_, err := s.room.Ask(ctx, a)
		return err
	}
	good := class.Application{Name: "Ann", Code: s.room.Join().Code, From: "192.0.2.1\x1b[2J"}
	if err := ask(t.Context(), class.Application{Name: "Ann", Code: "0000-0000"}); !errors.Is(err, class.ErrCode) {
		t.Errorf("without a code: %v", err)
	}
	left := errors.New("they left")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- ask(ctx, good) }()
	waitBoard(t, s.room, func(b class.Board) bool { return len(b.Asking) == 1 })
	if from := s.room.Board().Asking[0].From; harmful(from, "") != "" {
		t.Errorf("from %q", from)
	}
	cancel(left)
	if err := <-done; !errors.Is(err, left) {
		t.Errorf("the connection ended: %v", err)
	}
	waitBoard(t, s.room, func(b class.Board) bool { return len(b.Asking) == 0 })
	go func() { done <- ask(t.Context(), good) }()
	b := waitBoard(t, s.room, func(b class.Board) bool { return len(b.Asking) == 1 })
	no := class.Order{Kind: class.OrderAdmit, ID: b.Asking[0].ID}
	if err := s.room.Sit("Ms Li").Do(t.Context(), no); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, class.ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	if err := s.room.Sit("Ms Li").Do(t.Context(), no); !errors.Is(err, class.ErrOrder) {
		t.Errorf("refused again: %v", err)
	}
	s.floodAsk(good)
}

// TestWhoAsksWithoutEndIsInTheirOwnWay holds that somebody who asks for all names does
// not keep another from asking for theirs.
func TestWhoAsksWithoutEndIsInTheirOwnWay(t *testing.T) {
	t.Parallel()
	var names []string
	for n := range 10 {
		names = append(names, fmt.Sprint("Learner ", n))
	}
	s := newScene(t, names...)
	full := make(chan error, 100)
	ask := func(name, from string) {
		go func() {
			_, err := s.room.Ask(t.Context(), class.Application{Name: name, Code: s.room.Join().Code, From: from})
			full <- err
		}()
	}
	asks := func(name, from string) bool {
		return slices.ContainsFunc(s.room.Board().Asking, func(a class.Asking) bool { return a.Name == name && a.From == from })
	}
	turnedAway := func(n int) {
		for range n {
			if err := <-full; !errors.Is(err, class.ErrFull) {
				t.Errorf("of too many one has %v", err)
			}
		}
	}
	for _, name := range names {
		for range 4 {
			ask(name, "192.0.2.66")
		}
	}
	turnedAway(40 - 32)
	for i, name := range []string{"Learner 0", "Learner 9"} {
		from := fmt.Sprint("198.51.100.", i)
		ask(name, from)
		turnedAway(1)
		if !asks(name, from) {
			t.Errorf("%s from %s cannot ask", name, from)
		}
	}
	for range 20 {
		ask("Learner 9", "192.0.2.66")
	}
	turnedAway(20)
	if b := s.room.Board(); len(b.Asking) != 32 || !asks("Learner 0", "198.51.100.0") || !asks("Learner 9", "198.51.100.1") {
		t.Errorf("%d ask, %+v", len(b.Asking), b.Asking)
	}
}

// floodAsk lets many ask at once: some wait, the others are turned away.
func (s *scene) floodAsk(a class.Application) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	full := make(chan error, 40)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			_, err := s.room.Ask(ctx, a)
			full <- err
		})
	}
	for range 40 - 4 {
		if err := <-full; !errors.Is(err, class.ErrFull) {
			s.t.Errorf("of too many one has %v", err)
		}
	}
	cancel()
	wg.Wait()
}

func waitBoard(t *testing.T, r *class.Room, is func(class.Board) bool) class.Board {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if b := r.Board(); is(b) {
			return b
		}
	}
	t.Fatal("the board never said so")
	return class.Board{}
}

// TestTwoServersAgreeOnNames lets two rooms of one store admit the same people at
// the same time.
func TestTwoServersAgreeOnNames(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	rooms := []*class.Room{s.room, classtest.Open(t, s.store, class.Options{Now: s.clock.now})}
	if rooms[1].Join().Code != s.room.Join().Code {
		t.Fatal("they have two codes")
	}
	var wg sync.WaitGroup
	for n := range 10 {
		got := make([]error, 6)
		for i := range got {
			wg.Go(func() {
				a := class.Application{Name: fmt.Sprint("Ann ", n), Code: s.room.Join().Code, From: "192.0.2.1"}
				_, got[i] = rooms[i%2].Admit(t.Context(), a)
			})
		}
		wg.Wait()
		in := 0
		for _, err := range got {
			switch {
			case err == nil:
				in++
			case !errors.Is(err, class.ErrTaken):
				t.Errorf("%d: %v", n, err)
			}
		}
		if in != 1 {
			t.Errorf("%d are Ann %d", in, n)
		}
	}
	if _, err := rooms[1].Renew(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	waitBoard(t, s.room, func(b class.Board) bool { return b.Join.Code == rooms[1].Join().Code && len(b.Rows) == 10 })
}
