package exchange

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/review/anki"
)

// prefix is that of our notes' GUIDs; the card's ID follows.
const prefix = "kubetutor:"

// deck writes a deck for Anki.
func (x *Exporter) deck(ctx context.Context, w io.Writer, f review.Filter) (int, error) {
	fit, _, err := x.Desk.Store.Weights(ctx)
	if err != nil {
		return 0, err
	}
	logs, err := x.logs(ctx)
	if err != nil {
		return 0, err
	}
	c := x.Desk.Config
	p := anki.Package{Made: x.Now, Rollover: c.Rollover, Notice: x.Words.DeckNotice, Preset: anki.Preset{
		Name: "kubetutor", Retention: c.Retention, Steps: c.Steps, Relearning: c.Relearning, NewPerDay: c.New, PerDay: c.Limit, Leech: c.Leech,
	}}
	if fit.Reviews > 0 {
		p.Preset.Weights = fit.Weights[:]
	}
	fields := newHTML(x)
	err = x.items(ctx, f, func(i item) error {
		n, err := x.note(i, logs[string(i.ID)], fields)
		p.Notes = append(p.Notes, n)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(p.Notes), anki.Write(ctx, w, p)
}

// logs are all ratings, by card.
func (x *Exporter) logs(ctx context.Context) (map[string][]progress.Review, error) {
	logs := map[string][]progress.Review{}
	err := x.Desk.Store.Reviews(ctx, time.Time{}, func(r progress.Review) error {
		logs[r.Card] = append(logs[r.Card], r)
		return nil
	})
	return logs, err
}

func (x *Exporter) note(i item, log []progress.Review, h *html) (anki.Note, error) {
	id := i.ID
	n := anki.Note{
		GUID: prefix + string(id), Deck: x.deckName(i.Lesson.Track.Title.In(x.Lang)), Tags: i.Tags, Created: x.Now, Card: x.card(i.entry, log),
	}
	if len(log) > 0 {
		n.Created = log[0].At
	}
	var err error
	n.Model, n.Fields, err = h.fields(i)
	return n, err
}

// deckName is a deck below ours. Two colons part decks, and Anki takes quotation
// marks out of names.
func (x *Exporter) deckName(track string) string {
	return "kubetutor::" + strings.NewReplacer("::", ":", `"`, "'").Replace(track)
}

func (x *Exporter) card(e review.Entry, log []progress.Review) anki.Card {
	s := e.State
	c := anki.Card{
		Stage: stageFor(s.Stage), Suspended: e.Suspended, Buried: e.Buried.After(x.Now), Due: s.Due, Reps: s.Reps, Lapses: s.Lapses,
		Stability: s.Stability, Difficulty: s.Difficulty, Retention: x.Desk.Config.Retention, Last: s.Last,
	}
	switch s.Stage {
	case progress.StageNew:
		c.Stability, c.Difficulty, c.Retention = 0, 0, 0
	case progress.StageLearning:
		c.Left = max(len(x.Desk.Config.Steps)-s.Step, 1)
	case progress.StageRelearning:
		c.Left, c.Interval = max(len(x.Desk.Config.Relearning)-s.Step, 1), max(int(s.Stability), 1)
	case progress.StageReview:
		c.Interval = x.days(s)
	}
	for _, r := range log {
		c.Log = append(c.Log, x.line(r))
	}
	return c
}

// days is the interval of a card in review. It is due at the beginning of a day,
// and was rated at some time of one: what counts are the days between.
func (x *Exporter) days(s progress.CardState) int {
	number := func(t time.Time) int { return review.DayNumber(t, x.Now.Location(), x.Desk.Config.Rollover) }
	return max(number(s.Due)-number(s.Last), 1)
}

// line is a rating as Anki logs it.
func (x *Exporter) line(r progress.Review) anki.Rating {
	return anki.Rating{
		At: r.At, Ease: r.Rating, Stage: stageFor(r.Before.Stage), Interval: x.interval(r.State), Before: x.interval(r.Before),
		Difficulty: r.State.Difficulty, Took: r.Took,
	}
}

// interval is how long after its last rating a card is due: whole days in review.
func (x *Exporter) interval(s progress.CardState) time.Duration {
	switch s.Stage {
	case progress.StageNew:
		return 0
	case progress.StageReview:
		return time.Duration(x.days(s)) * 24 * time.Hour
	}
	return max(s.Due.Sub(s.Last), 0)
}

func stageFor(s progress.Stage) anki.Stage {
	return anki.Stage(max(slices.Index(stages(), s), 0))
}

// stages lists them by Anki's numbers.
func stages() []progress.Stage {
	return []progress.Stage{progress.StageNew, progress.StageLearning, progress.StageReview, progress.StageRelearning}
}

// Deck takes in the ratings of a package of Anki. Notes that are not of this
// program are counted, and not read.
func (m *Importer) Deck(ctx context.Context, r io.ReaderAt, size int64, dry bool) (Report, error) {
	found, err := anki.Read(ctx, r, size, anki.Options{Prefix: prefix, Zone: m.Now.Location(), Now: m.Now})
	if err != nil {
		return Report{}, importing(err)
	}
	report := Report{Foreign: found.Foreign, Skipped: found.Skipped}
	in := make(map[review.ID]*history, len(found.Notes))
	for _, n := range found.Notes {
		id, err := review.ParseID(strings.TrimPrefix(n.GUID, prefix))
		if err != nil {
			report.Foreign++
			continue
		}
		in[id] = m.historyOf(id, n.Card)
	}
	return report, importing(m.merge(ctx, in, &report, dry))
}

func (m *Importer) historyOf(id review.ID, c anki.Card) *history {
	state := progress.CardState{
		Stage: stages()[c.Stage], Stability: c.Stability, Difficulty: c.Difficulty, Due: c.Due, Reps: c.Reps, Lapses: c.Lapses,
	}
	state.Step = len(m.steps(state.Stage)) - c.Left
	if n := len(c.Log); n > 0 && !c.Last.IsZero() && c.Last.Before(c.Log[n-1].At.Truncate(time.Second)) {
		state.Stability = 0 // of an Anki without FSRS, which leaves what another one remembered
	}
	h := &history{last: &state}
	for _, r := range c.Log {
		h.ratings = append(h.ratings, rating{Reviewed: progress.Reviewed{Card: string(id), Rating: r.Ease, Took: r.Took, At: r.At}})
	}
	return h
}
