package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
)

// Drafted is the message that brings a new draft.
func Drafted(d Draft) tea.Msg { return draftedMsg{draft: d} }

// HoldClock has a function decide what becomes of messages that come after a time.
func HoldClock(o *Options, hold func(d time.Duration, msg tea.Msg) tea.Cmd) { o.after = hold }

// Sighted is the message that brings a sight of the class.
func Sighted(s class.Sight) tea.Msg { return sightMsg{sight: s} }
