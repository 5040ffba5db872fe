package stats_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/quick"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/stats"
)

// the course has two tracks; a has two questions and a lab, b none, c two labs.
func theCourse() *course.Course {
	storage, access := &course.Track{ID: "storage"}, &course.Track{ID: "access"}
	storage.Lessons = []*course.Lesson{
		{ID: "a", Track: storage, PageCount: 3, QuestionIDs: []string{"q1", "q2"}, LabIDs: []string{"l1"}},
		{ID: "b", Track: storage, PageCount: 2},
	}
	access.Lessons = []*course.Lesson{{ID: "c", Track: access, PageCount: 4, LabIDs: []string{"l1", "l2"}}}
	return &course.Course{Tracks: []*course.Track{storage, access}}
}

func at(hour int) time.Time { return time.Date(2026, 11, 20, hour, 0, 0, 0, time.UTC) }

func facts() stats.Facts {
	return stats.Facts{
		Lessons: map[string]progress.LessonState{
			"a":    {Page: 2, Pages: 3, Spent: 20 * time.Minute, Visited: at(9)},
			"b":    {Page: 1, Pages: 2, Spent: 5 * time.Minute, Visited: at(11)},
			"c":    {Page: 0, Pages: 4, Spent: time.Hour, Visited: at(10)},
			"gone": {Page: 1, Pages: 2, Spent: time.Hour},
		},
		Questions: map[string]progress.QuestionState{
			"a/q1": {Tries: 3, Ever: true}, "a/q2": {Tries: 1, First: true, Ever: true, Right: true}, "gone/q": {Tries: 9},
		},
		Labs: map[string]progress.LabState{
			"a/l1": {Attempts: 3, Jumps: 1, AllHints: 3, Solutions: 1},
			"c/l2": {Attempts: 1, Passed: at(10), Took: time.Minute},
		},
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	s := stats.Of(theCourse(), facts())
	want := stats.Sum{
		Lessons: stats.Count{Done: 1, All: 3}, Pages: stats.Count{Done: 6, All: 9}, Questions: stats.Count{Done: 2, All: 2}, Asked: 2, First: 1, Tries: 4,
		Labs: stats.Count{Done: 1, All: 3}, Attempts: 3, Hints: 3, Solutions: 1, Spent: 85 * time.Minute,
	}
	if s.Sum != want {
		t.Errorf("all: %+v\nwant %+v", s.Sum, want)
	}
	var sum stats.Count
	for _, track := range s.Tracks {
		sum.Done, sum.All = sum.Done+track.Sum.Lessons.Done, sum.All+track.Sum.Lessons.All
	}
	if sum != want.Lessons {
		t.Errorf("the tracks have %+v", sum)
	}
	var unfinished []string
	for _, l := range s.Unfinished {
		unfinished = append(unfinished, l.ID)
	}
	if !slices.Equal(unfinished, []string{"c", "a"}) {
		t.Errorf("unfinished: %v, want the one visited last first", unfinished)
	}
	storage, ok := s.Track("storage")
	if !ok || storage.Lessons[0].State != stats.Begun || storage.Lessons[1].State != stats.Done {
		t.Errorf("storage: %+v", storage)
	}
	if first := storage.Lessons[0].Items[0]; first.ID != "l1" || first.Tries != 2 || first.Hints != 3 {
		t.Errorf("what is not done does not come first: %+v", storage.Lessons[0].Items)
	}
	if _, ok := s.Track("network"); ok {
		t.Error("there is a track that the course does not have")
	}
}

func TestGoOn(t *testing.T) {
	t.Parallel()
	s := stats.Of(theCourse(), facts())
	if at, ok := s.Unfinished[0].GoOn(); ok {
		t.Errorf("a lesson with pages left goes on at %+v, not where it was left", at)
	}
	at, ok := s.Unfinished[1].GoOn()
	if want := (progress.Position{Lesson: "a", Page: -1, Focus: "lab:l1"}); !ok || at != want {
		t.Errorf("it goes on at %+v, want %+v", at, want)
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	c := theCourse()
	f := facts()
	a := c.Tracks[0].Lessons[0]
	f.Labs["a/l1"] = progress.LabState{Passed: at(9)}
	if got := f.State(a); got != stats.Done {
		t.Errorf("all done: %v", got)
	}
	f.Questions["a/q2"] = progress.QuestionState{Tries: 1}
	if got := f.State(a); got != stats.Begun {
		t.Errorf("a question is wrong: %v", got)
	}
	if got := (stats.Facts{}).State(a); got != stats.Untouched {
		t.Errorf("never opened: %v", got)
	}
}

func TestGatherTellsEveryError(t *testing.T) {
	t.Parallel()
	_, err := stats.Gather(t.Context(), broken{}, 7, at(9))
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{ progress.Reader }

func (broken) Lessons(context.Context) (map[string]progress.LessonState, error)     { return nil, nil }
func (broken) Questions(context.Context) (map[string]progress.QuestionState, error) { return nil, nil }
func (broken) Labs(context.Context) (map[string]progress.LabState, error)           { return nil, errBroken }
func (broken) Days(context.Context, int, time.Time) ([]progress.Day, error)         { return nil, nil }

// days makes days that end on a date; spent are minutes, the last one's last.
func days(end time.Time, spent ...int) []progress.Day {
	list := make([]progress.Day, len(spent))
	for i, m := range spent {
		list[i] = progress.Day{Date: end.AddDate(0, 0, i-len(spent)+1), Spent: time.Duration(m) * time.Minute}
	}
	return list
}

func TestLevel(t *testing.T) {
	t.Parallel()
	for minutes, want := range map[int]int{0: 0, 1: 1, 9: 1, 10: 2, 29: 2, 30: 3, 59: 3, 60: 4, 600: 4} {
		if got := stats.Level(days(at(0), minutes)[0]); got != want {
			t.Errorf("%d minutes are %d, want %d", minutes, got, want)
		}
	}
	if got := stats.Level(progress.Day{Labs: 1}); got != 1 {
		t.Errorf("a lab in no time is %d", got)
	}
}

// done reads days: x something was done, . nothing was; today is the last.
func done(days string) []bool {
	list := make([]bool, len(days))
	for i := range days {
		list[i] = days[i] == 'x'
	}
	return list
}

func TestStreak(t *testing.T) {
	t.Parallel()
	for days, want := range map[string]stats.Run{
		"": {}, ".": {}, "x": {1, 0}, "x.": {1, 0}, "..": {}, ".xxx": {3, 0}, "xxx.": {3, 0},
		"x..":  {1, 1}, // yesterday is forgiven while today is not over
		"x...": {}, "x.xx.": {3, 1}, "xx..xx": {2, 0},
		"x.xxxxxx.x":     {8, 2}, // the eighth and the first of eight days
		"x.xxxxx.x":      {6, 1}, // two of seven
		"xxxx.x.x":       {2, 1}, // the one nearest to today is forgiven
		"x.xxxxx.":       {6, 1}, // today is not missed before it is over
		".xx":            {2, 0},
		"x......xxxxxxx": {7, 0},
	} {
		if got := stats.Streak(done(days)); got != want {
			t.Errorf("%q: %+v, want %+v", days, got, want)
		}
	}
}

// In a run no seven days have two that were missed, and it could not begin
// earlier.
func TestStreakForgivesOneOfSeven(t *testing.T) {
	t.Parallel()
	err := quick.Check(func(done []bool) bool {
		end := len(done)
		if end > 0 && !done[end-1] {
			end--
		}
		r := stats.Streak(done)
		begin := end - r.Days - r.Forgiven
		if r.Days == 0 {
			return r.Forgiven == 0 && (end == 0 || !done[end-1])
		}
		missed := missing(done, begin, end)
		if !done[begin] || len(missed) != r.Forgiven || !apart(missed) {
			return false
		}
		if begin > 0 && done[begin-1] {
			return false
		}
		return begin < 2 || !done[begin-2] || !apart(append([]int{begin - 1}, missed...))
	}, &quick.Config{MaxCount: 2000})
	if err != nil {
		t.Error(err)
	}
}

func missing(done []bool, begin, end int) (list []int) {
	for i := begin; i < end; i++ {
		if !done[i] {
			list = append(list, i)
		}
	}
	return list
}

// apart tells whether any two days are at least a week apart.
func apart(days []int) bool {
	for i := 1; i < len(days); i++ {
		if days[i]-days[i-1] < 7 {
			return false
		}
	}
	return true
}

func TestStreakOfEverything(t *testing.T) {
	t.Parallel()
	s := stats.Stats{Days: days(at(0), 5, 0, 5, 5, 0)}
	if got := s.Streak(); got != (stats.Run{Days: 3, Forgiven: 1}) {
		t.Errorf("got %+v", got)
	}
}
