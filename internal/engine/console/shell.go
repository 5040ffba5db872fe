package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// shell is one command line: the interpreter with its variables, functions and
// working directory. It runs in a process of its own.
type shell struct {
	wire   *wire
	place  place
	script bool
	files  *files
	runner *interp.Runner
	lent   chan lentProcess

	mu     sync.Mutex
	line   *line                   // the running one
	asking map[string]chan message // edits that wait for the learner
	edits  int
}

// lentProcess is a process of the daemon's, to run a command in, with a terminal
// if one was asked for.
type lentProcess struct {
	wire     *wire
	terminal *os.File
	err      error
}

func newShell(w *wire, setup shellSetup) (*shell, error) {
	f, err := openFiles(setup.Place)
	if err != nil {
		return nil, err
	}
	s := &shell{
		wire: w, place: setup.Place, script: setup.Script, files: f,
		lent: make(chan lentProcess), asking: map[string]chan message{},
	}
	s.runner, err = interp.New(
		interp.Dir(setup.Place.Workspace),
		interp.Env(expand.ListEnviron(shellEnv(setup.Place)...)),
		interp.CallHandler(s.call),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.exec }),
		interp.OpenHandler(f.open),
		interp.StatHandler(f.stat),
		interp.ReadDirHandler2(f.readDir),
		interp.AccessHandler(f.access),
	)
	if err != nil {
		return nil, fmt.Errorf("making an interpreter: %w", err)
	}
	return s, nil
}

func shellEnv(p place) []string {
	return []string{
		"HOME=" + p.Workspace, "KUBECONFIG=" + p.kubeconfig(), "TMPDIR=" + p.temporary(),
		"USER=learner", "PATH=/bin", "TERM=xterm-256color", "LANG=C.UTF-8",
	}
}

// serve runs lines until the daemon closes the wire; then the process ends, and
// with it whatever still runs.
func (s *shell) serve() {
	for {
		m, files, err := s.wire.receive()
		if err != nil {
			return
		}
		s.handle(m, files)
	}
}

func (s *shell) handle(m message, files []*os.File) {
	switch m.Kind {
	case kindRun:
		s.start(m)
	case kindLent:
		s.lent <- lentOf(m, files)
	case kindSignal:
		s.current(func(l *line) { l.cancel() })
	case kindInput:
		s.current(func(l *line) { l.feed(m) })
	case kindEdited, kindExplained:
		s.answered(m)
	}
}

func lentOf(m message, files []*os.File) lentProcess {
	if m.Error != "" || len(files) == 0 {
		closeAll(files)
		return lentProcess{err: errors.New(m.Error)}
	}
	w, err := newWire(files[0])
	if err != nil || len(files) == 1 {
		closeAll(files[1:])
		return lentProcess{wire: w, err: err}
	}
	return lentProcess{wire: w, terminal: files[1]}
}

// current does something with the running line, if there is one.
func (s *shell) current(do func(*line)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != nil {
		do(s.line)
	}
}

func (s *shell) start(m message) {
	l, err := newLine(s, m)
	if err != nil {
		_ = s.wire.send(message{Kind: kindOutput, Stderr: true, Data: []byte(err.Error() + "\n")})
		_ = s.wire.send(message{Kind: kindDone, Code: 1, Dir: s.dir()})
		return
	}
	s.mu.Lock()
	s.line = l
	s.mu.Unlock()
	go func() {
		done := l.run()
		s.mu.Lock()
		s.line = nil
		s.mu.Unlock()
		_ = s.wire.send(done) // without a daemon the process is about to end
	}()
}

// dir is the working directory, relative to the workspace.
func (s *shell) dir() string {
	rel, err := filepath.Rel(s.place.Workspace, s.runner.Dir)
	if err != nil {
		return "."
	}
	return rel
}

// parse parses a line; incomplete means that more must follow.
func parse(text, name string) (file *syntax.File, incomplete bool, err error) {
	parser := syntax.NewParser(syntax.Variant(syntax.LangBash))
	file, err = parser.Parse(strings.NewReader(text+"\n"), name)
	if err != nil && (syntax.IsIncomplete(err) || unclosedHeredoc(err)) {
		return nil, true, nil
	}
	if err == nil && strings.HasSuffix(text, "\\") && !strings.HasSuffix(text, `\\`) {
		return nil, true, nil
	}
	return file, false, err
}

func unclosedHeredoc(err error) bool { return strings.Contains(err.Error(), "unclosed here-document") }

// status is the exit code of what the interpreter returned, and what to tell
// beyond it.
func status(ctx context.Context, err error) (code int, say string) {
	var exit interp.ExitStatus
	switch {
	case ctx.Err() != nil:
		return 130, ""
	case err == nil:
		return 0, ""
	case errors.As(err, &exit):
		return int(exit), ""
	case errors.Is(err, io.ErrClosedPipe), errors.Is(err, os.ErrClosed):
		return 141, ""
	}
	return 1, err.Error()
}

// call sees every simple command before it runs: it slows endless loops down,
// and lends our names to commands that the interpreter has under the same.
func (s *shell) call(ctx context.Context, args []string) ([]string, error) {
	if err := s.tick(ctx); err != nil {
		return nil, err
	}
	switch args[0] {
	case "history", "help", "kill", "type", "umask", "ulimit", "jobs", "fg", "bg":
		return append([]string{ours + args[0]}, args[1:]...), nil
	case "read":
		s.asks(interp.HandlerCtx(ctx).Stdin)
	}
	return args, nil
}

// ours stands before the name of a command of ours that hides one of the
// interpreter's.
const ours = "tutor:"

// tick is one step of a line.
func (s *shell) tick(ctx context.Context) error {
	s.mu.Lock()
	l := s.line
	s.mu.Unlock()
	if l == nil {
		return ctx.Err()
	}
	return l.pace.tick(ctx)
}

// asks tells the client that the line waits for standard input.
func (s *shell) asks(in io.Reader) {
	s.current(func(l *line) {
		if f, ok := in.(*os.File); ok && f == l.stdin && !s.script {
			_ = s.wire.send(message{Kind: kindAsk})
		}
	})
}

// exec runs a command that is neither a function nor built into the
// interpreter.
func (s *shell) exec(ctx context.Context, args []string) (err error) {
	hc := interp.HandlerCtx(ctx)
	name := strings.TrimPrefix(args[0], ours)
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(hc.Stderr, "%s: a fault of the tutor: %v\n", name, r)
			err = interp.ExitStatus(1)
		}
	}()
	var code int
	switch tool, ok := tools()[name]; {
	case ok:
		code = s.runTool(ctx, hc, tool, append([]string{name}, args[1:]...))
	case name == "kubectl" || name == "k":
		code = s.kubectl(ctx, hc, append([]string{"kubectl"}, args[1:]...))
	case name == "crictl":
		code = s.crictl(ctx, hc, append([]string{"crictl"}, args[1:]...))
	default:
		fmt.Fprintf(hc.Stderr, "%s: command not found%s\n", name, hintFor(name, s.place.Guest))
		code = 127
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if code == 0 {
		return nil
	}
	return interp.ExitStatus(uint8(code))
}

// hintFor says what to use instead of a command that learners may miss.
func hintFor(name string, guest bool) string {
	missed := []string{"bash", "sh", "zsh", "curl", "wget", "ssh", "sudo", "apt", "python", "docker", "kubetutor"}
	switch beyond := strings.Contains(name, "/") || slices.Contains(missed, name); {
	case beyond && guest:
		return ": programs of the machine are out of reach here; try help, or kubectl exec into a container"
	case beyond:
		return ": programs of your machine are out of reach here; try help, or kubetutor shell"
	case slices.Contains([]string{"less", "more"}, name):
		return ": use cat, head or grep"
	}
	return ""
}
