package enginetest

import (
	"bytes"
	"testing"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// Shell is a console of the engine in which a test types.
type Shell struct {
	Engine *Engine
	lab.Console
}

// For is the same console of the same engine for a part of a test, which fails
// where that part does.
func (s Shell) For(t testing.TB) Shell {
	of := *s.Engine
	of.T = t
	return Shell{&of, s.Console}
}

// Console opens a console.
func (e *Engine) Console() Shell {
	e.T.Helper()
	c, err := e.ConsoleOpen(e.Context(), protocol.OpenConsole{Columns: 100, Rows: 30})
	if err != nil {
		e.Fatal("console open", err)
	}
	return Shell{e, c}
}

// Try runs a line and returns what it said and its exit code.
func (s Shell) Try(line string) (string, int) {
	s.Engine.T.Helper()
	var said bytes.Buffer
	exit, incomplete, err := s.Run(s.Engine.Context(), line, func(o protocol.Output) { said.Write(o.Data) })
	if err != nil || incomplete {
		s.Engine.T.Fatalf("%s: %v, incomplete %v\n%s", line, err, incomplete, said.String())
	}
	return said.String(), exit.Code
}

// Must runs a line that has to succeed.
func (s Shell) Must(line string) string {
	s.Engine.T.Helper()
	said, code := s.Try(line)
	if code != 0 {
		s.Engine.T.Fatalf("%s: exit code %d\n%s", line, code, said)
	}
	return said
}
