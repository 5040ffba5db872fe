package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// Requests to the root.
type (
	openHomeMsg     struct{}
	openStatsMsg    struct{}
	openReviewMsg   struct{}
	openSettingsMsg struct{}
	openCourseMsg   struct{ lesson string } // the cursor stands on this lesson
	openLessonMsg   struct{ lesson string }
	openQuizMsg     struct{ lesson string }
	openSearchMsg   struct{}
	openClassMsg    struct{}
	openPlaceMsg    struct{ at progress.Position } // a page below 0 is that of the focus
	showNoticeMsg   struct{ text string }
	askMsg          struct { // a question that must be confirmed
		text string
		yes  tea.Msg
	}
)

// actMsg tells the page what the learner wants.
type actMsg struct {
	action keymap.Action
	key    tea.KeyPressMsg
}

// Facts.
type (
	recordedMsg      struct{ err error }
	engineChangedMsg struct{ engine lab.Engine }
	statusLoadedMsg  struct {
		status protocol.Status
		err    error
	}
	langChangedMsg  struct{}
	mouseChangedMsg struct{}
)

// streamedMsg is one message of a stream, and the command that waits for the
// next one.
type streamedMsg = stream.Item

// say is a command that does nothing but send a message.
func say(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
