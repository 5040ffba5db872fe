package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"mvdan.cc/sh/v3/interp"
)

// kubectl runs upstream kubectl in a process of its own, with the standard
// files that it has in the line.
func (s *shell) kubectl(ctx context.Context, hc interp.HandlerContext, args []string) int {
	if err := guard(s.placeOf(hc), hc.Dir, args); err != nil {
		fmt.Fprintln(hc.Stderr, err)
		return 1
	}
	if !s.lends(hc) || !wantsTerminal(args) {
		return s.run(ctx, hc, args, false)
	}
	defer func() { _ = s.wire.send(message{Kind: kindBack}) }()
	return s.run(ctx, hc, args, true)
}

// run runs a command in a process of its own: with the standard files of the
// line, or with a terminal of its own, which the client shows.
func (s *shell) run(ctx context.Context, hc interp.HandlerContext, args []string, terminal bool) int {
	failed := func(err error) int {
		fmt.Fprintf(hc.Stderr, "%s: %v\n", args[0], err)
		return 126
	}
	p, err := s.borrow(ctx, terminal)
	if err != nil {
		return failed(err)
	}
	defer p.wire.Close()
	if readsInput(args) && !terminal {
		s.asks(hc.Stdin)
	}
	columns, rows := s.size()
	where := s.placeOf(hc)
	req := execRequest{Place: where, Args: args, Dir: hc.Dir, Env: commandEnv(where, columns, rows), TTY: terminal}
	io, err := p.standard(hc)
	if err != nil {
		return failed(err)
	}
	err = p.wire.send(message{Kind: kindExec, Exec: &req}, io.files...)
	io.handed()
	code := 126
	if err == nil {
		code = s.await(ctx, p.wire)
	}
	io.wait()
	return code
}

// placeOf is the shell's place with the kubeconfigs that the learner exported.
func (s *shell) placeOf(hc interp.HandlerContext) place {
	p := s.place
	if v := hc.Env.Get(clientcmd.RecommendedConfigPathEnvVar); v.Exported {
		p.Exported = v.String()
	}
	return p
}

// lends tells whether a command may have the client's terminal: if it reads
// what is typed and what it prints is seen.
func (s *shell) lends(hc interp.HandlerContext) (ok bool) {
	s.current(func(l *line) {
		in, isFile := hc.Stdin.(*os.File)
		ok = l.request.Terminal && isFile && in == l.stdin && hc.Stdout == io.Writer(l.out) && hc.Stderr == io.Writer(l.errs)
	})
	return ok && !s.script
}

// borrow asks the daemon for a process, and for a terminal if one is wanted.
func (s *shell) borrow(ctx context.Context, terminal bool) (lentProcess, error) {
	if err := s.wire.send(message{Kind: kindLend, Terminal: terminal}); err != nil {
		return lentProcess{}, err
	}
	select {
	case p := <-s.lent:
		return p, p.err
	case <-ctx.Done():
		go s.discard()
		return lentProcess{}, ctx.Err()
	}
}

// discard sends away a process that has come too late.
func (s *shell) discard() {
	p := <-s.lent
	if p.wire != nil {
		p.wire.Close()
	}
	if p.terminal != nil {
		p.terminal.Close()
	}
}

// standard are the standard files of a command: the terminal that came with its
// process, or those of the line.
func (p lentProcess) standard(hc interp.HandlerContext) (*standard, error) {
	if p.terminal == nil {
		return standardFiles(hc)
	}
	return &standard{files: []*os.File{p.terminal, p.terminal, p.terminal}, close: []*os.File{p.terminal}}, nil
}

func (s *shell) size() (columns, rows int) {
	columns, rows = 80, 24
	s.current(func(l *line) {
		columns, rows = max(l.request.Columns, 20), max(l.request.Rows, 5)
	})
	return columns, rows
}

// lost is the exit code of a command that ended without a word.
const lost = 137

// await passes edits on until the command has ended. When ctx ends the command
// is interrupted, and soon after killed.
func (s *shell) await(ctx context.Context, w *wire) int {
	stop := context.AfterFunc(ctx, func() {
		_ = w.send(message{Kind: kindSignal})
		time.AfterFunc(patience/2, func() { w.Close() })
	})
	defer stop()
	for {
		m, files, err := w.receive()
		closeAll(files)
		switch {
		case err != nil && ctx.Err() != nil:
			return 130
		case err != nil:
			return lost
		case m.Kind == kindDone:
			return m.Code
		case m.Kind == kindEdit:
			go s.passEdit(ctx, w, m)
		}
	}
}

// passEdit lets the learner edit what a command wants edited.
func (s *shell) passEdit(ctx context.Context, w *wire, m message) {
	answer := s.edit(ctx, m.Name, m.Data)
	answer.Kind, answer.ID = kindEdited, m.ID
	_ = w.send(answer) // a command that has ended needs none
}

// edit asks the learner to edit a text and waits for the answer.
func (s *shell) edit(ctx context.Context, name string, content []byte) message {
	if s.script {
		return message{Aborted: true}
	}
	return s.ask(ctx, message{Kind: kindEdit, Name: name, Data: content})
}

// ask asks the daemon for something and waits for the answer. Where none comes,
// that is Aborted.
func (s *shell) ask(ctx context.Context, question message) message {
	answer := make(chan message, 1)
	s.mu.Lock()
	s.edits++
	question.ID = fmt.Sprint(s.edits)
	s.asking[question.ID] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.asking, question.ID)
	}()
	if s.wire.send(question) != nil {
		return message{Aborted: true}
	}
	select {
	case m := <-answer:
		return m
	case <-ctx.Done():
		return message{Aborted: true}
	}
}

// answered passes an answer on to who asked.
func (s *shell) answered(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.asking[m.ID]; ok {
		select {
		case c <- m:
		default: // answered already
		}
	}
}

// standard is the standard input, output and error of a command as files. What
// is no file in the line is connected by a pipe and copied.
type standard struct {
	files   []*os.File
	close   []*os.File // ours no more once they are handed over
	copying sync.WaitGroup
}

func standardFiles(hc interp.HandlerContext) (*standard, error) {
	s := &standard{}
	in, err := s.input(hc.Stdin)
	if err != nil {
		return nil, err
	}
	out, err := s.output(hc.Stdout)
	if err != nil {
		return nil, err
	}
	errs := out
	if hc.Stderr != hc.Stdout {
		if errs, err = s.output(hc.Stderr); err != nil {
			return nil, err
		}
	}
	s.files = []*os.File{in, out, errs}
	return s, nil
}

func (s *standard) input(r io.Reader) (*os.File, error) {
	if f, ok := r.(*os.File); ok && f != nil {
		return f, nil
	}
	null, err := os.Open(os.DevNull)
	if err == nil {
		s.close = append(s.close, null)
	}
	return null, err
}

func (s *standard) output(w io.Writer) (*os.File, error) {
	if f, ok := w.(*os.File); ok {
		return f, nil
	}
	from, to, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	s.close = append(s.close, to)
	s.copying.Go(func() {
		defer from.Close()
		_, _ = io.Copy(w, from) // a reader that is gone ends the command by SIGPIPE
	})
	return to, nil
}

// handed closes our copies, so that the ends of the pipes are seen.
func (s *standard) handed() { closeAll(s.close) }

// wait waits until all that the command said has arrived.
func (s *standard) wait() { s.copying.Wait() }
