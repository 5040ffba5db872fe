// Package console is the tutor's own command line. It works alike on every
// system and over any connection, and nothing that is typed into it touches the
// learner's machine beyond the workspace.
//
// # Processes
//
// A command line is untrusted: it may loop, fill the memory or crash upstream
// code. So the daemon runs none of it. It keeps a few processes warm, each this
// program called as "tool", and gives each one part to play:
//
//	daemon ── shell      one per open console: the interpreter and the small tools
//	   └───── command    one per kubectl: upstream kubectl reads os.Stdin and calls os.Exit
//
// They speak over socket pairs ([wire]) that also carry file descriptors, so
// that a command shares the pipes of its line. A shell asks the daemon for a
// process and then speaks to it directly. Every process ends when the other end
// of its socket closes: nothing outlives the daemon.
//
// # Confinement
//
// A shell sees the file system through an [os.Root] at the workspace; commands
// are checked by [guard] before they run. On Linux, Landlock confines both as
// well: the workspace, a private copy of the kubeconfig, the port of the API
// server, and no program of the host.
package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"kubetutor/internal/lab/protocol"
)

// Config says where a console works. All paths are absolute.
type Config struct {
	Workspace  string        // directory of the learner's files; HOME of every command
	Kubeconfig func() string // the learner's kubeconfig at this moment; may be nil or return ""
	Nodes      func() []Node // the cluster's nodes at this moment; nil for none
	// Explain tells what happens to a connection; nil where nobody can.
	Explain func(context.Context, protocol.Explain) (protocol.Explanation, error)
	// Guest says that who types is not at this machine, such as somebody who came
	// over SSH: no command opens a port of it.
	Guest   bool
	Program string   // executable of the workers, run as PROGRAM tool
	Env     []string // further environment of PROGRAM, as KEY=VALUE (tests run themselves)
	History string   // file of the lines typed, outside the workspace; "" keeps none
	Warm    int      // processes kept ready from the first Reset or Open on; 0 starts each when it is needed

	// Private is a directory for the consoles' own files, such as their copies of
	// the kubeconfig. It lies outside the workspace and belongs to the manager
	// alone: New empties it of what a killed one left. "" takes temporary ones.
	Private string
}

// Manager holds the consoles of a cluster. It is safe for concurrent use.
type Manager struct {
	config  Config
	pool    *pool
	history *history

	mu       sync.Mutex
	sessions map[string]*session
	next     int
	closed   bool
}

// New makes a manager. It starts no process yet.
func New(c Config) *Manager {
	if c.Kubeconfig == nil {
		c.Kubeconfig = func() string { return "" }
	}
	if c.Nodes == nil {
		c.Nodes = func() []Node { return nil }
	}
	if c.Private != "" {
		_ = os.RemoveAll(c.Private) // what cannot be removed does no harm to new ones
	}
	m := &Manager{
		config:   c,
		pool:     newPool(c.Program, c.Env, c.Warm),
		history:  openHistory(c.History),
		sessions: map[string]*session{},
	}
	if c.Guest {
		m.pool.most = guestProcesses
	}
	return m
}

// Open opens a command line at the root of the workspace.
func (m *Manager) Open(_ context.Context, req protocol.OpenConsole) (protocol.Console, error) {
	if err := os.MkdirAll(m.config.Workspace, 0o700); err != nil {
		return protocol.Console{}, fmt.Errorf("making the workspace: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return protocol.Console{}, errClosed
	}
	m.pool.prepare()
	m.next++
	s := newSession(m, strconv.Itoa(m.next), req)
	m.sessions[s.id] = s
	return protocol.Console{
		ID: s.id, Directory: ".",
		Namespace: namespace(m.config.Kubeconfig()), History: m.history.lines(),
	}, nil
}

// Run runs a line. The last Output has Exit, or Incomplete for a line that is
// not finished. Ending ctx interrupts the line.
func (m *Manager) Run(ctx context.Context, req protocol.RunLine, out func(protocol.Output)) error {
	s, err := m.session(req.Console)
	if err != nil {
		return err
	}
	return s.run(ctx, req.Line, out)
}

// Input is standard input for the running line.
func (m *Manager) Input(_ context.Context, req protocol.Input) error {
	s, err := m.session(req.Console)
	if err != nil {
		return err
	}
	if t := s.terminal(); t != nil {
		return t.feed(req.Data)
	}
	return s.tell(message{Kind: kindInput, Data: req.Data, EOF: req.EOF})
}

// Signal interrupts ("INT") or kills ("KILL") the running line. What is killed
// loses its variables; the files stay.
func (m *Manager) Signal(_ context.Context, req protocol.Signal) error {
	switch req.Name {
	case "INT":
		return m.tell(req.Console, message{Kind: kindSignal})
	case "KILL":
		s, err := m.session(req.Console)
		if err == nil {
			s.kill()
		}
		return err
	}
	return invalid("a console knows the signals INT and KILL, not %q", req.Name)
}

// Resize tells the size of the learner's terminal.
func (m *Manager) Resize(_ context.Context, req protocol.Resize) error {
	s, err := m.session(req.Console)
	if err == nil {
		s.resize(req.Columns, req.Rows)
	}
	return err
}

// Edited answers an Output with Edit.
func (m *Manager) Edited(_ context.Context, req protocol.Edited) error {
	return m.tell(req.Console, message{Kind: kindEdited, ID: req.ID, Data: req.Content, Aborted: req.Aborted})
}

// CloseConsole ends a console and what runs in it.
func (m *Manager) CloseConsole(_ context.Context, req protocol.CloseConsole) error {
	s, err := m.session(req.Console)
	if err != nil {
		return err
	}
	m.mu.Lock()
	delete(m.sessions, s.id)
	m.mu.Unlock()
	s.kill()
	return nil
}

// Reset begins anew for another attempt: what runs is killed, and every console
// is back at the root of the workspace, without variables.
func (m *Manager) Reset() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sessions {
		s.reset()
	}
	m.pool.prepare()
	return nil
}

// Close ends all consoles and all processes.
func (m *Manager) Close() error {
	m.mu.Lock()
	m.closed = true
	for id, s := range m.sessions {
		s.kill()
		delete(m.sessions, id)
	}
	m.mu.Unlock()
	m.pool.close()
	return nil
}

var errClosed = errors.New("the console is closed")

func (m *Manager) session(id string) (*session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[id]; ok {
		return s, nil
	}
	return nil, &protocol.Error{Code: protocol.CodeNotFound, Message: "This console is closed.", Hint: "Open another one."}
}

// tell sends a message to the shell of a console that runs a line.
func (m *Manager) tell(id string, msg message) error {
	s, err := m.session(id)
	if err != nil {
		return err
	}
	return s.tell(msg)
}

func invalid(format string, args ...any) error {
	return &protocol.Error{Code: protocol.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}

// realPath is the path of a directory without symbolic links, which is how the
// shell and Landlock know it.
func realPath(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}
