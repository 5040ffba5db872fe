package watch

import (
	"fmt"

	"kubetutor/internal/class"
)

// audience is whom an order is for. It is settled when the instructor begins to
// write, and changes by their key only.
type audience struct {
	r     *roster
	kind  kind
	one   class.LearnerID   // under the cursor, as it was
	some  []class.LearnerID // ticked, as they were
	names map[class.LearnerID]string
}

// kind says which of the three.
type kind int

const (
	toOne kind = iota
	toSome
	toAll
	kinds // how many there are
)

// audience is those who are ticked, else the learner under the cursor; without
// one it is everybody.
func (r *roster) audience() *audience {
	a := &audience{r: r, one: r.cursor, some: r.chosen(), names: map[class.LearnerID]string{}}
	for _, row := range r.board.Rows {
		a.names[row.Learner] = row.Name
	}
	switch {
	case len(a.some) > 0:
		a.kind = toSome
	case a.one == "":
		a.kind = toAll
	}
	return a
}

// next goes on to the next kind that has somebody.
func (a *audience) next() {
	for range kinds {
		a.kind = (a.kind + 1) % kinds
		if a.kind == toAll || a.kind == toOne && a.one != "" || a.kind == toSome && len(a.some) > 0 {
			return
		}
	}
}

// to are the learners as an order names them: none means all.
func (a *audience) to() []class.LearnerID {
	switch a.kind {
	case toOne:
		return []class.LearnerID{a.one}
	case toSome:
		return a.some
	}
	return nil
}

// each are the learners one by one.
func (a *audience) each() []class.LearnerID {
	if a.kind != toAll {
		return a.to()
	}
	list := make([]class.LearnerID, len(a.r.board.Rows))
	for i, row := range a.r.board.Rows {
		list[i] = row.Learner
	}
	return list
}

// label names them.
func (a *audience) label() string {
	switch a.kind {
	case toOne:
		return a.names[a.one]
	case toSome:
		if len(a.some) == 1 {
			return a.names[a.some[0]]
		}
		return fmt.Sprintf(a.r.words.ToSome, len(a.some))
	}
	return fmt.Sprintf(a.r.words.ToAll, len(a.r.board.Rows))
}
