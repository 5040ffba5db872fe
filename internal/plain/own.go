package plain

import (
	"fmt"
	"io"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/attempt"
)

// RefusedError means that a lab was not begun on the learner's own cluster. It
// says why, and what to do.
type RefusedError struct{ text string }

// Error says why.
func (e RefusedError) Error() string { return e.text }

// Suits tells whether a lab can be done in a context of the learner's own (empty
// for a cluster that is brought along); the error is a RefusedError.
func Suits(l *course.Lab, context string, words *i18n.CLI) error {
	if context == "" || l.Scope == course.ScopeNamespace {
		return nil
	}
	return RefusedError{fmt.Sprintf(words.LabNeedsOwn, l.Path())}
}

// Confirm lets a lab begin in a context of the learner's own once they have
// typed its name, which is asked for once. Otherwise the error is a
// RefusedError, or that of ask.
func Confirm(w io.Writer, desk *attempt.Desk, l *course.Lab, context string, words *i18n.CLI, ask func(prompt string) (string, error)) error {
	if err := Suits(l, context, words); err != nil {
		return err
	}
	if context == "" || desk.Confirmed() == context {
		return nil
	}
	fmt.Fprintf(w, words.OwnExplain+"\n", l.Namespace, context)
	typed, err := ask(fmt.Sprintf(words.OwnType, context))
	if err != nil {
		return err
	}
	if typed != context {
		return RefusedError{fmt.Sprintf(words.OwnWrong, typed, context)}
	}
	desk.Confirm(context)
	return nil
}
