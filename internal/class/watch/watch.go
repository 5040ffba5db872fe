// Package watch is the instructor's view of a class: who is where, who needs
// help first and with what, and what the instructor does about it.
//
// The root model routes: modal things first (a question, the help, a line that
// is typed), then keys, which are data, then messages. A view (the roster, the
// plan, what the room needs to join …) changes itself in act and draws itself
// from what the model knows; neither does input or output. What comes from the
// class is cleaned before it enters the model.
package watch

import (
	"context"
	"io"
	"time"

	"github.com/mattn/go-runewidth"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/keymap"
)

// Options say what the view shows and what it works with.
type Options struct {
	Chair class.Chair
	// Course has the titles, hints and steps of the plan's lessons; of a lesson that
	// it lacks the ID is shown. Nil is an empty one.
	Course *course.Course
	By     string // the instructor's name, which learners see
	Lang   course.Lang
	Theme  string // one of theme.Choices of assets/themes; "" is auto
	// NoColor and ASCII are for terminals and fonts without them.
	NoColor, ASCII bool
	Keys           *keymap.Map // nil: those of Keys
	// QR is what the code on the page for the room holds; "" is the line to type.
	QR string
	// Guest says that the instructor is at another machine's terminal: nothing is
	// written to this one, so that there is no export.
	Guest bool

	Now func() time.Time // nil is the real clock
}

// Run shows the view until the instructor leaves it or ctx ends; interrupted by
// a signal it returns context.Canceled. Env is the environment, as os.Environ
// gives it. The class goes on without the view.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer, env []string) error {
	// Text inputs measure with runewidth, which under a Chinese locale would take
	// ambiguous characters as wide while everything else takes them as narrow.
	runewidth.DefaultCondition.EastAsianWidth = false
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m, err := newModel(ctx, o)
	if err != nil {
		return err
	}
	return frame.Run(ctx, m, "the class", in, out, env)
}
