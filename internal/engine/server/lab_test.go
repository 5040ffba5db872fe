package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

func TestLabFromStartToPass(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	w.judge(protocol.Fail, protocol.Waiting)
	if err := os.WriteFile(filepath.Join(d.home.Workspace(), "old"), nil, 0o600); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	a := d.startLab(shopLab())
	if a.Lab != "storage/claim" || a.Number != 1 || a.Hash != "hash-claim" || a.Namespace != "shop-7" || a.Vars["n"] != "7" {
		t.Errorf("attempt %+v", a)
	}
	want := []string{
		"console reset", "reset", "apply a.yaml: kind: A7", "script b.console as kubetutor:setup@shop-7: echo 7", "settled",
	}
	if got := w.done(); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("the lab was laid out so:\n%q\nwant\n%q", got, want)
	}
	var f protocol.File
	d.call(protocol.VerbFileGet, protocol.FileName{Path: "note.txt"}, &f)
	if string(f.Data) != "n is 7" {
		t.Errorf("given file %q", f.Data)
	}
	if got := d.status().Kubeconfig; got != "/kubeconfig/learner@shop-7" {
		t.Errorf("kubeconfig %s", got)
	}

	w.judge(protocol.Pass, protocol.Fail)
	d.await("the first tick", func() bool { return slices.Equal(d.status().Lab.PassedEver, []string{"c1"}) })
	w.judge(protocol.Fail, protocol.Pass)
	d.await("the second tick", func() bool { return len(d.status().Lab.PassedEver) == 2 })
	if !d.status().Lab.Passed.IsZero() {
		t.Error("passed, although the checks never held at once")
	}
	w.judge(protocol.Pass, protocol.Pass)
	d.await("the pass", func() bool { return !d.status().Lab.Passed.IsZero() })
	passed := d.status().Lab.Passed
	rec, err := loadRecord(d.home.labFile())
	if err != nil || !rec.Attempt.Passed.Equal(passed) {
		t.Errorf("on disk: %+v %v", rec, err)
	}
	w.judge(protocol.Fail, protocol.Fail)
	var v protocol.Verdicts
	err = lines(t.Context(), d, protocol.VerbLabVerdicts, protocol.Since{}, func(now protocol.Verdicts) bool {
		v = now
		return now.Checks[0].Result != protocol.Fail
	})
	if err != nil || !v.Attempt.Passed.Equal(passed) {
		t.Errorf("a pass was taken back: %+v %v", v, err)
	}
}

func TestLabSurvivesSleepAndDeath(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	w.judge(protocol.Pass, protocol.Fail)
	began := d.startLab(shopLab())
	d.await("a tick", func() bool { return len(d.status().Lab.PassedEver) == 1 })
	d.stop()

	d = startDaemon(t, w, state, sockets)
	if st := d.status(); st.State != protocol.StateDown && st.State != protocol.StateSleeping {
		t.Errorf("state %s", st.State)
	}
	d.up()
	got := d.status().Lab
	if got == nil || !got.Started.Equal(began.Started) || len(got.PassedEver) != 1 {
		t.Errorf("after sleep: %+v", got)
	}
	d.await("following with a gap", func() bool { return slices.Contains(w.done(), "follow gap=true") })
	d.stop()

	// The cluster's state is lost: its mark with it.
	w.mark = ""
	d = startDaemon(t, w, state, sockets)
	all, err := d.progress(protocol.VerbClusterUp, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(all, func(p protocol.Progress) bool {
		return p.Stage != nil && p.Stage.ID == "lab" && p.Stage.Done && p.Stage.Detail != ""
	}) {
		t.Errorf("nothing says that the lab starts again: %+v", all)
	}
	got = d.status().Lab
	if got == nil || got.Started.Equal(began.Started) || got.Number != 1 || len(got.PassedEver) != 1 {
		t.Errorf("after the loss: %+v", got)
	}
}

func TestDamagedRecordDoesNotKeepTheClusterDown(t *testing.T) {
	t.Parallel()
	state, sockets := places(t)
	d := startDaemon(t, newWorld(), state, sockets)
	if err := os.WriteFile(d.home.labFile(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.up()
	if d.status().Lab != nil {
		t.Error("a lab came out of nothing")
	}
}

func TestResetIsTheNextAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	if _, err := d.progress(protocol.VerbLabReset, nil); err == nil {
		t.Error("reset without a lab")
	}
	w.judge(protocol.Pass, protocol.Pass)
	d.startLab(shopLab())
	d.await("the pass", func() bool { return !d.status().Lab.Passed.IsZero() })
	w.judge(protocol.Fail, protocol.Fail)
	all, err := d.progress(protocol.VerbLabReset, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := all[len(all)-1].Attempt
	if a.Number != 2 || !a.Passed.IsZero() || len(a.PassedEver) > 0 || a.Vars["n"] != "3" {
		t.Errorf("attempt %+v", a)
	}
	d.call(protocol.VerbLabStop, nil, nil)
	if d.status().Lab != nil {
		t.Error("the lab is still active")
	}
	if _, err := os.Stat(d.home.labFile()); !os.IsNotExist(err) {
		t.Errorf("its record is still there: %v", err)
	}
}

const solved = "script solve.console as learner@shop-7: solve"

func TestAJumpIsNotPassed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	req := shopLab()
	req.AfterSolution = true
	w.judge(protocol.Pass, protocol.Pass)
	if a := d.startLab(req); !a.Jumped || !slices.Contains(w.done(), solved) {
		t.Errorf("attempt %+v, done: %q", a, w.done())
	}
	d.holding(t, "c1", "c2")
	if a := d.status().Lab; !a.Passed.IsZero() || len(a.PassedEver) > 0 {
		t.Errorf("what the solution did counts as passed: %+v", a)
	}

	// The cluster's state is lost: the lab is brought back to after its solution.
	d.stop()
	w.mark, w.log = "", nil
	d = startDaemon(t, w, state, sockets)
	d.up()
	if a := d.status().Lab; a == nil || !a.Jumped || !slices.Contains(w.done(), solved) {
		t.Errorf("after the loss: %+v, done: %q", a, w.done())
	}

	all, err := d.progress(protocol.VerbLabReset, nil)
	if err != nil || all[len(all)-1].Attempt.Jumped {
		t.Errorf("the next attempt: %+v, %v", all[len(all)-1].Attempt, err)
	}
	d.await("the pass", func() bool { return !d.status().Lab.Passed.IsZero() })
}

// holding waits until a client is told that just these checks hold.
func (d *daemon) holding(t *testing.T, checks ...string) (v protocol.Verdicts) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := lines(ctx, d, protocol.VerbLabVerdicts, protocol.Since{}, func(now protocol.Verdicts) bool {
		v = now
		var hold []string
		for _, c := range now.Checks {
			if c.Result == protocol.Pass {
				hold = append(hold, c.Check)
			}
		}
		return !slices.Equal(hold, checks)
	})
	if err != nil {
		t.Fatalf("%v; last: %+v", err, v)
	}
	return v
}

func TestASolutionThatFailsLeavesNoLab(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets, func(o *Options) {
		o.Console = &fakeConsole{world: w, scripts: map[string]func() (string, int){
			"solve.console": func() (string, int) { return "refused\n", 1 },
		}}
	})
	d.up()
	req := shopLab()
	req.AfterSolution = true
	_, err := d.progress(protocol.VerbLabStart, req)
	var e *protocol.Error
	if !errors.As(err, &e) || !slices.Equal(e.Log, []string{"refused"}) {
		t.Errorf("got %#v", err)
	}
	if a := d.status().Lab; a != nil {
		t.Errorf("active: %+v", a)
	}
}

func TestVerdictsCarryHints(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	w.hints = []int{1, 3}
	w.judge(protocol.Pass, protocol.Fail)
	d.startLab(shopLab())
	if v := d.holding(t, "c1"); !slices.Equal(v.Hints, []int{1, 3}) {
		t.Errorf("hints %v", v.Hints)
	}
}

func TestFailingSetupShowsItsOutput(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets, func(o *Options) {
		o.Console = &fakeConsole{world: w, scripts: map[string]func() (string, int){
			"b.console": func() (string, int) { return "no such thing\n", 1 },
		}}
	})
	d.up()
	_, err := d.progress(protocol.VerbLabStart, shopLab())
	var e *protocol.Error
	if !errors.As(err, &e) || !slices.Equal(e.Log, []string{"no such thing"}) {
		t.Errorf("got %#v", err)
	}
	if d.status().Lab != nil {
		t.Error("a lab is active that never began")
	}
}

func TestLostClientLetsTheNextOneIn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.holdReset = make(chan struct{})
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	begun := make(chan struct{}, 8)
	go func() {
		first <- lines(ctx, d, protocol.VerbLabStart, shopLab(), func(protocol.Progress) bool {
			begun <- struct{}{}
			return true
		})
	}()
	<-begun
	second := make(chan error, 1)
	go func() {
		_, err := d.progress(protocol.VerbLabStart, shopLab())
		second <- err
	}()
	cancel()
	if err := <-first; err == nil {
		t.Error("the first client's stream ended well")
	}
	close(w.holdReset)
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
}

func TestSleepCancelsALabStart(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.holdReset = make(chan struct{})
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	begun := make(chan struct{}, 8)
	go func() {
		_ = lines(t.Context(), d, protocol.VerbLabStart, shopLab(), func(protocol.Progress) bool {
			begun <- struct{}{}
			return true
		})
	}()
	<-begun
	d.call(protocol.VerbClusterSleep, nil, nil)
}

func TestVerdictsResume(t *testing.T) {
	t.Parallel()
	h := newHub()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	next := func(since protocol.Since) (v protocol.Verdicts) {
		stop := errors.New("enough")
		if err := h.follow(ctx, since, func(now protocol.Verdicts) error { v = now; return stop }); err != stop {
			t.Fatal(err)
		}
		return v
	}
	first := next(protocol.Since{})
	if first.Seq != 1 || first.Epoch == "" || first.Attempt != nil {
		t.Errorf("first: %+v", first)
	}
	h.publish(nil, standing{checks: []protocol.Verdict{{Check: "a"}}})
	h.publish(nil, standing{checks: []protocol.Verdict{{Check: "b"}}})
	for name, since := range map[string]protocol.Since{
		"newer":                         {Epoch: first.Epoch, Seq: 1},
		"another epoch":                 {Epoch: "older", Seq: 99},
		"from the future of this epoch": {Epoch: first.Epoch, Seq: 99},
	} {
		if v := next(since); v.Seq != 3 || v.Checks[0].Check != "b" {
			t.Errorf("%s: %+v", name, v)
		}
	}
	time.AfterFunc(10*time.Millisecond, func() { h.publish(nil, standing{}) })
	if v := next(protocol.Since{Epoch: first.Epoch, Seq: 3}); v.Seq != 4 {
		t.Errorf("what was seen was sent again: %+v", v)
	}
}

func TestSlowClientGetsTheNewest(t *testing.T) {
	t.Parallel()
	h := newHub()
	var got []uint64
	blocked, release := make(chan struct{}), make(chan struct{})
	stop := errors.New("enough")
	done := make(chan error, 1)
	go func() {
		done <- h.follow(t.Context(), protocol.Since{}, func(v protocol.Verdicts) error {
			got = append(got, v.Seq)
			if len(got) == 1 {
				close(blocked)
				<-release
				return nil
			}
			return stop
		})
	}()
	<-blocked
	for range 1000 {
		h.publish(nil, standing{})
	}
	close(release)
	<-done
	if !slices.Equal(got, []uint64{1, 1001}) {
		t.Errorf("got %v", got)
	}
}

func TestMomentOfPassingIsNotLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rec := &record{Format: recordFormat}
	var told []*protocol.Attempt
	sc := newScore(rec, filepath.Join(dir, "lab.json"), func(a *protocol.Attempt, _ standing) { told = append(told, a) }, nil)
	sc.judged([]protocol.Verdict{{Check: "a", Result: protocol.Pass}}, nil)
	sc.judged([]protocol.Verdict{{Check: "a", Result: protocol.Fail}}, nil)
	sc.settle()
	if len(told) != 1 || told[0].Passed.IsZero() {
		t.Errorf("told %+v", told)
	}
	if on, err := loadRecord(sc.path); err != nil || on.Attempt.Passed.IsZero() {
		t.Errorf("on disk: %+v %v", on, err)
	}
}

func TestPassIsNotToldBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not-there-yet")
	var told []*protocol.Attempt
	sc := newScore(&record{Format: recordFormat}, filepath.Join(dir, "lab.json"), func(a *protocol.Attempt, _ standing) { told = append(told, a) }, discard())
	sc.judged([]protocol.Verdict{{Check: "a", Result: protocol.Pass}}, nil)
	sc.settle()
	if !told[0].Passed.IsZero() {
		t.Error("told of a pass that is on no disk")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	sc.settle()
	if told[1].Passed.IsZero() {
		t.Error("the pass is still not told")
	}
}

func TestProve(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	results := map[string][]protocol.Result{
		"solve.console": {protocol.Pass, protocol.Pass},
		"miss.console":  {protocol.Pass, protocol.Waiting},
	}
	scripts := map[string]func() (string, int){
		"b.console": func() (string, int) { w.judge(protocol.Fail, protocol.Fail); return "", 0 },
	}
	for name, rs := range results {
		scripts[name] = func() (string, int) { w.judge(results[name]...); _ = rs; return "output of " + name, 0 }
	}
	d := startDaemon(t, w, state, sockets, func(o *Options) { o.Console = &fakeConsole{world: w, scripts: scripts} })
	d.up()
	prove := func() (steps []string) {
		err := lines(t.Context(), d, protocol.VerbProve, protocol.Prove{Lab: shopLab().Lab, Seeds: []uint64{1, 2}}, func(p protocol.ProofStep) bool {
			steps = append(steps, fmt.Sprintf("%s %d ok=%v failed=%v output=%q done=%v", p.Step, p.Seed, p.OK, p.Failed, p.Output, p.Done))
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		return steps
	}
	var want []string
	for seed := 1; seed <= 2; seed++ {
		want = append(want,
			fmt.Sprintf("untouched %d ok=true failed=[c1 c2] output=\"\" done=false", seed),
			fmt.Sprintf("solution %d ok=true failed=[] output=\"\" done=false", seed),
			fmt.Sprintf("miss.console %d ok=true failed=[c2] output=\"\" done=false", seed))
	}
	want = append(want, ` 0 ok=false failed=[] output="" done=true`)
	if got := prove(); !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}

	results["miss.console"] = []protocol.Result{protocol.Fail, protocol.Fail}
	results["solve.console"] = []protocol.Result{protocol.Pass, protocol.Unjudged}
	got := prove()
	if got[1] != `solution 1 ok=false failed=[c2] output="output of solve.console" done=false` ||
		got[2] != `miss.console 1 ok=false failed=[c1 c2] output="output of miss.console" done=false` {
		t.Errorf("a broken lab was proven: %q", got)
	}

	d.startLab(shopLab())
	err := lines(t.Context(), d, protocol.VerbProve, protocol.Prove{Lab: shopLab().Lab}, func(protocol.ProofStep) bool { return true })
	var e *protocol.Error
	if !errors.As(err, &e) || e.Code != protocol.CodeConflict {
		t.Errorf("a proof on a cluster in use: %v", err)
	}
}
