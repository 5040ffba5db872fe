package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"kubetutor/internal/lab/protocol"
)

const (
	scriptTime   = 60 * time.Second
	scriptOutput = 1 << 20 // bytes kept
)

// Script runs a whole script (a lab's set-up, solution or near miss) in a shell
// of its own at the root of the workspace, with that kubeconfig. Like any shell
// it goes on after a command that fails, unless the script says set -e; code is
// that of the last command. Output is both streams in order, cut after 1 MiB. A
// script that takes longer than a minute is ended with an error.
func (m *Manager) Script(ctx context.Context, name, text, kubeconfig string) (output string, code int, err error) {
	if err := os.MkdirAll(m.config.Workspace, 0o700); err != nil {
		return "", 0, fmt.Errorf("making the workspace: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, scriptTime)
	defer cancel()
	shell, err := m.startShell(func() string { return kubeconfig }, true)
	if err != nil {
		return "", 0, err
	}
	defer shell.close()
	var said bytes.Buffer
	done, err := shell.run(ctx, message{Kind: kindRun, Line: text, Name: name, Columns: 120, Rows: 40}, func(o protocol.Output) {
		room := max(0, scriptOutput-said.Len())
		said.Write(o.Data[:min(room, len(o.Data))])
	})
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("running %s: it took longer than %s", name, scriptTime)
	case ctx.Err() != nil:
		err = fmt.Errorf("running %s: %w", name, ctx.Err())
	case err != nil:
		err = fmt.Errorf("running %s: %w", name, err)
	case done.Incomplete:
		err = fmt.Errorf("running %s: it ends within a quotation, a block or a here-document", name)
	}
	return said.String(), done.Code, err
}
