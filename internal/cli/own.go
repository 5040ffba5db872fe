package cli

import (
	"fmt"

	"github.com/spf13/cobra"

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
