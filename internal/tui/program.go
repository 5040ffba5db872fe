package tui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/mattn/go-runewidth"
)

// Terminal is somebody's terminal at the other end of a connection.
type Terminal struct {
	// In brings what is typed, Out takes what is drawn. A write to Out that does not
	// return holds nobody up but this program; closing both lets Run return.
	In  io.Reader
	Out io.Writer
	// Env is what the other side told of itself (TERM, COLORTERM, LANG, NO_COLOR),
	// as os.Environ would have it. Nothing of this process belongs into it.
	Env []string
	// Width and Height are in cells.
	Width, Height int
	// Painted is told of each frame that differs from the one before: text with SGR,
	// lines apart by "\n", and the size of the window. It is called while the program
	// works, so it must return at once. Nil: nobody wants to know.
	Painted func(content string, width, height int)
}

// Program is the interface in a terminal at the other end of a connection.
type Program struct{ tea *tea.Program }

// farFrames is how often a second a screen is drawn at most that is not on this
// machine.
const farFrames = 30

// Prepare sets what measuring text needs, once for a process in which programs
// are made by NewProgram, before the first of them.
//
// Text inputs measure with runewidth, which under a Chinese locale would take
// ambiguous characters as wide while everything else takes them as narrow.
func Prepare() { runewidth.DefaultCondition.EastAsianWidth = false }

// NewProgram makes an interface for somebody who came over a connection. It
// handles no signal of this process, and it is always that of a guest, whatever
// Options.Guest says. Errors are those of New.
func NewProgram(ctx context.Context, o Options, t Terminal) (*Program, error) {
	m, err := NewGuest(ctx, o, t.Env)
	if err != nil {
		return nil, err
	}
	m.painted = t.Painted
	m.resize(t.Width, t.Height)
	return &Program{tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(t.In), tea.WithOutput(t.Out),
		tea.WithEnvironment(t.Env), tea.WithColorProfile(colorprofile.Env(t.Env)), tea.WithFPS(farFrames),
		tea.WithWindowSize(t.Width, t.Height), tea.WithoutSignalHandler(), tea.WithFilter(neverSuspend))}, nil
}

// neverSuspend keeps this process running: it is not the guest's.
func neverSuspend(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, ok := msg.(tea.SuspendMsg); ok {
		return nil
	}
	return msg
}

// Run shows the interface until its user leaves it, which is nil, or the context
// ends, which is its error.
func (p *Program) Run() error {
	switch _, err := p.tea.Run(); {
	case errors.Is(err, tea.ErrInterrupted):
		return context.Canceled
	case err != nil:
		return fmt.Errorf("showing the interface: %w", err)
	}
	return nil
}

// Resize tells the size of the window, in cells. It may be called at any time
// from any goroutine, also before Run.
func (p *Program) Resize(width, height int) {
	go p.tea.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// Quit asks the program to end as if its user had left: what must be kept is
// saved first.
func (p *Program) Quit() { go p.tea.Send(LeaveMsg()) }
