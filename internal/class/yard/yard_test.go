package yard

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// asking is a learner who asks for a lab.
type asking struct {
	cancel context.CancelFunc
	mu     sync.Mutex
	stages []string
	err    error
	ended  bool
}

func ask(s lab.Service) *asking {
	ctx, cancel := context.WithCancel(context.Background())
	a := &asking{cancel: cancel}
	go func() {
		_, err := s.StartLab(ctx, protocol.StartLab{Number: 1}, func(st protocol.Stage) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.stages = append(a.stages, fmt.Sprintf("%s %s %t", st.ID, st.Detail, st.Done))
		})
		a.mu.Lock()
		defer a.mu.Unlock()
		a.err, a.ended = err, true
	}()
	return a
}

func (a *asking) has(t *testing.T, wanted bool) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if has := a.ended && a.err == nil; has != wanted {
		t.Errorf("has a lab: %t (%v), wanted %t", has, a.err, wanted)
	}
}

func (a *asking) said(t *testing.T, wanted ...string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Equal(a.stages, wanted) {
		t.Errorf("told %q, wanted %q", a.stages, wanted)
	}
}

// after lets so much time pass.
func after(d time.Duration) {
	time.Sleep(d) // of a bubble of synctest: none of it is spent
	synctest.Wait()
}

func TestQueueIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := open(t, newTown(1), Options{})
		first := ask(here(t, y, "a"))
		after(5 * time.Second)
		first.has(t, true)
		var rest []*asking
		for _, who := range []class.LearnerID{"b", "c", "d"} {
			rest = append(rest, ask(here(t, y, who)))
			after(time.Second)
		}
		if got := y.Labs(); got != (class.Labs{Awake: 1, Limit: 1, Queued: 3}) || y.Queue("c") != 2 || y.Queue("a") != 0 {
			t.Errorf("%+v, c at %d", got, y.Queue("c"))
		}
		y.Present("a", 0)
		after(DefaultGrace + 4*time.Second)
		rest[0].has(t, true)
		rest[1].has(t, false)
		rest[2].said(t, "queue 3 false", "queue 2 false")
		after(DefaultIdle + 4*time.Second)
		rest[1].has(t, true)
		rest[2].has(t, false)
		after(DefaultIdle + 4*time.Second)
		rest[2].said(t, "queue 3 false", "queue 2 false", "queue 1 false", "queue  true")
		rest[2].has(t, true)
	})
}

func TestWhoDropsOutKeepsThePlaceForAWhile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		away  time.Duration
		place int
	}{
		"a moment": {DefaultGrace - time.Second, 1},
		"for good": {DefaultGrace + time.Second, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				y := open(t, newTown(1), Options{})
				ask(here(t, y, "a"))
				b, c := here(t, y, "b"), here(t, y, "c")
				after(5 * time.Second)
				dropped := ask(b)
				after(time.Second)
				ask(c)
				after(time.Second)
				dropped.cancel()
				after(tt.away)
				dropped.has(t, false)
				ask(b)
				after(time.Second)
				if y.Queue("b") != tt.place {
					t.Errorf("b is at %d, wanted %d", y.Queue("b"), tt.place)
				}
			})
		})
	}
}

// TestWhoIsAwayIsPassedOver: a place is not kept free for somebody who is not there.
func TestWhoIsAwayIsPassedOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := open(t, newTown(1), Options{})
		a := here(t, y, "a")
		ask(a)
		after(5 * time.Second)
		b := ask(here(t, y, "b"))
		after(time.Second)
		c := ask(here(t, y, "c"))
		after(time.Second)
		b.cancel()
		if _, err := a.Sleep(context.Background()); err != nil {
			t.Fatal(err)
		}
		after(3 * time.Second)
		c.has(t, true)
	})
}

func TestWhoFallsAsleepFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := newTown(4)
		y := open(t, tn, Options{Starts: 4})
		for _, who := range []class.LearnerID{"gone", "left", "busy", "here"} {
			ask(here(t, y, who))
		}
		after(5 * time.Second)
		con, err := here(t, y, "busy").OpenConsole(context.Background(), protocol.OpenConsole{})
		if err != nil {
			t.Fatal(err)
		}
		tn.change("busy", func(h *house) { h.line = time.Hour })
		ended := make(chan error, 1)
		go func() {
			_, _, err := con.Run(context.Background(), "kubectl get pods -w", func(protocol.Output) {})
			ended <- err
		}()
		y.Present("busy", 0) // what runs of somebody who is away goes on all the same
		y.Present("gone", 0)
		after(time.Second)
		y.Present("left", 0)
		after(DefaultGrace)
		if n := tn.awake(); n != 4 {
			t.Errorf("%d are awake while nobody waits", n)
		}
		asleep := func(wanted ...class.LearnerID) {
			t.Helper()
			after(4 * time.Second)
			for _, who := range []class.LearnerID{"gone", "left", "busy", "here"} {
				if runs, _ := tn.of(who).Awake(context.Background()); runs == slices.Contains(wanted, who) {
					t.Errorf("%s runs: %t", who, runs)
				}
			}
		}
		ask(here(t, y, "x"))
		asleep("gone")
		ask(here(t, y, "y"))
		asleep("gone", "left")
		ask(here(t, y, "z"))
		asleep("gone", "left")
		after(DefaultIdle)
		asleep("gone", "left", "here")
		after(2 * time.Hour)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		asleep("gone", "left", "here", "busy")
	})
}

// TestConsoleFindsItsLabAgain: the next line wakes the lab, and is where the last one
// left off.
func TestConsoleFindsItsLabAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := newTown(1)
		y := open(t, tn, Options{})
		s := here(t, y, "a")
		if _, err := s.OpenConsole(t.Context(), protocol.OpenConsole{}); err == nil || tn.awake() > 0 {
			t.Errorf("a console started a lab: %v", err)
		}
		ask(s)
		after(5 * time.Second)
		con, err := s.OpenConsole(t.Context(), protocol.OpenConsole{Columns: 80})
		if err != nil {
			t.Fatal(err)
		}
		run := func() (said string) {
			t.Helper()
			_, _, err := con.Run(t.Context(), "ls", func(o protocol.Output) { said += string(o.Data) })
			if err != nil {
				t.Fatal(err)
			}
			return said
		}
		if said := run(); said != `80 ["ls"]` {
			t.Error(said)
		}
		after(DefaultIdle + 2*time.Second)
		if tn.awake() != 0 {
			t.Fatal("an idle lab does not fall asleep")
		}
		if _, err := con.Complete(t.Context(), "l", 1); err != nil || tn.awake() != 0 {
			t.Error("a completion wakes a lab", err)
		}
		began := time.Now()
		if said := run(); said != `80 ["cd './made/up'" "ls"]` || time.Since(began) != tn.start {
			t.Error(said, time.Since(began))
		}
	})
}

// A lab that another session puts to sleep while the console goes back to its
// directory fails the line, and the next one wakes it again.
func TestConsoleLosesItsLabOnTheWayBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := newTown(1)
		y := open(t, tn, Options{})
		s := here(t, y, "a")
		ask(s)
		after(5 * time.Second)
		con, err := s.OpenConsole(t.Context(), protocol.OpenConsole{})
		if err != nil {
			t.Fatal(err)
		}
		run := func() error {
			_, _, err := con.Run(t.Context(), "ls", func(protocol.Output) {})
			return err
		}
		if err := run(); err != nil {
			t.Fatal(err)
		}
		after(DefaultIdle + 2*time.Second)
		tn.change("a", func(h *house) { h.line = 10 * time.Second })
		failed := make(chan error, 1)
		go func() { failed <- run() }()
		after(tn.start + time.Second)
		if _, err := s.Sleep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; err == nil {
			t.Error("a line ran in a lab that sleeps")
		}
		if err := run(); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatFailsIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := newTown(1)
		y := open(t, tn, Options{})
		a, b := here(t, y, "a"), here(t, y, "b")
		tn.change("a", func(h *house) { h.broken = errors.New("/secret/path: no space left on device") })
		try := func() (*protocol.Error, time.Duration) {
			began := time.Now()
			_, err := a.Up(t.Context(), nil)
			after(tn.sleep + time.Second)
			var said *protocol.Error
			if !errors.As(err, &said) || said.Said.ZH == "" || said.Hint == "" || strings.Contains(said.Message, "secret") {
				t.Fatalf("%v is not for a learner", err)
			}
			return said, time.Since(began)
		}
		try()
		for _, rest := range []time.Duration{firstRest, 2 * firstRest, 4 * firstRest} {
			if said, _ := try(); strings.Contains(said.Message, "in a row") {
				t.Errorf("before a rest of %v: %v", rest, said)
			}
			starts := tn.of("a").starts
			if said, _ := try(); !strings.Contains(said.Message, "in a row") || tn.of("a").starts != starts {
				t.Errorf("no rest: %v", said)
			}
			if _, err := b.Up(t.Context(), nil); err != nil { // nobody else is hurt
				t.Error(err)
			}
			if _, err := b.Sleep(t.Context()); err != nil {
				t.Error(err)
			}
			after(rest)
		}
		tn.change("a", func(h *house) { h.broken = nil })
		after(longestRest)
		if _, err := a.Up(t.Context(), nil); err != nil {
			t.Error(err)
		}
	})
}

// TestCrashGivesThePlaceBack: of a lab that ends by itself.
func TestCrashGivesThePlaceBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := newTown(1)
		y := open(t, tn, Options{})
		ask(here(t, y, "a"))
		after(5 * time.Second)
		b := ask(here(t, y, "b"))
		after(time.Second)
		tn.change("a", func(h *house) { h.runs = false })
		after(watchEvery + 3*time.Second)
		b.has(t, true)
		if y.plots["a"].faults.count != 1 {
			t.Error("a crash is not counted")
		}
	})
}

// TestWhatHangsIsEnded: an engine that does not answer any more has its place for a
// while, not for ever.
func TestWhatHangsIsEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := newTown(1)
		y := open(t, tn, Options{Idle: time.Hour})
		ask(here(t, y, "a"))
		after(5 * time.Second)
		b := ask(here(t, y, "b"))
		tn.change("a", func(h *house) { h.hangs = true })
		after(time.Minute)
		b.has(t, false)
		after(2*time.Minute + sleepLimit)
		b.has(t, true)
	})
}

func TestStatusKeepsTheMachineToItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := here(t, open(t, newTown(1), Options{}), "a")
		st, err := s.Status(t.Context())
		if err != nil || strings.Contains(fmt.Sprintf("%+v", st), "secret") || st.PID != 0 {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := newTown(3)
		y := open(t, tn, Options{Starts: 3})
		var all []*asking
		for i := range 5 {
			all = append(all, ask(here(t, y, class.LearnerID(fmt.Sprint("l", i)))))
			synctest.Wait()
		}
		after(4 * time.Second)
		began := time.Now()
		if err := y.Close(context.Background()); err != nil || time.Since(began) > tn.sleep+time.Second {
			t.Errorf("closing took %v: %v", time.Since(began), err)
		}
		synctest.Wait()
		for i, a := range all {
			a.mu.Lock()
			if !a.ended || (a.err == nil) != (i < 3) {
				t.Errorf("learner %d: %v", i, a.err)
			}
			a.mu.Unlock()
			if h := tn.of(class.LearnerID(fmt.Sprint("l", i))); !h.closed {
				t.Errorf("the lab of learner %d is not closed", i)
			}
		}
		if _, err := here(t, y, "l0").Up(t.Context(), nil); err == nil {
			t.Error("a closed yard starts a lab")
		}
	})
}

// TestSchedules lets rooms do as they like, and looks at all times that no more labs
// are awake than may be, and at the end that everybody has been served who stayed.
func TestSchedules(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { schedule(t, rand.New(rand.NewPCG(seed, 7))) })
		})
	}
}

func schedule(t *testing.T, r *rand.Rand) {
	tn := newTown(1 + r.IntN(4))
	y := open(t, tn, Options{Starts: 1 + r.IntN(4)})
	learners := 2 + r.IntN(10)
	var waiting []*asking
	for range 150 {
		who := class.LearnerID(fmt.Sprint("l", r.IntN(learners)))
		s := here(t, y, who)
		switch r.IntN(8) {
		case 0, 1, 2:
			waiting = append(waiting, ask(s))
		case 3:
			y.Present(who, 0)
		case 4:
			if len(waiting) > 0 {
				waiting[r.IntN(len(waiting))].cancel()
			}
		case 5:
			tn.change(who, func(h *house) { h.runs = false }) // a crash
		case 6:
			go func() { _, _ = s.Judge(context.Background(), protocol.Judge{}) }()
		case 7:
			go func() { _, _ = s.Sleep(context.Background()) }()
		}
		after(time.Duration(r.IntN(20000)) * time.Millisecond)
		if n := y.Labs(); n.Awake > tn.limit || n.Awake < tn.awake() {
			t.Fatalf("%+v, while %d are awake", n, tn.awake())
		}
		if n := y.Labs(); n.Queued > 0 && n.Awake < n.Limit && y.starting() == 0 {
			t.Fatalf("somebody waits while places are free: %+v", n)
		}
	}
	after(time.Duration(len(waiting)+learners) * (DefaultIdle + time.Minute))
	for i, a := range waiting {
		a.mu.Lock()
		if !a.ended {
			t.Errorf("request %d was never served", i)
		}
		a.mu.Unlock()
		a.cancel()
	}
}

// starting is how many labs are on their way up or down.
func (y *Yard) starting() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.in(starting)
}
