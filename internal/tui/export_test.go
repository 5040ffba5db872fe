package tui

import (
	"context"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/lab"
)

// Drafted is the message that brings a new draft.
func Drafted(d Draft) tea.Msg { return draftedMsg{draft: d} }

// HoldClock has a function decide what becomes of messages that come after a time.
func HoldClock(o *Options, hold func(d time.Duration, msg tea.Msg) tea.Cmd) { o.after = hold }

// Sighted is the message that brings a sight of the class.
func Sighted(s class.Sight) tea.Msg { return sightMsg{sight: s} }

// loanTaker is a console whose program ends once it had a key and a size.
type loanTaker struct {
	lab.Console
	mu    sync.Mutex
	got   []string
	ended func()
}

func (c *loanTaker) take(what string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.got = append(c.got, what); len(c.got) == 2 {
		c.ended()
	}
	return nil
}

func (c *loanTaker) Input(_ context.Context, data []byte, _ bool) error { return c.take(string(data)) }

func (c *loanTaker) Resize(_ context.Context, w, h int) error {
	return c.take(fmt.Sprintf("%dx%d", w, h))
}

// LoanOf is a program that says something, and ends once it had a key and a size,
// which are told.
func LoanOf(ctx context.Context, header, says string) (m LoanMsg, got func() []string) {
	c := &loanTaker{}
	l := newLoan(ctx, c, header)
	c.ended = func() {
		go func() {
			_, _ = l.says.Write([]byte(says))
			_ = l.says.Close()
		}()
	}
	return LoanMsg{loan: l}, func() []string {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.got
	}
}
