package anki

import (
	"time"

	"kubetutor/internal/review"
)

// calendar counts days as Anki's schedulers since 2.1 do, and as the reviews here
// do: a day is a date of the learner's clock, put back by the hours after midnight
// that still belong to the day before. Day 0 is that of the collection's creation.
// See rslib/src/scheduler/timing.rs of ankitects/anki.
type calendar struct {
	created  int // number of the day of creation
	rollover int // hours
	zone     *time.Location
}

// newCalendar counts from the day that at belongs to.
func newCalendar(at time.Time, rollover int, zone *time.Location) calendar {
	return calendar{review.DayNumber(at, zone, rollover), rollover, zone}
}

// number is the number of the day that a time belongs to.
func (c calendar) number(at time.Time) int {
	return review.DayNumber(at, c.zone, c.rollover) - c.created
}

// begin is when a day begins.
func (c calendar) begin(number int) time.Time {
	return review.DayBegins(c.created+number, c.zone, c.rollover)
}
