package tui

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
)

func (p *labPanel) columns() int { return min(p.width-3, textWidth) }

// sources are the texts that the panel shows in its present state.
func (p *labPanel) sources() (list []string) {
	list = append(p.aftermath(), p.taskText())
	for i := range p.shown {
		list = append(list, p.hintText(i))
	}
	if p.solution && !p.over() {
		list = append(list, p.solutionText(p.c.words.SolutionTitle))
	}
	return list
}

// aftermath is what explains a lab that is over: the debrief, and the solution.
func (p *labPanel) aftermath() (list []string) {
	if !p.over() {
		return nil
	}
	if !p.lab.Debrief.IsZero() {
		list = append(list, p.debrief())
	}
	return append(list, p.solutionText(p.c.words.HowDone))
}

func (p *labPanel) debrief() string  { return p.fill(p.lab.Debrief.In(p.c.lang)) }
func (p *labPanel) taskText() string { return p.fill(p.lab.Task.In(p.c.lang)) }

// hintText is the hint that was shown as number i, from 0. A lab may have lost
// hints since.
func (p *labPanel) hintText(i int) string {
	n := p.shown[i]
	if n > len(p.lab.Hints) {
		return ""
	}
	return fmt.Sprintf("**%s %d.** %s", p.c.words.HintsTitle, i+1, p.fill(p.lab.Hints[n-1].Text().In(p.c.lang)))
}

func (p *labPanel) solutionText(title string) string {
	return "**" + title + "**\n\n" + fenced(strings.TrimSpace(p.fill(p.lab.Files[p.lab.Solution])), "sh")
}

func (p *labPanel) wants() (keys []docKey) {
	for _, s := range p.sources() {
		keys = append(keys, p.c.doc(s, p.columns()))
	}
	return keys
}

func (p *labPanel) text(source string) []string {
	return p.c.docs.lines(p.c.doc(source, p.columns()))
}

// lines draws the panel; its title shows whether it has the keys.
func (p *labPanel) lines(focused bool) []string {
	all := p.rows()
	top := p.bounded(all)
	rows := window(all, top, p.height)
	if focused && top == 0 && p.height > 0 {
		rows[0] = p.head(p.c.styles.Selected)
	}
	return indent(rows, "  ")
}

// bounded is the first line shown.
func (p *labPanel) bounded(rows []string) int { return max(min(p.top, len(rows)-p.height), 0) }

func (p *labPanel) rows() []string {
	rows := []string{p.head(p.c.styles.Title)}
	rows = append(append(rows, p.state()...), "")
	for _, text := range p.aftermath() {
		rows = append(append(rows, p.text(text)...), "")
	}
	rows = append(append(rows, p.text(p.taskText())...), "")
	rows = append(rows, p.checks()...)
	for i := range p.shown {
		rows = append(append(rows, ""), p.text(p.hintText(i))...)
	}
	if p.solution && !p.over() {
		rows = append(append(rows, ""), p.text(p.solutionText(p.c.words.SolutionTitle))...)
	}
	return rows
}

func (p *labPanel) head(style lipgloss.Style) string {
	title := style.Render(p.title())
	right := ""
	if p.attempt.Number > 0 {
		right = p.c.styles.Dim.Render(fmt.Sprintf(p.c.words.Attempt, p.attempt.Number))
	}
	return spread(title, right, p.width-4)
}

func (p *labPanel) title() string {
	return fmt.Sprintf(p.c.words.LabTitle, p.lab.Title.In(p.c.lang))
}

// state says what to do, or how far the start is.
func (p *labPanel) state() []string {
	w, s, n := p.c.words, p.c.styles, p.columns()
	switch p.phase {
	case labStarting:
		return p.progress()
	case labFailed:
		return p.failure()
	case labGone:
		return wrapped(w.LabGone, n, s.Wait)
	case labLost:
		return wrapped(w.LabLost, n, s.Wait)
	case labActive:
		switch {
		case p.attempt.Jumped:
			return wrapped(w.Jumped, n, s.Wait)
		case p.passed():
			return []string{s.Good.Bold(true).Render(p.c.signs.pass+" "+w.Passed) + s.Dim.Render("   "+p.score())}
		}
		return nil
	}
	return p.invitation()
}

// invitation says how to begin, or why that cannot be done.
func (p *labPanel) invitation() []string {
	w, s, n := p.c.words, p.c.styles, p.columns()
	if p.c.o.Lab == nil {
		return wrapped(w.NoEngine, n, s.Wait)
	}
	if e := p.c.o.Lab.Engine(); e.State == lab.EngineMissing {
		if e.Reason == "" { // it is not for this learner to know
			return wrapped(w.NoEngine, n, s.Wait)
		}
		return wrapped(w.EngineMissing+e.Reason, n, s.Wait)
	}
	if !p.suits() {
		return wrapped(w.NeedsOwn, n, s.Wait)
	}
	lines := []string{""}
	if passed := p.c.known.Labs[p.lab.Path()].Passed; !passed.IsZero() {
		lines = append(lines, s.Good.Render(p.c.signs.pass)+" "+fmt.Sprintf(w.PassedAt, passed.Local().Format(time.DateOnly)))
	}
	lines = append(lines, wrapped(w.StartLab, n, s.Strong)...)
	if p.other != "" {
		return append(lines, wrapped(fmt.Sprintf(w.OtherLab, p.other), n, s.Wait)...)
	}
	return append(lines, wrapped(p.place(), n, s.Dim)...)
}

// progress is the stages of the start, in one place, with the time each took.
func (p *labPanel) progress() []string {
	w, s := p.c.words, p.c.styles
	var parts []string
	for _, stage := range p.stages {
		if text := p.stageText(stage); text != "" {
			parts = append(parts, text)
		}
	}
	lines := wrapped(w.Starting, p.columns(), s.Wait)
	if e := p.c.o.Lab.Engine(); e.State == lab.EngineBuilding {
		lines = append(lines, fmt.Sprintf(w.EngineBuilding, e.Built, e.Needed))
	}
	if len(parts) == 0 {
		return lines
	}
	return append(lines, wrapped(strings.Join(parts, " "+p.c.signs.dot+" "), p.columns(), s.Text)...)
}

func (p *labPanel) stageText(stage protocol.Stage) string {
	if stage.ID == class.StageQueue {
		return p.queueText(stage)
	}
	name := p.c.words.Stages[stage.ID]
	if name == "" {
		name = stage.ID
	}
	switch {
	case stage.Done:
		return fmt.Sprintf("%s %.1f s", name, stage.Took.Seconds())
	case stage.Detail != "":
		return name + " … " + stage.Detail
	}
	return name + " …"
}

// queueText says where in the queue for a lab the learner stands; once they have
// had their turn, nothing.
func (p *labPanel) queueText(stage protocol.Stage) string {
	place, err := strconv.Atoi(stage.Detail)
	if stage.Done || err != nil {
		return ""
	}
	return p.c.words.QueuePlace(place)
}

// failure says why something failed, with the log's last lines, and what to do.
func (p *labPanel) failure() []string {
	w, s, n := p.c.words, p.c.styles, p.columns()
	lines := wrapped(w.Failed+" "+p.c.trouble(p.err), n, s.Bad)
	var e *protocol.Error
	if errors.As(p.err, &e) {
		e = e.In(p.c.lang)
		if e.Hint != "" {
			lines = append(lines, wrapped(e.Hint, n, s.Text)...)
		}
		if len(e.Log) > 0 {
			lines = append(lines, s.Dim.Render(w.LogLines))
		}
		for _, l := range e.Log[max(len(e.Log)-8, 0):] {
			lines = append(lines, s.Dim.Render(clip(clean(l, maxInput), n)))
		}
	}
	if stale := (*lab.StaleError)(nil); errors.As(p.err, &stale) {
		return append(wrapped(p.c.trouble(p.err), n, s.Wait), wrapped(w.EnterReplaces, n, s.Wait)...)
	}
	return append(lines, wrapped(w.AgainToTry, n, s.Wait)...)
}

// checks lists the lab's checks with their verdicts, and how many hold, which a
// lab that was passed says at its top.
func (p *labPanel) checks() (lines []string) {
	for _, ch := range p.lab.Checks {
		lines = append(lines, p.check(ch)...)
	}
	if p.phase == labActive && p.passed() {
		return lines
	}
	right := ""
	if offered, _ := attempt.Offered(p.lab, p.now(), p.shown); len(offered) > 0 && p.phase == labActive && !p.over() {
		right = p.c.styles.Dim.Render("   " + fmt.Sprintf(p.c.words.HintsLeft, len(offered)))
	}
	return append(lines, "", p.c.styles.Strong.Render(p.score())+right)
}

// score is the partial credit: how many checks hold now.
func (p *labPanel) score() string {
	n := 0
	for _, v := range p.verdicts {
		if v.Result == protocol.Pass {
			n++
		}
	}
	return fmt.Sprintf(p.c.words.Score, n, len(p.lab.Checks))
}

func (p *labPanel) check(ch course.Check) []string {
	v, ok := p.verdict(ch.ID)
	title := p.fill(ch.Title.In(p.c.lang))
	if !ok {
		return []string{p.c.styles.Dim.Render(p.c.signs.dot + " " + title)}
	}
	lines := markdownFree(title, p.columns()-2)
	lines = append([]string{p.c.checkSign(v.Result) + " " + lines[0]}, indent(lines[1:], "  ")...)
	if v.Result == protocol.Pass {
		return lines
	}
	return append(lines, p.c.difference(v, p.columns())...)
}

// markdownFree breaks a short text that is not Markdown.
func markdownFree(s string, w int) []string {
	lines := wrapped(s, w, plainStyle())
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

func (p *labPanel) verdict(id string) (protocol.Verdict, bool) {
	for _, v := range p.verdicts {
		if v.Check == id {
			return v, true
		}
	}
	return protocol.Verdict{}, false
}

func (c *common) checkSign(r protocol.Result) string {
	switch r {
	case protocol.Pass:
		return c.styles.Good.Render(c.signs.pass)
	case protocol.Fail:
		return c.styles.Bad.Render(c.signs.fail)
	case protocol.Waiting:
		return c.styles.Wait.Render(c.signs.wait)
	}
	return c.styles.Dim.Render(c.signs.unknown)
}

// difference says what was wanted, what there is and where, and why something
// waits or cannot be judged.
func (c *common) difference(v protocol.Verdict, w int) (lines []string) {
	add := func(label, text, tail string) {
		if text == "" {
			return
		}
		label = pad(label, max(width(c.words.Want), width(c.words.Have))) + "  "
		body := wrapped(text+tail, w-6-width(label), plainStyle())
		for i, l := range body {
			lead := strings.Repeat(" ", width(label))
			if i == 0 {
				lead = c.styles.Dim.Render(label)
			}
			lines = append(lines, "    "+lead+l)
		}
	}
	tail := ""
	if v.Path != "" {
		tail = "   " + v.Path
	}
	add(c.words.Want, v.Want.In(c.lang), "")
	add(c.words.Have, v.Have.In(c.lang), tail)
	if reason := v.Reason.In(c.lang); reason != "" {
		text := fmt.Sprintf(c.words.StateReason, c.words.States[string(v.Result)], reason)
		lines = append(lines, indent(wrapped(text, w-6, c.styles.Dim), "    ")...)
	}
	return lines
}

// summary is the lab in one line, for where the console has the window.
func (p *labPanel) summary() string {
	var signs []string
	for _, ch := range p.lab.Checks {
		v, ok := p.verdict(ch.ID)
		if !ok {
			signs = append(signs, p.c.styles.Dim.Render(p.c.signs.dot))
			continue
		}
		signs = append(signs, p.c.checkSign(v.Result))
	}
	right := strings.Join(signs, " ") + "  " + p.score() + " "
	if p.passed() {
		right = p.c.styles.Good.Bold(true).Render(p.c.words.Passed) + "  " + right
	}
	return spread("  "+p.title(), right, p.width)
}
