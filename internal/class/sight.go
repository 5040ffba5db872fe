package class

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Limits of what learners and instructors say, in grapheme clusters.
const (
	maxCall    = 500
	maxMessage = 4000
	maxNote    = 500
	maxCaption = 200
	maxFailing = 400 // of each text of a check
	maxChecks  = 50
)

// sightEvery is how far apart a learner is told of changes at least, and
// boardEvery an instructor. Each is told of the newest, in their own goroutine, when
// they have dealt with the one before: a slow reader keeps nobody waiting.
const (
	sightEvery = 100 * time.Millisecond
	boardEvery = 250 * time.Millisecond
	boardAtAll = 3 * time.Second
)

// errGone is the end of a session.
var errGone = errors.New("the session has ended")

// ended makes the end of a session a good one.
func ended(err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// next waits until something is heard, and at least so long.
func (r *Room) next(ctx context.Context, gone <-chan struct{}, e *ear, least time.Duration) error {
	if err := wait(ctx, gone, time.After(least)); err != nil {
		return err
	}
	return wait(ctx, gone, e.heard)
}

func wait[T any](ctx context.Context, gone <-chan struct{}, c <-chan T) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-gone:
		return errGone
	case <-c:
		return nil
	}
}

// sight is what the session's learner knows of the class now.
func (p *Presence) sight() Sight {
	r := p.room
	queue := 0
	if r.o.Yard != nil && p.who != "" {
		queue = r.o.Yard.Queue(p.who)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Sight{
		Class: r.state.class.Name, Over: r.state.over, Lessons: r.state.class.lessons(),
		Countdown: r.state.countdown, Queue: queue,
	}
	if p.who == "" {
		s.Me = p.by
		return s
	}
	s.Locked = slices.Clone(r.state.locked)
	s.Resume, s.Shown = p.resume, r.picture()
	r.state.learners[p.who].shows(&s)
	r.stays[p.who].shows(&s, r.state.learners[p.who].recall)
	return s
}

func (c Class) lessons() []string {
	list := make([]string, len(c.Plan))
	for i, p := range c.Plan {
		list[i] = p.Lesson
	}
	return list
}

// picture is the screen that is shown to all; nil where none is, or nothing has
// been drawn on it yet.
func (r *Room) picture() *Screen {
	if r.showing == nil {
		return nil
	}
	s := *r.showing
	s.Caption = r.caption
	return &s
}

func (m *member) shows(s *Sight) {
	s.Me, s.Read, s.Hand = m.Name, m.read, m.call != nil
	s.Messages = slices.Clone(m.messages)
}

func (t *stay) shows(s *Sight, recall *summons) {
	if recall != nil && !t.tally.followed(recall.To, recall.at) {
		call := recall.Recall
		s.Recall = &call
	}
	var watching []string
	for _, l := range t.looks {
		switch {
		case l.over != nil:
		case l.from != nil:
			watching = append(watching, l.by)
		case s.Ask == nil:
			s.Ask = &Ask{ID: l.id, By: l.by}
		}
	}
	s.Watched = strings.Join(watching, ", ")
}

// clean makes a standing one that can be shown and kept.
func (s Standing) clean() Standing {
	s.Lab = Clean(s.Lab, maxPath)
	s.Number, s.Of, s.Passed = max(s.Number, 0), max(s.Of, 0), max(s.Passed, 0)
	failing := make([]Failing, 0, min(len(s.Failing), maxChecks))
	for _, f := range s.Failing[:min(len(s.Failing), maxChecks)] {
		failing = append(failing, Failing{
			Check: Clean(f.Check, maxID), Text: Clean(f.Text, maxFailing),
			Want: CleanLines(f.Want, maxFailing), Have: CleanLines(f.Have, maxFailing),
		})
	}
	s.Failing = failing
	return s
}
