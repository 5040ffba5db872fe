package exchange

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

func TestCellsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	if err := quick.Check(func(s string) bool { return spoken(neutral(s)) == s }, nil); err != nil {
		t.Error(err)
	}
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"'quoted'": "''quoted'", "＝1": "'＝1", "a=b": "a=b",
	} {
		if got := neutral(cell); got != want || spoken(got) != cell {
			t.Errorf("%q becomes %q and %q", cell, got, spoken(got))
		}
	}
}

func TestTableHasARowForEachCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reads()
	w.studies(2)
	if err := w.desk.Mark(t.Context(), []review.ID{w.firstQuestion()}, progress.MarkSuspend, time.Time{}); err != nil {
		t.Fatal(err)
	}
	file := w.export(CSV)
	if !bytes.HasPrefix(file, []byte(bom)) || !bytes.Contains(file, []byte("\r\n")) {
		t.Error("the table has no byte order mark, or other ends of lines")
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte(bom)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := w.desk.List(t.Context(), review.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(entries)+1 || strings.Join(rows[0], ",") != "id,front,back,stage,due,stability,difficulty,reps,lapses,marks,tags" {
		t.Errorf("%d rows for %d cards; the first is %q", len(rows), len(entries), rows[0])
	}
	for _, row := range rows[1:] {
		if row[1] == "" || (row[3] == "new") != (row[4] == "") || (row[9] == markSuspended) != (row[0] == string(w.firstQuestion())) {
			t.Errorf("a row is %q", row)
		}
	}
}

// stood is a world with a card in review, as its ID.
func stood(t *testing.T) (*world, review.ID) {
	w := newWorld(t)
	id := w.firstQuestion()
	w.rated(id, w.now.AddDate(0, 0, -1))
	return w, id
}

func (w *world) card(id review.ID) progress.Card {
	w.Helper()
	c, _, err := w.db.Card(w.Context(), string(id))
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func TestTablesChangeWhatTheyMay(t *testing.T) {
	t.Parallel()
	w, id := stood(t)
	before := w.card(id)
	r := w.imports(CSV, fmt.Appendf(nil, bom+"Tags,ID,due,marks,stability,difficulty,stage,reps,front\r\nx,%s,2027-01-31,suspended,12.5,3,new,99,other\r\n", id), false)
	after := w.card(id)
	if len(r.Changes) != 1 || r.Changes[0].Mark != progress.MarkSuspend {
		t.Errorf("the report is %+v", r)
	}
	if want := time.Date(2027, 1, 31, 4, 0, 0, 0, zone()); !after.Due.Equal(want) {
		t.Errorf("due %s", after.Due)
	}
	if !after.Suspended || after.Stability != 12.5 || after.Difficulty != 3 {
		t.Errorf("the card is %+v", after)
	}
	if after.Stage != before.Stage || after.Reps != before.Reps || !after.Last.Equal(before.Last) {
		t.Errorf("what is not to be changed is: %+v", after)
	}
	if r = w.imports(CSV, fmt.Appendf(nil, "id,marks\n%s,\n", id), false); len(r.Changes) != 1 || w.card(id).Suspended {
		t.Errorf("it is not unsuspended: %+v", r)
	}
}

func TestTablesLeaveAloneWhatTheyDoNotSay(t *testing.T) {
	t.Parallel()
	w, id := stood(t)
	fresh := review.NewID(review.Question, id.Lesson(), w.desk.Course.Lessons()[0].QuestionIDs[1])
	before := w.stands()
	for _, table := range []string{
		"id\n" + string(id) + "\n",
		"id,due,stability,difficulty\n" + string(id) + ",,,\n",
		"id,due,stability\n" + string(fresh) + ",2027-01-31,5\n", // a new card is not in review
		"id,due\nquestion:no-such-lesson/x,2027-01-31\n",
		"id,marks\n" + string(id) + ",buried\n",
		"'id'\n",
		"id\n'" + string(id) + "\n",
	} {
		r, err := w.take(CSV, []byte(table), false)
		if table != "'id'\n" && err != nil {
			t.Errorf("%q: %v", table, err)
		}
		if len(r.Changes) > 0 || w.stands() != before {
			t.Errorf("%q changes %+v", table, r.Changes)
		}
	}
}

func TestTablesWithFaultsChangeNothing(t *testing.T) {
	t.Parallel()
	w, id := stood(t)
	before := w.stands()
	good := string(id) + ",suspended,2027-01-31,5,5\n"
	for fault, says := range map[string]string{
		"":                  "no first row",
		"front,back\na,b\n": `no column "id"`,
		"id,id\na,b\n":      `two columns "id"`,
		"id\nhello\n":       "line 2: \"hello\" names no card",
		"id,marks,due,stability,difficulty\n" + good + good:                     "line 3: the card " + string(id) + " has two rows",
		"id,marks,due,stability,difficulty\n" + string(id) + ",liked,,,\n":      `line 2: marks: "liked"`,
		"id,marks,due,stability,difficulty\n" + string(id) + ",,soon,,\n":       `line 2: due: "soon"`,
		"id,marks,due,stability,difficulty\n" + string(id) + ",,9999-01-01,,\n": `line 2: due: "9999-01-01" is not between`,
		"id,marks,due,stability,difficulty\n" + string(id) + ",,1969-01-01,,\n": `line 2: due: "1969-01-01" is not between`,
		"id,marks,due,stability,difficulty\n" + string(id) + ",,,NaN,\n":        `line 2: stability: "NaN"`,
		"id,marks,due,stability,difficulty\n" + string(id) + ",,,+Inf,\n":       `line 2: stability: "+Inf"`,
		"id,marks,due,stability,difficulty\n" + string(id) + ",,,0,\n":          `line 2: stability: "0"`,
		"id,marks,due,stability,difficulty\n" + string(id) + ",,,,10.5\n":       `line 2: difficulty: "10.5"`,
		"id,marks,due,stability,difficulty\n" + good[:len(good)-2] + "\"x":      `parse error on line 2`,
		"id,marks\n" + string(id) + "\n":                                        "wrong number of fields",
	} {
		_, err := w.take(CSV, []byte(fault), false)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "nothing was imported") {
			t.Errorf("%q: %v, want %q", fault, err, says)
		}
	}
	if w.stands() != before {
		t.Error("something was changed")
	}
}

func TestErrorsNameTheLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := bytes.NewBufferString("id\n")
	for n := range MaxRows + 1 {
		fmt.Fprintf(rows, "question:a/%d\n", n)
	}
	if _, err := w.take(CSV, rows.Bytes(), true); err == nil || !strings.Contains(err.Error(), "more than 200000 rows") {
		t.Errorf("a table: %v", err)
	}
	if _, err := w.take(JSONL, bytes.Repeat([]byte("\n"), MaxLines+1), true); err == nil || !strings.Contains(err.Error(), "more than 1000000 lines") {
		t.Errorf("a log: %v", err)
	}
}

func TestManyChangesFitIntoEvents(t *testing.T) {
	t.Parallel()
	var list []Change
	for n := range 2*progress.CardsPerEvent + 1 {
		list = append(list, Change{Card: review.ID(fmt.Sprintf("question:a-lesson/q-%d", n)), Mark: progress.MarkSuspend, After: progress.CardState{Stability: 3}})
	}
	states, marks := 0, 0
	for _, e := range changed(list) {
		switch e := e.(type) {
		case progress.Rescheduled:
			states += len(e.Cards)
		case progress.Marked:
			marks += len(e.Cards)
		}
	}
	if states != len(list) || marks != len(list) || len(changed(list)) != 6 {
		t.Errorf("%d states and %d marks in %d events", states, marks, len(changed(list)))
	}
}

// A date means the first moment of the learner's day, also where the clocks are
// changed in the night before.
func TestDueDates(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	m := Importer{Now: time.Date(2026, 3, 1, 12, 0, 0, 0, berlin), Desk: &review.Desk{Config: review.DefaultConfig()}}
	for date, want := range map[string]string{
		"2026-03-28": "2026-03-28T04:00:00+01:00",
		"2026-03-29": "2026-03-29T04:00:00+02:00", // put forward at 2
		"2026-10-25": "2026-10-25T04:00:00+01:00", // put back at 3
	} {
		if due, err := m.due(date); err != nil || due.Format(time.RFC3339) != want {
			t.Errorf("%s: %s, %v; want %s", date, due, err, want)
		}
	}
}
