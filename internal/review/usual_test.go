package review

import (
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/quiz"
)

// What takes long by its nature is not hard because of that, and what is long is
// not easy because it was read fast.
func TestSuggestWithoutAnUsualTime(t *testing.T) {
	t.Parallel()
	short := course.Same("Which verb shows a Pod's events?")
	tests := []struct {
		name string
		q    course.Question
		took time.Duration
		want Rating
	}{
		{"a pick", course.Question{Type: course.Single, Ask: short}, 8 * time.Second, Good},
		{"a slow pick", course.Question{Type: course.Single, Ask: short}, 25 * time.Second, Hard},
		{"a command", course.Question{Type: course.Command, Ask: short}, 25 * time.Second, Good},
		{"a command at once", course.Question{Type: course.Command, Ask: short}, 8 * time.Second, Easy},
		{"a manifest", course.Question{Type: course.Manifest, Ask: short}, 3 * time.Minute, Good},
		{"a slow manifest", course.Question{Type: course.Manifest, Ask: short}, 6 * time.Minute, Hard},
		{"a long text", course.Question{Type: course.Multi, Ask: course.Same(strings.Repeat("word ", 100))}, 40 * time.Second, Good},
		{"an order", course.Question{Type: course.Order, Ask: short, Items: make([]course.Item, 5)}, 30 * time.Second, Good},
	}
	for _, tt := range tests {
		if got := Suggest(&tt.q, quiz.Grade{Right: true}, tt.took, 0); got != tt.want {
			t.Errorf("%s: %d, want %d; usual is %v", tt.name, got, tt.want, usualFor(&tt.q))
		}
	}
}
