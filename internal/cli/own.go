package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/plain"
)

// addConfirm adds the flag that names the context of the learner's own cluster
// in place of an answer.
func (f *Factory) addConfirm(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.flags.confirm, "confirm-context", "", f.Words.FlagConfirm)
}

// confirm lets a lab begin on the learner's own cluster once its context was
// named: by the flag, or by the person at the terminal.
func (f *Factory) confirm(desk *attempt.Desk, l *course.Lab, context string) error {
	return plain.Confirm(f.IO.Err, desk, l, context, f.Words, func(prompt string) (string, error) {
		switch {
		case f.flags.confirm != "":
			return f.flags.confirm, nil
		case !f.IO.Terminal():
			return "", usageError{fmt.Errorf(f.Words.OwnUnasked, context)}
		}
		fmt.Fprint(f.IO.Err, prompt)
		return readLine(f.IO.In), nil
	})
}

// commands makes the commands that a text advises, which stand in backquotes,
// mean the cluster that this one meant.
func (f *Factory) commands(text string) string {
	self := "kubetutor"
	for _, flag := range [][2]string{{"name", f.flags.name}, {"kubeconfig", f.flags.kubeconfig}, {"context", f.flags.context}} {
		if flag[1] == "" {
			continue
		}
		value, err := syntax.Quote(flag[1], syntax.LangPOSIX)
		if err != nil {
			return text // no shell can be told this name
		}
		self += " --" + flag[0] + " " + value
	}
	return strings.ReplaceAll(text, "`kubetutor ", "`"+self+" ")
}
