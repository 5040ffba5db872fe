package review

import (
	"sort"
	"time"
)

// calendar tells which day it is for the learner: days are those of a zone, and
// end at an hour of its clock.
type calendar struct {
	zone     *time.Location
	rollover int // hour
}

// number is the number of a moment's day: one more each day, whatever the clocks
// do at night.
func (c calendar) number(t time.Time) int {
	t = t.In(c.zone)
	y, m, d := t.Date()
	if t.Hour() < c.rollover {
		d--
	}
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// begin is the first moment of a day. Clocks may be put forward over the
// rollover hour, or back over it: what counts is the first moment that has the
// day's number.
func (c calendar) begin(day int) time.Time {
	const slack = 4 * 3600 // seconds; no zone puts its clocks further
	around := time.Date(1970, 1, 1+day, c.rollover, 0, 0, 0, c.zone).Unix() - slack
	after := sort.Search(2*slack, func(s int) bool {
		return c.number(time.Unix(around+int64(s), 0)) >= day
	})
	return time.Unix(around+int64(after), 0).In(c.zone)
}

// between is how many days lie between two moments, 0 where the second is the
// earlier one: a clock was put back.
func (c calendar) between(a, b time.Time) int {
	if a.IsZero() {
		return 0
	}
	return max(0, c.number(b)-c.number(a))
}

// DayNumber is the number of the day to which a moment belongs, for a learner in
// a zone whose days end at the rollover hour: one more each day.
func DayNumber(t time.Time, zone *time.Location, rollover int) int {
	return calendar{zone, rollover}.number(t)
}

// DayBegins is the first moment of the day with that number.
func DayBegins(day int, zone *time.Location, rollover int) time.Time {
	return calendar{zone, rollover}.begin(day)
}
