package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// copyText puts a text into the clipboard: through the terminal (OSC 52), which
// works over SSH as well, and through this machine's own where there is one. It
// says what has happened; whether a terminal takes a text it does not tell.
func (c *common) copyText(text string) tea.Cmd {
	what := c.words.OneLine
	if n := strings.Count(text, "\n"); n > 0 {
		what = fmt.Sprintf(c.words.Lines, n+1)
	}
	said := c.words.SentTo
	if slices.ContainsFunc(c.o.Env, func(e string) bool { return strings.HasPrefix(e, "TMUX=") && e != "TMUX=" }) {
		said = c.words.SentToTmux
	}
	if c.o.Clipboard == nil {
		return tea.Batch(tea.SetClipboard(text), say(showNoticeMsg{fmt.Sprintf(said, what)}))
	}
	words := c.words
	return tea.Batch(tea.SetClipboard(text), func() tea.Msg {
		if err := c.o.Clipboard(text); err != nil {
			return showNoticeMsg{fmt.Sprintf(words.CopyFailed, what, err)}
		}
		return showNoticeMsg{fmt.Sprintf(words.Copied, what)}
	})
}
