package review

import (
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// LabTry is how a lab went that was done again.
type LabTry struct {
	Took   time.Duration // from the beginning to the pass; 0 where that is not known
	Usual  time.Duration // how long it takes the learner otherwise, see [UsualLab]
	Hints  int           // that were shown
	Failed int           // tries that failed: see progress.Failed; an attempt begun anew is one
	// Solution and Jumped: the solution was shown, or run.
	Solution, Jumped bool
	GaveUp           bool // it was not passed
}

// How a lab that was passed without help is rated.
const (
	slow      = 2 // so many times the usual time, or longer, is Hard
	manyTries = 3 // so many failed tries, or more, are Hard
	fast      = 2 // so many times faster than usual, at the first try, is Easy
)

// SuggestLab gives the rating that a lab done again speaks for: Again where the
// learner needed help or gave up. Otherwise Hard if it took twice the usual time
// or three failed tries, Easy if it took less than half that time and no try
// failed, else Good. A time that is not known makes nothing of it.
func SuggestLab(t LabTry) Rating {
	timed := t.Took > 0 && t.Usual > 0
	switch {
	case t.GaveUp, t.Jumped, t.Solution, t.Hints > 0:
		return Again
	case t.Failed >= manyTries, timed && t.Took >= slow*t.Usual:
		return Hard
	case timed && t.Failed == 0 && t.Took < t.Usual/fast:
		return Easy
	}
	return Good
}

// TryOf tells how a lab of a lesson went, from how it stood before the attempt
// began and how it stands in the end.
func TryOf(l *course.Lesson, before, after progress.LabState) LabTry {
	try := LabTry{
		Usual:    UsualLab(l, before),
		Hints:    after.AllHints - before.AllHints,
		Failed:   len(after.Failed) + max(after.Attempts-before.Attempts-1, 0),
		Solution: after.Solutions > before.Solutions,
		Jumped:   after.Jumps > before.Jumps,
		GaveUp:   after.PassedIn <= before.Attempts,
	}
	if !try.GaveUp {
		try.Took = after.LastTook
	}
	return try
}

// labShare is how much of a lesson's minutes goes into its labs.
const labShare = 0.5

// UsualLab is how long a lab of a lesson takes the learner: the longer of their
// first and their newest time, but at most twice the lab's share of the lesson's
// minutes, because a time may have a coffee break in it. Without an own time it
// is that share. It is at least a minute.
func UsualLab(l *course.Lesson, s progress.LabState) time.Duration {
	share := time.Duration(labShare * float64(l.Minutes) / float64(max(len(l.LabIDs), 1)) * float64(time.Minute))
	usual := share
	if own := max(s.Took, s.LastTook); own > 0 {
		usual = min(own, 2*share)
	}
	return max(usual, time.Minute)
}
