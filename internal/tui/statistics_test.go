package tui_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/tui"
)

// story is the store of somebody who has been learning for some weeks.
type story struct{ *fakeStore }

func (story) Lessons(context.Context) (map[string]progress.LessonState, error) {
	return map[string]progress.LessonState{claim: {Page: 2, Pages: 3, Spent: 95 * time.Minute, Visited: evening()}}, nil
}

func (story) Questions(context.Context) (map[string]progress.QuestionState, error) {
	return map[string]progress.QuestionState{
		claim + "/scope":        {Tries: 1, First: true, Right: true, Ever: true},
		claim + "/pending-why":  {Tries: 3, Right: true, Ever: true},
		claim + "/smallest-fit": {Tries: 2},
		claim + "/write-claim":  {Tries: 1, Pending: true},
	}, nil
}

func (story) Labs(context.Context) (map[string]progress.LabState, error) {
	return map[string]progress.LabState{claim + "/bind-claim": {Attempts: 2, AllHints: 3, Solutions: 1}}, nil
}

// Days has more to do towards the end, and nothing on Sundays.
func (story) Days(_ context.Context, n int, now time.Time) ([]progress.Day, error) {
	days := make([]progress.Day, n)
	for i := range days {
		days[i].Date = now.AddDate(0, 0, i-n+1)
		if days[i].Date.Weekday() != time.Sunday && i > n/3 {
			days[i].Spent = time.Duration(i*i%100) * time.Minute
			days[i].Answers = 1
		}
	}
	return days, nil
}

// learned are options with a story.
func learned(o *tui.Options) { o.Store = story{&fakeStore{}} }

func TestStatisticsFromHome(t *testing.T) {
	t.Parallel()
	o := small(t)
	learned(&o)
	s := newSim(t, o, 80, 40)
	s.press("down", "down", "down", "enter")
	s.shows("Statistics", "lessons 0 of 1", "questions right 2 of", "right at once 1", "hints 3", "solutions seen 1", "1 h 35 min", "Unfinished", "labs left 1")
	s.press("esc")
	s.shows("Good evening.")
	s.press("S")
	s.shows("By track")
}

func TestStatisticsUnfold(t *testing.T) {
	t.Parallel()
	o := small(t)
	learned(&o)
	s := newSim(t, o, 120, 60)
	s.press("S", "down", "enter", "down", "right")
	s.shows("- Storage", "Lab: Create a claim that binds to shelf", "not passed yet, attempts 2", "Question scope", "right at once", "right, answers 3", "kept, not judged yet")
	screen := s.screen()
	if strings.Index(screen, "Question smallest-fit") > strings.Index(screen, "Question scope") {
		t.Errorf("what is not done does not come first:\n%s", screen)
	}
	s.press("down", "left")
	s.hides("Question scope")
	if line := lineWith(s.screen(), "▸"); !strings.Contains(line, "How a claim") {
		t.Errorf("the cursor is at %q", line)
	}
	s.press("left", "left")
	s.shows("+ Storage")
}

func TestStatisticsGoThere(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	learned(&o)
	o.Lab = l
	s := newSim(t, o, 100, 40)
	s.press("S", "enter") // all pages are read: the first question that is not right
	s.shows("Which volume does it bind to?")
	s = newSim(t, o, 100, 40)
	s.press("S", "down", "right", "down", "right")
	for range 20 {
		if strings.Contains(lineWith(s.screen(), "▸"), "Lab: ") {
			break
		}
		s.press("down")
	}
	s.press("enter")
	s.shows("Press enter to start the lab.")
}

func TestStatisticsCannotBeRead(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Store = unreadable{&fakeStore{}}
	s := newSim(t, o, 80, 24)
	s.press("S")
	s.shows("the disk is gone")
}

var errGone = errors.New("the disk is gone")

type unreadable struct{ *fakeStore }

func (unreadable) Labs(context.Context) (map[string]progress.LabState, error) {
	return nil, errGone
}
