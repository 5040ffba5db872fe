// Package stats says how far a learner has come: by track, by lesson, by
// question and lab, and by day. It computes from a course and from what
// progress remembers, and knows neither a screen nor a file.
package stats

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// Facts are what the progress tells. Days are the last ones, oldest first.
type Facts struct {
	Lessons   map[string]progress.LessonState
	Questions map[string]progress.QuestionState // by LESSON/QUESTION
	Labs      map[string]progress.LabState      // by LESSON/LAB
	Days      []progress.Day
}

// Gather asks for what is known, and for the last days by the clock of now.
func Gather(ctx context.Context, r progress.Reader, days int, now time.Time) (f Facts, err error) {
	var errs [4]error
	f.Lessons, errs[0] = r.Lessons(ctx)
	f.Questions, errs[1] = r.Questions(ctx)
	f.Labs, errs[2] = r.Labs(ctx)
	f.Days, errs[3] = r.Days(ctx, days, now)
	return f, errors.Join(errs[:]...)
}

// State says how far a lesson is.
type State int

// A lesson is done when its last page has been read, every question was answered
// right once, and every lab was passed.
const (
	Untouched State = iota
	Begun
	Done
)

// String is untouched, begun or done.
func (s State) String() string { return [...]string{"untouched", "begun", "done"}[s] }

// State says how far a lesson is.
func (f Facts) State(l *course.Lesson) State {
	s, ok := f.Lessons[l.ID]
	switch {
	case !ok:
		return Untouched
	case s.Pages == 0 || s.Page+1 < s.Pages:
		return Begun
	}
	for _, id := range l.QuestionIDs {
		if !f.Questions[l.ID+"/"+id].Ever {
			return Begun
		}
	}
	for _, id := range l.LabIDs {
		if f.Labs[l.ID+"/"+id].Passed.IsZero() {
			return Begun
		}
	}
	return Done
}

// Count is how many of all.
type Count struct {
	Done int `json:"done"`
	All  int `json:"all"`
}

func (c Count) plus(o Count) Count { return Count{c.Done + o.Done, c.All + o.All} }

// Left is how many are missing.
func (c Count) Left() int { return c.All - c.Done }

// Sum is what was done in a lesson, in a track, or in all.
type Sum struct {
	Lessons   Count         // done
	Pages     Count         // read
	Questions Count         // answered right at least once
	Asked     int           // questions that were answered
	First     int           // of them, right with the first answer
	Tries     int           // answers
	Labs      Count         // passed
	Attempts  int           // at labs, without jumps past them
	Hints     int           // shown, in all attempts
	Solutions int           // attempts in which the solution was shown before they passed
	Spent     time.Duration // reading, answering and working
}

func (s Sum) plus(o Sum) Sum {
	return Sum{
		Lessons: s.Lessons.plus(o.Lessons), Pages: s.Pages.plus(o.Pages), Questions: s.Questions.plus(o.Questions),
		Asked: s.Asked + o.Asked, First: s.First + o.First, Tries: s.Tries + o.Tries,
		Labs: s.Labs.plus(o.Labs), Attempts: s.Attempts + o.Attempts, Hints: s.Hints + o.Hints, Solutions: s.Solutions + o.Solutions,
		Spent: s.Spent + o.Spent,
	}
}

// Item is a question or a lab of a lesson.
type Item struct {
	ID        string
	Lab       bool // else a question
	Done      bool // right once, or passed
	First     bool // right with the first answer
	Pending   bool // the newest answer waits for a judge
	Tries     int  // answers, or attempts
	Hints     int
	Solutions int
	Took      time.Duration // of the first attempt that passed
}

// Lesson is how one lesson stands. Its items are in the lesson's order, those
// that are not done first.
type Lesson struct {
	*course.Lesson
	Sum
	State State
	Items []Item
}

// Track is how the lessons of a track stand.
type Track struct {
	*course.Track
	Sum
	Lessons []Lesson
}

// Stats is how far a learner has come.
type Stats struct {
	Sum
	Tracks     []Track
	Unfinished []Lesson // begun and not done, the one visited last first
	Days       []progress.Day
}

// Of computes how a learner of a course stands.
func Of(c *course.Course, f Facts) Stats {
	s := Stats{Days: f.Days}
	for _, t := range c.Tracks {
		track := Track{Track: t}
		for _, l := range t.Lessons {
			lesson := f.lesson(l)
			track.Lessons = append(track.Lessons, lesson)
			track.Sum = track.plus(lesson.Sum)
			if lesson.State == Begun {
				s.Unfinished = append(s.Unfinished, lesson)
			}
		}
		s.Tracks = append(s.Tracks, track)
		s.Sum = s.plus(track.Sum)
	}
	slices.SortStableFunc(s.Unfinished, func(a, b Lesson) int {
		return f.Lessons[b.ID].Visited.Compare(f.Lessons[a.ID].Visited)
	})
	return s
}

func (f Facts) lesson(l *course.Lesson) Lesson {
	out := Lesson{Lesson: l, State: f.State(l)}
	read, opened := f.Lessons[l.ID]
	out.Lessons = Count{one(out.State == Done), 1}
	out.Pages = Count{All: l.PageCount}
	if opened {
		out.Pages.Done = min(read.Page+1, l.PageCount)
	}
	out.Spent = read.Spent
	for _, id := range l.QuestionIDs {
		out.question(id, f.Questions[l.ID+"/"+id])
	}
	for _, id := range l.LabIDs {
		out.lab(id, f.Labs[l.ID+"/"+id])
	}
	slices.SortStableFunc(out.Items, func(a, b Item) int { return cmp.Compare(one(a.Done), one(b.Done)) })
	return out
}

func (l *Lesson) question(id string, q progress.QuestionState) {
	l.Items = append(l.Items, Item{ID: id, Done: q.Ever, First: q.First, Pending: q.Pending, Tries: q.Tries})
	l.Questions = l.Questions.plus(Count{one(q.Ever), 1})
	l.Asked += one(q.Tries > 0)
	l.First += one(q.First)
	l.Tries += q.Tries
}

func (l *Lesson) lab(id string, s progress.LabState) {
	passed := !s.Passed.IsZero()
	tries := s.Attempts - s.Jumps // who begins after the solution does not try
	l.Items = append(l.Items, Item{ID: id, Lab: true, Done: passed, Tries: tries, Hints: s.AllHints, Solutions: s.Solutions, Took: s.Took})
	l.Labs = l.Labs.plus(Count{one(passed), 1})
	l.Attempts += tries
	l.Hints += s.AllHints
	l.Solutions += s.Solutions
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Track finds a track by its id.
func (s Stats) Track(id string) (Track, bool) {
	i := slices.IndexFunc(s.Tracks, func(t Track) bool { return t.ID == id })
	if i < 0 {
		return Track{}, false
	}
	return s.Tracks[i], true
}

// TrackIDs lists the tracks.
func (s Stats) TrackIDs() []string {
	ids := make([]string, len(s.Tracks))
	for i, t := range s.Tracks {
		ids[i] = t.ID
	}
	return ids
}

// GoOn is where to go on in a lesson that is not done: where it was left while
// pages are missing, else at the first question or lab that is. ok is false
// where it was left.
func (l Lesson) GoOn() (at progress.Position, ok bool) {
	if l.Pages.Left() > 0 || len(l.Items) == 0 || l.Items[0].Done {
		return progress.Position{}, false
	}
	return l.At(l.Items[0]), true
}

// At is the place of a question or a lab. Its page is that of the focus, which
// only the lesson's text knows.
func (l Lesson) At(i Item) progress.Position {
	focus := "quiz:"
	if i.Lab {
		focus = "lab:"
	}
	return progress.Position{Lesson: l.ID, Page: -1, Focus: focus + i.ID}
}
