// Package insight says how reviews go: how often and how long, how much is
// recalled, how well the schedule predicts it, and what comes. It computes from
// the log of reviews and the cards, and draws nothing.
//
// A review is a rating in a session, or one that was imported. Mistakes elsewhere
// that make a card lapse are none: only failures come from there, and they would
// make the recall look worse than it is.
package insight

import (
	"time"

	"kubetutor/internal/chart"
	"kubetutor/internal/stats"
)

// Weeks is how many weeks the calendar looks back.
const Weeks = 53

// Ahead is how many days the forecast looks forward, today included.
const Ahead = 30

// Insight says how the reviews of a track, or of all, go.
type Insight struct {
	Track       string // ID; "" for all
	Today       Day
	Days        []Daily // of the last weeks, consecutive, oldest first, today last
	Total       Sum     // since the first review
	Studied     int     // days on which something was reviewed
	Streak      stats.Run
	Forecast    Forecast
	Recall      Recall  // of all reviews in which the memory was put to the test
	Tracks      []Group // the recall by track, in the course's order
	Months      []Group // by month, oldest first; the last twelve
	Cards       Cards
	Stability   Stability
	Calibration Calibration
	Retention   float64 // the one that is aimed at
}

// Sum counts reviews.
type Sum struct {
	Reviews int
	Again   int // of them, how many were rated so
	Spent   time.Duration
}

func (s *Sum) add(r rating) {
	s.Reviews++
	if !r.recalled {
		s.Again++
	}
	s.Spent += r.took
}

// Daily is what was reviewed on one day.
type Daily struct {
	Day
	Sum
}

// Level is how much a day had, for a heat map: 0 nothing, 1 less than 10 reviews,
// 2 less than 30, 3 less than 60, 4 sixty and more.
func (d Daily) Level() int {
	switch n := d.Reviews; {
	case n >= 60:
		return 4
	case n >= 30:
		return 3
	case n >= 10:
		return 2
	case n > 0:
		return 1
	}
	return 0
}

// Heat are the days as a heat map has them.
func (i Insight) Heat() []chart.Day {
	list := make([]chart.Day, len(i.Days))
	for n, d := range i.Days {
		list[n] = chart.Day{Date: d.Date(), Level: d.Level()}
	}
	return list
}

// Recall is how many cards in review were recalled, of those that were asked a
// day or more after their last rating. Anki calls this true retention.
type Recall struct {
	Asked, Recalled int
}

// Share is the part that was recalled, 0 to 1; ok is false where nothing was
// asked.
func (r Recall) Share() (share float64, ok bool) {
	if r.Asked == 0 {
		return 0, false
	}
	return float64(r.Recalled) / float64(r.Asked), true
}

func (r *Recall) add(recalled bool) {
	r.Asked++
	if recalled {
		r.Recalled++
	}
}

// Group is the recall of a track, by its ID, or of a month, written 2026-11.
type Group struct {
	ID string
	Recall
}

// Forecast says how many cards become due, as things stand: cards that are new
// now are in no number, and each card counts once.
type Forecast struct {
	Backlog int        // were due before today
	Days    [Ahead]int // are due on the day, from today on
	Later   int
}

// Due is how many are due today, those of the days before included.
func (f Forecast) Due() int { return f.Backlog + f.Days[0] }

// Cards counts cards by stage. Suspended ones are in no stage; buried ones and
// leeches are, unless they are suspended.
type Cards struct {
	New, Learning, Young, Mature int // learning counts relearning too
	Suspended, Leeches, Buried   int
}

// mature is the stability in days from which a card counts as mature; Anki takes
// the same number for the interval.
const mature = 21

// All is how many cards there are.
func (c Cards) All() int { return c.New + c.Learning + c.Young + c.Mature + c.Suspended }

// Stability says how long cards in review last: the days after which nine of ten
// are still recalled.
type Stability struct {
	Counts [stabilityBins]int // see StabilityFrom
	Median float64            // days; 0 without cards
}

const stabilityBins = 9

// StabilityFrom are the days from which each of the counts of Stability begins.
func StabilityFrom() [stabilityBins]float64 {
	return [...]float64{0, 1, 3, 7, 14, 30, 60, 120, 365}
}
