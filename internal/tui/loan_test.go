//go:build unix

package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// lendingConsole runs a program that shows what is typed until a q.
type lendingConsole struct {
	lab.Console
	keys  chan string
	sized chan [2]int
}

func (c *lendingConsole) Info() protocol.Console { return protocol.Console{Namespace: "shop"} }

func (c *lendingConsole) Input(_ context.Context, data []byte, _ bool) error {
	c.keys <- string(data)
	return nil
}

func (c *lendingConsole) Resize(_ context.Context, columns, rows int) error {
	c.sized <- [2]int{columns, rows}
	return nil
}

func (c *lendingConsole) Run(_ context.Context, _ string, out func(protocol.Output)) (protocol.Exit, bool, error) {
	out(protocol.Output{Data: []byte("before")})
	out(protocol.Output{Terminal: protocol.LoanBegins})
	for key := range c.keys {
		out(protocol.Output{Data: []byte("<" + key + ">")})
		if strings.HasSuffix(key, "q") {
			break
		}
	}
	out(protocol.Output{Terminal: protocol.LoanEnds})
	out(protocol.Output{Data: []byte("after")})
	return protocol.Exit{Namespace: "shop"}, false, nil
}

// printed keeps what is written.
type printed struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

// TestAProgramHasTheScreen plays Bubble Tea's part: it runs the loan where
// tea.Exec would, and messages wait meanwhile.
func TestAProgramHasTheScreen(t *testing.T) {
	t.Parallel()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	defer master.Close()
	defer tty.Close()
	p, _ := aheadPanel(t)
	con := &lendingConsole{keys: make(chan string, 9), sized: make(chan [2]int, 9)}
	p.Update(consoleOpenedMsg{session: 1, console: con})
	screen := &printed{}
	cmd := p.typeLine("kubectl exec -it web -- sh")
	for range 20 {
		if cmd == nil {
			break
		}
		msg, ok := cmd().(streamedMsg)
		if !ok {
			break
		}
		if lent, ok := msg.Msg.(lentMsg); ok {
			go func() {
				<-con.sized // it has the terminal
				_, _ = master.Write([]byte("aq"))
			}()
			lent.loan.SetStdin(tty)
			lent.loan.SetStdout(screen)
			if err := lent.loan.Run(); err != nil {
				t.Fatal(err)
			}
			p.Update(lentBackMsg{session: 1})
		} else {
			p.Update(msg.Msg)
		}
		cmd = msg.Next
	}
	typed := strings.NewReplacer("<", "", ">", "").Replace(screen.text.String()) // keys come alone or together
	if got := typed; got != "shop $ kubectl exec -it web -- sh\r\naq" {
		t.Errorf("the program's screen: %q", got)
	}
	if s := shown(p); !strings.Contains(s, "beforeafter") || strings.Contains(s, "<a") {
		t.Errorf("the panel:\n%s", s)
	}
	if p.running {
		t.Error("the line has not ended")
	}
}

// TestALoanWithoutATerminal ends what wants the screen.
func TestALoanWithoutATerminal(t *testing.T) {
	t.Parallel()
	l := newLoan(t.Context(), &lendingConsole{}, "")
	l.SetStdin(strings.NewReader(""))
	l.SetStdout(io.Discard)
	if err := l.Run(); err != errNoScreen {
		t.Errorf("got %v", err)
	}
	if _, err := fmt.Fprint(l.says, "x"); err == nil {
		t.Error("the program would wait for ever")
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l = newLoan(t.Context(), &lendingConsole{}, "")
	l.SetStdin(file)
	if err := l.Run(); err == nil {
		t.Error("a file is no terminal")
	}
}
