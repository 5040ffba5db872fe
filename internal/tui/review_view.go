package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

func (r *reviewRun) SetSize(w, h int) {
	r.width, r.height = w, h
	if r.face != nil {
		r.face.SetSize(w, max(h-r.barHeight(), 1))
	}
}

func (r *reviewRun) Scopes() []keymap.Scope {
	switch r.stage {
	case runCard:
		return r.face.Scopes()
	case runStopped:
		return []keymap.Scope{keymap.ReviewEnd, keymap.Card}
	}
	return []keymap.Scope{keymap.ReviewEnd}
}

func (r *reviewRun) Typing() bool { return r.stage == runCard && r.face.Typing() }
func (r *reviewRun) Busy() bool   { return r.stage == runCard && r.face.Busy() }

func (r *reviewRun) Split() int {
	if r.stage != runCard {
		return 0
	}
	return r.face.Split()
}

func (r *reviewRun) Cursor() *tea.Cursor {
	if r.stage != runCard || r.ready {
		return nil
	}
	return r.face.Cursor()
}

func (r *reviewRun) Wants() []docKey {
	if r.stage != runCard {
		return nil
	}
	return r.face.Wants()
}

// Aside says how many cards are left, and what is special about the session.
func (r *reviewRun) Aside() string {
	w := r.c.words
	var parts []string
	if r.stage == runCard {
		parts = append(parts, r.c.counted(r.turn.Left)...)
	}
	if r.options.Mode == review.Cram {
		parts = append(parts, w.ReviewCram)
	}
	if !r.ends.IsZero() {
		parts = append(parts, fmt.Sprintf(w.ReviewEnds, r.ends.Format("15:04")))
	}
	return strings.Join(parts, " "+r.c.signs.dot+" ")
}

// counted says how many cards there are of each sort; what there is none of is
// left out.
func (c *common) counted(n review.Counts) []string {
	return c.words.ReviewCounts(n.Due, n.Learning, n.New, n.HandsOn)
}

func (r *reviewRun) View() string {
	switch r.stage {
	case runBegins:
		return "\n  " + r.c.styles.Dim.Render(r.c.words.Loading)
	case runWaits:
		return joinLines(r.waiting())
	case runStopped:
		return joinLines(r.stopped())
	case runOver:
		return joinLines(r.summary())
	}
	return joinLines(append(window(strings.Split(r.face.View(), "\n"), 0, r.height-r.barHeight()), r.bar()...))
}

// The bar below a card: a line, the choices, and what is suggested and why. Its
// place is kept free before, so that nothing moves when it comes.

// choiceCells are the choices as they are drawn, all as wide as they are while
// they are suggested.
func (r *reviewRun) choiceCells(suggested review.Rating) []string {
	cells := make([]string, len(r.turn.Choices))
	for i, choice := range r.turn.Choices {
		text := r.choiceText(choice)
		if choice.Rating == suggested {
			cells[i] = r.c.styles.Selected.Render("[" + text + "]")
			continue
		}
		key, rest, _ := strings.Cut(text, " ")
		cells[i] = " " + r.c.styles.Key.Render(key) + " " + rest + " "
	}
	return cells
}

// choiceText is the key, the name and the interval of a choice; in a cram nothing
// is scheduled.
func (r *reviewRun) choiceText(choice review.Choice) string {
	action := [...]keymap.Action{keymap.Again, keymap.Hard, keymap.Good, keymap.Easy}[choice.Rating-1]
	text := r.c.keys.Label(string(keymap.Rating)+"/"+string(action)) + " " + r.c.words.Rating(int(choice.Rating))
	if choice.Interval > 0 && r.options.Mode != review.Cram {
		text += " " + r.c.words.Span(choice.Interval)
	}
	return text
}

// choiceRows sets the choices in one row, or in two where that is too wide.
func (r *reviewRun) choiceRows(suggested review.Rating) []string {
	cells := r.choiceCells(suggested)
	if line := strings.Join(cells, "  "); width(line) <= r.width-4 {
		return []string{line}
	}
	first := max(width(cells[0]), width(cells[2]))
	return []string{pad(cells[0], first) + " " + cells[1], pad(cells[2], first) + " " + cells[3]}
}

func (r *reviewRun) barHeight() int {
	if r.turn.Choices[0].Rating == 0 {
		return 3
	}
	return 2 + len(r.choiceRows(0))
}

func (r *reviewRun) bar() []string {
	rows := make([]string, r.barHeight())
	rows[0] = r.c.rule(r.width, r.Split(), r.c.signs.up)
	v, ok := r.face.verdict()
	switch {
	case r.err != nil:
		copy(rows[1:], r.trouble())
	case !ok && r.face.note() != "":
		copy(rows[1:], indent(wrapped(r.face.note(), r.width-4, r.c.styles.Wait), "  "))
	case ok:
		n := copy(rows[1:], indent(r.choiceRows(v.suggest), "  "))
		rows[1+n] = "  " + r.suggestion(v)
	}
	return rows
}

// suggestion says which rating enter takes, and why.
func (r *reviewRun) suggestion(v cardVerdict) string {
	w := r.c.words
	text := r.choose()
	if v.suggest.Valid() {
		text = fmt.Sprintf(w.ReviewTakes, r.c.keys.Label(string(keymap.Rating)+"/"+string(keymap.Continue)), w.Rating(int(v.suggest)))
	}
	if r.Typing() { // enter is a line of the console
		text = fmt.Sprintf(w.ReviewFirst, r.c.keys.Label(string(keymap.Console)+"/"+string(keymap.Other))) + text
	}
	if r.options.Mode == review.Cram {
		text += " " + r.c.signs.dot + " " + w.ReviewCramming
	}
	return clip(r.c.styles.Text.Render(v.why)+" "+r.c.styles.Dim.Render(r.c.signs.dot+" "+text), r.width-4)
}

// trouble says why something could not be done.
func (r *reviewRun) trouble() []string {
	format := r.c.words.ReviewKept
	if r.tried == stepRate {
		format = r.c.words.ReviewUnsaved
	}
	return indent(wrapped(fmt.Sprintf(format, r.err), r.width-4, r.c.styles.Bad), "  ")
}

// click takes a choice, or is one of the card.
func (r *reviewRun) click(at clickMsg) tea.Cmd {
	if r.guard.stray("click", r.c.o.Now()) || r.stage != runCard {
		return nil
	}
	row := at.y - (r.height - r.barHeight()) - 1
	if row < 0 {
		return r.faced(at)
	}
	if rating := r.choiceAt(at.x-2, row); rating.Valid() && r.ready {
		return r.rate(rating)
	}
	return nil
}

// choiceAt is the choice in a column of a row, none beside them.
func (r *reviewRun) choiceAt(x, row int) review.Rating {
	rows := r.choiceRows(0)
	if row >= len(rows) {
		return 0
	}
	cells, gap := r.choiceCells(0), 2
	per := len(cells) / len(rows)
	if per == 2 {
		cells[0] = pad(cells[0], max(width(cells[0]), width(cells[2])))
		cells[2], gap = pad(cells[2], width(cells[0])), 1
	}
	for i := row * per; i < (row+1)*per; i++ {
		if x >= 0 && x < width(cells[i]) {
			return r.turn.Choices[i].Rating
		}
		x -= width(cells[i]) + gap
	}
	return 0
}

// waiting says when the next step is due.
func (r *reviewRun) waiting() []string {
	now := r.c.o.Now()
	text := fmt.Sprintf(r.c.words.ReviewWait, r.until.In(now.Location()).Format("15:04"), r.c.words.Span(r.until.Sub(now)))
	return r.page(append(wrapped(text, r.columns(), r.c.styles.Strong), wrapped(r.c.words.ReviewWaitEnds, r.columns(), r.c.styles.Text)...), nil)
}

// stopped says why the next card cannot be shown.
func (r *reviewRun) stopped() []string {
	return r.page(wrapped(fmt.Sprintf(r.c.words.ReviewGone, r.err), r.columns(), r.c.styles.Bad), nil)
}

func (r *reviewRun) columns() int { return min(r.width-4, textWidth) }

// page sets what was done between two texts.
func (r *reviewRun) page(above, below []string) []string {
	lines := append(append(append([]string{""}, above...), ""), r.tallied()...)
	return window(indent(append(lines, below...), "  "), 0, r.height)
}

func joinLines(lines []string) string { return strings.Join(lines, "\n") }
