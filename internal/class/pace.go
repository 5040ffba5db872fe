package class

import (
	"math"
	"slices"
	"time"
)

// Pace against plan.
//
// The plan is a line of minutes: its lessons one after the other, each as long as
// planned, its pages of equal length. Where the plan has the room is the time that
// the class has been held: while anybody was here, so that nights and breaks in
// which all leave do not count. Where a learner is, is the furthest page of the
// furthest lesson of the plan that they have opened: who looks something up in an
// earlier lesson has lost nothing. A page that is open is not done yet; the last one
// is once the lesson's questions were right and its labs passed.
//
// The median is taken over those who are here; of an even number it is the lower
// one, so that half of the room is at least there.

// pace compares the median learner with the plan. Ahead is in minutes, positive
// where they are behind. Who is through cannot be behind.
func (v view) pace() (ahead int, median, planned Place) {
	all := v.state.class.minutes()
	held := v.state.held.sum(v.now)
	planned = v.placeAt(held)
	var here []time.Duration
	for _, s := range v.live.stays {
		if len(s.sessions) > 0 {
			here = append(here, v.position(s.tally))
		}
	}
	if len(here) == 0 {
		return 0, Place{}, planned
	}
	slices.Sort(here)
	at := here[(len(here)-1)/2]
	if at >= all {
		held = min(held, all)
	}
	return int(math.Round((held - at).Minutes())), v.placeAt(at), planned
}

// placeAt is the page at so much of the plan; the last one behind its end.
func (v view) placeAt(at time.Duration) (p Place) {
	for _, planned := range v.state.class.Plan {
		minutes, pages := time.Duration(planned.Minutes)*time.Minute, v.pages(planned.Lesson)
		if at < minutes {
			return Place{Lesson: planned.Lesson, Page: 1 + int(int64(at)*int64(pages)/int64(minutes))}
		}
		at -= minutes
		p = Place{Lesson: planned.Lesson, Page: pages}
	}
	return p
}

// position is how far into the plan a learner has come.
func (v view) position(t *tally) (at time.Duration) {
	var before time.Duration
	for _, planned := range v.state.class.Plan {
		minutes := time.Duration(planned.Minutes) * time.Minute
		if page := t.furthest[planned.Lesson]; page > 0 {
			pages := v.pages(planned.Lesson)
			// Rounded up, so that the place at this time is the page itself.
			at = before + (minutes*time.Duration(min(page, pages)-1)+time.Duration(pages)-1)/time.Duration(pages)
			if v.done(planned.Lesson, t) {
				at = before + minutes
			}
		}
		before += minutes
	}
	return at
}

// done tells whether a lesson is done: its last page opened, all its questions right
// once, all its labs passed.
func (v view) done(lesson string, t *tally) bool {
	l := v.o.lesson(lesson)
	if l == nil || t.furthest[lesson] < v.pages(lesson) {
		return false
	}
	for _, id := range l.QuestionIDs {
		if !t.answered[lesson+"/"+id] {
			return false
		}
	}
	for _, id := range l.LabIDs {
		if !t.passed[lesson+"/"+id] {
			return false
		}
	}
	return true
}

// through tells whether somebody has done all lessons of the plan.
func (v view) through(t *tally) bool {
	return !slices.ContainsFunc(v.state.class.Plan, func(p Planned) bool { return !v.done(p.Lesson, t) })
}
