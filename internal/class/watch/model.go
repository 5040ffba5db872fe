package watch

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// Model is the root.
type Model struct {
	ctx context.Context
	o   Options
}

var _ tea.Model = (*Model)(nil)

// New returns the root model, as Run uses it. An unknown theme is an error.
func New(o Options) (*Model, error) { return newModel(context.Background(), o) }

func newModel(ctx context.Context, o Options) (*Model, error) { return &Model{ctx: ctx, o: o}, nil }

// Init begins to follow the class.
func (m *Model) Init() tea.Cmd { return nil }

// Update routes a message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		return m, tea.Quit
	}
	return m, nil
}

// View draws the class.
func (m *Model) View() tea.View { return tea.View{AltScreen: true} }
