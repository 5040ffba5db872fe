// Package shell holds what a busybox or a small Debian image holds: a shell and
// the usual small tools, as programs of a simulated kernel.
//
// The shell itself is in package sh. The tools are small functions over package
// tool, one package for each family. They behave as busybox's: what they print,
// what they complain of, and their exit status.
package shell

import (
	"context"
	"maps"
	"path"

	"kubetutor/internal/engine/image/shell/archive"
	"kubetutor/internal/engine/image/shell/awk"
	"kubetutor/internal/engine/image/shell/files"
	"kubetutor/internal/engine/image/shell/network"
	"kubetutor/internal/engine/image/shell/sh"
	"kubetutor/internal/engine/image/shell/system"
	"kubetutor/internal/engine/image/shell/text"
	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// Programs are all programs by name. The map is the caller's own.
func Programs() kernel.Programs {
	programs := sh.Programs()
	for _, family := range []map[string]tool.Command{
		archive.Commands(), awk.Commands(), files.Commands(), network.Commands(), system.Commands(), text.Commands(),
	} {
		for name, c := range family {
			programs[name] = c.Program()
		}
	}
	programs["busybox"] = busybox(maps.Clone(programs))
	programs["nslookup-1.28"] = network.OldNslookup().Program()
	return programs
}

// busybox is the program that all tools of a busybox image are links to: it runs
// the one that it is called as, or that its first argument names.
func busybox(applets kernel.Programs) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		if run, ok := applets[path.Base(p.Args()[0])]; ok {
			return run(ctx, p)
		}
		return multiCall(ctx, p, applets)
	}
}
