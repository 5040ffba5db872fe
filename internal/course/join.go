package course

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Join returns a course with the tracks of c and, after them, those of pack. It
// refuses a pack that has a track or a lesson of an id that c has already: what
// learners did hangs on ids. Of a term that both explain, c's explanation
// counts. Neither of the two is changed; the lessons are theirs.
func Join(c, pack *Course) (*Course, error) {
	if err := apart(c, pack); err != nil {
		return nil, err
	}
	joined := &Course{
		Tracks:  slices.Concat(c.Tracks, pack.Tracks),
		lessons: map[string]*Lesson{},
		order:   slices.Concat(c.order, pack.order),
	}
	for _, l := range joined.order {
		joined.lessons[l.ID] = l
	}
	joined.glossary = sync.OnceValues(func() (*Glossary, error) {
		first, err := c.Glossary()
		second, err2 := pack.Glossary()
		return newGlossary(slices.Concat(first.Terms(), second.Terms())), errors.Join(err, err2)
	})
	return joined, nil
}

// apart checks that two courses have no id in common.
func apart(c, pack *Course) error {
	for _, l := range pack.order {
		if other, twice := c.lessons[l.ID]; twice {
			return fmt.Errorf("there is a lesson %q in the track %s already: ids are unique in all courses that are used together", l.ID, other.Track.ID)
		}
	}
	for _, t := range pack.Tracks {
		if slices.ContainsFunc(c.Tracks, func(o *Track) bool { return o.ID == t.ID }) {
			return fmt.Errorf("there is a track %q already: ids are unique in all courses that are used together", t.ID)
		}
	}
	return nil
}
