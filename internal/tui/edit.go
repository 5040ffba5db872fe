package tui

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// editRequest is a text that the learner edits in an editor of their own.
type editRequest struct {
	id      int
	name    string // tells the editor what it is
	content []byte
}

// editReadyMsg says that a text is in a file.
type editReadyMsg struct {
	request editRequest
	dir     string
	command []string
}

// editedMsg brings the edited text. Aborted means that nothing was saved.
type editedMsg struct {
	id      int
	content []byte
	aborted bool
	err     error
}

// errNoEditor means that there is no editor to be found.
var errNoEditor = errors.New("no editor")

// edit writes a text to a private file, lets an editor at it, and reads it
// again.
func (c *common) edit(r editRequest) tea.Cmd {
	return func() tea.Msg {
		command, err := editor(c.o.Env)
		if err != nil {
			return editedMsg{id: r.id, aborted: true, err: err}
		}
		dir, err := os.MkdirTemp("", "kubetutor-edit-")
		if err != nil {
			return editedMsg{id: r.id, aborted: true, err: fmt.Errorf("making room for the text to edit: %w", err)}
		}
		if err := os.WriteFile(editFile(dir, r), r.content, 0o600); err != nil {
			return editedMsg{id: r.id, aborted: true, err: errors.Join(fmt.Errorf("writing the text to edit: %w", err), os.RemoveAll(dir))}
		}
		return editReadyMsg{r, dir, command}
	}
}

// editFile is where the text is; its name is never a path.
func editFile(dir string, r editRequest) string {
	name := filepath.Base(filepath.Clean("/" + r.name))
	if name == "/" || name == "." || name == `\` {
		name = "text"
	}
	return filepath.Join(dir, name)
}

// runEditor gives the terminal to the editor.
func (c *common) runEditor(msg editReadyMsg) tea.Cmd {
	file := editFile(msg.dir, msg.request)
	cmd := exec.CommandContext(c.ctx, msg.command[0], append(msg.command[1:], file)...)
	if c.o.Env != nil {
		cmd.Env = c.o.Env
	}
	return tea.ExecProcess(cmd, func(err error) tea.Msg { return readEdited(msg.request, msg.dir, file, err) })
}

func readEdited(r editRequest, dir, file string, err error) tea.Msg {
	defer os.RemoveAll(dir) // nothing can be done about a file that stays in the temporary directory
	if err != nil {
		return editedMsg{id: r.id, aborted: true, err: fmt.Errorf("running the editor: %w", err)}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return editedMsg{id: r.id, aborted: true, err: fmt.Errorf("reading the edited text: %w", err)}
	}
	return editedMsg{id: r.id, content: content}
}

// editor is the learner's editor, with its arguments.
func editor(env []string) ([]string, error) {
	for _, name := range []string{"VISUAL=", "EDITOR="} {
		for _, e := range env {
			if v, ok := strings.CutPrefix(e, name); ok && strings.TrimSpace(v) != "" {
				return strings.Fields(v), nil
			}
		}
	}
	for _, name := range []string{"nano", "vim", "vi", "notepad"} {
		if file, err := exec.LookPath(name); err == nil {
			return []string{file}, nil
		}
	}
	return nil, errNoEditor
}
