package class_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/progress"
)

// scene is a room whose clock a test moves, and learners who act in it.
type scene struct {
	t     *testing.T
	clock *clock
	store *classtest.Store
	yard  *classtest.Yard
	room  *class.Room
	who   map[string]*class.Presence
	n     int
}

func newScene(t *testing.T, names ...string) *scene {
	t.Helper()
	c := newClock()
	s := &scene{t: t, clock: c, store: classtest.NewStore(t), yard: classtest.NewYard(), who: map[string]*class.Presence{}}
	s.store.Now = c.now
	if err := class.Create(t.Context(), s.store, classtest.Class()); err != nil {
		t.Fatal(err)
	}
	s.room = classtest.Open(t, s.store, class.Options{Now: c.now, Course: classtest.Course(t), Yard: s.yard})
	if _, err := s.room.Renew(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s.who[name] = classtest.Enter(t, s.room, name)
	}
	return s
}

// record is what a tutor does that runs in the server: on disk first.
func (s *scene) record(name string, data any) {
	s.t.Helper()
	var id class.LearnerID
	for _, l := range s.room.Learners() {
		if l.Name == name {
			id = l.ID
		}
	}
	disk, err := s.store.Progress(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	defer disk.Close()
	p := class.Recording(disk, func(e progress.Event) {
		if err := s.who[name].Recorded(s.t.Context(), e); err != nil {
			s.t.Error(err)
		}
	})
	if _, err := p.Record(s.t.Context(), data); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) turn(name, lesson string, page int) {
	s.t.Helper()
	s.record(name, progress.Position{Lesson: lesson, Page: page - 1, Pages: 5})
}

// TestTheLastAnswers are on the board: of each question the newest, of the plan
// alone, the newest first.
func TestTheLastAnswers(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	answer := func(question string, right, pending bool) {
		s.clock.pass(time.Second)
		s.record("Ann", progress.Answer{Question: question, Right: right, Pending: pending})
	}
	for q := range 6 {
		answer(fmt.Sprint("lesson-0001/q-", q), true, false)
	}
	answer("lesson-0005/q-1", true, false) // not of the plan
	answer("lesson-0001/q-3", false, false)
	answer("lesson-0000/q-0", false, true) // nobody has judged it yet
	var got []string
	for _, a := range s.room.Board().Rows[0].Answers {
		got = append(got, fmt.Sprint(a.Question, " ", a.Right, " ", a.At.Second()))
	}
	want := []string{"lesson-0001/q-3 false 8", "lesson-0001/q-5 true 6", "lesson-0001/q-4 true 5", "lesson-0001/q-2 true 3", "lesson-0001/q-1 true 2"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// order is the names on the board, with the reasons why they are stuck.
func order(b class.Board) (list []string) {
	for _, r := range b.Rows {
		text := r.Name
		for _, why := range r.Stuck {
			text += " " + string(why)
		}
		list = append(list, text)
	}
	return list
}

func TestStuckComeFirst(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Zoe", "Ann", "Bob", "Cyd", "Dan", "Eve")
	s.who["Eve"].Leave()
	for range 3 {
		s.record("Bob", progress.Answer{Question: "lesson-0000/q-0"})
	}
	s.record("Cyd", progress.Attempt{Lab: "lesson-0000/lab-0", Number: 1})
	for range 2 {
		s.record("Cyd", progress.Failed{Lab: "lesson-0000/lab-0", Number: 1, Checks: []string{"c-0"}, Asked: true})
	}
	if got := order(s.room.Board()); !slices.Equal(got, []string{"Bob tries", "Ann", "Cyd", "Dan", "Zoe", "Eve"}) {
		t.Errorf("at first: %q", got)
	}
	s.clock.pass(4 * time.Minute)
	s.turn("Zoe", "lesson-0000", 2)
	if err := s.who["Dan"].Raise(t.Context(), class.Call{Up: true}); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(time.Minute)
	if err := s.who["Ann"].Raise(t.Context(), class.Call{Up: true, Text: "and I"}); err != nil {
		t.Fatal(err)
	}
	if err := s.who["Dan"].Raise(t.Context(), class.Call{Up: true, Text: "I am still the first"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"Dan hand idle", "Ann hand idle", "Bob tries idle", "Cyd idle", "Zoe", "Eve"}
	if got := order(s.room.Board()); !slices.Equal(got, want) {
		t.Errorf("later: %q, want %q", got, want)
	}
	s.record("Bob", progress.Answer{Question: "lesson-0000/q-0", Right: true})
	if err := s.room.Sit("Ms Li").Do(t.Context(), class.Order{Kind: class.OrderLower}); err != nil {
		t.Fatal(err)
	}
	want = []string{"Ann idle", "Cyd idle", "Dan idle", "Bob", "Zoe", "Eve"}
	if got := order(s.room.Board()); !slices.Equal(got, want) {
		t.Errorf("in the end: %q, want %q", got, want)
	}
	row := s.room.Board().Rows[3]
	if row.Right != 1 || row.Answered != 1 || row.Idle != 0 {
		t.Errorf("Bob: %+v", row)
	}
}

// finish does all of a lesson.
func (s *scene) finish(name, lesson string) {
	s.t.Helper()
	s.turn(name, lesson, 5)
	for q := range 6 {
		s.record(name, progress.Answer{Question: fmt.Sprintf("%s/q-%d", lesson, q), Right: true})
	}
	for l := range 2 {
		s.record(name, progress.Passed{Lab: fmt.Sprintf("%s/lab-%d", lesson, l), Number: 1})
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	check := func(when string, ahead int, median, planned class.Place) {
		t.Helper()
		b := s.room.Board()
		if b.Ahead != ahead || b.Median != median || b.Planned != planned {
			t.Errorf("%s: %d behind, at %v, planned %v; want %d, %v, %v", when, b.Ahead, b.Median, b.Planned, ahead, median, planned)
		}
	}
	at := func(lesson, page int) class.Place {
		return class.Place{Lesson: fmt.Sprintf("lesson-%04d", lesson), Page: page}
	}
	s.clock.pass(time.Hour) // the instructor is early
	check("before anybody came", 0, class.Place{}, at(0, 1))
	for _, name := range []string{"Ann", "Bob", "Cyd"} {
		s.who[name] = classtest.Enter(t, s.room, name)
	}
	check("at the beginning", 0, at(0, 1), at(0, 1))
	s.clock.pass(9 * time.Minute)
	check("after nine minutes", 9, at(0, 1), at(0, 3))
	s.turn("Ann", "lesson-0000", 3)
	s.turn("Bob", "lesson-0001", 2)
	check("one is there, one beyond", 1, at(0, 3), at(0, 3))
	s.turn("Bob", "lesson-0000", 1) // looks something up
	s.turn("Cyd", "lesson-0004", 5) // which is not of the plan
	check("nothing is lost by looking back", 1, at(0, 3), at(0, 3))
	s.finish("Ann", "lesson-0000")
	check("a lesson is done", -11, at(1, 1), at(0, 3))
	for _, p := range s.who {
		p.Leave()
	}
	s.clock.pass(10 * time.Hour) // the night
	check("nobody is here", 0, class.Place{}, at(0, 3))
	s.who["Bob"], _ = s.room.Enter(t.Context(), s.room.Learners()[1].ID, false)
	s.clock.pass(50 * time.Minute)
	check("the next day", 59-24, at(1, 2), at(2, 5))
	for _, lesson := range []string{"lesson-0000", "lesson-0001", "lesson-0002"} {
		s.finish("Bob", lesson)
	}
	check("all is done", -1, at(2, 5), at(2, 5))
	s.clock.pass(3 * time.Hour)
	check("who is through cannot be behind", 0, at(2, 5), at(2, 5))
	if b := s.room.Board(); len(b.Rows[0].Stuck) != 0 || b.Rows[0].Passed != 6 || b.Rows[0].Right != 18 || b.Questions != 18 || b.Exercises != 6 {
		t.Errorf("who is through: %+v of %d and %d", b.Rows[0], b.Questions, b.Exercises)
	}
}

// TestAKilledServerHeldNoClass opens the class again hours after its server died.
func TestAKilledServerHeldNoClass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which the killed server's own ticker stands still, too
		s := newScene(t, "Ann")
		s.clock.pass(8 * time.Minute)
		if err := s.who["Ann"].Raise(t.Context(), class.Call{Up: true}); err != nil { // a sign that the server is up
			t.Fatal(err)
		}
		s.clock.pass(5 * time.Hour)
		s.room = classtest.Open(t, s.store, class.Options{Now: s.clock.now, Course: classtest.Course(t)})
		if b := s.room.Board(); b.Planned != (class.Place{Lesson: "lesson-0000", Page: 3}) || b.Here != 0 || b.Rows[0].Call == nil {
			t.Errorf("the plan stands at %v, %d are here, %+v", b.Planned, b.Here, b.Rows[0])
		}
		results, err := s.room.Results(t.Context())
		if err != nil || results.Held != 8*60 || results.Learners[0].Here != 8*60 {
			t.Errorf("held for %d s: %+v, %v", results.Held, results.Learners, err)
		}
	})
}

// TestAKilledServerWasUpUntilThen kills a server in which people only read.
func TestAKilledServerWasUpUntilThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := classtest.NewStore(t)
		if err := class.Create(t.Context(), store, classtest.Class()); err != nil {
			t.Fatal(err)
		}
		r := classtest.Open(t, store, class.Options{})
		if _, err := r.Renew(t.Context(), "", 0); err != nil {
			t.Fatal(err)
		}
		classtest.Enter(t, r, "Ann")
		time.Sleep(58 * time.Minute)
		results, err := classtest.Open(t, store, class.Options{}).Results(t.Context())
		if err != nil || results.Held < 53*60 || results.Held > 58*60 || results.Learners[0].Here != results.Held {
			t.Errorf("held for %d s, %+v, %v", results.Held, results.Learners, err)
		}
	})
}

func TestSteps(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann", "Bob", "Cyd", "Dan", "Eve", "Fay")
	s.turn("Ann", "lesson-0001", 2)
	s.turn("Bob", "lesson-0001", 2)
	s.turn("Cyd", "lesson-0001", 5)
	s.turn("Dan", "lesson-0004", 1)
	s.turn("Eve", "lesson-0000", 1)
	want := []class.Step{
		{At: class.Place{Lesson: "lesson-0001", Page: 1}}, {At: class.Place{Lesson: "lesson-0001", Page: 2}, Count: 2},
		{At: class.Place{Lesson: "lesson-0001", Page: 3}}, {At: class.Place{Lesson: "lesson-0001", Page: 4}},
		{At: class.Place{Lesson: "lesson-0001", Page: 5}, Count: 1},
		{At: class.Place{Lesson: "lesson-0000"}, Count: 1}, {At: class.Place{Lesson: "lesson-0004"}, Count: 1}, {Count: 1},
	}
	if got := s.room.Board().Steps; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, name := range []string{"Ann", "Bob", "Cyd", "Dan", "Eve"} {
		s.who[name].Leave()
	}
	if got := s.room.Board().Steps; !reflect.DeepEqual(got, []class.Step{{Count: 1}}) {
		t.Errorf("nobody has begun: %v", got)
	}
	s.who["Fay"].Leave()
	if got := s.room.Board().Steps; got != nil {
		t.Errorf("nobody is here: %v", got)
	}
}

func TestTheYardIsToldAndAsked(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	id := s.room.Learners()[0].ID
	second, err := s.room.Enter(t.Context(), id, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.yard.Sessions()[id]; got != 2 {
		t.Errorf("the yard knows of %d sessions", got)
	}
	seen := sights(t, second)
	s.yard.Set(class.Labs{Awake: 1, Limit: 1, Queued: 1}, map[class.LearnerID]int{id: 3})
	until(t, seen, func(s class.Sight) bool { return s.Queue == 3 })
	if b := s.room.Board(); b.Labs.Queued != 1 || b.Rows[0].Queue != 3 {
		t.Errorf("the board has %+v, %+v", b.Labs, b.Rows[0])
	}
	second.Leave()
	second.Leave()
	s.who["Ann"].Leave()
	if got, ok := s.yard.Sessions()[id]; got != 0 || !ok {
		t.Errorf("the yard knows of %d sessions", got)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	classtest.Join(t, s.room, "Wang")
	s.finish("Ann", "lesson-0000")
	s.record("Ann", progress.Answer{Question: "lesson-0001/q-0"})
	s.clock.pass(90 * time.Second)
	chair := s.room.Sit("Ms Li")
	note := class.Order{Kind: class.OrderNote, To: []class.LearnerID{s.room.Learners()[0].ID}, Text: `=HYPERLINK("http://x","y")`}
	if err := chair.Do(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := chair.Export(t.Context(), "csv", &out); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(out.String(), "\ufeff")
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if !ok || err != nil || len(lines) != 3 {
		t.Fatalf("%q, %v", out.String(), err)
	}
	lines[1][1], lines[2][1] = "", "" // drawn
	want := [][]string{
		{"name", "id", "attended", "entered", "minutes", "answered", "right", "questions", "passed", "labs", "note", "roster",
			"lesson-0000 page", "lesson-0000 right", "lesson-0000 labs", "lesson-0001 page", "lesson-0001 right", "lesson-0001 labs",
			"lesson-0002 page", "lesson-0002 right", "lesson-0002 labs"},
		{"Ann", "", "yes", "2026-03-02 09:00:00", "2", "7", "6", "18", "2", "6", `'=HYPERLINK("http://x","y")`, "", "5", "6", "2", "0", "0", "0", "0", "0", "0"},
		{"Wang", "", "no", "", "0", "0", "0", "18", "0", "6", "", "", "0", "0", "0", "0", "0", "0", "0", "0", "0"},
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("%q\nwant %q", lines, want)
	}
	out.Reset()
	if err := chair.Export(t.Context(), "json", &out); err != nil {
		t.Fatal(err)
	}
	var results class.Results
	if err := json.Unmarshal(out.Bytes(), &results); err != nil {
		t.Fatal(err)
	}
	l := results.Learners[0]
	if results.Format != 1 || results.Held != 90 || l.Note != note.Text || l.Lessons[0].Right != 6 || len(l.Lessons[0].Labs) != 2 || l.Lessons[1].Questions[0].Tries != 1 {
		t.Errorf("%s", out.String())
	}
	if err := chair.Export(t.Context(), "xls\x1b", &out); !errors.Is(err, class.ErrOrder) {
		t.Errorf("another format: %v", err)
	}
}

// TestFormulasAreText takes what spreadsheets calculate through the export.
func TestFormulasAreText(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	for _, begin := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
		chair := s.room.Sit("Ms Li")
		o := class.Order{Kind: class.OrderNote, To: []class.LearnerID{s.room.Learners()[0].ID}, Text: begin + "1+1"}
		if err := chair.Do(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := chair.Export(t.Context(), "csv", &out); err != nil || !strings.Contains(out.String(), ",'"+begin+"1+1,") {
			t.Errorf("%s is a formula: %q, %v", begin, out.String(), err)
		}
	}
}
