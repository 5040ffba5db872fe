package class

import (
	"context"
	"fmt"
	"slices"
)

// Revision changes what an instructor has set up. What is nil stays as it is.
type Revision struct {
	Plan []Planned `json:"plan,omitempty"` // the lessons in order
	// Roster names who may join from now on; an empty one: everybody who has the code.
	Roster *[]Entry `json:"roster,omitempty"`
}

// of is a class as it is after the revision.
func (v Revision) of(c Class) Class {
	if v.Plan != nil {
		c.Plan = v.Plan
	}
	if v.Roster != nil {
		c.Roster = *v.Roster
	}
	return c
}

// Revise changes the plan or the roster of a class, also while it is held: whoever
// else holds it sees that within a second. What comes of it is checked as in
// [Create]. Who has joined stays, whatever the roster says. What was done in a
// lesson that is planned no more stays too, and its locks go; in a class that began
// closed a new lesson is locked. ErrOver: the class has been ended.
func (r *Room) Revise(ctx context.Context, instructor string, v Revision) error {
	return r.write(ctx, kindRevised, "", func() (any, error) {
		if r.state.over {
			return nil, ErrOver
		}
		if err := v.of(r.state.class).check(); err != nil {
			return nil, fmt.Errorf("changing the class: %w", err)
		}
		return revised{by{instructor}, v}, nil
	})
}

func (s *state) revised(_ Event, v revised) {
	before := s.class
	s.class = v.of(s.class)
	s.locked = slices.DeleteFunc(slices.Clone(s.locked), func(p Place) bool {
		return before.plans(p.Lesson) && !s.class.plans(p.Lesson)
	})
	for _, p := range s.class.Plan {
		if s.class.Closed && !before.plans(p.Lesson) {
			s.locked = lock(s.locked, Place{Lesson: p.Lesson})
		}
	}
	for _, m := range s.learners {
		m.entry = s.class.noted(m.Name)
	}
}
