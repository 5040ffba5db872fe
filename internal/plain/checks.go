package plain

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// Task prints what a lab asks for.
func Task(w io.Writer, l *course.Lab, vars map[string]string, lang course.Lang, s Style) {
	fmt.Fprintf(w, "%s\n\n", l.Title.In(lang))
	if err := s.text(w, course.Substitute(l.Task.In(lang), vars), lang); err != nil {
		fmt.Fprintln(w, l.Task.In(lang))
	}
}

// CheckTitle is the title of a lab's check in an attempt, its ID where it has
// none.
func CheckTitle(l *course.Lab, id string, a *protocol.Attempt, lang course.Lang) string {
	i := slices.IndexFunc(l.Checks, func(c course.Check) bool { return c.ID == id })
	switch {
	case i < 0 || l.Checks[i].Title.IsZero():
		return id
	case a == nil:
		return l.Checks[i].Title.In(lang)
	}
	return course.Substitute(l.Checks[i].Title.In(lang), a.Vars)
}

// Checks prints how every check stands, and how many pass.
func Checks(w io.Writer, l *course.Lab, v protocol.Verdicts, lang course.Lang, words *i18n.CLI, s Style) {
	passing := 0
	for _, c := range v.Checks {
		printCheck(w, l, v, c, lang, words, s)
		if c.Result == protocol.Pass {
			passing++
		}
	}
	fmt.Fprintf(w, words.PassingOf+"\n", passing, len(v.Checks))
	switch a := v.Attempt; {
	case a == nil:
	case a.Jumped:
		fmt.Fprintln(w, words.Jumped)
	case !a.Passed.IsZero():
		printPassed(w, l, v, lang, words, s)
	}
}

func printPassed(w io.Writer, l *course.Lab, v protocol.Verdicts, lang course.Lang, words *i18n.CLI, s Style) {
	fmt.Fprintf(w, words.LabPassed+"\n", v.Attempt.Passed.Sub(v.Attempt.Started).Round(100*time.Millisecond))
	Aftermath(w, l, v.Attempt.Vars, lang, words, s)
}

// Aftermath prints what explains a lab that is over: its debrief, and its
// solution.
func Aftermath(w io.Writer, l *course.Lab, vars map[string]string, lang course.Lang, words *i18n.CLI, s Style) {
	if !l.Debrief.IsZero() {
		fmt.Fprintln(w)
		_ = s.text(w, course.Substitute(l.Debrief.In(lang), vars), lang)
	}
	fmt.Fprintf(w, "\n%s\n\n%s\n", words.HowDone, indented(course.Substitute(l.Files[l.Solution], vars)))
}

// printCheck prints one check: its sign, unless the style is plain, and its state
// as a word, then what was wanted and what there is.
func printCheck(w io.Writer, l *course.Lab, v protocol.Verdicts, c protocol.Verdict, lang course.Lang, words *i18n.CLI, s Style) {
	if !s.Plain {
		fmt.Fprint(w, sign(c.Result)+" ")
	}
	fmt.Fprintf(w, words.CheckSaid+"\n", words.Result(string(c.Result)), CheckTitle(l, c.Check, v.Attempt, lang))
	if c.Result == protocol.Pass {
		return
	}
	detail := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "    %-6s %s\n", name, text)
		}
	}
	detail(words.Want, c.Want.In(lang))
	detail(words.Have, strings.TrimSpace(c.Have.In(lang)))
	detail(words.At, c.Path)
	detail(words.Why, c.Reason.In(lang))
}

func sign(r protocol.Result) string {
	switch r {
	case protocol.Pass:
		return "✓"
	case protocol.Waiting:
		return "◌"
	case protocol.Unjudged:
		return "–"
	}
	return "✗"
}

// Changes prints only what has changed since it printed last.
type Changes struct {
	shown  map[string]protocol.Verdict
	passed bool
}

// Print prints the checks that stand differently than before.
func (p *Changes) Print(w io.Writer, l *course.Lab, v protocol.Verdicts, lang course.Lang, words *i18n.CLI, s Style) {
	if p.shown == nil {
		p.shown = make(map[string]protocol.Verdict)
	}
	for _, c := range v.Checks {
		if before, ok := p.shown[c.Check]; !ok || before != c {
			p.shown[c.Check] = c
			printCheck(w, l, v, c, lang, words, s)
		}
	}
	if v.Attempt != nil && !v.Attempt.Passed.IsZero() && !p.passed {
		p.passed = true
		printPassed(w, l, v, lang, words, s)
	}
}

// StagePrinter prints each stage of a start once it is done.
type StagePrinter struct {
	Out   io.Writer
	Words *i18n.CLI
}

// Stage takes a stage as it begins or ends.
func (p *StagePrinter) Stage(s protocol.Stage) {
	if s.Done {
		fmt.Fprintf(p.Out, "%s %.1f s\n", p.Words.Stage(s.ID), s.Took.Seconds())
	}
}

// BuildPrinter prints how far the building of the engine is: a line at each
// tenth, so that a log or a screen reader is not flooded.
type BuildPrinter struct {
	Out   io.Writer
	Words *i18n.CLI
	next  int
	phase string
}

// Changed takes a change of the engine.
func (p *BuildPrinter) Changed(e lab.Engine) {
	if e.State != lab.EngineBuilding {
		return
	}
	if p.phase == "" {
		fmt.Fprintln(p.Out, p.Words.BuildBegins)
	}
	if e.Phase == "link" && p.phase != e.Phase {
		fmt.Fprintln(p.Out, p.Words.BuildLinks)
	} else if e.Phase != "link" && e.Needed > 0 && e.Built*10/e.Needed >= p.next {
		p.next = e.Built*10/e.Needed + 1
		fmt.Fprintf(p.Out, p.Words.BuildProgress+"\n", e.Built, e.Needed)
	}
	p.phase = e.Phase
}
