package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

// runStage is what a session waits for.
type runStage int

const (
	runBegins  runStage = iota // the first card is looked for
	runCard                    // a card is shown
	runWaits                   // all that is left are steps that are not due
	runStopped                 // the next card could not be read
	runOver
)

// reviewRun is a session on the screen. Its calls run in commands, one at a time;
// the next card is shown once the rating of the one before is on disk.
type reviewRun struct {
	c       *common
	options review.Options
	session ReviewSession
	stage   runStage
	busy    bool // a call of the session is under way
	reply   int  // its number
	guard   *keyGuard

	turn  review.Turn
	item  review.Item
	face  cardFace
	ready bool     // the card can be rated
	err   error    // why the last thing could not be done
	tried stepKind // ... and what that was

	tally review.Tally
	done  []string  // the tracks of the cards rated so far; "" for what is no rating
	until time.Time // when the next step is due
	ends  time.Time // of the time box; zero without one
	after aftermath

	width, height int
}

// cardFace is what a card shows above the choices: a question, or a lab.
type cardFace interface {
	surface
	Split() int
	Busy() bool
	Wants() []docKey
	// verdict tells how it went; ok is false until the card can be rated.
	verdict() (v cardVerdict, ok bool)
	// note is said below the card until it can be rated; "" says nothing.
	note() string
	// giveUp ends it without success.
	giveUp() tea.Cmd
	// leave ends what runs, and stops the clock until Init.
	leave() tea.Cmd
}

// cardVerdict is how a card went.
type cardVerdict struct {
	given   review.Given
	suggest review.Rating // 0: none
	why     string
}

// stepKind is what a session was called for.
type stepKind int

const (
	stepNext stepKind = iota
	stepRate
	stepMark // suspend or bury
	stepUndo
)

// steppedMsg is what a call of the session led to. Failed is why the call itself
// could not be done; the card stays then.
type steppedMsg struct {
	reply   int
	kind    stepKind
	session ReviewSession
	failed  error
	said    string
	tally   review.Tally
	turn    review.Turn
	item    review.Item
	err     error // of looking for the next card
}

// rateCardMsg rates the card that is shown: what a confirmed question asks for.
type rateCardMsg struct {
	card   review.ID
	rating review.Rating
}

func newReviewRun(c *common, o review.Options, g *keyGuard) *reviewRun {
	return &reviewRun{c: c, options: o, guard: g}
}

// over tells that there is nothing to go on with.
func (r *reviewRun) over() bool { return r.stage == runOver }

// Init begins the session, or goes on where it was left.
func (r *reviewRun) Init() tea.Cmd {
	switch {
	case r.busy:
		return nil
	case r.session == nil:
		return r.begin()
	case r.stage == runCard:
		return r.face.Init()
	}
	return nil
}

func (r *reviewRun) begin() tea.Cmd {
	r.stage = runBegins
	if r.options.Box > 0 {
		r.ends = r.c.o.Now().Add(r.options.Box)
	}
	id, o := r.calls(), r.options
	return func() tea.Msg {
		s, err := r.c.o.Review.Begin(r.c.ctx, o)
		if err != nil {
			return steppedMsg{reply: id, err: err}
		}
		return r.c.stepped(s, steppedMsg{reply: id})
	}
}

// calls notes that the session is called, and numbers the call.
func (r *reviewRun) calls() int {
	r.busy, r.reply, r.err = true, r.c.nextID(), nil
	return r.reply
}

// early asks the next card although its step is not due.
func (r *reviewRun) early() tea.Cmd {
	if r.busy {
		return nil
	}
	m, s := steppedMsg{reply: r.calls(), session: r.session, tally: r.tally}, r.session
	return func() tea.Msg {
		if m.turn, m.err = s.Early(r.c.ctx); m.err == nil {
			m.item, m.err = r.c.o.Review.Open(r.c.ctx, m.turn.Card)
		}
		return m
	}
}

// step calls the session; then comes the next card.
func (r *reviewRun) step(m steppedMsg, call func(context.Context) error) tea.Cmd {
	if r.busy {
		return nil
	}
	m.reply = r.calls()
	s, elsewhere := r.session, r.c.words.ReviewElsewhere
	return func() tea.Msg {
		switch err := call(r.c.ctx); {
		case errors.Is(err, review.ErrElsewhere):
			m.kind, m.said = stepNext, elsewhere
		case err != nil:
			m.failed = err
			return m
		}
		return r.c.stepped(s, m)
	}
}

// stepped looks for the next card.
func (c *common) stepped(s ReviewSession, m steppedMsg) steppedMsg {
	m.session, m.tally = s, s.Tally()
	if m.turn, m.err = s.Next(c.ctx); m.err == nil {
		m.item, m.err = c.o.Review.Open(c.ctx, m.turn.Card)
	}
	return m
}

// next looks again for a card.
func (r *reviewRun) next() tea.Cmd {
	if r.session == nil {
		return r.begin()
	}
	return r.step(steppedMsg{}, func(context.Context) error { return nil })
}

// stepDone takes over what a call has led to.
func (r *reviewRun) stepDone(msg steppedMsg) tea.Cmd {
	if msg.reply != r.reply {
		return nil
	}
	r.busy, r.tried = false, msg.kind
	if msg.session != nil {
		r.session = msg.session
	}
	if msg.failed != nil {
		r.err = msg.failed
		return nil
	}
	told := r.tell(msg)
	r.count(msg)
	return tea.Batch(told, r.arrive(msg))
}

// tell says in a line what happened.
func (r *reviewRun) tell(msg steppedMsg) tea.Cmd {
	if n := len(msg.tally.Leeches); n > len(r.tally.Leeches) {
		return say(showNoticeMsg{fmt.Sprintf(r.c.words.ReviewLeech, r.turn.State.Lapses+1)})
	}
	if msg.said != "" {
		return say(showNoticeMsg{msg.said})
	}
	return nil
}

// count keeps the tally, and of which tracks the rated cards were.
func (r *reviewRun) count(msg steppedMsg) {
	r.tally = msg.tally
	switch msg.kind {
	case stepRate:
		r.done = append(r.done, r.turn.Card.Track)
	case stepMark:
		r.done = append(r.done, "")
	case stepUndo:
		r.done = r.done[:len(r.done)-1]
	}
}

// arrive shows what comes next.
func (r *reviewRun) arrive(msg steppedMsg) tea.Cmd {
	r.guard.turn()
	left := r.leave()
	wait := review.ErrWait{}
	switch {
	case msg.err == nil:
		return tea.Sequence(left, r.show(msg.turn, msg.item))
	case errors.Is(msg.err, review.ErrDone):
		r.stage = runOver
		return tea.Sequence(left, r.finish())
	case errors.As(msg.err, &wait):
		r.stage, r.until = runWaits, wait.Until
	default:
		r.stage, r.err, r.turn = runStopped, msg.err, msg.turn
	}
	return left
}

// show asks a card.
func (r *reviewRun) show(t review.Turn, item review.Item) tea.Cmd {
	r.stage, r.turn, r.item, r.ready = runCard, t, item, false
	if item.Lab != nil {
		r.face = newLabFace(r.c, item)
	} else {
		r.face = newQuestionFace(r.c, item)
	}
	r.SetSize(r.width, r.height)
	return r.face.Init()
}

// leave ends what runs on behalf of the card.
func (r *reviewRun) leave() tea.Cmd {
	if r.stage != runCard || r.face == nil {
		return nil
	}
	return r.face.leave()
}

func (r *reviewRun) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case steppedMsg:
		return r.stepDone(msg)
	case finishedMsg:
		r.finished(msg)
	case actMsg:
		return r.act(msg)
	case tea.KeyPressMsg:
		if r.stage != runCard || r.guard.stray(msg.String(), r.c.o.Now()) {
			return nil
		}
		return r.faced(msg)
	case clickMsg:
		return r.click(msg)
	case rateCardMsg:
		if r.stage == runCard && msg.card == r.turn.Card.ID {
			return r.rate(msg.rating)
		}
	default:
		return r.faced(msg)
	}
	return nil
}

// faced passes a message to the card, and looks whether that can be rated now.
func (r *reviewRun) faced(msg tea.Msg) tea.Cmd {
	if r.stage != runCard {
		return nil
	}
	cmd := r.face.Update(msg)
	if _, ready := r.face.verdict(); ready != r.ready {
		r.ready = ready
		r.guard.turn()
	}
	return cmd
}

func (r *reviewRun) act(msg actMsg) tea.Cmd {
	stray := r.guard.stray(msg.key.String(), r.c.o.Now())
	switch {
	case r.stage == runCard && stray && msg.action != keymap.Back:
		return nil
	case r.stage == runCard:
		return r.actCard(msg)
	}
	switch msg.action {
	case keymap.Back:
		return say(leaveReviewMsg{})
	case keymap.Undo:
		return r.undo()
	case keymap.Open:
		return r.goOn()
	case keymap.Bury:
		return r.bury()
	case keymap.Hide:
		return r.suspend()
	}
	return nil
}

// goOn is what the way on leads to where no card is shown.
func (r *reviewRun) goOn() tea.Cmd {
	switch r.stage {
	case runWaits:
		return r.early()
	case runStopped:
		return r.next()
	case runOver:
		return say(leaveReviewMsg{})
	}
	return nil
}

func (r *reviewRun) actCard(msg actMsg) tea.Cmd {
	switch msg.action {
	case keymap.Undo:
		return r.undo()
	case keymap.Bury:
		return r.bury()
	case keymap.Hide:
		return r.suspend()
	case keymap.Reveal:
		return r.giveUp()
	case keymap.Reread:
		return r.read()
	case keymap.Past:
		return r.c.loadHistory(r.turn.Card.ID, r.turn.State, r.turn.Recall)
	case keymap.Explain:
		return r.explain()
	case keymap.Continue:
		return r.take()
	}
	if rating := ratingOf(msg.action); rating.Valid() {
		return r.rate(rating)
	}
	return r.faced(msg)
}

// ratingOf is the rating that an action means, else none.
func ratingOf(a keymap.Action) review.Rating {
	return map[keymap.Action]review.Rating{
		keymap.Again: review.Again, keymap.Hard: review.Hard, keymap.Good: review.Good, keymap.Easy: review.Easy,
	}[a]
}

// take rates as suggested.
func (r *reviewRun) take() tea.Cmd {
	v, ok := r.face.verdict()
	if !ok || v.suggest.Valid() {
		return r.rate(v.suggest)
	}
	return say(showNoticeMsg{r.choose()})
}

// choose asks for one of the ratings.
func (r *reviewRun) choose() string {
	key := func(a keymap.Action) string { return r.c.keys.Label(string(keymap.Rating) + "/" + string(a)) }
	return fmt.Sprintf(r.c.words.ReviewChoose, key(keymap.Again), key(keymap.Easy))
}

// rate keeps a rating; the card stays until it is on disk. Giving up is rated
// without a verdict.
func (r *reviewRun) rate(rating review.Rating) tea.Cmd {
	v, ok := r.face.verdict()
	if !rating.Valid() || !ok && rating != review.Again {
		return nil
	}
	given := v.given
	if !ok {
		wrong := false
		given = review.Given{Right: &wrong}
	}
	return r.step(steppedMsg{kind: stepRate}, func(ctx context.Context) error { return r.session.Rate(ctx, rating, given) })
}

func (r *reviewRun) bury() tea.Cmd {
	return r.step(steppedMsg{kind: stepMark, said: r.c.words.ReviewBuried}, func(ctx context.Context) error { return r.session.Bury(ctx) })
}

func (r *reviewRun) suspend() tea.Cmd {
	return r.step(steppedMsg{kind: stepMark, said: r.c.words.ReviewHidden}, func(ctx context.Context) error { return r.session.Suspend(ctx) })
}

// undo takes the last thing back and shows its card again.
func (r *reviewRun) undo() tea.Cmd {
	switch {
	case r.busy || r.session == nil:
		return nil
	case len(r.done) == 0:
		return say(showNoticeMsg{r.c.words.NothingToUndo})
	}
	m, s := steppedMsg{reply: r.calls(), kind: stepUndo, session: r.session, said: r.c.words.ReviewUndone}, r.session
	return func() tea.Msg {
		m.turn, _, m.failed = s.Undo(r.c.ctx)
		if m.failed != nil {
			return m
		}
		m.tally = s.Tally()
		m.item, m.err = r.c.o.Review.Open(r.c.ctx, m.turn.Card)
		return m
	}
}

// giveUp shows the answer; of a lab it asks first, because that is the rating.
func (r *reviewRun) giveUp() tea.Cmd {
	if r.ready || r.busy {
		return nil
	}
	cmd := r.face.giveUp()
	return tea.Batch(cmd, r.faced(nil))
}

// read opens the page of the lesson that the card comes from.
func (r *reviewRun) read() tea.Cmd {
	if r.busy {
		return nil
	}
	card := r.turn.Card
	return say(openPlaceMsg{progress.Position{Lesson: card.ID.Lesson(), Page: max(card.Page, 0)}})
}

// explain explains the words of the card's page, once that gives nothing away.
func (r *reviewRun) explain() tea.Cmd {
	pages := r.item.Body.Pages[r.c.lang]
	if !r.ready || r.turn.Card.Page < 0 || r.turn.Card.Page >= len(pages) {
		return nil
	}
	return r.c.explainPage(r.item.Lesson.ID, pages[r.turn.Card.Page])
}
