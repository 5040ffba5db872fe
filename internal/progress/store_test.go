package progress

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/quiz"
)

// open opens a store that is closed with the test.
func open(t testing.TB, dir string, opts ...Option) *DB {
	t.Helper()
	d, err := Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func record(t testing.TB, d *DB, data ...any) []string {
	t.Helper()
	var ids []string
	for _, x := range data {
		id, err := d.Record(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// view is all that a Reader tells, for comparing.
type view struct {
	Last      Position
	Questions map[string]QuestionState
	Labs      map[string]LabState
	Lessons   map[string]LessonState
	Pending   []PendingAnswer
	Days      []Day
	Cards     []Card
	Decks     map[string]Deck
	Log       []Review
	Fit       Fit
}

func look(t testing.TB, d *DB) view {
	t.Helper()
	var v view
	var errs [10]error
	ctx := t.Context()
	v.Last, _, errs[0] = d.Last(ctx)
	v.Questions, errs[1] = d.Questions(ctx)
	v.Labs, errs[2] = d.Labs(ctx)
	v.Lessons, errs[3] = d.Lessons(ctx)
	v.Pending, errs[4] = d.Pending(ctx)
	v.Days, errs[5] = d.Days(ctx, 30, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	v.Cards, errs[6] = d.Cards(ctx, CardQuery{})
	v.Decks, errs[7] = d.Decks(ctx)
	errs[8] = d.Reviews(ctx, time.Time{}, func(r Review) error { v.Log = append(v.Log, r); return nil })
	v.Fit, _, errs[9] = d.Weights(ctx)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return v
}

// ofLessons leaves out what there is of reviews.
func ofLessons(v view) view {
	v.Cards, v.Decks, v.Log = nil, nil, nil
	return v
}

func export(t testing.TB, d *DB) string {
	t.Helper()
	var b bytes.Buffer
	n, err := d.Export(t.Context(), &b)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); lines != n {
		t.Fatalf("Export says %d, wrote %d lines", n, lines)
	}
	return b.String()
}

// randomEvents makes what a learner might do, with the faults of real life:
// attempts that come twice, judgements of answers that nobody gave.
func randomEvents(r *rand.Rand, n int) []any {
	name := func(kind string) string { return kind + strconv.Itoa(r.IntN(4)) }
	list := make([]any, n)
	for i := range list {
		lab, number := "storage/"+name("lab"), r.IntN(4)
		list[i] = []any{
			Position{Lesson: name("lesson"), Page: r.IntN(5), Block: r.IntN(9), Spent: time.Duration(r.IntN(1e9)), Pages: r.IntN(6)},
			Answer{Question: "storage/" + name("q"), Right: r.IntN(2) == 0, Pending: r.IntN(3) == 0,
				Given: quiz.Answer{Texts: []string{strings.Repeat("答", r.IntN(2000))}}},
			Judged{Answer: name("nobody's"), Right: true},
			Attempt{Lab: lab, Number: number, Jumped: r.IntN(3) == 0},
			Check{Lab: lab, Number: number, Check: name("check"), Of: 4},
			Passed{Lab: lab, Number: number},
			Hint{Lab: lab, Number: number, N: 1 + r.IntN(3)},
			Solution{Lab: lab, Number: number},
			Failed{Lab: lab, Number: number, Checks: []string{name("check")}, Asked: r.IntN(2) == 0},
			randomReview(r, name("question:storage/q")),
		}[r.IntN(10)]
	}
	return list
}

// randomReview is something of reviews that happens to a card.
func randomReview(r *rand.Rand, card string) any {
	day := func() time.Time { return time.Date(2026, 11, r.IntN(40), 5, 0, 0, r.IntN(1e9), time.UTC) }
	state := CardState{
		Stage: []Stage{StageNew, StageLearning, StageReview, StageRelearning}[r.IntN(4)],
		Step:  r.IntN(3), Stability: r.Float64(), Difficulty: 1 + 9*r.Float64(), Due: day(), Last: day(), Reps: r.IntN(3), Lapses: r.IntN(3),
	}
	rated := Reviewed{Card: card, Rating: 1 + r.IntN(4), Source: SourceSession, State: state}
	history := rated
	history.Source, history.At = SourceImport, day()
	mistake := rated
	mistake.Source = []Source{SourceQuiz, SourceLab}[r.IntN(2)]
	marks := []Mark{MarkSuspend, MarkUnsuspend, MarkBury, MarkUnbury, MarkLeech, MarkForget, "of a newer version"}
	return []any{
		rated, rated, rated, history, history, mistake,
		Unreviewed{Event: "nobody's"},
		Marked{Cards: []string{card, card + "x"}, Mark: marks[r.IntN(len(marks))], Until: day()},
		Rescheduled{Cards: map[string]CardState{card: state}},
		Fitted{Weights: [21]float64{r.Float64()}, Reviews: r.IntN(9)},
	}[r.IntN(10)]
}

// clock jumps about over some days, also backwards.
func clock(r *rand.Rand) func() time.Time {
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { return start.Add(time.Duration(r.Int64N(int64(19 * 24 * time.Hour)))) }
}

// recordRandom records random events and judges some of the pending answers.
func recordRandom(t testing.TB, d *DB, r *rand.Rand, n int) {
	t.Helper()
	var rated []string
	for _, data := range randomEvents(r, n) {
		ids := record(t, d, data)
		if a, ok := data.(Answer); ok && a.Pending && r.IntN(2) == 0 {
			record(t, d, Judged{Answer: ids[0], Right: r.IntN(2) == 0})
		}
		if _, ok := data.(Reviewed); ok {
			rated = append(rated, ids[0])
		}
		if len(rated) > 0 && r.IntN(6) == 0 { // the newest, or one of the past, or one again
			record(t, d, Unreviewed{Event: rated[max(0, len(rated)-1-r.IntN(3))]})
		}
	}
}

func TestAnswersFromProjections(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	d := open(t, t.TempDir(), WithClock(func() time.Time { return now }))
	if _, ok, err := d.Last(t.Context()); ok || err != nil {
		t.Errorf("a new store has a position: %v, %v", ok, err)
	}
	given := quiz.Answer{Options: []string{"mode"}}
	ids := record(t, d,
		Position{Lesson: "labels", Page: 2, Block: 7, Focus: "quiz:x", Spent: time.Minute, Pages: 3},
		Position{Lesson: "labels", Page: 1, Spent: time.Minute},
		Answer{Question: "labels/x", Given: given, Right: true, Score: 1},
		Answer{Question: "labels/m", Pending: true},
		Attempt{Lab: "labels/pick", Number: 1, Jumped: true},
		Attempt{Lab: "labels/pick", Number: 1, Jumped: true},
		Attempt{Lab: "labels/pick", Number: 2},
		Check{Lab: "labels/pick", Number: 2, Check: "one", Of: 3},
		Check{Lab: "labels/pick", Number: 2, Check: "one", Of: 3},
		Hint{Lab: "labels/pick", Number: 2, N: 3},
		Hint{Lab: "labels/pick", Number: 2, N: 1},
		Hint{Lab: "labels/pick", Number: 2, N: 3},
		Solution{Lab: "labels/pick", Number: 1},
		Passed{Lab: "labels/pick", Number: 2},
		Passed{Lab: "labels/pick", Number: 2},
	)
	got := ofLessons(look(t, d))
	want := view{
		Last: Position{Lesson: "labels", Page: 1, Spent: time.Minute},
		Questions: map[string]QuestionState{
			"labels/x": {Tries: 1, First: true, Right: true, Ever: true, Last: now, Given: given},
			"labels/m": {Tries: 1, Pending: true, Last: now},
		},
		Labs: map[string]LabState{"labels/pick": {
			Attempts: 2, Begun: now, Passed: now, PassedIn: 2, Checks: []string{"one"}, Of: 3, Hints: []int{3, 1}, Jumps: 1, AllHints: 2, Last: now}},
		Lessons: map[string]LessonState{"labels": {
			Page: 2, Pages: 3, Spent: 2 * time.Minute, Opened: now, Visited: now}},
		Pending: []PendingAnswer{{ID: ids[3], Answer: Answer{Question: "labels/m", Pending: true}}},
		Days:    got.Days,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	today := got.Days[29]
	if today.Answers != 2 || today.Right != 1 || today.Labs != 1 || today.Spent != 2*time.Minute {
		t.Errorf("today: %+v", today)
	}
	record(t, d, Judged{Answer: ids[3], Right: true, Score: 1}, Judged{Answer: ids[3]})
	got = ofLessons(look(t, d))
	if q := got.Questions["labels/m"]; !q.Right || !q.Ever || !q.First || q.Pending || len(got.Pending) != 0 || got.Days[29].Right != 2 {
		t.Errorf("after the judgement: %+v, pending %v, today %+v", q, got.Pending, got.Days[29])
	}
}

// What is told over all attempts grows with each, and the first answer is the
// first, whenever it is judged.
func TestOverAllAttempts(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	ids := record(t, d,
		Answer{Question: "a/q", Right: false}, Answer{Question: "a/q", Right: true},
		Answer{Question: "a/m", Pending: true}, Answer{Question: "a/m", Pending: true},
		Attempt{Lab: "a/l", Number: 1}, Hint{Lab: "a/l", Number: 1, N: 2}, Hint{Lab: "a/l", Number: 1, N: 2}, Solution{Lab: "a/l", Number: 1},
		Attempt{Lab: "a/l", Number: 2}, Hint{Lab: "a/l", Number: 2, N: 2}, Hint{Lab: "a/l", Number: 2, N: 1},
		Solution{Lab: "a/l", Number: 2}, Solution{Lab: "a/l", Number: 2},
		Passed{Lab: "a/l", Number: 2, Took: time.Minute}, Attempt{Lab: "a/l", Number: 3}, Passed{Lab: "a/l", Number: 3, Took: time.Second},
	)
	record(t, d, Judged{Answer: ids[3], Right: true}, Judged{Answer: ids[2], Right: false})
	got := ofLessons(look(t, d))
	if q := got.Questions["a/q"]; q.First || !q.Ever || q.Tries != 2 {
		t.Errorf("a/q: %+v", q)
	}
	if q := got.Questions["a/m"]; q.First || !q.Right {
		t.Errorf("a/m: %+v", q)
	}
	if l := got.Labs["a/l"]; l.AllHints != 3 || l.Solutions != 2 || l.Took != time.Minute || l.Attempts != 3 || len(l.Hints) != 0 {
		t.Errorf("a/l: %+v", l)
	}
}

func TestRebuildEqualsIncremental(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := open(t, t.TempDir(), WithClock(clock(r)))
		recordRandom(t, d, r, 200)
		before := look(t, d)
		if err := d.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := look(t, d); !reflect.DeepEqual(before, after) {
			t.Fatalf("seed %d:\nincremental %+v\nrebuilt     %+v", seed, before, after)
		}
	}
}

func TestStaleProjectionsAreRebuilt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	record(t, d, Answer{Question: "a/b", Right: true})
	want := look(t, d)
	for _, s := range []string{`UPDATE meta SET value = 'old' WHERE name = 'fold'`, `UPDATE projection SET data = '{}'`} {
		if _, err := d.sql.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	if got := look(t, open(t, dir)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestIDsGrowWhateverTheClockSays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	d := open(t, t.TempDir(), WithClock(clock(r)))
	last := ""
	for range 50 {
		id := record(t, d, Position{Lesson: "a"})[0]
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}

func TestExportImportRoundTrip(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	a, b := open(t, t.TempDir(), WithClock(clock(r))), open(t, t.TempDir(), WithClock(clock(r)))
	recordRandom(t, a, r, 40)
	recordRandom(t, b, r, 40)
	fromA, fromB := export(t, a), export(t, b)
	for _, times := range []string{"once", "twice"} {
		na, errA := a.Import(t.Context(), strings.NewReader(fromB))
		nb, errB := b.Import(t.Context(), strings.NewReader("\n"+fromA+"\n\n"))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if wantB := strings.Count(fromB, "\n"); times == "once" && na != wantB || times == "twice" && na+nb != 0 {
			t.Errorf("%s: %d and %d events were new", times, na, nb)
		}
	}
	if export(t, a) != export(t, b) {
		t.Error("the exports differ after both imports")
	}
	if va, vb := look(t, a), look(t, b); !reflect.DeepEqual(va, vb) {
		t.Errorf("the two differ:\n%+v\n%+v", va, vb)
	}
}

func TestImportRefusesMalformedLines(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	record(t, d, Passed{Lab: "a/b", Number: 1})
	good := export(t, d)
	other := open(t, t.TempDir())
	tests := map[string]struct{ line, want string }{
		"no JSON":     {"hello", "line 2"},
		"binary":      {"\x00\xff\xfe", "line 2"},
		"no ID":       {strings.Replace(good, `"id":"`, `"id":"x`, 1), "no ULID"},
		"lower case":  {lowerID(good), "no ULID"},
		"no device":   {strings.Replace(good, `"device"`, `"devise"`, 1), "device"},
		"no kind":     {strings.Replace(good, `"passed"`, `""`, 1), "kind"},
		"no data":     {strings.Replace(good, `"data"`, `"date"`, 1), "data"},
		"null data":   {good[:strings.Index(good, `"data"`)] + `"data":null}`, "object"},
		"wrong type":  {strings.Replace(good, `"number":1`, `"number":"one"`, 1), "line 2"},
		"before 1970": {strings.Replace(good, `"at":"2`, `"at":"1`, 1), "at:"},
		"cut off":     {good[:len(good)-5], "line 2"},
		"very long":   {`{"data":"` + strings.Repeat("a", maxLine) + `"}`, "too large"},
	}
	for name, tt := range tests {
		n, err := other.Import(t.Context(), strings.NewReader(good+tt.line))
		if err == nil || n != 0 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: %d, %v; want %q", name, n, err, tt.want)
		}
	}
	if got := export(t, other); got != "" {
		t.Errorf("something was imported: %s", got)
	}
}

func TestUnknownKindsAreKept(t *testing.T) {
	t.Parallel()
	line := `{"id":"01KAGZ0000000000000000000A","device":"01KAGZ0000000000000000000B","at":"2026-11-20T10:00:00.123Z","kind":"rating","data":{"card":"x"}}` + "\n"
	d := open(t, t.TempDir())
	if n, err := d.Import(t.Context(), strings.NewReader(line)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got := export(t, d); got != line {
		t.Errorf("got  %s\nwant %s", got, line)
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"id":"01KAGZ0000000000000000000A","device":"01KAGZ0000000000000000000B","at":"2026-11-20T10:00:00Z","kind":"answer","data":{"given":{}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := parseEvent(line)
		if err != nil {
			return
		}
		if err := e.Normalise(); err != nil {
			t.Errorf("accepted, then refused: %v", err)
		}
	})
}

func TestRecordRefuses(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	for name, data := range map[string]any{
		"nothing":   nil,
		"a string":  "x",
		"a pointer": &Position{},
		"a novel":   Answer{Given: quiz.Answer{Texts: []string{strings.Repeat("x", MaxData)}}},
	} {
		if _, err := d.Record(t.Context(), data); err == nil {
			t.Errorf("%s was recorded", name)
		}
	}
	if _, err := d.Record(t.Context(), Answer{Given: quiz.Answer{Texts: []string{strings.Repeat("x", MaxData)}}}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	d := open(t, dir)
	record(t, d, Position{Lesson: "x"})
	if err := d.copyNow(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "data")); !errors.Is(err, ErrReadOnly) {
		t.Errorf("below a file: %v", err)
	}
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	open(t, dir).Close()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) }) // so that it can be removed
	if _, err := Open(dir); !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a read-only directory: %v", err)
	}
}

func TestMigrationIsCopiedBefore(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	record(t, d, Position{Lesson: "x"})
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range []string{"CREATE TABLE broken (", "CREATE TABLE later (id TEXT PRIMARY KEY)"} {
		err = d.migrate(t.Context(), append(scripts, next))
		have, _ := version(t.Context(), d.sql)
		if broken := strings.Contains(next, "broken"); broken != (err != nil) || broken != (have == len(scripts)) {
			t.Errorf("%s: %v, version %d", next, err, have)
		}
	}
	names := copies(d.dir)
	if len(names) == 0 || !strings.Contains(names[0], fmt.Sprintf("before-v%d", len(scripts)+1)) {
		t.Fatalf("copies: %q", names)
	}
	if found, err := salvage(filepath.Join(d.dir, copiesDir, names[0])); err != nil || len(found) != 1 {
		t.Errorf("the copy has %d events, %v", len(found), err)
	}
}

func TestOpenANewerFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	if _, err := d.sql.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err := Open(dir); !errors.Is(err, ErrNewer) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	d := open(b, dir)
	recordRandom(b, d, rand.New(rand.NewPCG(5, 6)), 500)
	d.Close()
	for b.Loop() {
		d, err := Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		d.Close()
		b.StartTimer()
	}
}

func BenchmarkRecord(b *testing.B) {
	d := open(b, b.TempDir())
	for b.Loop() {
		record(b, d, Position{Lesson: "x"})
	}
}

// lowerID writes the ID of an event's line in lower case.
func lowerID(line string) string {
	const at, size = len(`{"id":"`), 26
	return line[:at] + strings.ToLower(line[at:at+size]) + line[at+size:]
}

// A file of the version before reviews gets its cards from what was done.
func TestCardsOfAnOlderFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	record(t, d, Answer{Question: "a/q", Right: true}, Passed{Lab: "a/l", Number: 1})
	for _, s := range []string{`DROP TABLE card`, `DROP TABLE review`, `PRAGMA user_version = 1`, `UPDATE meta SET value = '4' WHERE name = 'fold'`} {
		if _, err := d.sql.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	cards, err := open(t, dir).Cards(t.Context(), CardQuery{})
	if err != nil || len(cards) != 2 || cards[0].ID != "lab:a/l" || cards[1].ID != "question:a/q" {
		t.Errorf("%+v, %v", cards, err)
	}
}
