package exchange

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// columns are those of the table, in their order.
func columns() []string {
	return []string{"id", "front", "back", "stage", "due", "stability", "difficulty", "reps", "lapses", "marks", "tags"}
}

// bom is U+FEFF. Spreadsheets take a table without it for one of the system's own
// encoding, and Chinese in it becomes gibberish.
const bom = "\ufeff"

// The words in the column marks.
const (
	markSuspended = "suspended"
	markLeech     = "leech"
	markBuried    = "buried"
)

// table writes a row for each card, after a row with the columns' names, as
// RFC 4180 has it.
func (x *Exporter) table(ctx context.Context, w io.Writer, f review.Filter) (int, error) {
	if _, err := io.WriteString(w, bom); err != nil {
		return 0, err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns()); err != nil {
		return 0, err
	}
	n := 0
	err := x.items(ctx, f, func(i item) error {
		n++
		return out.Write(x.row(i))
	})
	out.Flush()
	return n, errors.Join(err, out.Error())
}

func (x *Exporter) row(i item) []string {
	front, back := newText(x).sides(i)
	s := i.entry.State
	row := []string{
		string(i.ID), front, back, cmp.Or(string(s.Stage), "new"), x.timestamp(s.Due), decimal(s.Stability), decimal(s.Difficulty),
		strconv.Itoa(s.Reps), strconv.Itoa(s.Lapses), strings.Join(x.marks(i.entry), " "), strings.Join(i.Tags, " "),
	}
	for c := range row {
		row[c] = neutral(row[c])
	}
	return row
}

func (x *Exporter) marks(e review.Entry) (marks []string) {
	if e.Suspended {
		marks = append(marks, markSuspended)
	}
	if e.Leech {
		marks = append(marks, markLeech)
	}
	if e.Buried.After(x.Now) {
		marks = append(marks, markBuried)
	}
	return marks
}

func (x *Exporter) timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(x.Now.Location()).Format(time.RFC3339)
}

// decimal has four places, as Anki keeps a stability.
func decimal(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

// neutral puts an apostrophe before a cell that a spreadsheet would take for a
// formula, and before one that begins with an apostrophe. spoken takes it away
// again, so that every text comes back as it was.
func neutral(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n'＝＋－＠", first(cell)) {
		return "'" + cell
	}
	return cell
}

func first(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// spoken is a cell as it was before neutral.
func spoken(cell string) string { return strings.TrimPrefix(cell, "'") }

// The largest table that is read. Errors name the number that was exceeded.
const (
	MaxTable = 64 << 20 // bytes
	MaxRows  = 200_000
)

// Table takes changes in from a table. Rows are matched by the column id, and
// these columns count, where the table has them:
//
//   - marks: suspended, or not. A card that is suspended here and not there is
//     unsuspended, which also makes it no leech. Burying is for a day, so the table
//     does not change it.
//   - due: when a card in review is due, as a date or a time of RFC 3339; at most as
//     far ahead as the longest interval.
//   - stability (0.001 to 36500 days) and difficulty (1 to 10) of a card in review.
//
// An empty cell of the last three changes nothing, and neither do the other
// columns: text is the course's, and what was rated is the log's. A value that
// makes no sense is an error that names its line, and nothing is changed then.
func (m *Importer) Table(ctx context.Context, r io.Reader, dry bool) (Report, error) {
	var report Report
	rows, err := m.readTable(r)
	if err != nil {
		return report, importing(err)
	}
	known, err := m.cards(ctx)
	if err != nil {
		return report, importing(err)
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		now, ok := known[string(id)]
		report.Cards++
		if !ok && !m.inCourse(id) {
			report.Unknown++
			continue
		}
		if c, changed := rows[id].change(id, now); changed {
			report.Changes = append(report.Changes, c)
		}
	}
	return report, importing(m.record(ctx, changed(report.Changes), dry))
}

func (m *Importer) cards(ctx context.Context) (map[string]progress.Card, error) {
	list, err := m.Desk.Store.Cards(ctx, progress.CardQuery{})
	cards := make(map[string]progress.Card, len(list))
	for _, c := range list {
		cards[c.ID] = c
	}
	return cards, err
}

// wish is what a row asks for; nil and zero where it says nothing.
type wish struct {
	suspended             *bool
	due                   time.Time
	stability, difficulty float64
}

// change is what a wish changes of a card.
func (w wish) change(id review.ID, now progress.Card) (Change, bool) {
	c := Change{Card: id, Before: now.CardState, After: now.CardState}
	if w.suspended != nil && *w.suspended != now.Suspended {
		c.Mark = progress.MarkUnsuspend
		if *w.suspended {
			c.Mark = progress.MarkSuspend
		}
	}
	if now.Stage == progress.StageReview {
		if !w.due.IsZero() && !w.due.Equal(now.Due.Truncate(time.Second)) {
			c.After.Due = w.due.UTC()
		}
		c.After.Stability = changedNumber(w.stability, now.Stability)
		c.After.Difficulty = changedNumber(w.difficulty, now.Difficulty)
	}
	return c, c.Mark != "" || c.After != c.Before
}

// changedNumber is now, unless what was asked for is another number as it is
// written.
func changedNumber(asked, now float64) float64 {
	if asked == 0 || decimal(asked) == decimal(now) {
		return now
	}
	return asked
}

// changed are the events that changes lead to.
func changed(list []Change) (events []any) {
	marked := map[progress.Mark][]string{}
	states := map[string]progress.CardState{}
	flush := func() {
		if len(states) > 0 {
			events = append(events, progress.Rescheduled{Cards: states})
			states = map[string]progress.CardState{}
		}
	}
	for _, c := range list {
		if c.Mark != "" {
			marked[c.Mark] = append(marked[c.Mark], string(c.Card))
		}
		if c.After != c.Before {
			states[string(c.Card)] = c.After
		}
		if len(states) == progress.CardsPerEvent {
			flush()
		}
	}
	flush()
	for _, mark := range slices.Sorted(maps.Keys(marked)) {
		for ids := range slices.Chunk(marked[mark], progress.CardsPerEvent) {
			events = append(events, progress.Marked{Cards: ids, Mark: mark})
		}
	}
	return events
}

// readTable reads what each row asks for.
func (m *Importer) readTable(r io.Reader) (map[review.ID]wish, error) {
	limited := &io.LimitedReader{R: r, N: MaxTable + 1}
	in := csv.NewReader(limited)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, tooLarge(limited, fmt.Errorf("the table has no first row with the columns' names: %w", err))
	}
	at, err := places(head)
	if err != nil {
		return nil, err
	}
	rows := map[review.ID]wish{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, tooLarge(limited, nil)
		}
		if err != nil {
			return nil, tooLarge(limited, err)
		}
		line, _ := in.FieldPos(0)
		if err := m.addRow(rows, at, row); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func tooLarge(r *io.LimitedReader, err error) error {
	if r.N <= 0 {
		return fmt.Errorf("the table has more than %d bytes", MaxTable)
	}
	return err
}

// places finds the columns by their names.
func places(head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, bom)))
		if _, twice := at[name]; twice && slices.Contains(columns(), name) {
			return nil, fmt.Errorf("the table has two columns %q", name)
		}
		at[name] = i
	}
	if _, ok := at["id"]; !ok {
		return nil, errors.New("the table has no column \"id\"")
	}
	return at, nil
}

func (m *Importer) addRow(rows map[review.ID]wish, at map[string]int, row []string) error {
	cell := func(column string) (string, bool) {
		i, ok := at[column]
		if !ok || i >= len(row) {
			return "", false
		}
		return strings.TrimSpace(spoken(row[i])), true
	}
	name, _ := cell("id")
	id, err := review.ParseID(name)
	if err != nil {
		return err
	}
	if _, twice := rows[id]; twice {
		return fmt.Errorf("the card %s has two rows", id)
	}
	if len(rows) == MaxRows {
		return fmt.Errorf("the table has more than %d rows", MaxRows)
	}
	rows[id], err = m.wished(cell)
	return err
}

// wished reads the cells of a row that count.
func (m *Importer) wished(cell func(string) (string, bool)) (w wish, err error) {
	if marks, ok := cell("marks"); ok {
		if w.suspended, err = suspended(marks); err != nil {
			return w, err
		}
	}
	if s, _ := cell("due"); s != "" {
		if w.due, err = m.due(s); err != nil {
			return w, err
		}
	}
	if w.stability, err = number(cell, "stability", minStability, maxStability); err != nil {
		return w, err
	}
	w.difficulty, err = number(cell, "difficulty", minDifficulty, maxDifficulty)
	return w, err
}

func suspended(marks string) (*bool, error) {
	is := false
	for _, mark := range strings.Fields(marks) {
		switch mark {
		case markSuspended, markLeech:
			is = true
		case markBuried:
		default:
			return nil, fmt.Errorf("marks: %q is none of %s, %s, %s", mark, markSuspended, markLeech, markBuried)
		}
	}
	return &is, nil
}

// due reads a time, or a date, which means the beginning of that day.
func (m *Importer) due(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse(time.DateOnly, s)
		t = review.DayBegins(review.DayNumber(t, time.UTC, 0), m.Now.Location(), m.Desk.Config.Rollover)
	}
	if err != nil {
		return t, fmt.Errorf("due: %q is neither a date such as 2027-01-31 nor a time such as 2027-01-31T04:00:00+08:00", s)
	}
	if latest := m.Now.Add(m.Desk.Config.Max); t.After(latest) || t.Before(time.Unix(0, 0)) {
		return t, fmt.Errorf("due: %q is not between 1970 and %s", s, latest.Format(time.DateOnly))
	}
	return t, nil
}

// number reads a number in bounds; 0 for an empty cell.
func number(cell func(string) (string, bool), column string, least, most float64) (float64, error) {
	s, _ := cell(column)
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= least && v <= most) {
		return 0, fmt.Errorf("%s: %q is no number from %v to %v", column, s, least, most)
	}
	return v, nil
}
