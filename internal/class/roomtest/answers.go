package roomtest

import (
	"context"
	"slices"
	"strconv"

	"kubetutor/internal/course"
	"kubetutor/internal/quiz"
)

// give fills in an answer, more often right than wrong, and leaves it to be
// submitted.
func (l *learner) give(ctx context.Context, q *course.Question) error {
	right := l.rand.IntN(10) < 6
	switch q.Type {
	case course.Single, course.Multi:
		return l.tick(ctx, q, right)
	case course.Order:
		return l.sort(ctx, q, right)
	case course.Manifest:
		return l.compose(ctx, q, right)
	}
	return l.fill(ctx, q, right)
}

// tick chooses options by their numbers.
func (l *learner) tick(ctx context.Context, q *course.Question, right bool) error {
	var texts []string
	for _, o := range q.Options {
		texts = append(texts, o.Text.In(l.lang))
	}
	order := shownOptions(l.t.Text(), texts)
	if order == nil || !right {
		return l.press(ctx, strconv.Itoa(1+l.rand.IntN(min(len(texts), 9))))
	}
	for place, option := range order {
		if q.Options[option].Right && place < 9 {
			if err := l.press(ctx, strconv.Itoa(place+1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// sort moves items into their places.
func (l *learner) sort(ctx context.Context, q *course.Question, right bool) error {
	var texts []string
	for _, i := range q.Items {
		texts = append(texts, i.Text.In(l.lang))
	}
	order := shownOptions(l.t.Text(), texts)
	if order == nil || !right {
		return l.press(ctx, "J")
	}
	at := 0 // of the cursor
	for place := range order {
		for from := slices.Index(order, place); at < from; at++ {
			if err := l.press(ctx, "down"); err != nil {
				return err
			}
		}
		for ; at > place; at-- {
			if err := l.press(ctx, "K"); err != nil {
				return err
			}
			order[at], order[at-1] = order[at-1], order[at]
		}
		if place+1 < len(order) {
			if err := l.press(ctx, "down"); err != nil {
				return err
			}
			at++
		}
	}
	return nil
}

// fill types into the inputs of a question.
func (l *learner) fill(ctx context.Context, q *course.Question, right bool) error {
	for i, text := range quiz.Right(q, l.lang).Texts {
		if i > 0 {
			if err := l.press(ctx, "tab"); err != nil {
				return err
			}
		}
		if !right {
			text = l.token()
		}
		if err := l.write(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// compose pastes a manifest.
func (l *learner) compose(ctx context.Context, q *course.Question, right bool) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	if right {
		return l.t.Paste(q.Sample)
	}
	return l.t.Paste("kind: " + l.token() + "\n")
}
