package cli

import (
	"github.com/spf13/cobra"
)

// newCmdClass holds what instructors and learners do with a class.
func newCmdClass(f *Factory) *cobra.Command {
	cmd := &cobra.Command{Use: "class", Short: f.Words.Class, Long: f.Words.ClassLong}
	cmd.AddCommand(
		newCmdClassServe(f), newCmdClassWatch(f), newCmdClassNotes(f), newCmdClassJoin(f), newCmdClassList(f),
		newCmdClassChange(f), newCmdClassExport(f), newCmdClassCode(f), newCmdClassEnd(f), newCmdClassForget(f),
	)
	return cmd
}

// completeClasses offers the names of the classes of this machine to the shell.
func (f *Factory) completeClasses(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	all, err := f.classHomes()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return each(all, func(h classHome) string { return h.name }), cobra.ShellCompDirectiveNoFileComp
}

// optional is the argument that may be left out.
func optional(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
