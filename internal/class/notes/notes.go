// Package notes shows an instructor what there is to say about a lesson, in a
// second terminal: the lesson's speaker notes, and what follows from the lesson
// itself (its questions with their answers, its labs with their solutions and
// what goes wrong in them). It can follow a class.
package notes

import (
	"context"
	"io"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/keymap"
)

// Options say what is shown.
type Options struct {
	Course *course.Course
	Lesson string // the ID of the lesson to begin with; "" is where the class is
	// Follow is the class whose place is followed; nil: only keys turn pages.
	Follow class.Chair
	// By is the instructor whose own tutor in the class can be followed in place of
	// the class; "" is nobody.
	By    string
	Lang  course.Lang
	Theme string // one of theme.Choices of assets/themes; "" is auto
	// NoColor and ASCII are for terminals and fonts without them.
	NoColor, ASCII bool
	Keys           *keymap.Map // nil: those of Keys

	Now func() time.Time // nil is the real clock
}

// Run shows the notes until the instructor leaves them or ctx ends; interrupted
// by a signal it returns context.Canceled. An unknown lesson is an error.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer, env []string) error {
	m, err := newModel(ctx, o)
	if err != nil {
		return err
	}
	return frame.Run(ctx, m, "the notes", in, out, env)
}
