package author

import (
	"fmt"
	"strings"
	"time"

	"kubetutor/internal/lab/protocol"
)

// Format returns the report as text: a fault per line, as file:line:column:
// message — mend, then what was left out, then a sentence.
func (r Report) Format() string {
	var b strings.Builder
	for _, f := range r.Faults {
		fmt.Fprintln(&b, f.Error())
	}
	for _, f := range r.Warnings {
		fmt.Fprintln(&b, "warning:", f.Error())
	}
	for _, s := range r.Skipped {
		fmt.Fprintln(&b, "not looked at:", s)
	}
	fmt.Fprintf(&b, "%s, %s", count(r.Lessons, "lesson"), count(len(r.Faults), "fault"))
	if n := len(r.Warnings); n > 0 {
		fmt.Fprintf(&b, ", %s", count(n, "warning"))
	}
	b.WriteString("\n")
	return b.String()
}

// Format returns a step or the end of a lab's proof as a line, or several where
// something went wrong.
func (e Event) Format() string {
	switch {
	case e.Step != nil:
		return formatStep(e.Lab, *e.Step)
	case e.Proof != nil:
		return formatProof(*e.Proof)
	case e.Again:
		return "again, alone: " + e.Lab + "\n"
	}
	return ""
}

func formatStep(lab string, s protocol.ProofStep) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s", mark(s.OK), lab, s.Step)
	if s.Seed > 1 {
		fmt.Fprintf(&b, " (seed %d)", s.Seed)
	}
	fmt.Fprintf(&b, "  %s\n", s.Took.Round(10*time.Millisecond))
	if s.OK {
		return b.String()
	}
	if s.Error != nil {
		fmt.Fprintf(&b, "      %s\n", s.Error.Message)
	}
	fmt.Fprintf(&b, "      should fail: %s\n      fails:       %s\n", list(s.Expected, s.Step), list(s.Failed, ""))
	for _, v := range s.Verdicts {
		if v.Result != protocol.Pass {
			fmt.Fprintf(&b, "      %s: %s; want %s, have %s %s\n", v.Check, v.Result, v.Want.EN, v.Have.EN, v.Reason.EN)
		}
	}
	for line := range strings.Lines(s.Output) {
		fmt.Fprintf(&b, "      | %s\n", strings.TrimRight(line, "\n"))
	}
	return b.String()
}

func formatProof(p Proof) string {
	text := fmt.Sprintf("%s  %s  %s, %s\n", mark(p.OK), p.Lab, count(len(p.Steps), "step"), p.Took.Round(10*time.Millisecond))
	if p.Error != "" {
		text += "      " + p.Error + "\n"
	}
	return text
}

// Format returns what deviates, and a sentence.
func (s Summary) Format() string {
	var b strings.Builder
	deviations := func(what string, all []Deviation) {
		for _, d := range all {
			fmt.Fprintf(&b, "%s: %s  %s (seed %d)  %s\n", what, d.Lab, d.Step, d.Seed, d.Check)
		}
	}
	deviations("passes, and should fail", s.FalsePasses)
	deviations("fails, and should pass", s.FalseFails)
	for _, h := range s.UnmetHints {
		fmt.Fprintf(&b, "in no step was hint %d for: %s  when %s\n", h.Hint, h.Lab, h.When)
	}
	for _, lab := range s.OnlyAlone {
		fmt.Fprintf(&b, "held only when it was proven alone: %s\n", lab)
	}
	failed := 0
	for _, p := range s.Proofs {
		if !p.OK {
			failed++
		}
	}
	fmt.Fprintf(&b, "%s, %s: %d failed; %s, %s; %s\n", count(len(s.Proofs), "lab"), count(s.Steps, "step"), failed,
		count(len(s.FalsePasses), "false pass"), count(len(s.FalseFails), "false failure"), s.Took.Round(100*time.Millisecond))
	return b.String()
}

func mark(ok bool) string {
	if ok {
		return "ok  "
	}
	return "FAIL"
}

// list names checks; before the solution any failing check will do.
func list(checks []string, step string) string {
	switch {
	case step == "untouched":
		return "at least one"
	case len(checks) == 0:
		return "none"
	}
	return strings.Join(checks, ", ")
}

func count(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "s"):
		return fmt.Sprintf("%d %ses", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}
