package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/i18n"
	"kubetutor/internal/review"
)

// reviewing is a learner who reviews.
type reviewing struct {
	*Tutor
	options review.Options
	session *review.Session
	turn    review.Turn // the card that is asked
}

// errNext ends what is asked of a card: it was put away, or another one was
// fetched back.
var errNext = errors.New("the learner is done with the card")

// Review says what awaits the learner, lets them change what is asked, and asks
// one card after the other.
func (t *Tutor) Review(ctx context.Context, o review.Options) error {
	return t.ended(t.reviews(ctx, o))
}

func (t *Tutor) reviews(ctx context.Context, o review.Options) error {
	r := &reviewing{Tutor: t, options: o}
	for {
		err := r.start(ctx)
		switch {
		case errors.Is(err, errTurned), err == nil:
			return r.begin(ctx)
		case !errors.Is(err, errAgain):
			return err
		}
	}
}

// reviewChoice is the entry of the menu that leads to reviews, and whether
// something is due.
func (t *Tutor) reviewChoice(ctx context.Context) (c choice, due bool, err error) {
	s, err := t.Reviews.Summary(ctx, review.Filter{})
	open := func(ctx context.Context) error { return afterwards(t.reviews(ctx, review.Options{})) }
	return choice{"review", "", Awaits(s, t.now(), t.Words), alone(open)}, s.Back() > 0, err
}

// now is the learner's clock.
func (t *Tutor) now() time.Time {
	if t.Reviews.Now != nil {
		return t.Reviews.Now()
	}
	return time.Now()
}

// start says what awaits the learner, and asks how to begin.
func (r *reviewing) start(ctx context.Context) error {
	s, err := r.Reviews.Summary(ctx, r.options.Filter)
	if err != nil {
		return err
	}
	if r.options.Mode == review.Due && !r.options.HandsOn {
		r.say("%s", Awaits(s, r.now(), r.Words))
	}
	if s.Waiting > 0 {
		r.say("%s", i18n.Several(r.Words.ReviewWaiting, s.Waiting))
	}
	r.say(r.Words.FilterSays, r.asks())
	_, err = r.put(ctx, prompt{text: r.Words.AtReview, choices: r.ways()})
	return err
}

// Awaits says in one line what awaits the learner.
func Awaits(s review.Summary, now time.Time, w *i18n.CLI) string {
	parts := w.ReviewCounts(s.Due, s.Learning, s.New, s.HandsOn)
	switch {
	case len(parts) > 0 && s.Minutes > 0:
		parts = append(parts, fmt.Sprintf(w.AwaitsAbout, w.Spent(time.Duration(s.Minutes)*time.Minute)))
	case len(parts) == 0 && s.Next.IsZero():
		parts = []string{w.DueNothing}
	case len(parts) == 0:
		parts = []string{w.DueNothing, fmt.Sprintf(w.ReviewNext, w.Moment(s.Next, now))}
	}
	return strings.Join(parts, w.ListSeparator)
}

// asks says what the session is going to ask.
func (r *reviewing) asks() string {
	o, w := r.options, r.Words
	parts := slices.Concat(o.Tracks, o.Lessons, o.Tags)
	for _, k := range o.Kinds {
		parts = append(parts, w.CardKind(string(k)))
	}
	switch {
	case o.HandsOn:
		parts = append(parts, w.CardKind(string(review.Lab)))
	case o.Mode == review.Ahead:
		parts = append(parts, i18n.Several(w.ReviewAheadSays, o.Days))
	case o.Mode == review.Cram:
		parts = append(parts, w.ReviewCramSays)
	case len(parts) == 0:
		parts = append(parts, w.FilterAll)
	}
	if o.Box > 0 {
		parts = append(parts, i18n.Several(w.ReviewMinute, int(o.Box.Minutes())))
	}
	return strings.Join(parts, w.ListSeparator)
}

// begin asks one card after the other, and says in the end what was done. A
// learner who leaves is told so too.
func (r *reviewing) begin(ctx context.Context) (err error) {
	if r.session, err = r.Reviews.Begin(ctx, r.options); err != nil {
		return err
	}
	around := r.around
	r.around = r.amid
	err = r.ask(ctx)
	r.around = around
	if told := r.tell(ctx); err == nil {
		err = told
	}
	return err
}

func (r *reviewing) ask(ctx context.Context) error {
	for {
		t, err := r.session.Next(ctx)
		wait := review.ErrWait{}
		switch {
		case errors.Is(err, review.ErrDone):
			return nil
		case errors.As(err, &wait):
			err = r.wait(ctx, wait.Until)
		case err == nil:
			err = r.card(ctx, t)
		}
		if err != nil && !errors.Is(err, errNext) {
			return err
		}
	}
}

// wait says when the next card comes, which is being learnt. The learner has it
// now, or waits for it.
func (r *reviewing) wait(ctx context.Context, until time.Time) error {
	wait := choice{"wait", "w", r.Words.ReviewAbout["wait"], alone(func(ctx context.Context) error {
		r.say("%s", r.Words.Waiting)
		if err := r.pause(ctx, until.Sub(r.now())); err != nil {
			return err
		}
		return errNext
	})}
	r.say(r.Words.ReviewWait, until.In(r.now().Location()).Format("15:04"), r.Words.Span(until.Sub(r.now())))
	if _, err := r.put(ctx, prompt{text: r.Words.AtWaiting, choices: []choice{wait}}); err != nil {
		return afterAgain(err)
	}
	t, err := r.session.Early(ctx)
	if errors.Is(err, review.ErrDone) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.card(ctx, t)
}

// afterAgain goes on where something shall be said again: the session says it.
func afterAgain(err error) error {
	if errors.Is(err, errAgain) {
		return nil
	}
	return err
}

// pause waits so long, or until a line is typed.
func (r *reviewing) pause(ctx context.Context, d time.Duration) error {
	over := errors.New("the time is over")
	ctx, cancel := context.WithTimeoutCause(ctx, d, over)
	defer cancel()
	if _, err := r.lines.Read(ctx); err != nil && !errors.Is(err, over) {
		return err
	}
	return nil
}

// tell says what was done and what remains, and fits the schedule to the learner's
// memory where enough has been learnt of it.
func (r *reviewing) tell(ctx context.Context) error {
	t, w := r.session.Tally(), r.Words
	if t.Rated > 0 {
		r.say("%s", strings.Join(done(t, w), w.ListSeparator))
	}
	for _, id := range t.Leeches {
		r.say(w.TallyLeech, id)
	}
	if r.options.Mode == review.Cram {
		r.say("%s", w.TallyCram)
		return nil
	}
	if err := r.remains(ctx); err != nil {
		return err
	}
	return r.fit(ctx, t)
}

// remains says what is left of what was asked for, and else when more is due.
func (r *reviewing) remains(ctx context.Context) error {
	w, f := r.Words, r.options.Filter
	s, err := r.Reviews.Summary(ctx, f)
	if err != nil {
		return err
	}
	if s.All() > 0 {
		r.say(w.StillAwaits, Awaits(s, r.now(), w))
		return nil
	}
	narrowed := len(f.Tracks)+len(f.Lessons)+len(f.Tags)+len(f.Kinds) > 0
	r.say("%s", either(narrowed, w.ReviewDoneChosen, w.ReviewDone))
	if !s.Next.IsZero() {
		r.say(w.TallyNext, w.Moment(s.Next, r.now()))
	}
	return nil
}

// done says what was done in a session.
func done(t review.Tally, w *i18n.CLI) []string {
	parts := []string{fmt.Sprintf(w.TallyRated, t.Rated), fmt.Sprintf(w.TallyRecalled, t.Recalled, t.Rated, 100*t.Recalled/t.Rated)}
	if t.New > 0 {
		parts = append(parts, fmt.Sprintf(w.TallyNew, t.New))
	}
	for _, k := range review.Kinds() {
		if n := t.Kinds[k]; n > 0 {
			parts = append(parts, fmt.Sprintf(w.TallyKind, w.CardKind(string(k)), n))
		}
	}
	return append(parts, fmt.Sprintf(w.TallyTime, w.Spent(t.Time)))
}

func (r *reviewing) fit(ctx context.Context, t review.Tally) error {
	if t.Rated == 0 || ctx.Err() != nil {
		return nil
	}
	better, err := r.Reviews.Fit(ctx)
	switch {
	case err != nil:
		r.say(r.Words.ReviewFitFailed, err)
	case better:
		r.say("%s", r.Words.ReviewFitted)
	}
	return nil
}

// left says how many cards are left.
func (r *reviewing) left() string { return fmt.Sprintf(r.Words.ReviewLeft, r.turn.Left.All()) }

// number of a rating, as it is typed.
func number(r review.Rating) string { return strconv.Itoa(int(r)) }
