package anki

import "time"

// calendar counts days as Anki's schedulers since 2.1 do: a day is a date of the
// learner's clock, put back by the hours after midnight that still belong to the
// day before. Day 0 is that of the collection's creation. See
// rslib/src/scheduler/timing.rs of ankitects/anki.
type calendar struct {
	created  time.Time // midnight UTC of the date of creation
	rollover int       // hours
	zone     *time.Location
}

// newCalendar counts from the day that at belongs to.
func newCalendar(at time.Time, rollover int, zone *time.Location) calendar {
	c := calendar{rollover: rollover, zone: zone}
	c.created = c.date(at)
	return c
}

// date is the date of the day that a time belongs to, as midnight UTC.
func (c calendar) date(at time.Time) time.Time {
	y, m, d := at.In(c.zone).Date()
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if at.In(c.zone).Hour() < c.rollover {
		date = date.AddDate(0, 0, -1)
	}
	return date
}

// number is the number of the day that a time belongs to.
func (c calendar) number(at time.Time) int {
	return int(c.date(at).Sub(c.created) / day)
}

// begin is when a day begins.
func (c calendar) begin(number int) time.Time {
	y, m, d := c.created.AddDate(0, 0, number).Date()
	return time.Date(y, m, d, c.rollover, 0, 0, 0, c.zone)
}

// Days is how many days of the learner's lie between two moments, in the zone of
// the second.
func Days(from, to time.Time, rollover int) int {
	return newCalendar(from, rollover, to.Location()).number(to)
}
