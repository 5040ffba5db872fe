package watch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
)

// do gives an order to the class. Said is shown once it is carried out.
func (s *shared) do(o class.Order, said string) tea.Cmd {
	if s.lost() {
		return say(doneMsg{err: class.ErrLost})
	}
	o.By = s.o.By
	return func() tea.Msg { return doneMsg{said, s.o.Chair.Do(s.ctx, o)} }
}

// trouble says in words why something was not done.
func (s *shared) trouble(err error) string {
	for known, said := range map[error]string{
		class.ErrLost: s.words.NotWhileLost, errGuest: s.words.NoFiles, class.ErrDeclined: s.words.Declined,
		class.ErrAway: s.words.NotHere, class.ErrUnknown: s.words.Gone, class.ErrOrder: s.words.NotPossible, class.ErrOver: s.words.Over,
	} {
		if errors.Is(err, known) {
			return said
		}
	}
	return fmt.Sprintf(s.words.Failed, class.Clean(err.Error(), maxLine))
}

// message asks for the words to send.
func (r *roster) message(kind class.MessageKind) *form {
	to := r.audience()
	label, about := r.words.LabelMessage, r.words.AboutMessage
	if kind == class.MessageCommand {
		label, about = r.words.LabelCommand, r.words.AboutCommand
	}
	f := r.form(label, about, func(text string) (tea.Cmd, string) {
		text = strings.TrimSpace(text)
		if text == "" {
			return nil, r.words.NothingTyped
		}
		o := class.Order{Kind: class.OrderSend, To: to.to(), Message: &class.Message{Kind: kind, Text: text}}
		return r.do(o, fmt.Sprintf(r.words.Sent, to.label())), ""
	})
	f.to = to
	return f
}

// note asks for a note on the learner under the cursor, or on those who are
// ticked.
func (r *roster) note() *form {
	to := r.audience()
	if to.kind == toAll {
		return nil
	}
	f := r.form(r.words.LabelNote, fmt.Sprintf(r.words.AboutNote, to.label()), func(text string) (tea.Cmd, string) {
		o := class.Order{Kind: class.OrderNote, To: to.to(), Text: strings.TrimSpace(text)}
		return r.do(o, r.words.Noted), ""
	})
	if row, ok := r.row(to.one); ok && to.kind == toOne {
		f.input.SetValue(row.Note)
	}
	return f
}

// attend turns the mark of attendance around: of several, all are marked unless
// all were already.
func (r *roster) attend() tea.Cmd {
	to := r.audience()
	if to.kind == toAll {
		return nil
	}
	every := true
	for _, who := range to.to() {
		row, _ := r.row(who)
		every = every && row.Attended
	}
	said := r.words.MarkedHere
	if every {
		said = r.words.MarkedAway
	}
	return r.do(class.Order{Kind: class.OrderAttend, To: to.to(), Yes: !every}, fmt.Sprintf(said, to.label()))
}

// attendElse asks who of the roster is in the room and has not joined; nil where
// nobody is missing.
func (r *roster) attendElse() *form {
	if len(r.board.Missing) == 0 {
		return nil
	}
	return r.form(r.words.LabelElse, r.words.AboutElse, func(text string) (tea.Cmd, string) {
		m, ok := r.meant(strings.TrimSpace(text))
		if !ok {
			return nil, r.words.NotOnRoster
		}
		said := r.words.MarkedHere
		if m.Attended {
			said = r.words.MarkedAway
		}
		return r.do(class.Order{Kind: class.OrderAttend, Text: m.Name, Yes: !m.Attended}, fmt.Sprintf(said, m.Name)), ""
	})
}

// meant is the one of the missing whose name begins with a text.
func (s *shared) meant(text string) (who class.Missing, ok bool) {
	for _, m := range s.board.Missing {
		if text == "" || !strings.HasPrefix(strings.ToLower(m.Name), strings.ToLower(text)) {
			continue
		}
		if ok {
			return who, false // or the other one
		}
		who, ok = m, true
	}
	return who, ok
}

// lower takes down the hands of those who are chosen and ask for help.
func (r *roster) lower() tea.Cmd {
	to := r.audience()
	var up []class.LearnerID
	for _, who := range to.each() {
		if row, ok := r.row(who); ok && row.Call != nil && row.Call.Up {
			up = append(up, who)
		}
	}
	if to.kind == toAll || len(up) == 0 {
		return say(doneMsg{said: r.words.NoHands})
	}
	return r.do(class.Order{Kind: class.OrderLower, To: up}, fmt.Sprintf(r.words.Lowered, len(up)))
}

// time asks for a countdown, or how to change the one that runs.
func (r *roster) time() *form {
	about := r.words.AboutTime
	if r.board.Countdown != nil {
		about = r.words.AboutTimeRuns
	}
	return r.form(r.words.LabelTime, about, func(text string) (tea.Cmd, string) {
		o, ok := timing(text, r.board.Countdown != nil)
		if !ok {
			return nil, about
		}
		return r.do(o, r.words.TimeSet), ""
	})
}

// maxTime is the longest countdown.
const maxTime = 12 * time.Hour

// timing reads what is typed for a countdown: minutes (or a time such as 90s,
// 1h30m, 7:30) and what they are for; with + or - before them what is added to
// the countdown that runs; 0 ends it.
func timing(text string, runs bool) (o class.Order, ok bool) {
	amount, of, _ := strings.Cut(strings.TrimSpace(text), " ")
	sign := time.Duration(1)
	rest, extends := strings.CutPrefix(amount, "+")
	if less, found := strings.CutPrefix(amount, "-"); found {
		rest, extends, sign = less, true, -1
	}
	d, ok := span(rest)
	switch {
	case !ok || d > maxTime || extends && (!runs || d == 0):
		return o, false
	case extends:
		return class.Order{Kind: class.OrderExtend, Time: sign * d}, true
	}
	return class.Order{Kind: class.OrderTime, Time: d, Text: strings.TrimSpace(of)}, d > 0 || runs
}

// span reads minutes, minutes:seconds, or a duration with units.
func span(text string) (time.Duration, bool) {
	if m, s, ok := strings.Cut(text, ":"); ok {
		minutes, err := strconv.ParseUint(m, 10, 16)
		seconds, err2 := strconv.ParseUint(s, 10, 16)
		return time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second, err == nil && err2 == nil && seconds < 60 && len(s) == 2
	}
	if minutes, err := strconv.ParseUint(text, 10, 16); err == nil {
		return time.Duration(minutes) * time.Minute, true
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= 0
}

// end asks whether the class is to end.
func (r *roster) end() tea.Cmd {
	return say(askMsg{fmt.Sprintf(r.words.AskEnd, r.board.Here), func() tea.Cmd {
		return r.do(class.Order{Kind: class.OrderEnd}, r.words.Ended)
	}})
}
