package insight

import (
	"time"

	"kubetutor/internal/review"
)

// Clock tells the learner's days apart, as reviews count them: a day begins at the
// rollover hour by the clock on the learner's wall, so that a review at two in the
// morning belongs to the evening before.
type Clock struct {
	Now      time.Time // in the learner's zone
	Rollover int       // hour, 0 to 23
}

// ClockOf is the clock of a desk, now.
func ClockOf(d *review.Desk) Clock {
	now := time.Now
	if d.Now != nil {
		now = d.Now
	}
	return Clock{now(), d.Config.Rollover}
}

// Day is a date of the learner's calendar: so many days since 1970-01-01.
type Day int

const secondsOfDay = 24 * 60 * 60

// Day is the day to which a moment belongs.
func (c Clock) Day(t time.Time) Day { return Day(review.DayNumber(t, c.Now.Location(), c.Rollover)) }

// Today is the day that is now.
func (c Clock) Today() Day { return c.Day(c.Now) }

// Begins is the first moment of a day.
func (c Clock) Begins(d Day) time.Time {
	return review.DayBegins(int(d), c.Now.Location(), c.Rollover)
}

// Date is the day's date, midnight in UTC.
func (d Day) Date() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }
