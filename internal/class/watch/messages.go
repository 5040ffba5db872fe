package watch

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
)

// Facts.
type (
	boardMsg struct {
		board class.Board // cleaned
		at    time.Time   // by this machine's clock
	}
	lostMsg   struct{ err error } // the board is not followed any more
	bodiesMsg struct{ bodies map[string]*course.Body }
	// doneMsg tells what became of an order: the words of its success, or why not.
	doneMsg struct {
		said string
		err  error
	}
	existsMsg struct{ path string } // an export would replace it
	frameMsg  struct {
		look   int
		screen class.Screen // cleaned
	}
	lookedMsg struct { // a look has ended
		look int
		err  error
	}
)

// Requests.
type (
	tickMsg   struct{}
	followMsg struct{}
	askMsg    struct { // a question that must be confirmed
		text string
		yes  func() tea.Cmd
	}
)

// say is a command that does nothing but send a message.
func say(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
