package console

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"kubetutor/internal/lab/protocol"
)

// patience is how long an interrupted line may take to end before it is killed.
const patience = 3 * time.Second

// session is the daemon's side of one console.
type session struct {
	manager *Manager
	id      string
	turn    chan struct{} // holds one token: who has it runs a line

	mu            sync.Mutex
	shell         *shellProcess // nil until a line needs one
	running       bool
	dir           string // relative to the workspace
	columns, rows int
	lends         bool // the client can lend a terminal
}

func newSession(m *Manager, id string, o protocol.OpenConsole) *session {
	s := &session{manager: m, id: id, turn: make(chan struct{}, 1), dir: ".", columns: o.Columns, rows: o.Rows, lends: o.Terminal}
	s.turn <- struct{}{}
	return s
}

// run runs one line in the session's shell.
func (s *session) run(ctx context.Context, line string, out func(protocol.Output)) error {
	select {
	case <-s.turn:
	default:
		return &protocol.Error{Code: protocol.CodeConflict, Message: "A line is already running in this console.", Hint: "Press ctrl+c to end it."}
	}
	defer func() { s.turn <- struct{}{} }()
	shell, err := s.begin()
	if err != nil {
		return err
	}
	done, err := shell.run(ctx, s.request(line), out)
	if err == nil && done.Incomplete {
		s.end("")
		out(protocol.Output{Incomplete: true})
		return nil
	}
	s.manager.history.add(line)
	if err != nil {
		out(protocol.Output{Stderr: true, Data: []byte(err.Error() + "\n")})
		done = message{Code: 137, Dir: "."}
	}
	s.end(done.Dir)
	out(protocol.Output{Exit: &protocol.Exit{
		Code: done.Code, Directory: s.directory(), Closed: done.Closed,
		Namespace: namespace(s.manager.config.Kubeconfig()),
	}})
	return nil
}

func (s *session) request(line string) message {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := message{Kind: kindRun, Line: line, Columns: s.columns, Rows: s.rows, Terminal: s.lends}
	if strings.Contains(line, "history") {
		m.History = s.manager.history.lines()
	}
	return m
}

// begin makes sure that there is a shell that sees the learner's kubeconfig as
// it is now.
func (s *session) begin() (*shellProcess, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shell == nil || s.shell.process.ended() {
		shell, err := s.manager.startShell(s.manager.config.Kubeconfig, false)
		if err != nil {
			return nil, err
		}
		s.shell, s.dir = shell, "."
	}
	s.running = true
	return s.shell, nil
}

func (s *session) end(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = false
	if dir != "" {
		s.dir = dir
	}
	if s.shell != nil && s.shell.process.ended() {
		s.shell.close()
		s.shell, s.dir = nil, "."
	}
}

func (s *session) directory() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dir
}

func (s *session) tell(m message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running || s.shell == nil {
		return nil // it has just ended
	}
	if err := s.shell.process.wire.send(m); err != nil {
		return fmt.Errorf("speaking to the console's shell: %w", err)
	}
	return nil
}

func (s *session) resize(columns, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns, s.rows = columns, rows
	if s.shell != nil {
		s.shell.loan.resize(columns, rows)
	}
}

// terminal is the one that a program of the running line has; nil if none has.
func (s *session) terminal() *terminal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shell == nil {
		return nil
	}
	return s.shell.loan.current()
}

// kill ends the shell; the next line gets a new one.
func (s *session) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shell == nil {
		return
	}
	s.shell.kill()
	if !s.running { // else run closes it, once it has read the rest
		s.shell.close()
		s.shell = nil
	}
}

func (s *session) reset() {
	s.kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dir = "."
}

// shellProcess is a process that is a shell.
type shellProcess struct {
	manager    *Manager
	process    *process
	place      place
	kubeconfig *kubeconfig
	loan       loan
	lent       []*process
	lending    sync.Mutex
}

// startShell gives a process the part of a shell, with a private directory that
// it may use besides the workspace.
func (m *Manager) startShell(source func() string, script bool) (*shellProcess, error) {
	p, k, err := m.privatePlace()
	if err != nil {
		return nil, err
	}
	k.source = source
	s := &shellProcess{manager: m, place: p, kubeconfig: k}
	if s.process, err = m.pool.take(); err != nil {
		os.RemoveAll(p.Private)
		return nil, err
	}
	err = s.process.wire.send(message{Kind: kindShell, Shell: &shellSetup{Place: s.place, Script: script}})
	if err != nil {
		s.close()
		return nil, fmt.Errorf("starting a shell: %w", err)
	}
	return s, nil
}

// privatePlace makes a place with a private directory, and a kubeconfig in it
// that follows the learner's.
func (m *Manager) privatePlace() (place, *kubeconfig, error) {
	if m.config.Private != "" {
		if err := os.MkdirAll(m.config.Private, 0o700); err != nil {
			return place{}, nil, fmt.Errorf("making the directory of the consoles: %w", err)
		}
	}
	private, err := os.MkdirTemp(m.config.Private, "kubetutor-console-")
	if err != nil {
		return place{}, nil, fmt.Errorf("making a directory for the console: %w", err)
	}
	p := place{
		Workspace: realPath(m.config.Workspace), Private: realPath(private),
		Program: realPath(m.config.Program), Guest: m.config.Guest, Env: m.config.Env,
	}
	if err := p.furnish(); err != nil {
		os.RemoveAll(private)
		return place{}, nil, err
	}
	return p, &kubeconfig{source: m.config.Kubeconfig, file: p.kubeconfig()}, nil
}

// run sends a line and passes on what the shell says until it is done. An error
// means that the shell is no more.
func (s *shellProcess) run(ctx context.Context, line message, out func(protocol.Output)) (message, error) {
	var err error
	if line.Servers, err = s.kubeconfig.fetch(); err != nil {
		return message{}, err
	}
	line.Nodes = s.manager.config.Nodes()
	defer s.kubeconfig.giveBack()
	if err := s.process.wire.send(line); err != nil {
		return message{}, s.died()
	}
	ended := make(chan struct{})
	defer close(ended)
	stop := context.AfterFunc(ctx, func() { s.interrupt(ended) })
	defer stop()
	out = oneByOne(out) // a program with a terminal writes besides the shell
	s.loan.size(line.Columns, line.Rows)
	defer func() { s.loan.end(out) }()
	for {
		m, files, err := s.process.wire.receive()
		if err != nil {
			return message{}, s.died()
		}
		closeAll(files)
		if m.Kind == kindDone {
			return m, nil
		}
		s.pass(ctx, m, out)
	}
}

func (s *shellProcess) pass(ctx context.Context, m message, out func(protocol.Output)) {
	switch m.Kind {
	case kindOutput:
		out(protocol.Output{Data: m.Data, Stderr: m.Stderr})
	case kindAsk:
		out(protocol.Output{Input: true})
	case kindClear:
		out(protocol.Output{Clear: true})
	case kindEdit:
		out(protocol.Output{Edit: &protocol.Edit{ID: m.ID, Name: m.Name, Content: m.Data}})
	case kindExplain:
		go s.explained(ctx, m, out)
	case kindLend:
		if err := s.lend(m.Terminal, out); err != nil {
			_ = s.process.wire.send(message{Kind: kindLent, Error: err.Error()}) // a shell that is gone shows at the next message
		}
	case kindBack:
		s.loan.end(out)
	}
}

// lend gives the shell a process to run a command in, and a terminal for it if
// the shell wants one.
func (s *shellProcess) lend(wantsTerminal bool, out func(protocol.Output)) error {
	p, err := s.manager.pool.take()
	if err != nil {
		return err
	}
	socket, err := p.wire.file()
	if err != nil {
		p.kill()
		return err
	}
	files := []*os.File{socket}
	defer func() { closeAll(files) }()
	if wantsTerminal {
		slave, err := s.loan.begin(out)
		if err != nil {
			p.kill()
			return err
		}
		files = append(files, slave)
	}
	p.lent.Store(true)
	_ = s.process.wire.send(message{Kind: kindLent}, files...)
	p.wire.Close()
	s.lending.Lock()
	defer s.lending.Unlock()
	s.lent = append(running(s.lent), p)
	return nil
}

func running(all []*process) (rest []*process) {
	for _, p := range all {
		if !p.ended() {
			rest = append(rest, p)
		}
	}
	return rest
}

// interrupt asks the line to end, and kills it if it has not ended soon.
func (s *shellProcess) interrupt(ended <-chan struct{}) {
	_ = s.process.wire.send(message{Kind: kindSignal})
	select {
	case <-ended:
	case <-time.After(patience):
		s.kill()
	}
}

// kill ends the shell and the commands that it was lent processes for.
func (s *shellProcess) kill() {
	s.lending.Lock()
	defer s.lending.Unlock()
	for _, p := range s.lent {
		p.kill()
	}
	s.lent = nil
	if !s.process.ended() {
		killGroup(s.process.cmd.Process)
	}
}

// close ends the shell for good and removes what it left outside the workspace.
func (s *shellProcess) close() {
	s.kill()
	s.process.wire.Close()
	os.RemoveAll(s.place.Private)
}

// died says, once the shell is no more, why.
func (s *shellProcess) died() error {
	s.kill()
	<-s.process.done
	return &protocol.Error{
		Code:    protocol.CodeInternal,
		Message: causeOf(s.process.said.String()) + " Variables are gone; files are still there.",
	}
}

// causeOf reads the cause out of what a Go program says when it crashes.
func causeOf(said string) string {
	switch {
	case strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate"):
		return fmt.Sprintf("The line needed more than %d MB of memory and was ended.", maxMemory>>20)
	case strings.Contains(said, "stack exceeds"):
		return "The line called itself too deeply and was ended."
	case said != "":
		first, _, _ := strings.Cut(said, "\n")
		return "The command line failed (" + first + ") and was started anew."
	}
	return "Killed."
}
