package attempt

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
)

// trying is a desk in the middle of the exercise's first attempt, a minute after
// its beginning, and how to tell it verdicts.
func trying(t *testing.T) (d *Desk, l *course.Lab, says func(a, b protocol.Result, ever ...string) protocol.Verdicts) {
	t.Helper()
	var minutes atomic.Int64
	store, err := progress.Open(t.TempDir(), progress.WithClock(func() time.Time {
		return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC).Add(time.Duration(minutes.Add(1)) * time.Minute)
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	d, l = &Desk{Labs: &cluster{}, Store: store}, exercise()
	if _, err := d.Start(t.Context(), l, false, nil); err != nil {
		t.Fatal(err)
	}
	return d, l, func(a, b protocol.Result, ever ...string) protocol.Verdicts {
		v := stands(a, b)
		v.Attempt.PassedEver = ever
		return v
	}
}

func tries(t *testing.T, d *Desk, l *course.Lab) []string {
	t.Helper()
	state, err := d.State(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return state.Failed
}

func TestAskingTooEarlyIsAFailedTry(t *testing.T) {
	t.Parallel()
	const pass, fail, waiting = protocol.Pass, protocol.Fail, protocol.Waiting
	d, l, says := trying(t)
	jump := says(pass, fail, "a")
	jump.Attempt.Jumped = true
	for _, step := range []struct {
		why  string
		v    protocol.Verdicts
		want []string
	}{
		{"all is red at the beginning", says(fail, fail), nil},
		{"after a jump", jump, nil},
		{"it only waits", says(pass, waiting, "a"), nil},
		{"one fails", says(pass, fail, "a"), []string{"b"}},
		{"the same again", says(pass, fail, "a"), []string{"b"}},
		{"both fail", says(fail, fail, "a"), []string{"b", "a b"}},
		{"all hold", says(pass, pass, "a", "b"), []string{"b", "a b"}},
	} {
		if err := d.Asked(t.Context(), l, step.v); err != nil {
			t.Fatal(err)
		}
		if got := tries(t, d, l); !slices.Equal(got, step.want) {
			t.Errorf("%s: tries %q, want %q", step.why, got, step.want)
		}
	}
	if c, _, err := d.Store.Card(t.Context(), "lab:lesson/lab"); err != nil || c.Missed.IsZero() {
		t.Errorf("no mistake: %+v, %v", c, err)
	}
}

func TestWhatIsBrokenForLongIsAFailedTry(t *testing.T) {
	t.Parallel()
	const pass, fail, waiting = protocol.Pass, protocol.Fail, protocol.Waiting
	begin := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	type step struct {
		after time.Duration
		a     protocol.Result
		ever  []string
	}
	held := []string{"a"}
	for name, tc := range map[string]struct {
		steps []step
		want  []string
	}{
		"never held":      {[]step{{0, fail, nil}, {time.Minute, pass, held}}, nil},
		"replaced":        {[]step{{0, pass, held}, {time.Second, fail, held}, {9 * time.Second, pass, held}}, nil},
		"it starts anew":  {[]step{{0, pass, held}, {time.Second, waiting, held}, {time.Minute, pass, held}}, nil},
		"broken":          {[]step{{0, pass, held}, {time.Second, fail, held}, {time.Minute, pass, held}}, held},
		"broken, waiting": {[]step{{0, pass, held}, {time.Second, fail, held}, {2 * time.Second, waiting, held}, {time.Minute, pass, held}}, held},
		"broken still":    {[]step{{0, pass, held}, {time.Second, fail, held}, {time.Minute, fail, held}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, l, says := trying(t)
			for _, s := range tc.steps {
				if err := d.keepMended(t.Context(), says(s.a, fail, s.ever...), begin.Add(s.after)); err != nil {
					t.Fatal(err)
				}
			}
			if got := tries(t, d, l); !slices.Equal(got, tc.want) {
				t.Errorf("tries %q, want %q", got, tc.want)
			}
		})
	}
}

// The time of an attempt during which the cluster slept is not known.
func TestSleepIsNotWork(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	for name, tc := range map[string]struct{ up, want time.Duration }{
		"up before it began":   {-time.Hour, time.Minute},
		"woken in between":     {30 * time.Second, 0},
		"woken after the pass": {2 * time.Minute, time.Minute},
	} {
		d := &Desk{Labs: &cluster{since: begun.Add(tc.up)}}
		if got := d.took(t.Context(), protocol.Attempt{Started: begun, Passed: begun.Add(time.Minute)}); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
