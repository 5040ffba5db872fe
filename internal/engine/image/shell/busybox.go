package shell

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// multiCall is busybox called by its own name.
func multiCall(ctx context.Context, p *kernel.Process, applets kernel.Programs) int {
	args := p.Args()[1:]
	names := slices.Sorted(maps.Keys(applets))
	switch {
	case len(args) == 0 || args[0] == "--help":
		fmt.Fprintf(p.Stdout(), "%s\nBusyBox is copyrighted by many authors between 1998-2015.\nLicensed under GPLv2. See source distribution for detailed\ncopyright notices.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list\n   or: function [arguments]...\n\nCurrently defined functions:\n\t%s\n", tool.Banner, strings.Join(names, ", "))
		return 0
	case args[0] == "--list":
		fmt.Fprintln(p.Stdout(), strings.Join(names, "\n"))
		return 0
	}
	if applets[args[0]] == nil {
		fmt.Fprintf(p.Stderr(), "%s: applet not found\n", args[0])
		return 127
	}
	child, err := p.Fork(kernel.Spec{Args: args, Stdin: p.Stdin(), Stdout: p.Stdout(), Stderr: p.Stderr()}, applets[args[0]])
	if err != nil {
		fmt.Fprintf(p.Stderr(), "busybox: %s\n", tool.Reason(err))
		return 1
	}
	status, err := child.Wait(ctx)
	if err != nil {
		return 137
	}
	return status.ExitCode()
}
