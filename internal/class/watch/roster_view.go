package watch

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/tui/draw"
)

// headRows are the lines above the learners: what the columns are, and what is
// left out.
const headRows = 1

// lines draws the list in w columns.
func (r *roster) lines(w int) []string {
	cols := r.columns(w)
	var lines []string
	for _, row := range r.rows[r.top:min(r.top+r.height, len(r.rows))] {
		lines = append(lines, r.line(row, cols, w))
	}
	if len(lines) == 0 {
		lines = []string{"", "  " + r.Styles.Dim.Render(r.nobody())}
	}
	lines = append(lines, r.missing(w)...)
	return append([]string{r.head(cols, w)}, draw.Window(lines, 0, r.height)...)
}

// missing names who is on the roster and has not joined, where those are looked
// for who are not here.
func (r *roster) missing(w int) []string {
	if r.only == stuckOnly || r.only == hereOnly || r.text != "" {
		return nil
	}
	var names []string
	for _, m := range r.board.Missing {
		if !m.Attended {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	text := fmt.Sprintf(r.words.Missing, strings.Join(names, r.words.Comma))
	return append([]string{""}, draw.Indent(frame.Wrapped(text, w-4, r.Styles.Dim), "  ")...)
}

func (r *roster) nobody() string {
	switch {
	case !r.known:
		return r.words.Waiting
	case len(r.board.Rows) == 0:
		return r.words.NobodyYet
	}
	return r.words.NobodyShown
}

// columns are the widths of the list's columns; the last one has what is left.
type columns struct{ name, place, checks int }

const marks = 5 // cursor, tick and alert, and what stands between

func (r *roster) columns(w int) columns {
	c := columns{name: 10, place: min(max(w/4, 16), 34), checks: 6}
	for _, row := range r.rows {
		c.name = max(c.name, lipgloss.Width(row.Name))
	}
	c.name = min(c.name, max(w/6, 14))
	return c
}

// head names the columns, and says what is left out and how the rest stands.
func (r *roster) head(c columns, w int) string {
	text := strings.Repeat(" ", marks) + draw.Pad(r.words.ColumnName, c.name+2) + draw.Pad(r.words.ColumnPlace, c.place+2) +
		draw.Pad(r.words.ColumnChecks, c.checks+2) + r.words.ColumnNeed
	var said []string
	if n := r.stuckAbove(); n > 0 {
		said = append(said, fmt.Sprintf(r.words.StuckAbove, n))
	}
	if n := len(r.chosen()); n > 0 {
		said = append(said, fmt.Sprintf(r.words.Chosen, n))
	}
	if r.only != all {
		said = append(said, r.words.Filters[r.only.word()])
	}
	if r.text != "" {
		said = append(said, r.Signs.QuoteLeft+r.text+r.Signs.QuoteRight)
	}
	if r.order != byNeed {
		said = append(said, r.words.Orders[r.order.word()])
	}
	return draw.Spread(r.Styles.Dim.Render(text), r.Styles.Wait.Render(strings.Join(said, r.words.Comma)), w)
}

// stuckAbove is how many need help who are above the window.
func (r *roster) stuckAbove() (n int) {
	for _, row := range r.rows[:r.top] {
		if len(row.Stuck) > 0 {
			n++
		}
	}
	return n
}

func (f filter) word() string { return [...]string{"all", "stuck", "here", "away"}[f] }
func (o order) word() string  { return [...]string{"need", "name", "place"}[o] }

// line draws a learner.
func (r *roster) line(row class.Row, c columns, w int) string {
	here, tick, alert := " ", " ", " "
	name := r.Styles.Text
	if !row.Here {
		name = r.Styles.Dim
	}
	if len(row.Stuck) > 0 {
		alert, name = r.Styles.Bad.Bold(true).Render(r.Signs.Alert), r.Styles.Strong
	}
	if r.ticked[row.Learner] {
		tick = r.Styles.Accent.Render(r.Signs.Chosen)
	}
	if row.Learner == r.cursor {
		here, name = r.Styles.Accent.Render(r.Signs.Cursor), r.Styles.Selected
	}
	left := here + tick + " " + alert + " " + name.Render(draw.Pad(row.Name, c.name)) + "  " +
		draw.Pad(r.step(row.At), c.place) + "  " + draw.Pad(r.passed(row), c.checks) + "  "
	return draw.Clip(left+r.need(row, w-lipgloss.Width(left)), w)
}

// passed is how many of a lab's checks hold.
func (r *roster) passed(row class.Row) string {
	switch s := row.Standing; {
	case s.Lab == "" || s.Of == 0:
		return ""
	case s.Done:
		return r.Signs.Pass + " " + r.words.Done
	default:
		return fmt.Sprintf("%d/%d", s.Passed, s.Of)
	}
}

// need says why a learner should be looked after, and which check does not hold.
func (r *roster) need(row class.Row, w int) string {
	why := r.reasons(row)
	style := r.Styles.Dim
	if len(row.Stuck) > 0 {
		style = r.Styles.Wait
	}
	text := style.Render(draw.Clip(why, w))
	if rest := w - lipgloss.Width(why) - 3; len(row.Standing.Failing) > 0 && rest > 15 {
		if why != "" {
			text += "   "
		}
		text += draw.Clip(r.failing(row, row.Standing.Failing[0]), rest)
	}
	return text
}

// failing says what a check asks for, and what there is instead.
func (s *shared) failing(row class.Row, f class.Failing) string {
	text := s.check(row, f)
	if f.Want != "" {
		text += s.words.Colon + fmt.Sprintf(s.words.Want, f.Want)
	}
	if f.Have != "" {
		text += s.words.Comma + fmt.Sprintf(s.words.Have, f.Have)
	}
	return text
}

// reasons are the words of why somebody is stuck, and of how they are otherwise.
func (s *shared) reasons(row class.Row) string {
	var said []string
	for _, why := range row.Stuck {
		said = append(said, s.reason(row, why))
	}
	if !row.Here {
		said = append(said, s.words.IsAway)
	}
	if row.Queue > 0 {
		said = append(said, fmt.Sprintf(s.words.InQueue, row.Queue))
	}
	if row.Watched {
		said = append(said, s.words.IsWatched)
	}
	return frame.Join(s.words.Comma, said...) + s.call(row)
}

// call is what somebody wrote who asks for help.
func (s *shared) call(row class.Row) string {
	if row.Call == nil || row.Call.Text == "" {
		return ""
	}
	return s.words.Colon + s.Signs.QuoteLeft + row.Call.Text + s.Signs.QuoteRight
}

func (s *shared) reason(row class.Row, why class.Stuck) string {
	switch why {
	case class.StuckHand:
		return s.words.AsksHelp
	case class.StuckTries:
		return fmt.Sprintf(s.words.TriesFailed, row.Tries)
	case class.StuckIdle:
		return fmt.Sprintf(s.words.IsIdle, int(row.Idle/time.Minute))
	}
	return ""
}
