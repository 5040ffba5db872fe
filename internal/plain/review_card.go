package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
)

// card is a card that is asked, from the question to the rating.
type card struct {
	*reviewing
	item      review.Item
	given     review.Given
	suggested review.Rating // 0: nothing speaks for one
	why       string        // it is suggested
}

// card asks a card until it is rated or put away. One that cannot be shown is
// buried: it must not stop the others.
func (r *reviewing) card(ctx context.Context, t review.Turn) error {
	r.turn = t
	item, err := r.Reviews.Open(ctx, t.Card)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.say(r.Words.ReviewGone, err)
		return r.session.Bury(ctx)
	}
	c := &card{reviewing: r, item: item}
	r.say("\n%s", c.head())
	if item.Lab != nil {
		return c.handsOn(ctx)
	}
	return c.question(ctx)
}

// head says which card it is and where it comes from.
func (c *card) head() string {
	w, t := c.Words, c.turn
	parts := []string{fmt.Sprintf(w.CardHead, c.session.Tally().Rated+1, c.left()), fmt.Sprintf(w.CardOf, w.CardKind(string(t.Card.ID.Kind())), c.trackTitle(), c.item.Lesson.Title.In(c.Lang))}
	if t.Card.Page >= 0 {
		parts = append(parts, fmt.Sprintf(w.CardPage, t.Card.Page+1))
	}
	parts = append(parts, w.CardStage(string(t.State.Stage)))
	if t.Recall > 0 {
		parts = append(parts, fmt.Sprintf(w.CardRecall, int(100*t.Recall+0.5)))
	}
	return strings.Join(parts, w.ListSeparator)
}

func (c *card) trackTitle() string {
	if t := c.item.Lesson.Track; t != nil {
		return t.Title.In(c.Lang)
	}
	return c.turn.Card.Track
}

// question asks, grades and explains, and lets the learner rate.
func (c *card) question(ctx context.Context) error {
	q := c.item.Question
	put := asked{c.Tutor, q, Shown(q, c.turn), c.Words.EnterShows}
	begun := time.Now()
	for {
		if err := put.show(ctx); err != nil {
			return err
		}
		a, given, err := put.answer(ctx)
		if errors.Is(err, errAgain) { // in the language of now
			put.enter = c.Words.EnterShows
			continue
		}
		if err != nil {
			return err
		}
		c.given.Took = time.Since(begun).Round(time.Millisecond)
		if !given {
			return c.rating(ctx, c.answerShown)
		}
		return c.judged(ctx, a)
	}
}

// Shown is the order in which a card's options or items are shown: another one
// each time that it is asked, the same until it is rated.
func Shown(q *course.Question, t review.Turn) []int {
	return quiz.Shuffle(q, showing(string(t.Card.ID), t.State.Reps))
}

// judged grades the answer. Where that takes a cluster, and none is up, the
// learner compares.
func (c *card) judged(ctx context.Context, a quiz.Answer) error {
	q := c.item.Question
	g, err := c.Grader.Grade(ctx, q, c.Lang, a, c.Labs)
	if errors.Is(err, quiz.ErrNeedsEngine) {
		return c.rating(ctx, func(w io.Writer) error {
			c.Style.wrapped(w, c.Words.ReviewUnjudged, "")
			return c.showAnswer(w)
		})
	}
	if err != nil {
		return err
	}
	c.given.Right = &g.Right
	c.suggested = review.Suggest(q, g, c.given.Took, 0)
	c.why = c.Words.WhyWrong
	if g.Right {
		c.why = fmt.Sprintf(c.Words.WhyRight, c.Words.Span(c.given.Took))
	}
	return c.rating(ctx, func(w io.Writer) error { return c.showGrade(w, q, g) })
}

// answerShown shows the answer to a learner who gave none.
func (c *card) answerShown(w io.Writer) error {
	c.suggested, c.why = review.Again, c.Words.WhyShown
	return c.showAnswer(w)
}

// showAnswer shows a right answer, and why it is.
func (c *card) showAnswer(w io.Writer) error {
	q := c.item.Question
	for i, id := range quiz.Right(q, c.Lang).Options {
		if i == 0 {
			fmt.Fprintln(w, c.Words.AnswerIs)
		}
		c.Style.wrapped(w, "  "+partName(q, id, c.Lang), "  ")
	}
	c.showRight(w, q)
	return c.Style.text(w, q.Explain.In(c.Lang), c.Lang)
}

// rating shows how the card went, what each rating leads to, and takes one.
func (c *card) rating(ctx context.Context, show func(io.Writer) error) error {
	for {
		err := c.Tutor.show(ctx, func(w io.Writer) error {
			if err := show(w); err != nil {
				return err
			}
			c.showChoices(w)
			return nil
		})
		if err != nil {
			return err
		}
		r, err := c.choose(ctx)
		switch {
		case errors.Is(err, errAgain):
		case err != nil:
			return err
		default:
			return c.rate(ctx, r)
		}
	}
}

// showChoices says when each rating lets the card come back, and which one is
// suggested.
func (c *card) showChoices(w io.Writer) {
	fmt.Fprintln(w)
	for _, way := range c.turn.Choices {
		fmt.Fprintf(w, c.Words.RatingChoice+"\n", way.Rating, c.Words.Rating(int(way.Rating)), c.Words.Span(way.Interval))
	}
	if c.suggested.Valid() {
		c.Style.wrapped(w, fmt.Sprintf(c.Words.RatingSuggested, c.why, c.named(c.suggested)), "")
	}
}

// named is a rating's number and name.
func (c *card) named(r review.Rating) string { return number(r) + " " + c.Words.Rating(int(r)) }

// choose takes a rating, by its number or name; Enter takes the one that is
// suggested.
func (c *card) choose(ctx context.Context) (r review.Rating, err error) {
	take := func(rating review.Rating) func(context.Context, string) error {
		return func(context.Context, string) error { r = rating; return errTurned }
	}
	about := c.Words.ReviewAbout
	p := prompt{
		text: c.Words.AtRatingOpen,
		choices: []choice{
			{"forgot", "1", about["forgot"], take(review.Again)}, {"hard", "2", about["hard"], take(review.Hard)},
			{"good", "3", about["good"], take(review.Good)}, {"easy", "4", about["easy"], take(review.Easy)},
		},
	}
	if c.suggested.Valid() {
		p.text = fmt.Sprintf(c.Words.AtRating, c.named(c.suggested))
	}
	for !r.Valid() {
		_, err := c.put(ctx, p)
		if err != nil && !errors.Is(err, errTurned) {
			return 0, err
		}
		if err == nil {
			r = c.suggested
		}
	}
	return r, nil
}

// rate records a rating. Where that fails the card stays, and the reason is said.
func (c *card) rate(ctx context.Context, r review.Rating) error {
	leeches := len(c.session.Tally().Leeches)
	switch err := c.session.Rate(ctx, r, c.given); {
	case errors.Is(err, review.ErrElsewhere):
		c.say("%s", c.Words.ReviewElsewhere)
		return nil
	case err != nil && ctx.Err() == nil:
		c.say(c.Words.ReviewUnsaved, err)
		return nil
	case err != nil:
		return err
	}
	if c.options.Mode == review.Cram {
		c.say(c.Words.CramTaken, c.Words.Rating(int(r)))
		return nil
	}
	c.say(c.Words.RatingTaken, c.Words.Rating(int(r)), c.Words.Span(c.turn.Choices[r-1].Interval))
	if len(c.session.Tally().Leeches) > leeches {
		c.say(c.Words.ReviewLeech, c.turn.State.Lapses+1)
	}
	return nil
}

// amid is what can be typed at all prompts of a session.
func (r *reviewing) amid() []choice {
	about := r.Words.ReviewAbout
	return []choice{
		{"undo", "", about["undo"], alone(r.undo)},
		{"suspend", "", about["suspend"], alone(r.away((*review.Session).Suspend, func() string { return r.Words.ReviewHidden }))},
		{"bury", "", about["bury"], alone(r.away((*review.Session).Bury, func() string { return r.Words.ReviewBuried }))},
		{"page", "", about["text"], alone(r.page)},
		{"history", "", about["history"], alone(r.history)},
		{"left", "", about["left"], alone(func(context.Context) error { r.say("%s", r.left()); return nil })},
	}
}

// undo takes the last thing back that was done in the session.
func (r *reviewing) undo(ctx context.Context) error {
	_, ok, err := r.session.Undo(ctx)
	if err != nil {
		return err
	}
	if !ok {
		r.say("%s", r.Words.NothingToUndo)
		return nil
	}
	r.say("%s", r.Words.ReviewUndone)
	return errNext
}

// away puts the card away.
func (r *reviewing) away(put func(*review.Session, context.Context) error, said func() string) func(context.Context) error {
	return func(ctx context.Context) error {
		switch err := put(r.session, ctx); {
		case errors.Is(err, review.ErrElsewhere):
			r.say("%s", r.Words.ReviewElsewhere)
		case err != nil:
			return err
		default:
			r.say("%s", said())
		}
		return errNext
	}
}

// page says the page of the lesson that the card comes from.
func (r *reviewing) page(ctx context.Context) error {
	item, err := r.Reviews.Open(ctx, r.turn.Card)
	if err != nil {
		return err
	}
	if item.Page < 0 || item.Page >= len(item.Body.Pages[r.Lang]) {
		r.say("%s", r.Words.NoPageOf)
		return nil
	}
	page := item.Body.Pages[r.Lang][item.Page]
	err = r.show(ctx, func(w io.Writer) error {
		fmt.Fprintf(w, "\n%s\n\n", page.Title)
		for _, part := range page.Parts {
			if part.Markdown == "" {
				continue
			}
			if err := r.Style.text(w, part.Markdown, r.Lang); err != nil {
				return err
			}
			fmt.Fprintln(w)
		}
		return nil
	})
	return afterwards(err)
}

// history says how the card was rated so far.
func (r *reviewing) history(ctx context.Context) error {
	var lines []string
	err := r.Store.Reviews(ctx, time.Time{}, func(past progress.Review) error {
		if past.Card == string(r.turn.Card.ID) {
			lines = append(lines, r.past(past))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		lines = []string{r.Words.HistoryNone}
	}
	return r.show(ctx, func(w io.Writer) error { _, err := fmt.Fprintln(w, strings.Join(lines, "\n")); return err })
}

// past says what a rating was and what it led to.
func (r *reviewing) past(p progress.Review) string {
	w := r.Words
	return fmt.Sprintf(w.HistoryLine, p.At.In(r.now().Location()).Format("2006-01-02 15:04"), w.Rating(p.Rating), w.Span(p.Took), w.Span(p.State.Due.Sub(p.At)))
}
