package watch

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
)

// Still stops the clock that draws the view anew: a test has a clock of its own.
func (m *Model) Still() { m.after = func(time.Duration, tea.Msg) tea.Cmd { return nil } }

// Cursor is the learner under the cursor.
func (m *Model) Cursor() class.LearnerID { return m.roster.cursor }

// FollowAgain is what happens some seconds after a class was lost.
func FollowAgain() tea.Msg { return followMsg{} }

// IsBoard tells whether a message brings a board.
func IsBoard(msg tea.Msg) bool {
	_, ok := msg.(boardMsg)
	return ok
}

// Timing is what is typed for a countdown.
func Timing(text string, runs bool) (class.Order, bool) { return timing(text, runs) }

// Large are the letters of the join code.
func Large(text, dot string) ([]string, bool) { return large(text, dot) }

// NewContext is New with a context that ends what the model follows.
func NewContext(ctx context.Context, o Options) (*Model, error) { return newModel(ctx, o) }

// Cleaned is a board as the model takes it.
func Cleaned(b class.Board) class.Board { return cleaned(b) }
