package class

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	keptMessages = 50 // of a learner
	keptKeys     = 8  // of a learner
	keptCodes    = 16 // join codes that are good no more
)

// state is what the events of a class come to: the part of a Room that outlives
// the server.
type state struct {
	folds     map[string]func(*state, Event) error // by kind
	last      string                               // event
	format    int                                  // of the first event
	class     Class
	learners  map[LearnerID]*member
	names     map[string]LearnerID // by NameKey
	seated    map[string]bool      // by NameKey: who attends without having joined
	code      coded
	former    []string // join codes before it
	locked    []Place
	countdown *Countdown
	over      bool
	messages  []Message // to all
	recall    *summons  // of all
	run       string
	alive     time.Time // of the last event that shows that the server was up
	held      stretch   // while anybody was here
}

// member is a learner as the class knows them.
type member struct {
	Learner
	key      string // of the name
	entry    string // what the roster says of them
	messages []Message
	read     string
	call     *Call
	raised   time.Time
	recall   *summons
	attended bool
	note     string
	entered  time.Time // for the first time
	here     stretch
}

// summons is a recall and when it was.
type summons struct {
	Recall
	at time.Time
}

// stretch adds up the time of something that begins and ends again and again.
type stretch struct {
	total time.Duration
	since time.Time // zero while it is not
}

func (s *stretch) begin(at time.Time) {
	if s.since.IsZero() {
		s.since = at
	}
}

func (s *stretch) end(at time.Time) {
	s.total, s.since = s.sum(at), time.Time{}
}

func (s stretch) sum(now time.Time) time.Duration {
	if s.since.IsZero() {
		return s.total
	}
	return s.total + max(0, now.Sub(s.since))
}

func newState() *state {
	return &state{folds: folds(), learners: map[LearnerID]*member{}, names: map[string]LearnerID{}, seated: map[string]bool{}}
}

// missing lists who is on the roster and has not joined.
func (s *state) missing() (list []Missing) {
	for _, e := range s.class.Roster {
		if key := NameKey(e.Name); s.names[key] == "" {
			list = append(list, Missing{Entry: e, Attended: s.seated[key]})
		}
	}
	return list
}

// fold changes the state by the next event.
func (s *state) fold(e Event) error {
	if f, ok := s.folds[e.Kind]; ok {
		if err := f(s, e); err != nil {
			return fmt.Errorf("reading the event %s (%s) of the class: %w", e.ID, e.Kind, err)
		}
	}
	s.last = e.ID
	if e.Who != "" || e.Kind == kindHeld {
		s.alive = e.At
	}
	return nil
}

// folds says what each kind of event does.
func folds() map[string]func(*state, Event) error {
	return map[string]func(*state, Event) error{
		kindCreated:   folding((*state).created),
		kindRevised:   folding((*state).revised),
		kindCode:      folding((*state).coded),
		kindJoined:    folding((*state).joined),
		kindResumed:   folding((*state).resumed),
		kindEntered:   folding((*state).enters),
		kindLeft:      folding((*state).leaves),
		kindSent:      folding((*state).sent),
		kindRead:      folding((*state).hasRead),
		kindRaised:    folding((*state).raises),
		kindLowered:   folding((*state).lowers),
		kindLocked:    folding((*state).locks),
		kindOpened:    folding((*state).opens),
		kindRecalled:  folding((*state).recalls),
		kindCountdown: folding((*state).counts),
		kindAttended:  folding((*state).attends),
		kindNoted:     folding((*state).notes),
		kindEnded:     folding((*state).ends),
	}
}

func folding[T any](f func(*state, Event, T)) func(*state, Event) error {
	return func(s *state, e Event) error {
		var data T
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return err
		}
		f(s, e, data)
		return nil
	}
}

func (s *state) created(_ Event, c created) {
	s.format, s.class = c.Format, c.Class
	if c.Class.Closed {
		for _, p := range c.Class.Plan {
			s.locked = lock(s.locked, Place{Lesson: p.Lesson})
		}
	}
}

func (s *state) coded(_ Event, c coded) {
	if s.code.Code != "" {
		s.former = lastOf(append(s.former, s.code.Code), keptCodes)
	}
	s.code = c
}

// lastOf is at most the last n of a list, in a list of its own.
func lastOf[T any](list []T, n int) []T {
	return slices.Clone(list[max(0, len(list)-n):])
}

// joined lets somebody in. What was said to all is said to them too: who comes late
// finds what the others have found.
func (s *state) joined(e Event, j joined) {
	j.Learner.ID = e.Who
	m := &member{Learner: j.Learner, key: NameKey(j.Learner.Name), messages: slices.Clone(s.messages), recall: s.recall}
	m.entry = s.class.noted(m.Name)
	m.attended = s.seated[m.key]
	s.learners[m.ID] = m
	s.names[m.key] = m.ID
}

func (s *state) resumed(e Event, r resumed) {
	m := s.learners[e.Who]
	if m == nil {
		return
	}
	if r.Resume != nil { // whoever had the name before has it no more, by whatever they came in
		m.Resume, m.Keys = r.Resume, nil
	}
	if r.Key != "" && !m.hasKey(r.Key) {
		m.Keys = lastOf(append(m.Keys, r.Key), keptKeys)
	}
	m.Own = r.Own
}

func (s *state) enters(e Event, v session) {
	m := s.learners[e.Who]
	if m == nil {
		return
	}
	if v.Run != s.run {
		s.emptied()
		s.run = v.Run
	}
	if m.entered.IsZero() {
		m.entered, m.attended = e.At, true
	}
	m.here.begin(e.At)
	s.held.begin(e.At)
}

// emptied ends all stays: the server that they were in is gone.
func (s *state) emptied() {
	for _, m := range s.learners {
		m.here.end(s.alive)
	}
	s.held.end(s.alive)
}

func (s *state) leaves(e Event, v session) {
	m := s.learners[e.Who]
	if m == nil || v.Run != s.run {
		return
	}
	m.here.end(e.At)
	for _, other := range s.learners {
		if !other.here.since.IsZero() {
			return
		}
	}
	s.held.end(e.At)
}

// each calls f with those whom something concerns.
func (s *state) each(t to, f func(*member)) {
	if len(t.To) == 0 {
		t.To = slices.Collect(maps.Keys(s.learners))
	}
	for _, who := range t.To {
		if m := s.learners[who]; m != nil {
			f(m)
		}
	}
}

// sent gives a message the ID and the time of its event.
func (s *state) sent(e Event, v sent) {
	v.Message.ID, v.Message.At = e.ID, e.At
	if len(v.To) == 0 {
		s.messages = lastOf(append(s.messages, v.Message), keptMessages)
	}
	s.each(v.to, func(m *member) { m.messages = lastOf(append(m.messages, v.Message), keptMessages) })
}

func (s *state) hasRead(e Event, v read) {
	if m := s.learners[e.Who]; m != nil && v.Message > m.read {
		m.read = v.Message
	}
}

func (s *state) raises(e Event, c Call) {
	m := s.learners[e.Who]
	switch {
	case m == nil:
	case !c.Up:
		m.call, m.raised = nil, time.Time{}
	default:
		if m.call == nil {
			m.raised = e.At // changing the words does not lose the turn
		}
		m.call = &c
	}
}

func (s *state) lowers(_ Event, v lowered) {
	s.each(v.to, func(m *member) { m.call, m.raised = nil, time.Time{} })
}

func (s *state) locks(_ Event, v placed) { s.locked = lock(s.locked, v.Place) }

func (s *state) opens(_ Event, v placed) { s.locked = open(s.locked, v.Place, v.Pages) }

func (s *state) recalls(e Event, v recalled) {
	call := &summons{Recall: Recall{ID: e.ID, To: v.Place}, at: e.At}
	if len(v.To) == 0 {
		s.recall = call
	}
	s.each(v.to, func(m *member) { m.recall = call })
}

func (s *state) counts(_ Event, v counted) { s.countdown = v.Countdown }

func (s *state) attends(_ Event, v attended) {
	if v.Name != "" {
		s.seated[NameKey(v.Name)] = v.Yes
		return
	}
	s.each(v.to, func(m *member) { m.attended = v.Yes })
}

func (s *state) notes(_ Event, v noted) {
	s.each(v.to, func(m *member) { m.note = v.Text })
}

func (s *state) ends(Event, over) { s.over = true }
