package check

import (
	"errors"
	"fmt"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// input is what a rule is judged on.
type input struct {
	values   map[string]any // of the variables
	there    bool           // the subject exists; a list, a permission and the requests always do
	have     course.Text    // why it is not there, where "not found" would mislead
	unjudged course.Text    // why nothing can be said
	missing  course.Text    // why values are not set, where "not set" would mislead
	waiting  course.Text    // why it fails now, where that may change by itself
	samples  []sample       // of a subject that is looked at in several containers
}

// judge says how the rule stands on the input.
func (r *rule) judge(in input) protocol.Verdict {
	v := protocol.Verdict{Check: label(r.check), Result: protocol.Pass}
	switch {
	case r.broken != nil:
		return unjudged(v, textBroken(r.broken))
	case !in.unjudged.IsZero():
		return unjudged(v, in.unjudged)
	case r.isSampled() && in.there && in.samples != nil:
		return r.judgeSamples(in)
	case r.check.Absent != nil:
		return r.judgeAbsent(v, in)
	case r.mode == modeExists:
		return r.judgeExists(v, in)
	case r.mode == modeNever:
		return r.judgeNever(v, in)
	}
	return r.judgeCondition(v, in)
}

func unjudged(v protocol.Verdict, why course.Text) protocol.Verdict {
	v.Result, v.Reason = protocol.Unjudged, why
	return v
}

func (r *rule) judgeAbsent(v protocol.Verdict, in input) protocol.Verdict {
	if !in.there {
		return v
	}
	v.Result, v.Want, v.Have = protocol.Fail, textNotFound(), textExists()
	if isDeleting(in.values["object"]) {
		v.Result, v.Reason = protocol.Waiting, textDeleting()
	}
	return r.own(v, in)
}

// judgeExists judges a check without a condition: the object is there, the list
// has an element, the access is allowed, a request was made.
func (r *rule) judgeExists(v protocol.Verdict, in input) protocol.Verdict {
	v.Want, v.Have = textExists(), textNotFound()
	holds := in.there
	switch {
	case r.check.Access != nil:
		holds = in.values["allowed"] == true
		v.Want, v.Have = textAllowed(), textDenied()
	case r.check.List != nil:
		holds = isFilled(in.values["items"])
	case r.check.Audit != nil:
		holds = isFilled(in.values["requests"])
		v.Want, v.Have = textDone(), textNone()
	case r.check.Exec != nil:
		holds = in.there && in.values["exit"] == int64(0)
		v.Want, v.Have = textSucceeds(), in.haveOr(textExit)
	case r.check.Logs != nil:
		holds = in.there && in.values["log"] != ""
		v.Want, v.Have = textSaysSomething(), in.haveOr(textNothingSaid)
	case r.looksAtNetwork():
		holds, v.Want, v.Have = r.answered(in)
	case !in.have.IsZero():
		v.Have = in.have
	}
	if holds {
		return protocol.Verdict{Check: v.Check, Result: protocol.Pass}
	}
	return r.own(in.failed(v), in)
}

// answered judges a look at the network without a condition.
func (r *rule) answered(in input) (holds bool, want, have course.Text) {
	switch answers, _ := in.values["answers"].([]any); {
	case r.check.Resolve != nil:
		return len(answers) > 0, textResolves(), in.haveOr(func(map[string]any) course.Text { return in.missing })
	case r.check.Request.Times > 0:
		return in.allAnswered()
	}
	response, _ := in.values["response"].(map[string]any)
	return isGood(response), textAnswers(), in.haveOr(func(map[string]any) course.Text {
		if in.missing.IsZero() {
			return textStatus(response)
		}
		return in.missing
	})
}

func (in input) allAnswered() (holds bool, want, have course.Text) {
	responses, _ := in.values["responses"].([]any)
	good := 0
	for _, r := range responses {
		if response, _ := r.(map[string]any); isGood(response) {
			good++
		}
	}
	return in.there && good == len(responses), textAnswers(), in.haveOr(func(map[string]any) course.Text {
		return course.Same(fmt.Sprintf("%d / %d", good, len(responses)))
	})
}

// isGood tells whether a server answered, and neither complained nor failed.
func isGood(response map[string]any) bool {
	status, answered := response["status"].(int64)
	return answered && status < 400
}

// haveOr says why a subject is not there, or what there is.
func (in input) haveOr(text func(values map[string]any) course.Text) course.Text {
	if !in.there {
		return in.have
	}
	return text(in.values)
}

// failed is the result of a verdict that does not hold: one that may hold by
// itself soon is waiting.
func (in input) failed(v protocol.Verdict) protocol.Verdict {
	v.Result = protocol.Fail
	if !in.waiting.IsZero() {
		v.Result, v.Reason = protocol.Waiting, in.waiting
	}
	return v
}

func isFilled(list any) bool {
	l, ok := list.([]any)
	return ok && len(l) > 0
}

// judgeNever fails while the condition holds. A condition that has no value on
// an object that is there fails too: status fields that are zero are left out
// by the API, and "never below 2" must not be fooled by that. Of an object that
// is not there nothing is true.
func (r *rule) judgeNever(v protocol.Verdict, in input) protocol.Verdict {
	if !in.there {
		return v
	}
	holds, err := r.cond.holds(in.values)
	if errors.Is(err, errCostly) {
		return unjudged(v, textTooCostly(err))
	}
	if err == nil && !holds {
		return v
	}
	v.Result = protocol.Fail
	if len(r.leaves) == 1 {
		r.leaves[0].describe(&v, in)
		v.Want = never(v.Want)
	}
	if err != nil {
		v.Have = textNotSet()
	}
	return r.own(v, in)
}

// judgeCondition judges expect and always, conjunct by conjunct. All must hold,
// and the first that does not is what the verdict tells of.
func (r *rule) judgeCondition(v protocol.Verdict, in input) protocol.Verdict {
	first, mayPass := -1, in.there && r.mode == modeExpect
	for i := range r.leaves {
		l := &r.leaves[i]
		holds, err := false, error(nil)
		if in.there {
			holds, err = l.cond.holds(in.values)
		}
		if errors.Is(err, errCostly) {
			return unjudged(v, textTooCostly(err))
		}
		if holds {
			continue
		}
		if first < 0 {
			first = i
		}
		mayPass = mayPass && l.mayPass(in)
	}
	if first < 0 {
		return v
	}
	v = in.failed(v)
	r.leaves[first].describe(&v, in)
	if r.leaves[first].root == "allowed" {
		inWords(&v, in.values["allowed"] == true)
	}
	if mayPass {
		v.Result, v.Reason = protocol.Waiting, waitingFor(in.values["object"])
	}
	return r.own(v, in)
}

// inWords says of a permission that should be otherwise what a learner calls it,
// in place of true and false.
func inWords(v *protocol.Verdict, allowed bool) {
	v.Path, v.Want, v.Have = "", textAllowed(), textDenied()
	if allowed {
		v.Want, v.Have = v.Have, v.Want
	}
}

// own puts the check's own words in the place of derived ones. An error in have
// leaves what was derived.
func (r *rule) own(v protocol.Verdict, in input) protocol.Verdict {
	if !r.check.Want.IsZero() {
		v.Want = r.check.Want
	}
	if r.have == nil || !in.there {
		return v
	}
	if out, err := r.have.eval(in.values); err == nil {
		if s, ok := out.(types.String); ok {
			v.Have = course.Same(shorten(string(s)))
			v.Path = ""
		}
	}
	return v
}

// mayPass tells whether a conjunct that fails may hold without another step of
// the learner: when the cluster writes all that it reads.
func (l *leaf) mayPass(in input) bool {
	if l.rootMissing(in) {
		return false
	}
	if l.onlyStatus {
		items, isList := in.values["items"].([]any)
		return !isList || len(items) > 0
	}
	if !l.filledIn || l.left == nil {
		return l.filledIn && l.form == present && !l.neg
	}
	_, err := l.left.eval(in.values)
	return err != nil // the controller has not chosen yet
}

// rootMissing tells whether the object that the leaf looks at is not there.
func (l *leaf) rootMissing(in input) bool {
	value, bound := in.values[l.root]
	return !in.there || l.root != "" && bound && value == nil
}

// describe sets want, have and path as far as they can be derived.
func (l *leaf) describe(v *protocol.Verdict, in input) {
	v.Path, v.Want = l.path, l.wants(in)
	switch {
	case l.rootMissing(in):
		v.Have = textNotFound()
		if !in.have.IsZero() {
			v.Have = in.have
		}
	case l.form == present && l.neg:
		v.Have = textSet()
	case l.form == present:
		v.Have = in.notSet()
	case l.left != nil:
		v.Have = l.value(in)
	default:
		if _, err := l.cond.eval(in.values); err != nil {
			v.Have = in.notSet()
		}
	}
}

// notSet says that a value is not set, or why.
func (in input) notSet() course.Text {
	if !in.missing.IsZero() {
		return in.missing
	}
	return textNotSet()
}

// value is what there is. Of a map whose keys are in question the keys are
// shown.
func (l *leaf) value(in input) course.Text {
	out, err := l.left.eval(in.values)
	if err != nil || l.root == "answers" && !in.missing.IsZero() {
		return in.notSet()
	}
	if l.root == "shares" && len(l.shares) == 1 {
		return course.Same(shorten(render(out) + others(in.values["shares"], l.shares[0])))
	}
	if _, isMap := out.(sortedMap); isMap && l.form == contains {
		return course.Same(renderKeys(out.(sortedMap)))
	}
	return course.Same(render(out))
}

// wants phrases what a conjunct asks for.
func (l *leaf) wants(in input) course.Text {
	switch l.form {
	case present:
		if l.neg {
			return textNotSet()
		}
		return textSet()
	case truth:
		return course.Same(render(types.Bool(!l.neg)))
	case compared, contains:
		out, err := l.want.eval(in.values)
		if err != nil {
			return course.Text{}
		}
		return l.phrase(out)
	}
	return course.Text{}
}

func (l *leaf) phrase(constant ref.Val) course.Text {
	if l.form == contains {
		return containing(render(constant), l.neg)
	}
	return comparison(l.op, render(constant))
}

// waitingFor says what an object's conditions are waiting for.
func waitingFor(object any) course.Text {
	o, _ := object.(map[string]any)
	meta, _ := o["metadata"].(map[string]any)
	status, _ := o["status"].(map[string]any)
	generation, _ := meta["generation"].(int64)
	observed, seen := status["observedGeneration"].(int64)
	switch {
	case isDeleting(object):
		return textDeleting()
	case seen && observed < generation:
		return textNotObserved()
	}
	return textNotYet()
}

func isDeleting(object any) bool {
	o, _ := object.(map[string]any)
	meta, _ := o["metadata"].(map[string]any)
	return meta["deletionTimestamp"] != nil
}
