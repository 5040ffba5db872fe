package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/lab/terminal"
)

// Session runs command lines in a console of the engine.
type Session struct {
	Console lab.Console
	Lines   *Lines  // where they come from, and what the commands read
	Editor  *Editor // edits them, in a terminal; or nil
	Out     io.Writer
	Err     io.Writer
	Words   *i18n.CLI
	Environ []string
	Prompt  bool // show a prompt before each line
	// Terminal is lent to programs that want one; nil if there is none. Lines
	// reads what is typed into it.
	Terminal *os.File
	// Divert sends interrupts to f until restore is called; nil where they cannot
	// be diverted.
	Divert func(f func()) (restore func())
	After  func() // called after each line, nil for nothing

	namespace string
	directory string
	serving   sync.WaitGroup // what the running command asked for
	giveBack  func()         // takes the terminal back from a program; nil while none has it
}

// Once runs one command, which may have several lines, and returns its exit
// status.
func (s *Session) Once(ctx context.Context, command string) (code int, err error) {
	exit, incomplete, err := s.run(ctx, command)
	if incomplete {
		return exitUsage, errors.New(s.Words.CommandIncomplete)
	}
	return exit.Code, err
}

// exitUsage is a shell's exit status for a command that cannot be understood.
const exitUsage = 2

// Run runs lines until `exit` or the end of input and returns the exit status of
// the last one.
func (s *Session) Run(ctx context.Context) (code int, err error) {
	info := s.Console.Info()
	s.namespace, s.directory = info.Namespace, info.Directory
	pending := ""
	for {
		line, err := s.read(ctx, pending != "")
		if errors.Is(err, io.EOF) {
			return code, nil
		}
		if err != nil {
			return code, err
		}
		if pending+line == "" {
			continue
		}
		exit, incomplete, err := s.run(ctx, pending+line)
		switch {
		case err != nil:
			return code, err
		case incomplete:
			pending += line + "\n"
			continue
		}
		pending, code = "", exit.Code
		if exit.Closed {
			return code, nil
		}
		s.namespace, s.directory = exit.Namespace, exit.Directory
		if s.After != nil {
			s.After()
		}
	}
}

// read reads a line behind the prompt.
func (s *Session) read(ctx context.Context, more bool) (string, error) {
	prompt := s.prompt(more)
	if s.Editor != nil {
		return s.Editor.Read(ctx, s.Lines, prompt)
	}
	if s.Prompt {
		fmt.Fprint(s.Out, prompt)
	}
	if s.Prompt && s.Divert != nil { // the terminal drops what was typed; the console stays
		defer s.Divert(func() { fmt.Fprintf(s.Out, "\n%s\n%s", s.Words.ConsoleInterrupted, prompt) })()
	}
	return s.Lines.Read(ctx)
}

// prompt shows the namespace, and the directory where it is not the first one.
func (s *Session) prompt(more bool) string {
	switch {
	case more:
		return "> "
	case s.directory == "" || s.directory == ".":
		return s.namespace + " $ "
	}
	return s.namespace + " " + s.directory + " $ "
}

// run runs one line, passing output on and interrupts to it.
func (s *Session) run(ctx context.Context, line string) (exit protocol.Exit, incomplete bool, err error) {
	if s.Divert != nil {
		restore := s.Divert(func() { _ = s.Console.Signal(ctx, "INT") })
		defer restore()
	}
	running, cancel := context.WithCancel(ctx)
	defer s.serving.Wait()
	defer cancel()
	defer s.lend(running, protocol.LoanEnds)
	return s.Console.Run(running, line, func(o protocol.Output) { s.output(running, o) })
}

// output passes a piece of output on, or serves what the command asks for.
func (s *Session) output(ctx context.Context, o protocol.Output) {
	switch {
	case o.Terminal != "":
		s.lend(ctx, o.Terminal)
	case o.Edit != nil:
		s.serving.Go(func() { s.edit(ctx, *o.Edit) })
	case o.Explanation != nil:
		fmt.Fprint(s.Out, s.Words.Explanation(*o.Explanation))
	case o.Input:
		s.serving.Go(func() { s.input(ctx) })
	case o.Stderr:
		_, _ = s.Err.Write(o.Data)
	case len(o.Data) > 0:
		_, _ = s.Out.Write(o.Data)
	}
}

// lend lends the terminal to a program, or takes it back.
func (s *Session) lend(ctx context.Context, turn protocol.Loan) {
	if s.giveBack != nil {
		s.giveBack()
		s.giveBack = nil
	}
	if turn != protocol.LoanBegins || s.Terminal == nil {
		return
	}
	back, err := terminal.Lend(ctx, s.Terminal, s.Lines.Bytes, s.Console)
	if err != nil {
		fmt.Fprintln(s.Err, err)
		return
	}
	s.giveBack = back
}

// input sends standard input to the running command, line by line, until it ends
// or the command does.
func (s *Session) input(ctx context.Context) {
	for {
		line, err := s.Lines.Raw(ctx)
		if ctx.Err() != nil {
			return
		}
		if sent := s.Console.Input(ctx, line, err != nil); err != nil || sent != nil {
			return
		}
	}
}

// edit lets the learner edit a text in their own editor and sends it back. Any
// fault counts as leaving without saving.
func (s *Session) edit(ctx context.Context, e protocol.Edit) {
	content, err := editing{s.Environ, s.Out, s.Err}.edit(ctx, e.Name, e.Content)
	if errors.Is(err, errNoTerminal) {
		err = errors.New(s.Words.NoEditor)
	}
	if err != nil {
		fmt.Fprintln(s.Err, err)
	}
	answer := protocol.Edited{ID: e.ID, Content: content, Aborted: err != nil}
	_ = s.Console.Edited(ctx, answer)
}
