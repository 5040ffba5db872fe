package tui

import tea "charm.land/bubbletea/v2"

// Drafted is the message that brings a new draft.
func Drafted(d Draft) tea.Msg { return draftedMsg{draft: d} }
