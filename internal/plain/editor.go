package plain

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// Editor edits command lines in a terminal: history with the arrow keys,
// completion with tab. The terminal is raw only while a line is typed, so that
// control-C reaches what runs as a signal.
type Editor struct {
	console  lab.Console
	terminal *os.File
	term     *term.Terminal
	in       io.Reader // of the line that is being typed
}

// NewEditor edits on a terminal, writing to out.
func NewEditor(console lab.Console, terminal *os.File, out io.Writer) *Editor {
	e := &Editor{console: console, terminal: terminal}
	e.term = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{interruptible{e}, out}, "")
	for _, line := range console.Info().History {
		e.term.History.Add(line)
	}
	return e
}

// interruptible turns control-C, at which the editor would end its input, into
// control-U, which drops what was typed.
type interruptible struct{ *Editor }

func (r interruptible) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	const controlC, controlU = 3, 21
	for i := range p[:n] {
		if p[i] == controlC {
			p[i] = controlU
		}
	}
	return n, err
}

// Read reads one line of what is typed. Control-D on an empty one is io.EOF;
// control-C drops what was typed.
func (e *Editor) Read(ctx context.Context, typed *Lines, prompt string) (string, error) {
	e.in = typed.Bytes(ctx)
	fd := int(e.terminal.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return "", fmt.Errorf("preparing the terminal: %w", err)
	}
	defer term.Restore(fd, state)
	if width, height, err := term.GetSize(fd); err == nil {
		_ = e.term.SetSize(width, height)
		_ = e.console.Resize(ctx, width, height)
	}
	e.term.SetPrompt(prompt)
	e.term.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		return e.complete(ctx, line, pos)
	}
	line, err := e.term.ReadLine()
	return Clean(line), err
}

// complete replaces the word at the cursor by what all offers have in common,
// and lists them where there are several.
func (e *Editor) complete(ctx context.Context, line string, pos int) (string, int, bool) {
	done, err := e.console.Complete(ctx, line, pos)
	if err != nil || len(done.Items) == 0 || done.From > pos {
		return line, pos, true
	}
	word := commonPrefix(done.Items)
	if len(done.Items) == 1 && !done.Items[0].Open {
		word += " "
	}
	if len(done.Items) > 1 && len(word) <= pos-done.From {
		e.list(done.Items)
		return line, pos, true
	}
	return line[:done.From] + word + line[pos:], done.From + len(word), true
}

// maxOffers is how many offers are listed.
const maxOffers = 60

func (e *Editor) list(items []protocol.CompletedWord) {
	var b strings.Builder
	for i, item := range items {
		if i == maxOffers {
			fmt.Fprintf(&b, "… %d\n", len(items)-maxOffers)
			break
		}
		fmt.Fprintf(&b, "%-24s %s\n", item.Word, item.Help)
	}
	_, _ = e.term.Write([]byte(b.String()))
}

// commonPrefix is what all offers begin with.
func commonPrefix(items []protocol.CompletedWord) string {
	prefix := items[0].Word
	for _, item := range items[1:] {
		for !strings.HasPrefix(item.Word, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return strings.ToValidUTF8(prefix, "")
}
