package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// handsOn has the card's lab done again, in a fresh attempt, and lets the learner
// rate how it went. One that was not begun is buried until tomorrow.
func (c *card) handsOn(ctx context.Context) error {
	before, err := c.Desk.State(ctx, c.item.Lab)
	if err != nil {
		return err
	}
	k := &work{t: c.Tutor, lab: c.item.Lab, fresh: make(chan struct{}, 1)}
	defer k.leave()
	k.vars = attempt.Vars(k.lab, before.Attempts+1) // those that a start will draw
	k.where(ctx)
	for {
		if err := c.works(ctx, k); err != nil {
			return err
		}
		after, err := k.standing(ctx)
		if err != nil {
			return err
		}
		if after.Attempts == before.Attempts {
			c.say("%s", c.Words.ReviewBuried)
			return c.session.Bury(ctx)
		}
		try := review.TryOf(c.item.Lesson, before, after)
		if try.GaveUp {
			sure, err := k.sure(ctx, fmt.Sprintf(c.Words.TypeYes, c.Words.AskGiveUp))
			if err != nil {
				return err
			}
			if !sure {
				continue
			}
		}
		return c.rated(ctx, try)
	}
}

// standing is how the lab stands, with what the engine said last: the learner may
// be faster than the news that the lab is passed.
func (k *work) standing(ctx context.Context) (progress.LabState, error) {
	if _, err := k.t.Desk.Now(ctx, k.lab); err != nil {
		return progress.LabState{}, err
	}
	return k.t.Desk.State(ctx, k.lab)
}

// works lets the learner work at the lab until they want to go on.
func (c *card) works(ctx context.Context, k *work) error {
	for {
		if err := k.task(ctx); err != nil {
			return err
		}
		c.Style.wrapped(c.Out, either(k.stop != nil, c.Words.LabRuns, c.Words.HandsOnHow), "")
		if err := k.prompts(ctx); !errors.Is(err, errAgain) {
			return err
		}
	}
}

// rated lets the learner rate a lab that was passed, or given up.
func (c *card) rated(ctx context.Context, try review.LabTry) error {
	passed := !try.GaveUp
	c.given = review.Given{Took: try.Took, Right: &passed}
	c.suggested = review.SuggestLab(try)
	return c.rating(ctx, func(w io.Writer) error {
		c.why = c.wentSo(try)
		return nil
	})
}

// wentSo says how a lab went.
func (c *card) wentSo(try review.LabTry) string {
	switch {
	case try.GaveUp:
		return c.Words.HandsOnOpen
	case try.Hints > 0, try.Solution, try.Jumped:
		return c.Words.WhyLabHelped
	}
	return fmt.Sprintf(c.Words.WhyLab, c.Words.Span(try.Took.Round(time.Second)), try.Failed)
}
