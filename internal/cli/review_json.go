package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
)

// A machine reviews in a conversation of JSON lines, not by one command for each
// card: the order, the siblings, the learning steps and undo belong to a session,
// and one process keeps them without opening everything again for each card.
// Requests and replies alternate strictly, so that no program has to guess what a
// line answers. Nothing is kept in the process that would be missed: whoever is
// cut off begins again where they were.

// request is a line in. Card, if it is given, must be the card that is shown.
type request struct {
	Do      string    `json:"do"`
	Card    review.ID `json:"card"`
	Options []string  `json:"options"` // answer: IDs of the options, or of the items in the learner's order
	Texts   []string  `json:"texts"`   // answer: one for each blank; or the command, the output, the manifest
	Rating  string    `json:"rating"`
	Took    float64   `json:"tookSeconds"` // how long the learner took; 0 for the time since the card was sent
}

// machine is a program that reviews on a learner's behalf.
type machine struct {
	f       *Factory
	desk    *review.Desk
	session *review.Session
	turn    *review.Turn // what is shown; nil before the first card
	item    review.Item
	before  progress.LabState // of a lab, when it was sent
	since   time.Time         // when it was sent first
	took    time.Duration     // until the answer; 0 before
	right   *bool             // how the answer was judged
}

// runReviewJSON answers each line of the input with one line.
func runReviewJSON(ctx context.Context, f *Factory, desk *review.Desk, o review.Options) error {
	session, err := desk.Begin(ctx, o)
	if err != nil {
		return err
	}
	m := &machine{f: f, desk: desk, session: session}
	out := json.NewEncoder(f.IO.Out)
	out.SetEscapeHTML(false)
	for lines := plain.NewLines(f.IO.In); ; {
		line, err := lines.Raw(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(line)) == "" {
			continue
		}
		if err := out.Encode(m.reply(ctx, line)); err != nil {
			return err
		}
	}
}

// errorJSON says why a request was not done.
type errorJSON struct {
	Type  string `json:"type"`
	Error string `json:"error"`
}

func (m *machine) reply(ctx context.Context, line []byte) any {
	reply, err := m.answer(ctx, line)
	if err != nil {
		return errorJSON{"error", m.f.explain(err)}
	}
	return reply
}

// answer does what a line asks for.
func (m *machine) answer(ctx context.Context, line []byte) (any, error) {
	var r request
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf(m.f.Words.ProtocolLine, err)
	}
	verbs := m.verbs()
	for _, v := range verbs {
		if v.do != r.Do {
			continue
		}
		if err := m.means(r, v.card); err != nil {
			return nil, err
		}
		return v.run(ctx, r)
	}
	names := each(verbs, func(v verb) string { return v.do })
	return nil, fmt.Errorf(m.f.Words.ProtocolDo, r.Do, strings.Join(names, m.f.Words.ListSeparator))
}

// verb is something that can be asked for.
type verb struct {
	do   string
	card bool // of the card that is shown
	run  func(context.Context, request) (any, error)
}

func (m *machine) verbs() []verb {
	return []verb{
		{"next", false, m.next}, {"early", false, m.early}, {"answer", true, m.grade}, {"grade", true, m.grade}, {"rate", true, m.rate}, {"undo", false, m.undo},
		{"suspend", true, m.marks(m.session.Suspend)}, {"bury", true, m.marks(m.session.Bury)}, {"tally", false, m.tally},
	}
}

// means refuses a request of a card that is not shown.
func (m *machine) means(r request, card bool) error {
	switch {
	case card && m.turn == nil:
		return errors.New(m.f.Words.ProtocolNoCard)
	case r.Card != "" && m.turn != nil && r.Card != m.turn.Card.ID:
		return fmt.Errorf(m.f.Words.ProtocolOther, m.turn.Card.ID, r.Card)
	}
	return nil
}

// next shows the next card, or the same one until it is rated.
func (m *machine) next(ctx context.Context, _ request) (any, error) {
	t, err := m.session.Next(ctx)
	if wait := (review.ErrWait{}); errors.As(err, &wait) {
		return struct {
			Type  string    `json:"type"`
			Until time.Time `json:"until"`
		}{"wait", wait.Until}, nil
	}
	if errors.Is(err, review.ErrDone) {
		m.turn = nil
		return newTallyJSON("done", m.session.Tally()), nil
	}
	if err != nil {
		return nil, err
	}
	return m.show(ctx, t)
}

// early shows the card that next would have one wait for.
func (m *machine) early(ctx context.Context, _ request) (any, error) {
	t, err := m.session.Early(ctx)
	if errors.Is(err, review.ErrDone) {
		return newTallyJSON("done", m.session.Tally()), nil
	}
	if err != nil {
		return nil, err
	}
	return m.show(ctx, t)
}

// show opens a card. One that cannot be opened any more can still be suspended or
// buried.
func (m *machine) show(ctx context.Context, t review.Turn) (any, error) {
	again := m.turn != nil && m.turn.Card.ID == t.Card.ID
	m.turn, m.item = &t, review.Item{}
	item, err := m.desk.Open(ctx, t.Card)
	if err != nil {
		return nil, err
	}
	m.item = item
	if again {
		return newTurnJSON(t, item, m.f.Lang()), nil
	}
	m.since, m.took, m.right = time.Now(), 0, nil
	if item.Lab != nil {
		m.before, err = m.labState(ctx)
	}
	return newTurnJSON(t, item, m.f.Lang()), err
}

// labState is how the lab of the card stands.
func (m *machine) labState(ctx context.Context) (progress.LabState, error) {
	labs, err := m.desk.Store.Labs(ctx)
	return labs[m.item.Lab.Path()], err
}

// grade grades an answer; without one, what was done of a lab. A question without
// one was only looked at.
func (m *machine) grade(ctx context.Context, r request) (any, error) {
	reply := newGradeJSON(*m.turn, m.item, m.f.Lang())
	m.took = m.tookOf(r)
	switch {
	case m.item.Lab != nil && r.Do == "answer":
		return nil, errors.New(m.f.Words.ProtocolNoLab)
	case m.item.Lab != nil:
		return m.gradeLab(ctx, reply)
	case m.item.Question == nil:
		return nil, review.ErrNoCard
	case r.Do == "grade":
		reply.Suggested = ratingName(review.Again)
		return reply, nil
	}
	return m.judge(ctx, quiz.Answer{Options: r.Options, Texts: r.Texts}, reply)
}

// judge grades an answer to a question. Where that takes a cluster, and none is
// up, nobody has judged it.
func (m *machine) judge(ctx context.Context, a quiz.Answer, reply gradeJSON) (any, error) {
	labs, err := m.f.Labs()
	if err != nil {
		return nil, err
	}
	g, err := lateGrader{m.f}.Grade(ctx, m.item.Question, m.f.Lang(), a, labs)
	if errors.Is(err, quiz.ErrNeedsEngine) {
		return reply, nil
	}
	if err != nil {
		return nil, err
	}
	m.right = &g.Right
	reply.judged(g, m.f.Lang())
	reply.Suggested = ratingName(review.Suggest(m.item.Question, g, m.took, 0))
	return reply, nil
}

// gradeLab tells how the lab went since the card was shown.
func (m *machine) gradeLab(ctx context.Context, reply gradeJSON) (any, error) {
	now, err := m.labState(ctx)
	if err != nil {
		return nil, err
	}
	try := review.TryOf(m.item.Lesson, m.before, now)
	passed := !try.GaveUp
	m.right, m.took = &passed, try.Took
	reply.Judged, reply.Right, reply.Suggested = true, passed, ratingName(review.SuggestLab(try))
	return reply, nil
}

// tookOf is how long the learner took for the card.
func (m *machine) tookOf(r request) time.Duration {
	if r.Took > 0 {
		return time.Duration(r.Took * float64(time.Second)).Round(time.Millisecond)
	}
	return time.Since(m.since).Round(time.Millisecond)
}

// rate records a rating; the reply means that it is on disk.
func (m *machine) rate(ctx context.Context, r request) (any, error) {
	rating, ok := ratingOf(r.Rating)
	if !ok {
		return nil, fmt.Errorf(m.f.Words.ProtocolRate, r.Rating)
	}
	if m.took == 0 || r.Took > 0 {
		m.took = m.tookOf(r)
	}
	t := *m.turn
	err := m.session.Rate(ctx, rating, review.Given{Took: m.took, Right: m.right})
	if err != nil && !errors.Is(err, review.ErrElsewhere) {
		return nil, err
	}
	m.turn = nil
	if err != nil {
		return nil, err
	}
	c := newChoiceJSON(t.Choices[rating-1])
	return struct {
		Type string    `json:"type"`
		Card review.ID `json:"card"`
		choiceJSON
	}{"rated", t.Card.ID, c}, nil
}

// undo takes the last thing back, and shows its card.
func (m *machine) undo(ctx context.Context, _ request) (any, error) {
	t, ok, err := m.session.Undo(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New(m.f.Words.NothingToUndo)
	}
	m.turn = nil
	return m.show(ctx, t)
}

// marks suspends or buries the card that is shown.
func (m *machine) marks(mark func(context.Context) error) func(context.Context, request) (any, error) {
	return func(ctx context.Context, r request) (any, error) {
		id := m.turn.Card.ID
		if err := mark(ctx); err != nil {
			return nil, err
		}
		m.turn = nil
		return struct {
			Type string    `json:"type"`
			Card review.ID `json:"card"`
			Mark string    `json:"mark"`
		}{"marked", id, r.Do}, nil
	}
}

func (m *machine) tally(context.Context, request) (any, error) {
	return newTallyJSON("tally", m.session.Tally()), nil
}
