package watch

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/tui/draw"
)

// header says how the class stands, in two lines of w columns.
func (s *shared) header(w int) []string {
	gap := "   "
	left := " " + s.Styles.Title.Render(fmt.Sprintf(s.words.Title, s.board.Class.Name)) + gap +
		s.Styles.Text.Render(fmt.Sprintf(s.words.Present, s.board.Here, s.board.Away))
	right := frame.Join(gap, s.door(), s.countdown(), s.state())
	below := " " + s.Styles.Text.Render(frame.Join(gap, s.pace(), s.most(w >= wideWidth)))
	return []string{draw.Spread(left, right+" ", w), draw.Spread(below, s.Styles.Dim.Render(s.labs())+" ", w)}
}

// state is said when the class cannot be reached or is over.
func (s *shared) state() string {
	switch {
	case s.lost():
		return s.Styles.Bad.Bold(true).Render(s.words.Lost)
	case s.board.Over:
		return s.Styles.Wait.Bold(true).Render(s.words.Over)
	}
	return ""
}

func (s *shared) door() string {
	if len(s.board.Asking) == 0 {
		return ""
	}
	return s.Styles.Wait.Bold(true).Render(fmt.Sprintf(s.words.AtDoor, len(s.board.Asking)))
}

// most is the step that most are at, with its lesson or without.
func (s *shared) most(lesson bool) string {
	var at class.Step
	for _, step := range s.board.Steps {
		if step.At.Lesson != "" && step.Count > at.Count {
			at = step
		}
	}
	if at.Count == 0 {
		return ""
	}
	if !lesson {
		return fmt.Sprintf(s.words.Most, s.step(at.At))
	}
	return fmt.Sprintf(s.words.Most, s.place(at.At))
}

func (s *shared) pace() string {
	switch {
	case !s.known || s.board.Here == 0:
		return ""
	case s.board.Ahead > 0:
		return fmt.Sprintf(s.words.Behind, s.board.Ahead)
	case s.board.Ahead < 0:
		return fmt.Sprintf(s.words.Ahead, -s.board.Ahead)
	}
	return s.words.OnPlan
}

func (s *shared) labs() string {
	l := s.board.Labs
	if l.Limit == 0 {
		return ""
	}
	text := fmt.Sprintf(s.words.Labs, l.Awake, l.Limit)
	if l.Queued > 0 {
		text += s.words.Comma + fmt.Sprintf(s.words.Queued, l.Queued)
	}
	return text
}

// countdown is what is left of it, and what it is for.
func (s *shared) countdown() string {
	c := s.board.Countdown
	if c == nil {
		return ""
	}
	left := c.Until.Sub(s.now())
	text, style := frame.Clock(left), s.Styles.Accent.Bold(true)
	if left <= 0 {
		text, style = s.words.TimeUp, s.Styles.Wait.Bold(true)
	}
	if c.Of != "" {
		text = draw.Clip(c.Of, 20) + " " + text
	}
	return style.Render(text)
}

// distribution shows where everyone is, as bars that flow over at most h lines.
func (s *shared) distribution(w, h int) []string {
	const longest = 10
	most := 1
	steps := slices.DeleteFunc(slices.Clone(s.board.Steps), func(step class.Step) bool { return step.Count == 0 })
	for _, step := range steps {
		most = max(most, step.Count)
	}
	lines := []string{" "}
	for i, step := range steps {
		bar := max(step.Count*longest/most, 1)
		part := draw.Clip(s.step(step.At), 24) + " " + s.Styles.Accent.Render(strings.Repeat(s.Signs.Full, bar)) + fmt.Sprintf(" %d", step.Count)
		last := len(lines) - 1
		if lipgloss.Width(lines[last])+lipgloss.Width(part) > w-8 { // room for how many are left out
			if len(lines) == h {
				lines[last] += s.Styles.Dim.Render(fmt.Sprintf("+%d", len(steps)-i))
				break
			}
			lines, last = append(lines, " "), last+1
		}
		lines[last] += part + "   "
	}
	return draw.Window(lines, 0, h)
}
