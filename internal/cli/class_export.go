package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// newCmdClassExport writes attendance and results.
func newCmdClassExport(f *Factory) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use: "export [NAME]", Short: f.Words.ClassExport, Long: f.Words.ClassExportLong, Args: between(0, 1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runClassExport(cmd.Context(), f, optional(args), format, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", f.Words.FlagClassFormat)
	cmd.Flags().StringVarP(&out, "output", "o", "-", f.Words.FlagClassOut)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(classFormats(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func classFormats() []string { return []string{"csv", "json"} }

func runClassExport(ctx context.Context, f *Factory, name, format, out string) error {
	if format == "" {
		format = classFormats()[0]
		if strings.HasSuffix(strings.ToLower(out), ".json") {
			format = "json"
		}
	}
	if !slices.Contains(classFormats(), format) {
		return usageError{fmt.Errorf(f.Words.ClassFormatUnsaid, format)}
	}
	return f.withClass(ctx, name, func(_ classHome, seat chair) error {
		if out == "-" {
			return seat.Export(ctx, format, f.IO.Out)
		}
		if err := f.create(out, func(w io.Writer) error { return seat.Export(ctx, format, w) }); err != nil {
			return err
		}
		f.printf(f.Words.ClassExported+"\n", out)
		return nil
	})
}
