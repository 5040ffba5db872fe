package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// machine is what the interface does to the machine that it runs on: it starts
// the learner's editor there, with a file, and stops the process. Guests have
// none, and a test holds that nothing else here starts a program or opens a file.
type machine struct {
	ctx context.Context // of the interface: an editor ends with it
	env []string        // nil: that of the process
}

// newMachine is this machine, as far as the options allow it to be used.
func newMachine(ctx context.Context, o Options) *machine {
	if o.Guest {
		return nil
	}
	return &machine{ctx, o.Env}
}

// editReadyMsg says that a text is in a file.
type editReadyMsg struct {
	request editRequest
	dir     string
	command []string
}

// suspend stops the process until the learner's shell lets it go on.
func (m *machine) suspend() tea.Cmd { return tea.Suspend }

// edit writes a text to a private file for an editor of this machine; where there
// is no editor, it asks for the one inside.
func (m *machine) edit(r editRequest) tea.Cmd {
	return func() tea.Msg {
		command := editor(m.env)
		if command == nil {
			return openEditorMsg{r}
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
func (m *machine) runEditor(msg editReadyMsg) tea.Cmd {
	file := editFile(msg.dir, msg.request)
	cmd := exec.CommandContext(m.ctx, msg.command[0], append(msg.command[1:], file)...)
	if m.env != nil {
		cmd.Env = m.env
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

// editor is the learner's editor, with its arguments; nil where there is none.
func editor(env []string) []string {
	for _, name := range []string{"VISUAL=", "EDITOR="} {
		for _, e := range env {
			if v, ok := strings.CutPrefix(e, name); ok && strings.TrimSpace(v) != "" {
				return strings.Fields(v)
			}
		}
	}
	for _, name := range []string{"nano", "vim", "vi", "notepad"} {
		if file, err := exec.LookPath(name); err == nil {
			return []string{file}
		}
	}
	return nil
}
