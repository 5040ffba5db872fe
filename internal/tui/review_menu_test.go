package tui_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

func TestTheMenuChoosesWhatIsAsked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keys []string
		want review.Options
	}{
		"what is due": {[]string{"enter"}, review.Options{Days: 1}},
		"hands-on":    {[]string{"down", "enter"}, review.Options{Days: 1, HandsOn: true, Filter: review.Filter{Kinds: []review.Kind{review.Lab}}}},
		"ahead":       {[]string{"down", "down", "right", "right", "enter"}, review.Options{Mode: review.Ahead, Days: 3}},
		"cram":        {[]string{"down", "down", "down", "enter"}, review.Options{Mode: review.Cram, Days: 1}},
		"a track":     {[]string{"down", "down", "down", "down", "down", "right", "up", "up", "enter"}, review.Options{Mode: review.Cram, Days: 1, Filter: review.Filter{Tracks: []string{"storage"}}}},
		"a tag":       {[]string{"down", "down", "down", "down", "down", "down", "left", "up", "up", "up", "up", "up", "up", "enter"}, review.Options{Days: 1, Filter: review.Filter{Tags: []string{"storage"}}}},
		"ten minutes": {[]string{"down", "down", "down", "down", "down", "down", "down", "enter", "enter", "up", "up", "up", "up", "up", "up", "up", "enter"}, review.Options{Days: 1, Box: 10 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := small(t)
			f := withReviews(&o)
			s := newSim(t, o, 80, 30)
			s.press(append([]string{"r"}, tt.keys...)...)
			if len(f.began) != 1 || fmt.Sprint(f.began[0]) != fmt.Sprint(tt.want) {
				t.Errorf("began %+v, want %+v\n%s", f.began, tt.want, s.screen())
			}
		})
	}
}

func TestNothingToReview(t *testing.T) {
	t.Parallel()
	o := small(t)
	f := withReviews(&o)
	f.summary = review.Summary{Next: evening().Add(3 * time.Hour)}
	s := newSim(t, o, 80, 30)
	if line := lineWith(s.screen(), "▸"); !strings.Contains(line, "Continue") {
		t.Errorf("first is %q", line)
	}
	s.shows("Review        the next is due at 23:15")
	f.summary.Next = time.Time{}
	s.press("r")
	s.shows("A question becomes a card once")
}

func TestTheCardsCanBeLetBack(t *testing.T) {
	t.Parallel()
	o := small(t)
	listed(&o, nil)
	f := o.Review.(*fakeReviews)
	s := newSim(t, o, 100, 30)
	s.press("r", "down", "down", "down", "down", "enter")
	s.shows("all 4/4", "leech", "buried", "suspended", "on 2026-11-22")
	s.press("right")
	s.shows("suspended 2/4")
	s.press("@")
	s.shows("suspended 1/4")
	s.press("left", "down", "down", "-", "-", "F")
	s.shows("Begin anew with this card?")
	s.press("y")
	if want := []progress.Mark{progress.MarkUnsuspend, progress.MarkUnbury, progress.MarkBury, progress.MarkForget}; !slices.Equal(f.marks, want) {
		t.Errorf("marked %v, want %v", f.marks, want)
	}
	f.fail = errors.New("the disk is full")
	s.press("@")
	s.shows("the disk is full", "all 4/4")
	s.press("enter")
	s.shows("What has to match")
	s.press("backspace")
	s.shows("all 4/4")
}
