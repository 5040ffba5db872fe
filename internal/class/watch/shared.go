package watch

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/tui/theme"
)

// stale is how long nothing may be heard of the class before it counts as lost:
// it tells of itself every few seconds.
const stale = 15 * time.Second

// shared is what every view needs.
type shared struct {
	frame.Frame
	ctx   context.Context // ends with the program
	o     Options
	lang  course.Lang
	words i18n.ClassWatch

	board  class.Board // cleaned
	known  bool        // there has been a board
	heard  time.Time   // when, by this machine's clock
	skew   time.Duration
	broken error // why the board is not followed just now

	bodies map[string]*course.Body // lessons that are there; nil while they are loaded, or where they cannot be

	after func(time.Duration, tea.Msg) tea.Cmd // sends a message later
}

func newShared(ctx context.Context, o Options) (*shared, error) {
	o = o.withDefaults()
	f, err := frame.New(o.Theme, o.NoColor, o.ASCII, o.Keys)
	if err != nil {
		return nil, err
	}
	s := &shared{Frame: f, ctx: ctx, o: o, bodies: map[string]*course.Body{}, after: frame.Later}
	s.setLang(o.Lang)
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Course == nil {
		o.Course = &course.Course{}
	}
	if o.Lang == "" {
		o.Lang = course.English
	}
	if o.Theme == "" {
		o.Theme = theme.Auto
	}
	if o.Keys == nil {
		o.Keys = Keys()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (s *shared) setLang(l course.Lang) {
	s.lang, s.words = l, i18n.ClassWatchWords(l).WithKeys(s.o.Keys.Label)
	s.Scopes, s.Actions = s.words.Scopes, s.words.Actions
}

// now is the server's time.
func (s *shared) now() time.Time { return s.o.Now().Add(s.skew) }

// lost tells whether the class cannot be reached, so that what is shown is old
// and nothing can be done.
func (s *shared) lost() bool {
	return s.known && (s.broken != nil || s.board.Lost || s.o.Now().Sub(s.heard) > stale)
}

// row finds a learner on the board.
func (s *shared) row(who class.LearnerID) (class.Row, bool) {
	for _, r := range s.board.Rows {
		if r.Learner == who {
			return r, true
		}
	}
	return class.Row{}, false
}
