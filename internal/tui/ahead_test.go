package tui

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui/keymap"
)

// deafConsole notes what it is sent.
type deafConsole struct {
	lab.Console
	inputs []string
	ended  bool
}

func (c *deafConsole) Info() protocol.Console { return protocol.Console{Namespace: "shop"} }

func (c *deafConsole) Input(_ context.Context, data []byte, eof bool) error {
	c.inputs, c.ended = append(c.inputs, string(data)), c.ended || eof
	return nil
}

func aheadPanel(t *testing.T) (*consolePanel, *deafConsole) {
	t.Helper()
	c, err := newCommon(t.Context(), Options{Theme: "dark"})
	if err != nil {
		t.Fatal(err)
	}
	p, con := newConsolePanel(c), &deafConsole{}
	p.SetSize(60, 12)
	p.focused, p.phase, p.session = true, consoleOpening, 1
	p.input.Focus()
	return p, con
}

// typeLine types a line and enter; the command that it leads to is not run.
func (p *consolePanel) typeLine(line string) tea.Cmd {
	p.paste(line)
	return p.act(actMsg{action: keymap.RunLine})
}

func shown(p *consolePanel) string { return ansi.Strip(strings.Join(p.lines(), "\n")) }

func TestALineTypedAheadRunsNext(t *testing.T) {
	t.Parallel()
	p, con := aheadPanel(t)
	p.Update(consoleOpenedMsg{session: 1, console: con})
	p.typeLine("kubectl get pv")
	if cmd := p.typeLine("kubectl get pvc"); cmd != nil || len(con.inputs) > 0 {
		t.Fatal("it went to the command that runs")
	}
	if s := shown(p); !strings.Contains(s, "kubectl get pvc") {
		t.Errorf("not shown:\n%s", s)
	}
	if cmd := p.Update(consoleExitMsg{session: 1, line: "kubectl get pv", exit: protocol.Exit{Namespace: "shop"}}); cmd == nil || !p.running {
		t.Error("it does not run")
	}
	if s := shown(p); strings.Count(s, "shop $ kubectl get pvc") != 1 {
		t.Errorf("not run after a prompt:\n%s", s)
	}
}

func TestAskedForALineIsInput(t *testing.T) {
	t.Parallel()
	p, con := aheadPanel(t)
	p.Update(consoleOpenedMsg{session: 1, console: con})
	p.typeLine("cat")
	p.Update(consoleOutputMsg{1, protocol.Output{Input: true}})
	p.typeLine("hello")()
	p.act(actMsg{action: keymap.EndInput})()
	if !slices.Equal(con.inputs, []string{"hello\n", ""}) || !con.ended {
		t.Errorf("sent %q, ended %v", con.inputs, con.ended)
	}
	p.Update(consoleExitMsg{session: 1, line: "cat"})
	p.typeLine("kubectl get pv")
	if cmd := p.typeLine("kubectl get pvc"); cmd != nil {
		t.Error("what one line asked for went to the next")
	}
}

func TestWhatIsTypedWhileTheConsoleOpensStays(t *testing.T) {
	t.Parallel()
	p, con := aheadPanel(t)
	p.typeLine("kubectl get pv")
	p.paste("kubectl get no")
	if s := shown(p); !strings.Contains(s, "kubectl get pv\n") || !strings.Contains(s, "kubectl get no") {
		t.Errorf("not shown:\n%s", s)
	}
	if cmd := p.Update(consoleOpenedMsg{session: 1, console: con}); cmd == nil || !p.running {
		t.Error("the line does not run")
	}
	if p.input.Value() != "kubectl get no" {
		t.Errorf("left of the input: %q", p.input.Value())
	}
}

func TestALostEngineIsToldInWords(t *testing.T) {
	t.Parallel()
	p, con := aheadPanel(t)
	p.Update(consoleOpenedMsg{session: 1, console: con})
	post := func(err error) error {
		return &url.Error{Op: "Post", URL: "http://kubelab/v1/console/run", Err: err}
	}
	for err, left := range map[error]string{
		post(lab.ErrNoDaemon):           "kubectl get pv; kubectl get pvc", // nothing ran
		post(errors.New("broken pipe")): "kubectl get pvc",
		io.ErrUnexpectedEOF:             "kubectl get pvc",
	} {
		p.typeLine("kubectl get pv")
		p.typeLine("kubectl get pvc")
		p.Update(consoleExitMsg{session: 1, line: "kubectl get pv", err: err})
		if s := shown(p); strings.Contains(s, "http://") || strings.Contains(s, "EOF") {
			t.Errorf("%v is shown as\n%s", err, s)
		}
		if p.input.Value() != left {
			t.Errorf("left of the input: %q, want %q", p.input.Value(), left)
		}
		p.input.Reset()
	}
}
