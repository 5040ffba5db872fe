package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// line is one running line.
type line struct {
	shell   *shell
	request message
	ctx     context.Context
	cancel  context.CancelFunc
	stdin   *os.File // what its commands read
	feeder  *os.File // what is typed goes in here
	out     *output  // its standard output and error
	errs    *output
	typed   chan message
	budget  *budget
	pace    *pace
}

func newLine(s *shell, m message) (*line, error) {
	l := &line{shell: s, request: m, typed: make(chan message, 256), pace: &pace{}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.budget = &budget{left: maxOutput, empty: l.cancel}
	l.out = &output{wire: s.wire, budget: l.budget}
	l.errs = &output{wire: s.wire, budget: l.budget, stderr: true}
	s.place.Servers, s.place.Nodes = m.Servers, m.Nodes
	var err error
	if l.stdin, l.feeder, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	if s.script {
		l.feeder.Close()
		return l, nil
	}
	go l.pump()
	return l, nil
}

// feed takes what the learner typed. What nobody reads is dropped once it is
// much.
func (l *line) feed(m message) {
	select {
	case l.typed <- m:
	default:
	}
}

// pump writes what was typed into the line's standard input.
func (l *line) pump() {
	defer l.feeder.Close()
	stop := context.AfterFunc(l.ctx, func() { _ = l.feeder.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		select {
		case m := <-l.typed:
			if _, err := l.feeder.Write(m.Data); err != nil || m.EOF {
				return
			}
		case <-l.ctx.Done():
			return
		}
	}
}

// run interprets the line to its end.
func (l *line) run() message {
	defer l.stdin.Close()
	defer l.cancel()
	s := l.shell
	out, errs := l.out, l.errs
	file, incomplete, err := parse(l.request.Line, l.request.Name)
	switch {
	case incomplete:
		return message{Kind: kindDone, Incomplete: true}
	case err != nil:
		fmt.Fprintln(errs, "syntax error:", err)
		return message{Kind: kindDone, Code: 2, Dir: s.dir()}
	}
	if hasProcSubst(file) {
		fmt.Fprintln(errs, noProcSubst)
		return message{Kind: kindDone, Code: 2, Dir: s.dir()}
	}
	paceLoops(file)
	code, closed := l.interpret(file, out, errs)
	if l.budget.spent() {
		_ = s.wire.send(message{Kind: kindOutput, Stderr: true, Data: fmt.Appendf(nil, "\n… the output was longer than %d MiB: the line was ended\n", maxOutput>>20)})
	}
	return message{Kind: kindDone, Code: code, Dir: s.dir(), Closed: closed}
}

func (l *line) interpret(file *syntax.File, out, errs io.Writer) (code int, closed bool) {
	r := l.shell.runner
	if err := interp.StdIO(l.stdin, out, errs)(r); err != nil {
		fmt.Fprintln(errs, err)
		return 1, false
	}
	// Statement by statement, as typed: running a whole file would run the EXIT
	// trap after every line.
	for _, stmt := range file.Stmts {
		err := r.Run(l.ctx, stmt)
		var say string
		if code, say = status(l.ctx, err); say != "" {
			fmt.Fprintln(errs, say)
		}
		if r.Exited() || l.ctx.Err() != nil {
			return code, l.ctx.Err() == nil && r.Exited()
		}
	}
	return code, false
}

// maxOutput is how many bytes a line may print.
const maxOutput = 8 << 20

// budget is what a line may still print; it ends the line when it is spent.
type budget struct {
	mu    sync.Mutex
	left  int
	over  bool
	empty func()
}

// take asks to print n bytes and returns how many may be.
func (b *budget) take(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > b.left {
		n, b.over = b.left, true
		b.empty()
	}
	b.left -= n
	return n
}

func (b *budget) spent() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.over
}

// output is standard output or error of a line.
type output struct {
	wire   *wire
	budget *budget
	stderr bool
}

// chunk is the largest piece of output in one message.
const chunk = 64 << 10

func (o *output) Write(b []byte) (n int, err error) {
	allowed := o.budget.take(len(b))
	for n < allowed {
		piece := b[n:min(n+chunk, allowed)]
		if err := o.wire.send(message{Kind: kindOutput, Data: piece, Stderr: o.stderr}); err != nil {
			return n, err
		}
		n += len(piece)
	}
	if n < len(b) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

const (
	freeSteps = 5000                 // commands of a line that run at full speed
	stepPause = 2 * time.Millisecond // between two of the further ones
)

// pace slows a line down that has run many commands, so that an endless loop
// takes a small part of one core.
type pace struct {
	mu    sync.Mutex
	steps int
}

func (p *pace) tick(ctx context.Context) error {
	p.mu.Lock()
	p.steps++
	free := p.steps <= freeSteps
	p.mu.Unlock()
	if free {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
	case <-time.After(stepPause):
	}
	return ctx.Err()
}

// paceLoops puts a command into every loop that has none, for steps are
// counted by commands. Such a loop computes only, so that $? of a command before
// it is not looked at in it.
func paceLoops(file *syntax.File) {
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.WhileClause:
			n.Do = paced(n.Do)
		case *syntax.ForClause:
			n.Do = paced(n.Do)
		}
		return true
	})
}

func paced(body []*syntax.Stmt) []*syntax.Stmt {
	for _, stmt := range body {
		if call, ok := stmt.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			return body
		}
	}
	step := &syntax.Stmt{Cmd: &syntax.CallExpr{Args: []*syntax.Word{{Parts: []syntax.WordPart{&syntax.Lit{Value: ":"}}}}}}
	return append([]*syntax.Stmt{step}, body...)
}
