package class

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// Results are attendance and results of a class, as "json" exports them. Times are
// in UTC, durations in seconds. Fields may be added; none changes its meaning.
type Results struct {
	Format   int             `json:"format"` // 1
	Class    string          `json:"class"`
	ID       string          `json:"id"`
	Began    time.Time       `json:"began"`
	At       time.Time       `json:"at"`      // when this was written
	Held     int             `json:"held"`    // how long anybody was here
	Lessons  []PlannedResult `json:"lessons"` // the plan
	Learners []Result        `json:"learners"`
}

// PlannedResult is a lesson of the plan, and how much there is to do in it.
type PlannedResult struct {
	Lesson    string `json:"lesson"`
	Minutes   int    `json:"minutes"`
	Pages     int    `json:"pages"`
	Questions int    `json:"questions"`
	Labs      int    `json:"labs"`
}

// Result is what a learner did, or that somebody of the roster never came: then ID
// is empty.
type Result struct {
	ID       LearnerID      `json:"id,omitempty"`
	Name     string         `json:"name"`
	Entry    string         `json:"entry,omitempty"` // the roster's note
	Note     string         `json:"note,omitempty"`  // the instructor's
	Attended bool           `json:"attended"`
	Own      bool           `json:"own,omitempty"`    // on a machine of their own
	Joined   time.Time      `json:"joined,omitzero"`  // got the name
	Entered  time.Time      `json:"entered,omitzero"` // came for the first time
	Here     int            `json:"here"`             // for how long
	Lessons  []LessonResult `json:"lessons"`          // of the plan
	// Fault is why what they did could not be read: it is missing, not nothing.
	Fault string `json:"fault,omitempty"`
}

// LessonResult is what a learner did in a lesson of the plan.
type LessonResult struct {
	Lesson    string           `json:"lesson"`
	Page      int              `json:"page"`     // the furthest that was opened, from 1; 0: none
	Spent     int              `json:"spent"`    // on its pages
	Answered  int              `json:"answered"` // questions
	Right     int              `json:"right"`    // that were right once
	Passed    int              `json:"passed"`   // labs
	Questions []QuestionResult `json:"questions,omitempty"`
	Labs      []LabResult      `json:"labs,omitempty"`
}

// QuestionResult is how a question stands that was answered.
type QuestionResult struct {
	Question string `json:"question"`
	Tries    int    `json:"tries"`
	First    bool   `json:"first"` // the first answer was right
	Right    bool   `json:"right"` // some answer was
	Pending  bool   `json:"pending,omitempty"`
}

// LabResult is how a lab stands that was begun.
type LabResult struct {
	Lab       string    `json:"lab"`
	Attempts  int       `json:"attempts"`
	Passed    time.Time `json:"passed,omitzero"` // for the first time
	Took      int       `json:"took,omitempty"`  // of the first attempt that passed
	Checks    int       `json:"checks"`          // that held in the newest attempt
	Of        int       `json:"of"`
	Hints     int       `json:"hints"`               // over all attempts
	Solutions int       `json:"solutions,omitempty"` // in how many it was shown before they passed
}

// export writes attendance and results. All of it is gathered before the first byte
// is written.
func (r *Room) export(ctx context.Context, format string, w io.Writer) error {
	write := map[string]func(Results, io.Writer) error{"csv": Results.csv, "json": Results.json}[format]
	if write == nil {
		return fmt.Errorf("%w: results are written as csv or json, not %q", ErrOrder, Clean(format, 20))
	}
	results, err := r.Results(ctx)
	if err != nil {
		return fmt.Errorf("gathering the results: %w", err)
	}
	var out bytes.Buffer
	if err := write(results, &out); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	_, err = out.WriteTo(w)
	return err
}

// Results gathers attendance and results from the store: by the names of the
// learners, then who of the roster never came. Somebody whose progress cannot be
// read takes nobody else's results away: theirs have a Fault.
func (r *Room) Results(ctx context.Context) (Results, error) {
	all := r.attendance()
	for i := range all.Learners {
		l := &all.Learners[i]
		if l.ID == "" {
			continue
		}
		err := r.gather(ctx, l)
		if ctx.Err() != nil {
			return Results{}, context.Cause(ctx)
		}
		if err != nil {
			l.Lessons, l.Fault = nil, err.Error()
		}
	}
	return all, nil
}

// attendance is what the class itself knows.
func (r *Room) attendance() Results {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, now := r.state.class, r.now()
	all := Results{Format: 1, Class: c.Name, ID: c.ID, Began: c.Began, At: now, Held: seconds(r.state.held.sum(now))}
	for _, p := range c.Plan {
		planned := PlannedResult{Lesson: p.Lesson, Minutes: p.Minutes}
		if l := r.o.lesson(p.Lesson); l != nil {
			planned.Pages, planned.Questions, planned.Labs = l.PageCount, len(l.QuestionIDs), len(l.LabIDs)
		}
		all.Lessons = append(all.Lessons, planned)
	}
	for _, m := range r.state.learners {
		all.Learners = append(all.Learners, Result{
			ID: m.ID, Name: m.Name, Entry: m.entry, Note: m.note, Attended: m.attended, Own: m.Own,
			Joined: m.Joined, Entered: m.entered, Here: seconds(m.here.sum(now)),
		})
	}
	slices.SortFunc(all.Learners, func(a, b Result) int { return cmp.Compare(NameKey(a.Name), NameKey(b.Name)) })
	for _, m := range r.state.missing() {
		all.Learners = append(all.Learners, Result{Name: m.Name, Entry: m.Note, Attended: m.Attended})
	}
	return all
}

func seconds(d time.Duration) int { return int(d.Round(time.Second) / time.Second) }

// gather fills in what a learner's progress says.
func (r *Room) gather(ctx context.Context, to *Result) (err error) {
	p, err := r.store.Progress(ctx, to.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	lessons, err1 := p.Lessons(ctx)
	questions, err2 := p.Questions(ctx)
	labs, err3 := p.Labs(ctx)
	for _, planned := range r.Class().Plan {
		to.Lessons = append(to.Lessons, resultOf(planned.Lesson, r.o.lesson(planned.Lesson), lessons, questions, labs))
	}
	return errors.Join(err1, err2, err3)
}

func resultOf(id string, l *course.Lesson, lessons map[string]progress.LessonState, questions map[string]progress.QuestionState, labs map[string]progress.LabState) LessonResult {
	res := LessonResult{Lesson: id}
	if s, ok := lessons[id]; ok {
		res.Page, res.Spent = s.Page+1, seconds(s.Spent)
	}
	if l == nil {
		return res
	}
	for _, q := range l.QuestionIDs {
		if s, ok := questions[id+"/"+q]; ok {
			res.Questions = append(res.Questions, QuestionResult{Question: q, Tries: s.Tries, First: s.First, Right: s.Ever, Pending: s.Pending})
			res.Answered++
			res.Right += ones(s.Ever)
		}
	}
	for _, lab := range l.LabIDs {
		if s, ok := labs[id+"/"+lab]; ok {
			res.Labs = append(res.Labs, LabResult{
				Lab: lab, Attempts: s.Attempts, Passed: s.Passed, Took: seconds(s.Took), Checks: len(s.Checks), Of: s.Of, Hints: s.AllHints, Solutions: s.Solutions,
			})
			res.Passed += ones(!s.Passed.IsZero())
		}
	}
	return res
}

func (all Results) json(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}

// csv writes a line for each learner, for spreadsheets: with a byte order mark, by
// which they know that it is UTF-8, and ends of lines as RFC 4180 has them. The
// columns: name, id, attended (yes or no), entered (UTC), minutes (here), answered,
// right, questions, passed, labs, note, roster; then of each lesson of the plan
// LESSON page, LESSON right, LESSON labs. What could not be read of somebody is
// empty.
func (all Results) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	head := []string{"name", "id", "attended", "entered", "minutes", "answered", "right", "questions", "passed", "labs", "note", "roster"}
	for _, l := range all.Lessons {
		head = append(head, l.Lesson+" page", l.Lesson+" right", l.Lesson+" labs")
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, l := range all.Learners {
		if err := out.Write(all.row(l)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (all Results) row(l Result) []string {
	var answered, right, questions, passed, labs int
	var perLesson []string
	for _, r := range l.Lessons {
		answered, right, passed = answered+r.Answered, right+r.Right, passed+r.Passed
		perLesson = append(perLesson, strconv.Itoa(r.Page), strconv.Itoa(r.Right), strconv.Itoa(r.Passed))
	}
	if l.Lessons == nil {
		perLesson = slices.Repeat([]string{l.done(0)}, 3*len(all.Lessons))
	}
	for _, p := range all.Lessons {
		questions, labs = questions+p.Questions, labs+p.Labs
	}
	entered := ""
	if !l.Entered.IsZero() {
		entered = l.Entered.Format(time.DateTime)
	}
	row := []string{
		cell(l.Name), string(l.ID), map[bool]string{true: "yes", false: "no"}[l.Attended], entered, strconv.Itoa((l.Here + 30) / 60),
		l.done(answered), l.done(right), strconv.Itoa(questions), l.done(passed), strconv.Itoa(labs),
		cell(l.Note), cell(l.Entry),
	}
	return append(row, perLesson...)
}

// done is how much somebody did, as far as that is known.
func (l Result) done(n int) string {
	if l.Fault != "" {
		return ""
	}
	return strconv.Itoa(n)
}

// cell keeps a text from being a formula: spreadsheets calculate what begins with
// one of these, and may start programs by it
// (https://owasp.org/www-community/attacks/CSV_Injection).
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(text)[0]) {
		return "'" + text
	}
	return text
}
