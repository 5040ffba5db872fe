package review

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/progress"
)

// entry is a card that may be asked, and how it stands.
type entry struct {
	Card
	row progress.Card
}

// pool is what may be asked now and for the rest of the day, limits and siblings
// considered.
type pool struct {
	learning []entry // in steps, the one that is due first comes first
	due      []entry // the one that is most likely forgotten first
	fresh    []entry // new, in learning order
	labs     []entry // hands-on
}

// collector puts a pool together.
type collector struct {
	desk  *Desk
	sched *Scheduler
	opts  Options
	now   time.Time
	in    scope
	today today
	pool  pool
	taken map[string]bool               // siblings that are asked today
	made  map[string]progress.CardState // what mistakes have led to that are not recorded yet
	books func() (*library, error)
}

func (d *Desk) collect(ctx context.Context, sched *Scheduler, o Options, now time.Time) (*collector, error) {
	c := &collector{desk: d, sched: sched, opts: o, now: now, in: newScope(d.Course, o.Filter), taken: map[string]bool{}}
	var err error
	if c.today, err = lookBack(ctx, d.Store, sched.days, c.in, now); err != nil {
		return nil, err
	}
	c.books = sync.OnceValues(func() (*library, error) { return openLibrary(ctx, c.in, d.Store) })
	if c.wantsNew() {
		go c.books() // it takes as long as finding what is due, which goes on meanwhile
	}
	for _, step := range c.steps() {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// wantsNew tells whether new cards are asked for, other than labs.
func (c *collector) wantsNew() bool {
	return c.opts.Mode == Cram || c.opts.Mode == Due && !c.opts.HandsOn && c.today.fresh < c.desk.Config.New
}

// steps are what a mode collects, in this order: what comes first decides which
// siblings wait.
func (c *collector) steps() []func(context.Context) error {
	switch {
	case c.opts.HandsOn:
		return []func(context.Context) error{c.mistakes, c.handsOn}
	case c.opts.Mode == Cram:
		return []func(context.Context) error{c.everything}
	case c.opts.Mode == Ahead:
		return []func(context.Context) error{c.mistakes, c.learning, c.ahead}
	}
	return []func(context.Context) error{c.mistakes, c.learning, c.due, c.fresh, c.handsOn}
}

// rows are the cards in some stages that a query finds and that are neither
// suspended nor buried, as they stand after the mistakes that are not recorded
// yet. Those that a mistake was made in come first.
func (c *collector) rows(ctx context.Context, q progress.CardQuery, kinds ...Kind) ([]progress.Card, error) {
	rows, err := c.desk.Store.Cards(ctx, c.asked(q, kinds...))
	if err != nil || len(c.made) == 0 {
		return rows, err
	}
	rows = slices.DeleteFunc(rows, func(r progress.Card) bool { _, missed := c.made[r.ID]; return missed })
	missed, err := c.desk.Store.Cards(ctx, c.asked(progress.CardQuery{IDs: slices.Collect(maps.Keys(c.made))}, kinds...))
	for i := range missed {
		missed[i].CardState = c.made[missed[i].ID]
	}
	missed = slices.DeleteFunc(missed, func(r progress.Card) bool { return !slices.Contains(q.Stages, r.Stage) || r.Due.After(q.Due) })
	return append(missed, rows...), err
}

// asked is a query for cards that are neither suspended nor buried.
func (c *collector) asked(q progress.CardQuery, kinds ...Kind) progress.CardQuery {
	q.Asked, q.At = true, c.now
	return c.in.query(q, kinds...)
}

// mistakes computes what mistakes outside of reviews have led to.
func (c *collector) mistakes(ctx context.Context) (err error) {
	c.made, err = missedStates(ctx, c.desk.Store, c.sched)
	return err
}

// learning takes the cards in steps whose next one is due before the day ends.
func (c *collector) learning(ctx context.Context) error {
	q := progress.CardQuery{Stages: []progress.Stage{progress.StageLearning, progress.StageRelearning}, Due: c.today.end.Add(-time.Millisecond)}
	rows, err := c.rows(ctx, q, Question, Cloze)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if card, ok := c.in.card(ID(row.ID)); ok {
			c.pool.learning = append(c.pool.learning, entry{card, row})
		}
	}
	slices.SortFunc(c.pool.learning, byDue)
	return nil
}

func inSteps(s progress.CardState) bool {
	return s.Stage == progress.StageLearning || s.Stage == progress.StageRelearning
}

func byDue(a, b entry) int { return cmp.Or(a.row.Due.Compare(b.row.Due), cmp.Compare(a.ID, b.ID)) }

// due takes the cards in review that are due today, as many as the day's limit
// leaves.
func (c *collector) due(ctx context.Context) (err error) {
	left := c.desk.Config.Limit - c.today.reviews
	c.pool.due, err = c.likely(ctx, c.today.end, left, Question, Cloze)
	return err
}

// ahead takes what is due in the coming days, without a limit.
func (c *collector) ahead(ctx context.Context) (err error) {
	end := c.sched.days.begin(c.today.number + 1 + max(c.opts.Days, 0))
	c.pool.due, err = c.likely(ctx, end, math.MaxInt, Question, Cloze)
	return err
}

// likely takes at most n cards in review that are due before a time, the ones that
// are most likely forgotten, of siblings only one. Since some of what the store
// gives is left out, it is asked for more than is wanted, and for all if that was
// not enough.
func (c *collector) likely(ctx context.Context, end time.Time, n int, kinds ...Kind) (list []entry, err error) {
	if n <= 0 {
		return nil, nil
	}
	q := progress.CardQuery{
		Stages: []progress.Stage{progress.StageReview}, Due: end.Add(-time.Millisecond), Order: progress.ByRecall,
	}
	for _, q.Limit = range []int{4*min(n, 1000) + 50, 0} {
		rows, err := c.rows(ctx, q, kinds...)
		if err != nil {
			return nil, err
		}
		list = c.choose(rows, n)
		if len(list) == n || len(rows) < q.Limit-len(c.made) {
			break
		}
	}
	for _, e := range list {
		c.taken[e.Sibling] = true
	}
	return list, nil
}

// choose takes the first n that the course has and that no sibling keeps from
// being asked today.
func (c *collector) choose(rows []progress.Card, n int) (list []entry) {
	chosen := map[string]bool{}
	for _, row := range rows {
		if len(list) == n {
			break
		}
		card, ok := c.in.card(ID(row.ID))
		if !ok || chosen[card.Sibling] || c.waits(card) {
			continue
		}
		chosen[card.Sibling] = c.separate(card)
		list = append(list, entry{card, row})
	}
	return list
}

// waits tells whether a card waits till tomorrow for a sibling's sake.
func (c *collector) waits(card Card) bool {
	return c.separate(card) && (c.taken[card.Sibling] || c.today.siblings[card.Sibling])
}

// separate tells whether siblings of a card are asked on other days. Two labs of a
// lesson always are.
func (c *collector) separate(card Card) bool {
	return card.Sibling != "" && (c.desk.Config.Bury || card.ID.Kind() == Lab)
}

// fresh takes as many new cards as the day's number leaves.
func (c *collector) fresh(ctx context.Context) error {
	left := c.desk.Config.New - c.today.fresh
	if left <= 0 {
		return nil
	}
	books, err := c.books()
	if err != nil {
		return err
	}
	return books.fresh(ctx, progress.CardQuery{Asked: true, At: c.now}, func(e entry) bool {
		if _, missed := c.made[e.row.ID]; missed || c.waits(e.Card) {
			return true
		}
		c.taken[e.Sibling] = true
		c.pool.fresh = append(c.pool.fresh, e)
		return len(c.pool.fresh) < left
	})
}

// handsOn takes labs that are due, then new ones that were not passed today.
func (c *collector) handsOn(ctx context.Context) (err error) {
	left := c.desk.Config.Labs - c.today.labs
	if c.opts.HandsOn {
		left = math.MaxInt
	}
	if c.pool.labs, err = c.likely(ctx, c.today.end, left, Lab); err != nil || len(c.pool.labs) >= left {
		return err
	}
	rows, err := c.rows(ctx, progress.CardQuery{Stages: []progress.Stage{progress.StageNew}}, Lab)
	if err != nil || len(rows) == 0 {
		return err
	}
	labs, err := c.desk.Store.Labs(ctx)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r progress.Card) bool { return !labs[ID(r.ID).Path()].Last.Before(c.today.begin) })
	c.pool.labs = append(c.pool.labs, c.choose(rows, left-len(c.pool.labs))...)
	return nil
}

// everything takes all that was ever learnt, also what is buried: the ones that
// are most likely forgotten first, then new ones. Labs only if they are asked for.
func (c *collector) everything(ctx context.Context) error {
	kinds := []Kind{Question, Cloze}
	q := progress.CardQuery{Order: progress.ByRecall, At: c.now,
		Stages: []progress.Stage{progress.StageLearning, progress.StageReview, progress.StageRelearning}}
	rows, err := c.desk.Store.Cards(ctx, c.in.query(q, kinds...))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if card, ok := c.in.card(ID(row.ID)); ok && !row.Suspended {
			c.pool.due = append(c.pool.due, entry{card, row})
		}
	}
	books, err := c.books()
	if err != nil {
		return err
	}
	return books.fresh(ctx, progress.CardQuery{}, func(e entry) bool {
		if !e.row.Suspended {
			c.pool.fresh = append(c.pool.fresh, e)
		}
		return true
	})
}
