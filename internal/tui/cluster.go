package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// How long the engine may take to tell how its cluster is, and the pause before
// it is asked again.
const (
	statusTimeout = 5 * time.Second
	statusPause   = time.Second
)

// askAgainMsg ends the pause after a question that had no answer.
type askAgainMsg struct{}

// loadStatus asks how the cluster is, within a time: a busy engine must not leave
// the learner before a state that is not known.
func (m *Model) loadStatus() tea.Cmd {
	if m.c.o.Lab == nil {
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.c.ctx, statusTimeout)
		defer cancel()
		s, err := m.c.o.Lab.Status(ctx)
		return statusLoadedMsg{s, err}
	}
}

// looked takes over how the cluster is. The page goes on with a lab that is
// active, and what was kept for a cluster that is up is judged.
func (m *Model) looked(msg statusLoadedMsg) tea.Cmd {
	if msg.err != nil {
		return m.unanswered(msg.err)
	}
	m.status, m.c.foreign = msg.status, msg.status.Foreign
	if m.notice == m.c.words.EngineSilent {
		m.notice = ""
	}
	cmd := m.page.Update(msg)
	switch m.status.State {
	case protocol.StateUp:
		return tea.Batch(cmd, m.c.judgePending())
	case protocol.StateStarting:
		return tea.Batch(cmd, m.askAgain())
	}
	return cmd
}

// unanswered says why the cluster's state is not known, and asks again where time
// may help.
func (m *Model) unanswered(err error) tea.Cmd {
	if m.c.ctx.Err() != nil {
		return nil
	}
	m.notice = m.c.trouble(err)
	if version := (*lab.VersionError)(nil); errors.As(err, &version) {
		return nil
	}
	return m.askAgain()
}

// askAgain asks how the cluster is after a pause, if that is not to be asked yet.
func (m *Model) askAgain() tea.Cmd {
	if m.asking {
		return nil
	}
	m.asking = true
	return tea.Tick(statusPause, func(time.Time) tea.Msg { return askAgainMsg{} })
}

// woken asks how the cluster is, of which it was known that it slept: something
// has answered that only one that is up does.
func (m *Model) woken() tea.Cmd {
	if m.status.State == protocol.StateUp {
		return nil
	}
	return m.loadStatus()
}

// trouble tells an error of the engine in the learner's language, as far as the
// engine says it in both.
func (c *common) trouble(err error) string {
	var own *protocol.Error
	var stale *lab.StaleError
	var version *lab.VersionError
	switch {
	case errors.As(err, &own):
		return own.In(c.lang).Message
	case errors.As(err, &stale):
		return fmt.Sprintf(c.words.OtherBuild, stale.Running, stale.PID)
	case errors.As(err, &version):
		return fmt.Sprintf(c.words.OtherVersion, version.PID)
	case errors.Is(err, lab.ErrNoDaemon):
		return c.words.EngineGone
	case lost(err):
		return c.words.EngineSilent
	}
	return err.Error()
}

// lost tells whether a connection to the engine broke, or had no answer in time.
func lost(err error) bool {
	var request *url.Error
	var network net.Error
	return errors.As(err, &request) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}
