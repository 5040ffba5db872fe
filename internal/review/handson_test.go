package review

import (
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

func TestSuggestLab(t *testing.T) {
	t.Parallel()
	const usual = 4 * time.Minute
	for name, tc := range map[string]struct {
		try  LabTry
		want Rating
	}{
		"as usual":                {LabTry{Took: usual, Usual: usual}, Good},
		"fast":                    {LabTry{Took: usual/2 - 1, Usual: usual}, Easy},
		"half the time":           {LabTry{Took: usual / 2, Usual: usual}, Good},
		"fast at the second try":  {LabTry{Took: time.Minute, Usual: usual, Failed: 1}, Good},
		"nearly twice the time":   {LabTry{Took: 2*usual - 1, Usual: usual}, Good},
		"twice the time":          {LabTry{Took: 2 * usual, Usual: usual}, Hard},
		"two failed tries":        {LabTry{Took: usual, Usual: usual, Failed: 2}, Good},
		"three failed tries":      {LabTry{Took: time.Minute, Usual: usual, Failed: 3}, Hard},
		"nothing is known":        {LabTry{}, Good},
		"the cluster slept":       {LabTry{Usual: usual}, Good},
		"slept, and many tries":   {LabTry{Usual: usual, Failed: 3}, Hard},
		"nothing to compare with": {LabTry{Took: time.Hour}, Good},
		"a hint":                  {LabTry{Took: time.Minute, Usual: usual, Hints: 1}, Again},
		"the solution":            {LabTry{Took: time.Minute, Usual: usual, Solution: true}, Again},
		"a jump":                  {LabTry{Took: time.Minute, Usual: usual, Jumped: true}, Again},
		"given up":                {LabTry{Usual: usual, GaveUp: true}, Again},
	} {
		if got := SuggestLab(tc.try); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

func TestTryOf(t *testing.T) {
	t.Parallel()
	lesson := &course.Lesson{Minutes: 24, LabIDs: []string{"a", "b", "c"}}
	before := progress.LabState{Attempts: 2, PassedIn: 2, AllHints: 3, Solutions: 1, Jumps: 1, Took: 3 * time.Minute, LastTook: 2 * time.Minute}
	usual := 3 * time.Minute
	for name, tc := range map[string]struct {
		change func(*progress.LabState)
		want   LabTry
	}{
		"passed": {func(s *progress.LabState) {
			s.Attempts, s.PassedIn, s.LastTook = 3, 3, time.Minute
		}, LabTry{Took: time.Minute, Usual: usual}},
		"begun anew, and tried": {func(s *progress.LabState) {
			s.Attempts, s.PassedIn, s.LastTook, s.Failed = 5, 5, time.Minute, []string{"x"}
		}, LabTry{Took: time.Minute, Usual: usual, Failed: 3}},
		"helped": {func(s *progress.LabState) {
			s.Attempts, s.PassedIn, s.LastTook, s.AllHints, s.Solutions = 3, 3, time.Minute, 5, 2
		}, LabTry{Took: time.Minute, Usual: usual, Hints: 2, Solution: true}},
		"given up": {func(s *progress.LabState) { s.Attempts = 3 }, LabTry{Usual: usual, GaveUp: true}},
		"jumped":   {func(s *progress.LabState) { s.Attempts, s.Jumps = 3, 2 }, LabTry{Usual: usual, Jumped: true, GaveUp: true}},
	} {
		after := before
		tc.change(&after)
		if got := TryOf(lesson, before, after); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

func TestUsualLab(t *testing.T) {
	t.Parallel()
	lesson := &course.Lesson{Minutes: 24, LabIDs: []string{"a", "b", "c"}}
	for name, tc := range map[string]struct {
		lesson *course.Lesson
		state  progress.LabState
		want   time.Duration
	}{
		"its share":          {lesson, progress.LabState{}, 4 * time.Minute},
		"the longer own one": {lesson, progress.LabState{Took: 3 * time.Minute, LastTook: 2 * time.Minute}, 3 * time.Minute},
		"a break in between": {lesson, progress.LabState{Took: time.Hour}, 8 * time.Minute},
		"at least a minute":  {lesson, progress.LabState{Took: time.Second}, time.Minute},
		"a short lesson":     {&course.Lesson{Minutes: 1, LabIDs: []string{"a", "b"}}, progress.LabState{}, time.Minute},
		"no labs in sight":   {&course.Lesson{Minutes: 10}, progress.LabState{}, 5 * time.Minute},
	} {
		if got := UsualLab(tc.lesson, tc.state); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
