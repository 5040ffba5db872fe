package tui_test

import (
	"testing"

	"kubetutor/internal/review"
)

// What a session was narrowed to says nothing of what else is due.
func TestTheEndOfWhatWasChosen(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]review.Options{
		"a cram":   {Mode: review.Cram},
		"hands-on": {HandsOn: true},
		"a track":  {Filter: review.Filter{Tracks: []string{"storage"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := small(t)
			withReviews(&page, cardID(review.Question, "scope"))
			page.Asked = &o
			s := newSim(t, page, 80, 30)
			s.press("g", "1")
			s.shows("All that was chosen has been asked.")
			s.hides("Nothing more is due today.")
		})
	}
}
