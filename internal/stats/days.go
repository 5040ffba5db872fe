package stats

import (
	"time"

	"kubetutor/internal/progress"
)

// Weeks is how many weeks the interfaces look back.
const Weeks = 26

// Level is how much was done on a day: 0 nothing, 1 less than 10 minutes, 2 less
// than 30, 3 less than 60, 4 an hour and more. A day on which something was
// answered or passed is at least 1.
func Level(d progress.Day) int {
	switch {
	case d.Spent >= time.Hour:
		return 4
	case d.Spent >= 30*time.Minute:
		return 3
	case d.Spent >= 10*time.Minute:
		return 2
	case d.Spent > 0 || d.Answers+d.Labs > 0:
		return 1
	}
	return 0
}

// Run is a run of days on which something was done.
type Run struct {
	Days     int `json:"days"`     // on which something was done
	Forgiven int `json:"forgiven"` // missed, and forgiven
}

// forgiving is how far apart two missed days of a run are at least: of any seven
// days in a row one may be missed.
const forgiving = 7

// Streak is the run that is not over: it reaches up to today, or up to yesterday
// while nothing has been done today, and it goes back as long as of any seven
// days in a row no more than one was missed. A missed day counts for nothing
// itself. Days are consecutive, oldest first, today last; each tells whether
// something was done.
func Streak(done []bool) (r Run) {
	i := len(done) - 1
	if i >= 0 && !done[i] {
		i--
	}
	missed, open := len(done)+forgiving, 0 // the day missed last, from behind, and whether the run has gone on since
	for ; i >= 0; i-- {
		switch {
		case done[i]:
			r.Days++
			r.Forgiven += open
			open = 0
		case missed-i < forgiving:
			return r
		default:
			missed, open = i, 1
		}
	}
	return r
}

// Streak is the run of the days on which anything was done.
func (s Stats) Streak() Run {
	done := make([]bool, len(s.Days))
	for i, d := range s.Days {
		done[i] = Level(d) > 0
	}
	return Streak(done)
}
