package watch

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// detail is everything that is known of the learner under the cursor, on a page
// of its own.
type detail struct {
	*roster
	pane
}

func (d *detail) scope() keymap.Scope { return inDetail }
func (d *detail) title() string       { return d.words.DetailTitle }

func (d *detail) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Left:
		d.move(-1)
	case keymap.Right:
		d.move(1)
	}
	if by, ok := keymap.Rows(a, d.h-1, 1<<10); ok {
		d.first = d.bounded(d.first+by, len(d.whole()))
	}
	return nil
}

func (d *detail) bounded(first, total int) int { return max(min(first, total-d.h), 0) }

func (d *detail) whole() []string {
	row, ok := d.current()
	if !ok {
		return []string{d.words.Gone}
	}
	return d.about(row, d.w-2)
}

func (d *detail) lines() []string {
	lines := d.whole()
	return draw.Indent(draw.Window(lines, d.bounded(d.first, len(lines)), d.h), " ")
}

// about is what is known of a learner, in w columns.
func (s *shared) about(row class.Row, w int) []string {
	lines := []string{s.Styles.Title.Render(draw.Clip(row.Name, w)), s.Styles.Dim.Render(draw.Clip(s.presence(row), w)), ""}
	lines = append(lines, s.needs(row, w)...)
	lines = append(lines, s.fields(w,
		field{s.words.FieldPlace, s.place(row.At)},
		field{s.words.FieldMoved, s.ago(row.Moved)},
		field{s.words.FieldLab, s.labLine(row)},
		field{s.words.FieldTries, s.tries(row)},
	)...)
	lines = append(lines, s.checks(row, w)...)
	lines = append(lines, "")
	lines = append(lines, s.fields(w,
		field{s.words.FieldAnswers, fmt.Sprintf(s.words.RightOf, row.Right, row.Answered, s.board.Questions)},
		field{s.words.FieldPassed, fmt.Sprintf(s.words.PassedOf, row.Passed, s.board.Exercises)},
	)...)
	lines = append(lines, s.answers(row, w)...)
	lines = append(lines, "")
	return append(lines, s.fields(w,
		field{s.words.FieldAttended, s.yesNo(row.Attended)},
		field{s.words.FieldNote, row.Note},
		field{s.words.FieldEntry, row.Entry},
	)...)
}

// presence says whether somebody is here, and with which program.
func (s *shared) presence(row class.Row) string {
	said := s.words.IsHere
	if !row.Here {
		said = fmt.Sprintf(s.words.AwaySince, s.ago(row.Seen))
	}
	if row.Own {
		said += s.words.Comma + s.words.OwnMachine
	}
	if row.Watched {
		said += s.words.Comma + s.words.IsWatched
	}
	return said
}

// needs are the reasons to look after somebody, one a line.
func (s *shared) needs(row class.Row, w int) (lines []string) {
	for _, why := range row.Stuck {
		if text := s.reason(row, why); text != "" {
			if why == class.StuckHand {
				text += s.call(row)
			}
			lines = append(lines, frame.Wrapped(s.Signs.Alert+" "+text, w, s.Styles.Wait)...)
		}
	}
	if row.Queue > 0 {
		lines = append(lines, s.Styles.Dim.Render(draw.Clip(fmt.Sprintf(s.words.InQueue, row.Queue), w)))
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	return lines
}

func (s *shared) labLine(row class.Row) string {
	lesson, lab := labOf(row)
	if lab == "" {
		return ""
	}
	text := s.lab(lesson, lab)
	switch st := row.Standing; {
	case st.Done:
		text += s.words.Comma + s.words.Done
	case st.Of > 0:
		text += s.words.Comma + fmt.Sprintf(s.words.ChecksOf, st.Passed, st.Of)
	}
	return text
}

// tries are those of the lab that failed, and the hints that were taken.
func (s *shared) tries(row class.Row) string {
	if _, lab := labOf(row); lab == "" {
		return ""
	}
	return fmt.Sprintf(s.words.TriesHints, row.Tries, row.Hints)
}

// checks are all that do not hold, with want and have.
func (s *shared) checks(row class.Row, w int) (lines []string) {
	for _, f := range row.Standing.Failing {
		sign := s.Styles.Bad.Render(s.Signs.Fail) + " "
		for i, l := range frame.Wrapped(s.check(row, f), w-2, s.Styles.Text) {
			lines = append(lines, hanging(i, sign, "  ")+l)
		}
		lines = append(lines, s.fact(s.words.LabelWant, f.Want, w)...)
		lines = append(lines, s.fact(s.words.LabelHave, f.Have, w)...)
	}
	return lines
}

// fact is a label and what it says, below a check.
func (s *shared) fact(label, text string, w int) (lines []string) {
	if text == "" {
		return nil
	}
	label = "    " + label + "  "
	for i, l := range frame.Wrapped(text, w-lipgloss.Width(label), s.Styles.Text) {
		lines = append(lines, hanging(i, s.Styles.Dim.Render(label), strings.Repeat(" ", lipgloss.Width(label)))+l)
	}
	return lines
}

func hanging(i int, first, others string) string {
	if i == 0 {
		return first
	}
	return others
}

func (s *shared) answers(row class.Row, w int) (lines []string) {
	for _, a := range row.Answers {
		sign := s.Styles.Bad.Render(s.Signs.Fail)
		if a.Right {
			sign = s.Styles.Good.Render(s.Signs.Pass)
		}
		lesson, id, _ := strings.Cut(a.Question, "/")
		text := s.place(class.Place{Lesson: lesson, Focus: focusQuiz + id}) + s.words.Comma + s.ago(a.At)
		lines = append(lines, "  "+sign+" "+draw.Clip(text, w-4))
	}
	return lines
}

// field is a name and a value; one without a value is left out.
type field struct{ name, value string }

func (s *shared) fields(w int, all ...field) (lines []string) {
	label, of := 0, s.words // all groups stand below each other
	for _, name := range []string{of.FieldPlace, of.FieldMoved, of.FieldLab, of.FieldTries, of.FieldAnswers, of.FieldPassed, of.FieldAttended, of.FieldNote, of.FieldEntry} {
		label = max(label, lipgloss.Width(name))
	}
	for _, f := range all {
		if f.value == "" {
			continue
		}
		for i, l := range frame.Wrapped(f.value, w-label-2, s.Styles.Text) {
			lines = append(lines, hanging(i, s.Styles.Dim.Render(draw.Pad(f.name, label)), strings.Repeat(" ", label))+"  "+l)
		}
	}
	return lines
}

func (s *shared) yesNo(yes bool) string {
	if yes {
		return s.words.Yes
	}
	return s.words.No
}

// ago says how long ago something was; "" for what never was.
func (s *shared) ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	switch d := s.now().Sub(t); {
	case d < time.Minute:
		return s.words.JustNow
	case d < time.Hour:
		return fmt.Sprintf(s.words.MinutesAgo, int(d/time.Minute))
	default:
		return fmt.Sprintf(s.words.HoursAgo, int(d/time.Hour))
	}
}
