package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// errNoTerminal means that there is none for an editor.
var errNoTerminal = errors.New("there is no terminal for an editor")

// editing is how the learner's own editor is run.
type editing struct {
	environ  []string
	out, err io.Writer
}

// edit runs $VISUAL, $EDITOR or vi on a copy in a directory of its own, and
// returns what was saved. The copy has the last part of name.
func (e editing) edit(ctx context.Context, name string, content []byte) ([]byte, error) {
	tty, err := os.Open(terminalName())
	if err != nil {
		return nil, errNoTerminal
	}
	defer tty.Close()
	dir, err := os.MkdirTemp("", "kubetutor-edit-")
	if err != nil {
		return nil, fmt.Errorf("making a copy to edit: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, filepath.Base(filepath.Clean("/"+name)))
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, fmt.Errorf("making a copy to edit: %w", err)
	}
	words := e.words()
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], file)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = tty, direct(e.out), direct(e.err), e.environ
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("running the editor %s: %w", words[0], err)
	}
	return os.ReadFile(file)
}

// direct is the file behind a writer that only counts: an editor wants the
// terminal itself.
func direct(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		return s.Writer
	}
	return w
}

// words is the editor's command line; like git and kubectl, it is split at
// spaces.
func (e editing) words() []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		for _, v := range e.environ {
			if value, ok := strings.CutPrefix(v, name+"="); ok && strings.TrimSpace(value) != "" {
				return strings.Fields(value)
			}
		}
	}
	if runtime.GOOS == "windows" {
		return []string{"notepad"}
	}
	return []string{"vi"}
}

func terminalName() string {
	if runtime.GOOS == "windows" {
		return "CONIN$"
	}
	return "/dev/tty"
}
