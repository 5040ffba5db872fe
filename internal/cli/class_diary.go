package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"kubetutor/internal/class"
)

// openDiary begins to note in server.log what the server of a class does. What the
// instructor should know of at once is said as well.
func (s *server) openDiary() error {
	file, err := os.OpenFile(s.home.file("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log of the class: %w", err)
	}
	s.later(func() { _ = file.Close() })
	s.log = slog.New(diary{Handler: slog.NewTextHandler(file, nil), say: s.say, called: s.called})
	return nil
}

// called is the name of a learner, whose ID nobody in the room knows; the ID itself
// before the class is open.
func (s *server) called(who class.LearnerID) string {
	if room := s.opened.Load(); room != nil {
		if l, ok := room.Learner(who); ok {
			return l.Name
		}
	}
	return string(who)
}

// diary is a handler that says warnings and worse besides writing them down.
type diary struct {
	slog.Handler
	say    func(line string)
	called func(class.LearnerID) string
	with   []slog.Attr
}

// Handle implements slog.Handler.
func (d diary) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		var b strings.Builder
		tell := func(a slog.Attr) bool {
			switch a.Key {
			case "stack":
			case "learner":
				fmt.Fprintf(&b, "  %s: %s", a.Key, d.called(class.LearnerID(a.Value.String())))
			default:
				fmt.Fprintf(&b, "  %s: %s", a.Key, a.Value)
			}
			return true
		}
		for _, a := range d.with {
			tell(a)
		}
		r.Attrs(tell)
		d.say(class.Clean("! "+r.Message+b.String(), maxDiary))
	}
	return d.Handler.Handle(ctx, r)
}

// maxDiary is how long a line gets on the screen, in characters.
const maxDiary = 400

// WithAttrs implements slog.Handler.
func (d diary) WithAttrs(attrs []slog.Attr) slog.Handler {
	return diary{d.Handler.WithAttrs(attrs), d.say, d.called, append(d.with[:len(d.with):len(d.with)], attrs...)}
}

// WithGroup implements slog.Handler.
func (d diary) WithGroup(name string) slog.Handler {
	return diary{d.Handler.WithGroup(name), d.say, d.called, d.with}
}
