package class

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// view is all that a board is drawn from. A Board is a function of it.
type view struct {
	state *state
	live  *live
	o     Options
	now   time.Time
	labs  Labs
	queue map[LearnerID]int
}

// Board is the room now.
func (r *Room) Board() Board {
	labs, queue := r.labs()
	r.mu.Lock()
	defer r.mu.Unlock()
	b := view{r.state, &r.live, r.o, r.now(), labs, queue}.board()
	b.Join = r.join()
	return b
}

// labs asks the yard, which must not wait for the room.
func (r *Room) labs() (Labs, map[LearnerID]int) {
	if r.o.Yard == nil {
		return Labs{}, nil
	}
	r.mu.Lock()
	learners := slices.Collect(maps.Keys(r.state.learners))
	r.mu.Unlock()
	queue := map[LearnerID]int{}
	for _, who := range learners {
		queue[who] = r.o.Yard.Queue(who)
	}
	return r.o.Yard.Labs(), queue
}

func (v view) board() Board {
	b := Board{
		Class: v.state.class, At: v.now, Rows: v.rows(), Missing: v.state.missing(), Locked: slices.Clone(v.state.locked),
		Countdown: v.state.countdown, Over: v.state.over, Labs: v.labs,
		Asking: v.asking(), Screens: v.screens(), Shown: v.live.shown,
	}
	for _, row := range b.Rows {
		if row.Here {
			b.Here++
		}
	}
	b.Away = len(b.Rows) - b.Here
	b.Steps = v.steps()
	b.Ahead, b.Median, b.Planned = v.pace()
	for _, p := range v.state.class.Plan {
		if l := v.o.lesson(p.Lesson); l != nil {
			b.Questions += len(l.QuestionIDs)
			b.Exercises += len(l.LabIDs)
		}
	}
	return b
}

// pages is how many pages a lesson has, at least one.
func (v view) pages(lesson string) int {
	if l := v.o.lesson(lesson); l != nil {
		return max(l.PageCount, 1)
	}
	return 1
}

func (v view) asking() (list []Asking) {
	for _, q := range v.live.asking {
		list = append(list, q.Asking)
	}
	slices.SortFunc(list, func(a, b Asking) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (v view) screens() (list []Session) {
	for _, p := range v.live.chairs {
		list = append(list, Session{ID: p.id, By: p.by, At: p.at})
	}
	slices.SortFunc(list, func(a, b Session) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// rows are the learners, stuck first.
func (v view) rows() []Row {
	rows := make([]Row, 0, len(v.state.learners))
	for who, m := range v.state.learners {
		rows = append(rows, v.row(m, v.live.stays[who]))
	}
	slices.SortFunc(rows, v.order)
	return rows
}

func (v view) row(m *member, s *stay) Row {
	row := Row{
		Learner: m.ID, Name: m.Name, Own: m.Own, Here: len(s.sessions) > 0, Seen: s.seen,
		Call: m.call, At: s.tally.at.value, Moved: s.tally.moved(), Standing: s.standing,
		Queue: v.queue[m.ID], Attended: m.attended, Note: m.note, Entry: m.entry,
	}
	row.Tries, row.Hints = s.tally.going()
	row.Watched = slices.ContainsFunc(s.looks, func(l *look) bool { return l.from != nil && l.over == nil })
	v.count(&row, s.tally)
	row.Answers = newest(row.Answers, keptAnswers)
	if row.Here {
		row.Idle = max(0, v.now.Sub(latest(row.Moved, s.sessions[0].since)))
		row.Stuck = v.stuck(row, s.tally)
	}
	return row
}

// count counts what was done of the plan.
func (v view) count(row *Row, t *tally) {
	for _, p := range v.state.class.Plan {
		l := v.o.lesson(p.Lesson)
		if l == nil {
			continue
		}
		for _, id := range l.QuestionIDs {
			path := l.ID + "/" + id
			right, ok := t.answered[path]
			row.Answered += ones(ok)
			row.Right += ones(right)
			if a, ok := t.lately[path]; ok {
				row.Answers = append(row.Answers, Answered{Question: path, Right: a.value, At: a.at})
			}
		}
		for _, id := range l.LabIDs {
			row.Passed += ones(t.passed[l.ID+"/"+id])
		}
	}
}

// keptAnswers is how many answers a row has at most.
const keptAnswers = 5

// newest is at most the last n answers, the newest first.
func newest(answers []Answered, n int) []Answered {
	slices.SortStableFunc(answers, func(a, b Answered) int { return b.At.Compare(a.At) })
	return answers[:min(n, len(answers))]
}

func ones(is bool) int {
	if is {
		return 1
	}
	return 0
}

// stuck says why somebody who is here should be looked after, the most urgent
// reason first. Who is through with the plan may rest.
func (v view) stuck(row Row, t *tally) (why []Stuck) {
	if row.Call != nil {
		why = append(why, StuckHand)
	}
	if v.state.over || v.through(t) {
		return why
	}
	if t.failures() >= v.o.Tries {
		why = append(why, StuckTries)
	}
	if row.Idle >= v.o.Idle {
		why = append(why, StuckIdle)
	}
	return why
}

// The order of rows: who is stuck, by the reason; who is here; who is away.
const (
	byHand = iota
	byTries
	byIdle
	byBeingHere
	byBeingAway
)

func urgency(row Row) int {
	switch {
	case len(row.Stuck) > 0:
		return slices.Index([]Stuck{byHand: StuckHand, byTries: StuckTries, byIdle: StuckIdle}, row.Stuck[0])
	case row.Here:
		return byBeingHere
	}
	return byBeingAway
}

// order puts the most urgent first. Among those who are so for one reason, the hand
// that has been up the longest comes first, and whoever has not moved for the
// longest; all others are sorted by their names.
func (v view) order(a, b Row) int {
	if c := cmp.Compare(urgency(a), urgency(b)); c != 0 {
		return c
	}
	first, second := v.state.learners[a.Learner], v.state.learners[b.Learner]
	c := 0
	switch urgency(a) {
	case byHand:
		c = first.raised.Compare(second.raised)
	case byTries, byIdle:
		c = cmp.Compare(b.Idle, a.Idle)
	}
	return cmp.Or(c, cmp.Compare(first.key, second.key), cmp.Compare(a.Learner, b.Learner))
}

// steps counts those who are here: by pages of the lesson that most are in, each of
// its pages listed; then by lessons, in the order of the plan and then of their
// ids; last, at no place, who has opened none yet.
func (v view) steps() []Step {
	in := map[Place]int{}   // by page
	per := map[string]int{} // by lesson
	for _, s := range v.live.stays {
		if len(s.sessions) > 0 {
			at := s.tally.at.value
			in[Place{Lesson: at.Lesson, Page: at.Page}]++
			per[at.Lesson]++
		}
	}
	lessons := v.byPlan(slices.Collect(maps.Keys(per)))
	if len(lessons) == 0 {
		return nil
	}
	most := lessons[0]
	for _, id := range lessons {
		if id != "" && (per[id] > per[most] || most == "") {
			most = id
		}
	}
	var list []Step
	for page := 1; most != "" && page <= v.lastPage(most, in); page++ {
		at := Place{Lesson: most, Page: page}
		list = append(list, Step{At: at, Count: in[at]})
	}
	for _, id := range lessons {
		if id != most || id == "" {
			list = append(list, Step{At: Place{Lesson: id}, Count: per[id]})
		}
	}
	return list
}

// lastPage is the last page of a lesson, or the last that somebody is on, whose own
// course is longer; but no page beyond a thousand is listed.
func (v view) lastPage(lesson string, in map[Place]int) int {
	last := v.pages(lesson)
	for at := range in {
		if at.Lesson == lesson {
			last = max(last, at.Page)
		}
	}
	return min(last, 1000)
}

// byPlan sorts lessons: those of the plan in its order, others by their ids, none
// last.
func (v view) byPlan(lessons []string) []string {
	at := func(id string) int {
		i := slices.IndexFunc(v.state.class.Plan, func(p Planned) bool { return p.Lesson == id })
		switch {
		case id == "":
			return maxPlan + 1
		case i < 0:
			return maxPlan
		}
		return i
	}
	slices.SortFunc(lessons, func(a, b string) int { return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b)) })
	return lessons
}
