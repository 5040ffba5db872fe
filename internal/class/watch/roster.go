package watch

import (
	"cmp"
	"slices"
	"strings"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// roster is the list of learners. The cursor and the ticks are of learners, not of
// lines: rows come and go and change places under them, and a key still means
// whom it was shown for.
type roster struct {
	*shared
	rows   []class.Row // those shown, in order
	cursor class.LearnerID
	ticked map[class.LearnerID]bool
	only   filter
	text   string // only names with it
	order  order
	top    int // the first row in the window
	height int // of the window
}

// filter says who is shown.
type filter int

const (
	all filter = iota
	stuckOnly
	hereOnly
	awayOnly
	filters // how many there are
)

// order says who is shown first.
type order int

const (
	byNeed order = iota // as the board has them: stuck first
	byName
	byPlace // the furthest behind first
	orders  // how many there are
)

func newRoster(s *shared) *roster {
	return &roster{shared: s, ticked: map[class.LearnerID]bool{}}
}

// refresh takes a new board, or another filter or order. The learner under the
// cursor stays in the list, whatever the filter says. Where the list was scrolled,
// they stay on the same line of the window; where it was not, its beginning stays
// in sight, for who needs help comes in there.
func (r *roster) refresh() {
	line := r.at() - r.top
	first := len(r.rows) == 0
	r.rows = slices.DeleteFunc(slices.Clone(r.board.Rows), func(row class.Row) bool {
		return row.Learner != r.cursor && !r.shows(row)
	})
	r.sort()
	switch at := r.at(); {
	case at >= 0 && r.top > 0:
		r.top = at - line
	case at >= 0:
	case first && len(r.rows) > 0:
		r.cursor = r.rows[0].Learner
	default:
		r.cursor = "" // gone from the class: the next key must not mean a neighbour
	}
	r.settle()
}

func (r *roster) shows(row class.Row) bool {
	if r.text != "" && !strings.Contains(strings.ToLower(row.Name), strings.ToLower(r.text)) {
		return false
	}
	switch r.only {
	case stuckOnly:
		return len(row.Stuck) > 0
	case hereOnly:
		return row.Here
	case awayOnly:
		return !row.Here
	}
	return true
}

func (r *roster) sort() {
	switch r.order {
	case byName:
		slices.SortStableFunc(r.rows, func(a, b class.Row) int {
			return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		})
	case byPlace:
		slices.SortStableFunc(r.rows, func(a, b class.Row) int { return r.compare(a, b) })
	}
}

// compare orders learners by how far they have come in the plan.
func (r *roster) compare(a, b class.Row) int {
	return cmp.Or(
		cmp.Compare(r.planned(a.At.Lesson), r.planned(b.At.Lesson)),
		cmp.Compare(a.At.Page, b.At.Page),
		cmp.Compare(a.Standing.Passed, b.Standing.Passed),
	)
}

// planned is a lesson's number in the plan; lessons beside it come first.
func (r *roster) planned(lesson string) int {
	return slices.IndexFunc(r.board.Class.Plan, func(p class.Planned) bool { return p.Lesson == lesson })
}

// at is the line of the list on which the cursor stands; -1 for none.
func (r *roster) at() int {
	return slices.IndexFunc(r.rows, func(row class.Row) bool { return row.Learner == r.cursor })
}

// current is the learner under the cursor.
func (r *roster) current() (class.Row, bool) {
	if at := r.at(); at >= 0 {
		return r.rows[at], true
	}
	return class.Row{}, false
}

// chosen are the learners that are ticked and still in the class, in the board's
// order.
func (r *roster) chosen() (list []class.LearnerID) {
	for _, row := range r.board.Rows {
		if r.ticked[row.Learner] {
			list = append(list, row.Learner)
		}
	}
	return list
}

func (r *roster) setHeight(h int) {
	r.height = h
	r.settle()
}

// settle keeps the window within the list and the cursor within the window.
func (r *roster) settle() {
	r.top = max(min(r.top, len(r.rows)-r.height), 0)
	if at := r.at(); at >= 0 && r.height > 0 {
		r.top = draw.Follow(r.top, at, r.height, len(r.rows))
	}
}

// act moves and ticks; ok is false for what is not the list's own.
func (r *roster) act(a keymap.Action) (ok bool) {
	switch a {
	case keymap.Tick:
		if r.cursor != "" {
			r.tick(!r.ticked[r.cursor], r.cursor)
			r.move(1)
		}
	case tickAll:
		r.tickShown()
	case sortBy:
		r.order = (r.order + 1) % orders
		r.refresh()
	case narrow:
		r.only = (r.only + 1) % filters
		r.refresh()
	default:
		by, ok := keymap.Rows(a, r.height-1, len(r.rows))
		if ok {
			r.move(by)
		}
		return ok
	}
	return true
}

func (r *roster) tick(yes bool, who ...class.LearnerID) {
	for _, id := range who {
		if yes {
			r.ticked[id] = true
		} else {
			delete(r.ticked, id)
		}
	}
}

// tickShown ticks everybody who is shown, or nobody where all are already.
func (r *roster) tickShown() {
	ids := make([]class.LearnerID, len(r.rows))
	every := true
	for i, row := range r.rows {
		ids[i] = row.Learner
		every = every && r.ticked[row.Learner]
	}
	r.tick(!every, ids...)
}

// move moves the cursor by lines. Whom the filter does not show leaves the list
// with it.
func (r *roster) move(by int) {
	if len(r.rows) == 0 {
		return
	}
	at := r.at()
	if at < 0 { // there was nobody: the next key begins where one looks
		r.cursor = r.rows[min(r.top, len(r.rows)-1)].Learner
	} else {
		r.cursor = r.rows[max(min(at+by, len(r.rows)-1), 0)].Learner
	}
	r.settle()
	r.refresh()
}

// back takes back what narrows the choice, one thing at a time; ok is false where
// there is nothing.
func (r *roster) back() (ok bool) {
	switch {
	case len(r.ticked) > 0:
		r.ticked = map[class.LearnerID]bool{}
	case r.text != "":
		r.text = ""
	case r.only != all:
		r.only = all
	default:
		return false
	}
	r.refresh()
	return true
}
