package class

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// namePattern is what a class may be called: its name is that of its directory.
var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Limits of a class.
const (
	maxPlan    = 200
	maxMinutes = 24 * 60 // of a lesson
)

// check says what is wrong with a class that is to be made.
func (c Class) check() error {
	if !namePattern.MatchString(c.Name) {
		return fmt.Errorf("the name %q: use 1 to 63 lower-case letters, digits and dashes", c.Name)
	}
	if len(c.Plan) == 0 || len(c.Plan) > maxPlan {
		return fmt.Errorf("a class has 1 to %d lessons, not %d", maxPlan, len(c.Plan))
	}
	planned := map[string]bool{}
	for _, p := range c.Plan {
		switch {
		case !(Place{Lesson: p.Lesson}).sound():
			return fmt.Errorf("%q cannot be a lesson", p.Lesson)
		case planned[p.Lesson]:
			return fmt.Errorf("the lesson %s is planned twice", p.Lesson)
		case p.Minutes < 1 || p.Minutes > maxMinutes:
			return fmt.Errorf("the lesson %s takes %d minutes: plan 1 to %d", p.Lesson, p.Minutes, maxMinutes)
		}
		planned[p.Lesson] = true
	}
	return checkRoster(c.Roster)
}

func checkRoster(roster []Entry) error {
	if len(roster) > maxLearners {
		return fmt.Errorf("a roster has at most %d names", maxLearners)
	}
	seen := map[string]string{}
	for _, e := range roster {
		name, err := Name(e.Name)
		if err == nil && name != e.Name || Clean(e.Note, maxNote) != e.Note {
			err = errors.New("it is not as ReadRoster makes it")
		}
		if err != nil {
			return fmt.Errorf("the name %q on the roster: %w", e.Name, err)
		}
		if first, ok := seen[NameKey(name)]; ok {
			return fmt.Errorf("the roster has %q and %q, which are the same", first, name)
		}
		seen[NameKey(name)] = name
	}
	return nil
}

// entry finds somebody on the roster.
func (c Class) entry(name string) (Entry, bool) {
	key := NameKey(name)
	for _, e := range c.Roster {
		if NameKey(e.Name) == key {
			return e, true
		}
	}
	return Entry{}, false
}

// noted is what the roster says of somebody.
func (c Class) noted(name string) string {
	e, _ := c.entry(name)
	return e.Note
}

// plans tells whether a lesson is in the plan.
func (c Class) plans(lesson string) bool {
	return slices.ContainsFunc(c.Plan, func(p Planned) bool { return p.Lesson == lesson })
}

// minutes is how long all of the plan is meant to take.
func (c Class) minutes() time.Duration {
	var all int
	for _, p := range c.Plan {
		all += p.Minutes
	}
	return time.Duration(all) * time.Minute
}
