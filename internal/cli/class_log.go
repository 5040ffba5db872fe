package cli

import (
	"fmt"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/i18n"
)

// porter tells who comes and goes, from one board to the next. What somebody does
// or says in the class is for `class watch`.
type porter struct {
	words *i18n.CLI
	here  map[class.LearnerID]bool
	hands map[class.LearnerID]bool
	asks  map[string]bool
	code  string
	over  bool
}

func newPorter(words *i18n.CLI, first class.Board) *porter {
	p := &porter{words: words, here: map[class.LearnerID]bool{}, hands: map[class.LearnerID]bool{}, asks: map[string]bool{}, code: first.Join.Code}
	p.lines(first)
	return p
}

// lines are those for what changed since the last board.
func (p *porter) lines(b class.Board) (lines []string) {
	say := func(format string, args ...any) {
		lines = append(lines, b.At.Local().Format(time.TimeOnly)+"  "+fmt.Sprintf(format, args...))
	}
	for _, r := range b.Rows {
		switch was := p.here[r.Learner]; {
		case r.Here && !was:
			say(p.words.ClassCame, r.Name)
		case was && !r.Here:
			say(p.words.ClassWent, r.Name)
		}
		p.here[r.Learner] = r.Here
		if up := r.Call != nil; up && !p.hands[r.Learner] {
			say(p.words.ClassAsksHelp, r.Name)
		}
		p.hands[r.Learner] = r.Call != nil
	}
	for _, a := range b.Asking {
		if !p.asks[a.ID] {
			p.asks[a.ID] = true
			say(p.words.ClassAsksName, a.Name, a.From)
		}
	}
	if b.Join.Code != p.code {
		p.code = b.Join.Code
		say(p.words.ClassNewCode, b.Join.Code, until(b.Join.Expires, b.At))
	}
	if b.Over && !p.over {
		p.over = true
		say(p.words.ClassEnded, b.Class.Name)
	}
	return lines
}

// until is a moment as one says it: the time of a day, with the date where that is
// another day.
func until(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return shortTime(t)
}
