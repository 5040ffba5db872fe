package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// report shows an error once, and what to do next.
func (f *Factory) report(w io.Writer, err error) {
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, f.Words.Interrupted)
		return
	}
	fmt.Fprintf(w, "kubetutor: %s\n", f.commands(f.explain(err)))
	if usage := (usageError{}); errors.As(err, &usage) || isCobraUsage(err) {
		fmt.Fprintln(w, f.Words.TryHelp)
	}
}

// explain finds the words for an error.
func (f *Factory) explain(err error) string {
	var refused *protocol.Error
	var stale *lab.StaleError
	switch {
	case errors.As(err, &stale):
		return fmt.Sprintf(f.Words.Stale, stale.Running, stale.PID, stale.Wanted)
	case errors.As(err, &refused):
		return explainRefusal(err, refused, f.Lang())
	case lab.Gone(err):
		return f.Words.EngineEnded
	}
	if said := explainClass(err, f.Words); said != "" {
		return said
	}
	return err.Error()
}

// explainRefusal says it in a language, as far as the engine can, and adds what it
// advises and the log's last lines.
func explainRefusal(err error, refused *protocol.Error, lang course.Lang) string {
	var b strings.Builder
	said := refused.Message
	refused = refused.In(lang)
	b.WriteString(strings.Replace(err.Error(), said, refused.Message, 1))
	for _, line := range refused.Log {
		fmt.Fprintf(&b, "\n    %s", line)
	}
	if refused.Hint != "" {
		fmt.Fprintf(&b, "\n%s", refused.Hint)
	}
	return b.String()
}
