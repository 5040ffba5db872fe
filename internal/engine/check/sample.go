package check

import (
	"fmt"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// sample is what a look into one container, or from one Pod, gave.
type sample struct {
	pod      string
	values   map[string]any // of the variables; nil: there was nothing to look at
	missing  course.Text    // why some of them are not set
	have     course.Text    // why there are no values
	unjudged course.Text    // why nothing can be said
	waiting  course.Text    // why it may be otherwise soon
}

// isSampled tells whether the subject is one that cannot be watched.
func (r *rule) isSampled() bool {
	return r.check.Exec != nil || r.check.Logs != nil || r.looksAtNetwork()
}

// wantsAny tells whether one of several containers is enough.
func (r *rule) wantsAny() bool {
	switch c := r.check; {
	case c.Exec != nil:
		return c.Exec.Any
	case c.Logs != nil:
		return c.Logs.Any
	case c.Request != nil:
		return c.Request.From.Any
	}
	return r.check.Resolve != nil && r.check.Resolve.From.Any
}

// judgeSamples judges each container by itself. Where all must hold, the first
// that surely does not is what the verdict tells of.
func (r *rule) judgeSamples(in input) protocol.Verdict {
	verdicts := make([]protocol.Verdict, len(in.samples))
	for i, s := range in.samples {
		verdicts[i] = r.judge(in.of(s))
		if len(in.samples) > 1 {
			verdicts[i].Have = inPod(s.pod, verdicts[i].Have)
			verdicts[i].Reason = inPod(s.pod, verdicts[i].Reason)
		}
	}
	order := []protocol.Result{protocol.Fail, protocol.Waiting, protocol.Unjudged, protocol.Pass}
	if r.wantsAny() {
		order = []protocol.Result{protocol.Pass, protocol.Waiting, protocol.Fail, protocol.Unjudged}
	}
	return firstOf(verdicts, order)
}

// firstOf returns the first verdict of the first result in order that there is.
func firstOf(verdicts []protocol.Verdict, order []protocol.Result) protocol.Verdict {
	for _, result := range order {
		for _, v := range verdicts {
			if v.Result == result {
				v.Have, v.Reason = orNone(v, v.Have), orNone(v, v.Reason)
				return v
			}
		}
	}
	return protocol.Verdict{}
}

// orNone leaves words out of a verdict that needs none.
func orNone(v protocol.Verdict, t course.Text) course.Text {
	if v.Result == protocol.Pass {
		return course.Text{}
	}
	return t
}

// of is the input as one container gives it.
func (in input) of(s sample) input {
	one := input{values: make(map[string]any, len(in.values)+len(s.values))}
	for name, value := range in.values {
		one.values[name] = value
	}
	for name, value := range s.values {
		one.values[name] = value
	}
	one.there, one.have, one.waiting, one.unjudged = s.values != nil, s.have, s.waiting, s.unjudged
	one.missing = s.missing
	if !in.unjudged.IsZero() {
		one.unjudged = in.unjudged
	}
	return one
}

// commandValues binds what a command left.
func commandValues(exit int, stdout, stderr string) map[string]any {
	return map[string]any{
		"exit": int64(exit), "stdout": strings.TrimSpace(stdout), "stderr": strings.TrimSpace(stderr),
		"lines": asLines(stdout),
	}
}

// logValues binds a log.
func logValues(log string) map[string]any {
	return map[string]any{"log": strings.TrimSpace(log), "lines": asLines(log)}
}

// textExit says how a command ended, with the first line that it said.
func textExit(values map[string]any) course.Text {
	said := ""
	for _, stream := range []string{"stderr", "stdout"} {
		if text, _ := values[stream].(string); said == "" && text != "" {
			said, _, _ = strings.Cut(text, "\n")
		}
	}
	if said != "" {
		said = ": " + shorten(said)
	}
	return course.Text{
		EN: fmt.Sprintf("exit code %v%s", values["exit"], said),
		ZH: fmt.Sprintf("退出码为 %v%s", values["exit"], strings.Replace(said, ": ", "：", 1)),
	}
}
