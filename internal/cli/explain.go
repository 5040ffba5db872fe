package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// newCmdExplain explains a connection.
func newCmdExplain(f *Factory) *cobra.Command {
	var q protocol.Explain
	var asJSON bool
	cmd := &cobra.Command{
		Use: "explain-connection FROM TO PORT", Short: f.Words.Explain, Long: f.Words.ExplainLong, Args: exactly(3, f),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.From, q.To, q.Port = args[0], args[1], args[2]
			return runExplain(cmd.Context(), f, q, asJSON)
		},
	}
	cmd.Flags().StringVarP(&q.Namespace, "namespace", "n", "", f.Words.FlagExplainNamespace)
	cmd.Flags().BoolVar(&q.UDP, "udp", false, f.Words.FlagUDP)
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

// runExplain exits with 1 if it would not connect.
func runExplain(ctx context.Context, f *Factory, q protocol.Explain, asJSON bool) error {
	var e protocol.Explanation
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		e, err = c.Explain(ctx, q)
		return err
	})
	var refused *protocol.Error
	switch {
	case errors.As(err, &refused) && refused.Code == protocol.CodeInvalid:
		return usageError{err}
	case err != nil:
		return err
	case e.Outcome != protocol.OutcomeConnects:
		f.code = exitFailed
	}
	if asJSON {
		return f.json(e)
	}
	f.printf("%s", f.commands(f.Words.Explanation(e)))
	return nil
}
