package notes

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// NewContext is New with a context that ends what the model follows.
func NewContext(ctx context.Context, o Options) (*Model, error) { return newModel(ctx, o) }

// Still stops the clock that draws the notes anew: a test has a clock of its own.
func (m *Model) Still() { m.after = func(time.Duration, tea.Msg) tea.Cmd { return nil } }

// Whole are the times and the texts of all steps of a lesson.
func Whole(l *course.Lesson, words i18n.ClassNotes) (shares []float64, sources []string, err error) {
	b, err := l.Body()
	if err != nil {
		return nil, nil, err
	}
	said := map[course.Lang]course.Notes{}
	if said[course.Chinese], err = l.Notes(course.Chinese); err != nil {
		return nil, nil, err
	}
	whole := newLesson(b, said)
	for i := range whole.steps {
		sources = append(sources, whole.source(i, course.Chinese, words))
	}
	return whole.share(l.Minutes), sources, nil
}
