package course

import (
	"fmt"
	"weak"
)

// Body loads pages, questions and labs. As long as somebody uses them, everyone
// gets the same ones; then they are let go, so that a course takes the memory of
// the lessons that are open, not of all of them. What is wrong in the lesson's
// files is returned as [Faults]; then there is no body. It is safe for
// concurrent use.
func (l *Lesson) Body() (*Body, error) {
	if l.kept != nil {
		return l.kept, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.lately.Value(); b != nil {
		return b, nil
	}
	b, err := l.load()
	if err != nil {
		return nil, fmt.Errorf("opening the lesson %s: %w", l.ID, err)
	}
	l.lately = weak.Make(b)
	return b, nil
}

func (l *Lesson) load() (b *Body, err error) {
	var faults Faults
	err = l.src.read(func(r *reader) {
		b = r.body(l)
		faults = r.faults
	})
	if err == nil && len(faults) > 0 {
		err = faults.Sort()
	}
	return b, err
}
