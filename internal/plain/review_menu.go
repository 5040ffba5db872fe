package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// ways are what can be said before the first card.
func (r *reviewing) ways() []choice {
	about := r.Words.ReviewAbout
	return []choice{
		{"begin", "", about["begin"], leads(errTurned)},
		{"ahead", "", about["ahead"], r.ahead},
		{"cram", "", about["cram"], r.mode(review.Options{Mode: review.Cram})},
		{"hands-on", "", about["hands-on"], r.mode(review.Options{HandsOn: true})},
		{"track", "", about["track"], r.narrow(&r.options.Tracks, trackIDs(r.Course), r.Words.UnknownTrack)},
		{"lesson", "", about["lesson"], r.narrow(&r.options.Lessons, lessonIDs(r.Course), r.Words.UnknownLesson)},
		{"tag", "", about["tag"], r.narrow(&r.options.Tags, r.Course.Tags(), r.Words.UnknownTag)},
		{"kind", "", about["kind"], r.kind},
		{"time", "", about["time"], r.box},
		{"cards", "", about["cards"], r.cards},
		{"stats", "", r.Words.InsightSay, r.insight},
		{"due", "", about["due"], alone(r.due)},
		{"suspend", "", about["suspend card"], r.mark(progress.MarkSuspend, r.Words.CardsSuspended)},
		{"unsuspend", "", about["unsuspend"], r.mark(progress.MarkUnsuspend, r.Words.CardsUnsuspended)},
		{"bury", "", about["bury card"], r.mark(progress.MarkBury, r.Words.CardsBuried)},
		{"unbury", "", about["unbury"], r.mark(progress.MarkUnbury, r.Words.CardsUnburied)},
		{"forget", "", about["forget"], r.mark(progress.MarkForget, r.Words.CardsForgotten)},
	}
}

// mode begins in another mode, with the filter and the time box so far.
func (r *reviewing) mode(o review.Options) func(context.Context, string) error {
	return func(context.Context, string) error {
		r.options.Mode, r.options.Days, r.options.HandsOn = o.Mode, o.Days, o.HandsOn
		return errTurned
	}
}

// The bounds of what can be typed.
const (
	maxAhead = 365
	maxBox   = 24 * 60 // minutes
)

func (r *reviewing) ahead(ctx context.Context, typed string) error {
	days, ok := numbered(typed, maxAhead)
	if !ok {
		r.say("%s", r.Words.BadDays)
		return nil
	}
	return r.mode(review.Options{Mode: review.Ahead, Days: days})(ctx, "")
}

// box ends the session after so many minutes; without a number it has no end.
func (r *reviewing) box(_ context.Context, typed string) error {
	minutes, ok := numbered(typed, maxBox)
	if !ok && typed != "" {
		r.say("%s", r.Words.BadMinutes)
		return nil
	}
	r.options.Box = time.Duration(minutes) * time.Minute
	return errAgain
}

// narrow asks only what belongs to a name; without one, to any.
func (r *reviewing) narrow(to *[]string, names []string, unknown string) func(context.Context, string) error {
	return func(_ context.Context, typed string) error {
		if typed == "" {
			*to = nil
			return errAgain
		}
		if !slices.Contains(names, typed) {
			r.say(unknown, typed, r.similar(typed, names))
			return nil
		}
		*to = []string{typed}
		return errAgain
	}
}

func (r *reviewing) kind(ctx context.Context, typed string) error {
	var named, names []string
	for _, k := range review.Kinds() {
		names = append(names, string(k))
	}
	err := r.narrow(&named, names, r.Words.UnknownKind)(ctx, typed)
	if errors.Is(err, errAgain) {
		r.options.Kinds = nil
		for _, k := range named {
			r.options.Kinds = append(r.options.Kinds, review.Kind(k))
		}
	}
	return err
}

func (t *Tutor) similar(word string, names []string) string {
	return strings.Join(course.Similar(word, names, 3), t.Words.ListSeparator)
}

func trackIDs(c *course.Course) (ids []string) {
	for _, t := range c.Tracks {
		ids = append(ids, t.ID)
	}
	return ids
}

func lessonIDs(c *course.Course) (ids []string) {
	for _, l := range c.Lessons() {
		ids = append(ids, l.ID)
	}
	return ids
}

// cards lists the cards that are asked of, or those with a word in their names.
func (r *reviewing) cards(ctx context.Context, word string) error {
	list, err := r.Reviews.List(ctx, r.options.Filter)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(e review.Entry) bool { return !strings.Contains(string(e.ID), strings.ToLower(word)) })
	if len(list) == 0 {
		r.say("%s", r.Words.CardsNone)
	}
	return r.show(ctx, func(w io.Writer) error { Cards(w, list, r.now(), r.Words); return nil })
}

// Cards lists cards and how they stand.
func Cards(w io.Writer, list []review.Entry, now time.Time, words *i18n.CLI) {
	for _, e := range list {
		fmt.Fprintf(w, "%-44s %s\n", e.ID, strings.Join(standing(e, now, words), words.ListSeparator))
	}
}

// standing says how a card stands.
func standing(e review.Entry, now time.Time, w *i18n.CLI) []string {
	parts := []string{w.CardStage(string(e.State.Stage))}
	if !e.State.Due.IsZero() {
		moment := w.Moment(e.State.Due, now)
		parts = append(parts, fmt.Sprintf(either(e.State.Due.After(now), w.CardNotDue, w.CardIsDue), moment))
	}
	if e.State.Lapses > 0 {
		parts = append(parts, i18n.Several(w.CardLapses, e.State.Lapses))
	}
	switch {
	case e.Leech:
		parts = append(parts, w.CardMark("leech"))
	case e.Suspended:
		parts = append(parts, w.CardMark("suspended"))
	}
	if e.Buried.After(now) {
		parts = append(parts, w.CardMark("buried"))
	}
	return parts
}

// due says what is due of each track and of each kind. New cards are left out:
// how many of those are asked is a number for all together.
func (r *reviewing) due(ctx context.Context) error {
	var lines []string
	say := func(name string, f review.Filter) error {
		s, err := r.Reviews.Summary(ctx, f)
		if s.New = 0; err == nil && s.All() > 0 {
			s.Minutes = 0
			lines = append(lines, fmt.Sprintf("%s  %s", padded(name, 14), Awaits(s, r.now(), r.Words)))
		}
		return err
	}
	for _, t := range r.Course.Tracks {
		if err := say(t.Title.In(r.Lang), review.Filter{Tracks: []string{t.ID}}); err != nil {
			return err
		}
	}
	for _, k := range review.Kinds() {
		if err := say(r.Words.CardKind(string(k)), review.Filter{Kinds: []review.Kind{k}}); err != nil {
			return err
		}
	}
	if len(lines) == 0 {
		lines = []string{r.Words.DueNothing}
	}
	return r.show(ctx, func(w io.Writer) error { _, err := fmt.Fprintln(w, strings.Join(lines, "\n")); return err })
}

// mark puts a mark on the card that is named.
func (r *reviewing) mark(m progress.Mark, said string) func(context.Context, string) error {
	return func(ctx context.Context, named string) error {
		list, err := r.Reviews.List(ctx, review.Filter{})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(e review.Entry) bool { return string(e.ID) == named }) {
			r.say(r.Words.NoSuchCardHere, clip(named))
			return nil
		}
		if err := r.Reviews.Mark(ctx, []review.ID{review.ID(named)}, m, time.Time{}); err != nil {
			return err
		}
		r.say(said, 1)
		return nil
	}
}
