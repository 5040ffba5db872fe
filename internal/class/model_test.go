package class_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/progress"
)

// clock is one that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// sight is what a seat sees now.
func sight(t *testing.T, s class.Seat) (seen class.Sight) {
	t.Helper()
	enough := errors.New("enough")
	if err := s.Follow(t.Context(), func(now class.Sight) error { seen = now; return enough }); !errors.Is(err, enough) {
		t.Fatal(err)
	}
	return seen
}

// naive is what a class should be, kept the simple way.
type naive struct {
	learners map[string]*naiveLearner // by name
	closed   map[string]bool          // LESSON/PAGE and LESSON/quiz:ID that cannot be opened
	until    time.Time                // of the countdown; zero: none
	code     string
	toAll    []string
	recall   class.Place
}

type naiveLearner struct {
	id       class.LearnerID
	resume   string
	texts    []string // of messages
	read     int
	hand     string
	attended bool
	note     string
	sessions []*class.Presence
	recall   class.Place
	at       class.Place
	entered  bool
}

const modelPages = 5

var (
	modelLessons = []string{"lesson-0000", "lesson-0001"}
	modelFocus   = []string{"quiz:q-1", "lab:lab-0"}
)

// trial takes a room and the model through the same.
type trial struct {
	*rand.Rand
	t     *testing.T
	clock *clock
	store *classtest.Store
	o     class.Options
	room  *class.Room
	model naive
	said  int
}

// TestARoomIsWhatItShouldBe does what people do in any order, starts the server
// anew now and then without an end of the old one, and compares the room with a
// model after each step.
func TestARoomIsWhatItShouldBe(t *testing.T) {
	t.Parallel()
	course := classtest.Course(t)
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := newClock()
			x := &trial{Rand: rand.New(rand.NewPCG(seed, 7)), t: t, clock: c, store: classtest.NewStore(t), o: class.Options{Now: c.now, Course: course},
				model: naive{learners: map[string]*naiveLearner{}, closed: map[string]bool{}}}
			x.store.Now = c.now
			if err := class.Create(t.Context(), x.store, classtest.Class()); err != nil {
				t.Fatal(err)
			}
			x.room = classtest.Open(t, x.store, x.o)
			x.renew()
			for range 150 {
				x.step()
				x.compare()
			}
		})
	}
}

func (x *trial) step() {
	steps := []func(){x.join, x.join, x.enter, x.enter, x.leave, x.send, x.send, x.read, x.raise, x.lower, x.lockOrOpen, x.lockOrOpen,
		x.recallAll, x.count, x.extend, x.attend, x.note, x.renew, x.turn, x.turn, x.restart, x.resume}
	x.clock.pass(time.Duration(x.IntN(5000)) * time.Millisecond)
	steps[x.IntN(len(steps))]()
}

func (x *trial) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *trial) do(o class.Order) {
	x.t.Helper()
	x.must(x.room.Sit("Ann").Do(x.t.Context(), o))
}

// some chooses a few learners, or none, which means all.
func (x *trial) some() (ids []class.LearnerID, of []*naiveLearner) {
	for _, name := range x.names() {
		if l := x.model.learners[name]; x.IntN(3) == 0 {
			ids, of = append(ids, l.id), append(of, l)
		}
	}
	if ids == nil {
		for _, l := range x.model.learners {
			of = append(of, l)
		}
	}
	return ids, of
}

func (x *trial) names() (names []string) {
	for name := range x.model.learners {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// one chooses somebody who is here, and their session; nil where nobody is.
func (x *trial) one() (*naiveLearner, *class.Presence) {
	for _, name := range x.names() {
		if l := x.model.learners[name]; len(l.sessions) > 0 && x.IntN(2) == 0 {
			return l, l.sessions[x.IntN(len(l.sessions))]
		}
	}
	return nil, nil
}

func (x *trial) join() {
	name := fmt.Sprintf("Learner %c", 'A'+rune(x.IntN(7)))
	a, err := x.room.Admit(x.t.Context(), class.Application{Name: name, Code: x.model.code, From: "192.0.2.1"})
	if x.model.learners[name] != nil {
		if !errors.Is(err, class.ErrTaken) {
			x.t.Fatalf("%s joins twice: %v", name, err)
		}
		return
	}
	x.must(err)
	x.model.learners[name] = &naiveLearner{id: a.Learner.ID, resume: a.Resume, texts: slices.Clone(x.model.toAll), recall: x.model.recall}
}

func (x *trial) resume() {
	names := x.names()
	if len(names) == 0 {
		return
	}
	name := names[x.IntN(len(names))]
	l := x.model.learners[name]
	a, err := x.room.Admit(x.t.Context(), class.Application{Name: name, Resume: l.resume, From: "192.0.2.1"})
	x.must(err)
	if a.Learner.ID != l.id {
		x.t.Fatalf("%s came back as %s", name, a.Learner.ID)
	}
}

func (x *trial) enter() {
	for _, name := range x.names() {
		if l := x.model.learners[name]; len(l.sessions) < 3 && x.IntN(2) == 0 {
			p, err := x.room.Enter(x.t.Context(), l.id, false)
			x.must(err)
			l.sessions = append(l.sessions, p)
			l.attended, l.entered = l.attended || !l.entered, true
			return
		}
	}
}

func (x *trial) leave() {
	if l, p := x.one(); l != nil {
		p.Leave()
		l.sessions = slices.DeleteFunc(l.sessions, func(o *class.Presence) bool { return o == p })
	}
}

func (x *trial) send() {
	ids, of := x.some()
	x.said++
	text := fmt.Sprintf("message %d", x.said)
	x.do(class.Order{Kind: class.OrderSend, To: ids, Message: &class.Message{Kind: class.MessageText, Text: text}})
	if ids == nil {
		x.model.toAll = append(x.model.toAll, text)
	}
	for _, l := range of {
		l.texts = append(l.texts, text)
	}
}

func (x *trial) read() {
	l, p := x.one()
	if l == nil || len(l.texts) == 0 {
		return
	}
	all := sight(x.t, p).Messages
	n := x.IntN(len(all))
	x.must(p.Read(x.t.Context(), all[n].ID))
	l.read = max(l.read, len(l.texts)-len(all)+n+1)
}

func (x *trial) raise() {
	if l, p := x.one(); l != nil {
		call := class.Call{Up: x.IntN(3) > 0, Text: fmt.Sprint("why ", x.IntN(9))}
		x.must(p.Raise(x.t.Context(), call))
		l.hand = ""
		if call.Up {
			l.hand = call.Text
		}
	}
}

func (x *trial) lower() {
	ids, of := x.some()
	x.do(class.Order{Kind: class.OrderLower, To: ids})
	for _, l := range of {
		l.hand = ""
	}
}

func (x *trial) place() class.Place {
	p := class.Place{Lesson: modelLessons[x.IntN(len(modelLessons))]}
	switch x.IntN(3) {
	case 0:
		p.Page = 1 + x.IntN(modelPages)
	case 1:
		p.Focus = modelFocus[x.IntN(len(modelFocus))]
	}
	return p
}

func (x *trial) lockOrOpen() {
	p := x.place()
	lock := x.IntN(2) == 0
	kind := map[bool]class.OrderKind{true: class.OrderLock, false: class.OrderOpen}[lock]
	x.do(class.Order{Kind: kind, Place: &p})
	if p.Focus != "" {
		x.model.closed[p.Lesson+"/"+p.Focus] = lock
		return
	}
	for page := 1; page <= modelPages; page++ {
		key := fmt.Sprint(p.Lesson, "/", page)
		switch {
		case lock:
			x.model.closed[key] = page >= p.Page
		case p.Page == 0 || page <= p.Page:
			x.model.closed[key] = false
		}
	}
	if !lock && p.Page == 0 {
		for _, focus := range modelFocus {
			x.model.closed[p.Lesson+"/"+focus] = false
		}
	}
}

func (x *trial) recallAll() {
	ids, of := x.some()
	p := class.Place{Lesson: modelLessons[x.IntN(len(modelLessons))], Page: 1 + x.IntN(modelPages)}
	x.do(class.Order{Kind: class.OrderRecall, To: ids, Place: &p})
	if ids == nil {
		x.model.recall = p
	}
	for _, l := range of {
		l.recall = p
	}
}

func (x *trial) count() {
	seconds := time.Duration(x.IntN(4)) * time.Second
	x.do(class.Order{Kind: class.OrderTime, Time: seconds, Text: "work"})
	x.model.until = time.Time{}
	if seconds > 0 {
		x.model.until = x.clock.now().Add(seconds)
	}
}

func (x *trial) extend() {
	by := time.Duration(x.IntN(20)-5) * time.Second
	err := x.room.Sit("Ann").Do(x.t.Context(), class.Order{Kind: class.OrderExtend, Time: by})
	if x.model.until.IsZero() {
		if !errors.Is(err, class.ErrOrder) {
			x.t.Fatalf("there is nothing to extend: %v", err)
		}
		return
	}
	x.must(err)
	now := x.clock.now()
	x.model.until = x.model.until.Add(by)
	if left := x.model.until.Add(-by).Sub(now); left < 0 {
		x.model.until = now.Add(by)
	}
	if x.model.until.Before(now) {
		x.model.until = now
	}
}

func (x *trial) attend() {
	ids, of := x.some()
	yes := x.IntN(2) == 0
	x.do(class.Order{Kind: class.OrderAttend, To: ids, Yes: yes})
	for _, l := range of {
		l.attended = yes
	}
}

func (x *trial) note() {
	ids, of := x.some()
	if ids == nil {
		return
	}
	text := fmt.Sprint("note ", x.IntN(9))
	x.do(class.Order{Kind: class.OrderNote, To: ids, Text: text})
	for _, l := range of {
		l.note = text
	}
}

func (x *trial) renew() {
	j, err := x.room.Renew(x.t.Context(), "Ann", time.Hour)
	x.must(err)
	x.model.code = j.Code
}

// turn turns to a page, as a tutor on this machine does: it is on disk first.
func (x *trial) turn() {
	l, p := x.one()
	if l == nil {
		return
	}
	disk, err := x.store.Progress(x.t.Context(), l.id)
	x.must(err)
	defer disk.Close()
	at := progress.Position{Lesson: modelLessons[x.IntN(len(modelLessons))], Page: x.IntN(modelPages)}
	store := class.Recording(disk, func(e progress.Event) { x.must(p.Recorded(x.t.Context(), e)) })
	_, err = store.Record(x.t.Context(), at)
	x.must(err)
	l.at.Lesson, l.at.Page = at.Lesson, at.Page+1
	if l.recall == (class.Place{Lesson: at.Lesson, Page: at.Page + 1}) {
		l.recall = class.Place{}
	}
}

// restart opens the class again. Half of the time the old server was killed.
func (x *trial) restart() {
	before := forgetful(x.room.Board())
	if x.IntN(2) == 0 {
		x.must(x.room.Close())
	}
	x.room = classtest.Open(x.t, x.store, x.o)
	for _, l := range x.model.learners {
		l.sessions = nil
	}
	if after := forgetful(x.room.Board()); !reflect.DeepEqual(before, after) {
		x.t.Fatalf("before the restart: %+v\nafter it: %+v", before, after)
	}
}

// forgetful is a board without what ends with the server: who is here.
func forgetful(b class.Board) class.Board {
	b.Here, b.Away, b.Steps, b.Ahead, b.Median, b.Planned = 0, 0, nil, 0, class.Place{}, class.Place{}
	for i := range b.Rows {
		r := &b.Rows[i]
		r.Here, r.Seen, r.Stuck, r.Idle, r.Moved = false, time.Time{}, nil, 0, time.Time{}
	}
	slices.SortFunc(b.Rows, func(a, b class.Row) int { return int(a.Name[8]) - int(b.Name[8]) })
	return b
}

func (x *trial) compare() {
	x.t.Helper()
	b := x.room.Board()
	if len(b.Rows) != len(x.model.learners) {
		x.t.Fatalf("%d learners, want %d", len(b.Rows), len(x.model.learners))
	}
	x.compareClass(b)
	for _, row := range b.Rows {
		l := x.model.learners[row.Name]
		hand := ""
		if row.Call != nil {
			hand = row.Call.Text
		}
		got := []any{row.Learner, row.Here, hand, row.Attended, row.Note, row.At}
		want := []any{l.id, len(l.sessions) > 0, l.hand, l.attended, l.note, l.at}
		if !reflect.DeepEqual(got, want) {
			x.t.Fatalf("%s: %v, want %v", row.Name, got, want)
		}
		for _, p := range l.sessions[:min(1, len(l.sessions))] {
			x.compareSight(l, sight(x.t, p), b)
		}
	}
}

func (x *trial) compareClass(b class.Board) {
	x.t.Helper()
	for _, lesson := range modelLessons {
		for page := 1; page <= modelPages; page++ {
			p := class.Place{Lesson: lesson, Page: page}
			if want := x.model.closed[fmt.Sprint(lesson, "/", page)]; b.Closed(p) != want {
				x.t.Fatalf("%v is closed: %v, want %v; locked are %v", p, !want, want, b.Locked)
			}
		}
		for _, focus := range modelFocus {
			p := class.Place{Lesson: lesson, Page: 1, Focus: focus}
			want := x.model.closed[lesson+"/"+focus] || x.model.closed[lesson+"/1"]
			if b.Closed(p) != want {
				x.t.Fatalf("%v is closed: %v; locked are %v", p, !want, b.Locked)
			}
		}
	}
	var until time.Time
	if b.Countdown != nil {
		until = b.Countdown.Until
	}
	if !until.Equal(x.model.until) || b.Join.Code != x.model.code {
		x.t.Fatalf("countdown until %v, want %v; code %s, want %s", until, x.model.until, b.Join.Code, x.model.code)
	}
}

func (x *trial) compareSight(l *naiveLearner, s class.Sight, b class.Board) {
	x.t.Helper()
	var texts []string
	read := 0
	for i, m := range s.Messages {
		texts = append(texts, m.Text)
		if m.ID == s.Read {
			read = len(l.texts) - len(s.Messages) + i + 1
		}
	}
	want := l.texts[max(0, len(l.texts)-50):]
	if !slices.Equal(texts, want) || read != l.read && l.read > len(l.texts)-len(want) {
		x.t.Fatalf("messages %v, read %d; want %v, %d", texts, read, want, l.read)
	}
	var recall class.Place
	if s.Recall != nil {
		recall = s.Recall.To
	}
	if recall != l.recall || s.Hand != (l.hand != "") || !reflect.DeepEqual(s.Locked, b.Locked) || !reflect.DeepEqual(s.Countdown, b.Countdown) {
		x.t.Fatalf("sees %+v; want the recall %v, the hand %q", s, l.recall, l.hand)
	}
}
