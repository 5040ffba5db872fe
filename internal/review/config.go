package review

import (
	"errors"
	"fmt"
	"time"
)

// Config says how reviews are made.
type Config struct {
	New        int             // at most so many new cards a day
	Limit      int             // at most so many reviews a day; new cards and steps are not counted
	Labs       int             // at most so many hands-on cards a day
	Retention  float64         // how likely a card should be known when it is asked, 0.7 to 0.99
	Steps      []time.Duration // of learning
	Relearning []time.Duration // steps after a lapse
	Rollover   int             // hour at which a day ends, 0 to 23
	Leech      int             // so many lapses make a leech; 0: none
	Bury       bool            // siblings of a card wait till tomorrow
	Max        time.Duration   // the longest interval, whole days
}

const day = 24 * time.Hour

// DefaultConfig returns what holds where the learner has set nothing.
func DefaultConfig() Config {
	return Config{
		New: 10, Limit: 200, Labs: 2,
		Retention:  0.9,
		Steps:      []time.Duration{time.Minute, 10 * time.Minute},
		Relearning: []time.Duration{10 * time.Minute},
		Rollover:   4, Leech: 8, Bury: true,
		Max: 36500 * day,
	}
}

// Validate says what is wrong with it.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(c.New >= 0 && c.Limit >= 0 && c.Labs >= 0, "new, limit and labs are numbers from 0")
	check(c.Retention >= 0.7 && c.Retention <= 0.99, "retention is from 0.7 to 0.99, not %v", c.Retention)
	check(c.Rollover >= 0 && c.Rollover < 24, "rollover is an hour from 0 to 23, not %d", c.Rollover)
	check(c.Leech >= 0, "leech is a number from 0, not %d", c.Leech)
	check(c.Max >= day && c.Max <= 36500*day, "the longest interval is from 1 to 36500 days")
	for _, s := range append(append([]time.Duration(nil), c.Steps...), c.Relearning...) {
		check(s >= time.Second && s < day, "a step is from 1s to less than 24h, not %s", s)
	}
	return errors.Join(errs...)
}
