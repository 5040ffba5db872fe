package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// Line is a rating in the log, one JSON object on a line. Fields are added, never
// taken away or changed.
type Line struct {
	Card   string    `json:"card"`             // KIND:LESSON/ITEM
	At     time.Time `json:"at"`               // when, in milliseconds
	Rating int       `json:"rating"`           // 1 again, 2 hard, 3 good, 4 easy
	Source string    `json:"source,omitempty"` // session, quiz, lab or import
	TookMs int64     `json:"tookMs,omitempty"` // milliseconds
	Right  *bool     `json:"right,omitempty"`  // how the answer was graded, if it was
	State  *State    `json:"state,omitempty"`  // of the card after it
}

// State is how a card stands after a rating.
type State struct {
	Stage      string    `json:"stage"` // learning, review or relearning
	Step       int       `json:"step,omitempty"`
	Stability  float64   `json:"stability"`  // days after which it is recalled with 90 %
	Difficulty float64   `json:"difficulty"` // 1 to 10
	Due        time.Time `json:"due"`
	Reps       int       `json:"reps"`
	Lapses     int       `json:"lapses"`
}

// The largest log that is read. Errors name the number that was exceeded.
const (
	MaxLine  = 64 << 10  // bytes
	MaxLines = 1_000_000 // ratings
)

// maxTook is the longest time that an answer can have taken.
const maxTook = 24 * time.Hour

// slack is how far ahead the clock of another machine may be.
const slack = 24 * time.Hour

// log writes the ratings of the cards that a filter leaves, oldest first.
func (x *Exporter) log(ctx context.Context, w io.Writer, f review.Filter) (int, error) {
	wanted, err := x.wanted(ctx, f)
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	n := 0
	err = x.Desk.Store.Reviews(ctx, time.Time{}, func(r progress.Review) error {
		if wanted != nil && !wanted[r.Card] {
			return nil
		}
		n++
		return enc.Encode(lineOf(r))
	})
	return n, errors.Join(err, out.Flush())
}

// wanted are the cards that a filter leaves; nil for all, those that the course
// does not have any more among them.
func (x *Exporter) wanted(ctx context.Context, f review.Filter) (map[string]bool, error) {
	if len(f.Tracks)+len(f.Lessons)+len(f.Tags)+len(f.Kinds) == 0 {
		return nil, nil
	}
	entries, err := x.Desk.List(ctx, f)
	wanted := make(map[string]bool, len(entries))
	for _, e := range entries {
		wanted[string(e.ID)] = true
	}
	return wanted, err
}

func lineOf(r progress.Review) Line {
	s := r.State
	return Line{
		Card: r.Card, At: r.At, Rating: r.Rating, Source: string(r.Source), TookMs: r.Took.Milliseconds(), Right: r.Right,
		State: &State{
			Stage: string(s.Stage), Step: s.Step, Stability: s.Stability, Difficulty: s.Difficulty, Due: s.Due, Reps: s.Reps, Lapses: s.Lapses,
		},
	}
}

// Log takes in the ratings of a log. A line that is none is an error that names
// it. The state of a card's last rating counts, if the line has it; the others
// are computed.
func (m *Importer) Log(ctx context.Context, r io.Reader, dry bool) (Report, error) {
	in, err := m.readLog(r)
	if err != nil {
		return Report{}, importing(err)
	}
	var report Report
	return report, importing(m.merge(ctx, in, &report, dry))
}

func (m *Importer) readLog(r io.Reader) (map[review.ID]*history, error) {
	in := map[review.ID]*history{}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), MaxLine)
	n := 0
	for lines.Scan() {
		if n++; n > MaxLines {
			return nil, fmt.Errorf("the log has more than %d lines", MaxLines)
		}
		text := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte(bom)))
		if len(text) == 0 {
			continue
		}
		if err := m.addLine(in, text); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d has more than %d bytes", n+1, MaxLine)
	}
	return in, lines.Err()
}

func (m *Importer) addLine(in map[review.ID]*history, text []byte) error {
	var l Line
	if !utf8.Valid(text) {
		return errors.New("this is no UTF-8 text")
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("this is no rating: %w", err)
	}
	id, err := review.ParseID(l.Card)
	if err != nil {
		return err
	}
	if err := m.possible(l); err != nil {
		return err
	}
	h := in[id]
	if h == nil {
		h = &history{}
		in[id] = h
	}
	h.add(l)
	return nil
}

// possible says what cannot be in a rating.
func (m *Importer) possible(l Line) error {
	switch {
	case !review.Rating(l.Rating).Valid():
		return fmt.Errorf("rating: %d is not 1 to 4", l.Rating)
	case l.At.Before(time.Unix(0, 0)) || l.At.After(m.Now.Add(slack)):
		return fmt.Errorf("at: %s is not in the past", l.At.Format(time.RFC3339))
	case l.TookMs < 0 || l.TookMs > maxTook.Milliseconds():
		return fmt.Errorf("tookMs: %d is not 0 to %d", l.TookMs, maxTook.Milliseconds())
	}
	return nil
}

// add adds a line. The state of the newest rating counts, in whatever order the
// lines are.
func (h *history) add(l Line) {
	at := l.At.UTC().Truncate(time.Millisecond)
	if !at.Before(h.newest) {
		h.newest, h.last = at, l.State.state()
	}
	h.ratings = append(h.ratings, rating{Reviewed: progress.Reviewed{
		Card: l.Card, Rating: l.Rating, Took: time.Duration(l.TookMs) * time.Millisecond, Right: l.Right, At: at,
	}})
}

// state is nil where the line says none that is known.
func (s *State) state() *progress.CardState {
	if s == nil {
		return nil
	}
	switch stage := progress.Stage(s.Stage); stage {
	case progress.StageLearning, progress.StageReview, progress.StageRelearning:
		return &progress.CardState{
			Stage: stage, Step: s.Step, Stability: s.Stability, Difficulty: s.Difficulty, Due: s.Due, Reps: s.Reps, Lapses: s.Lapses,
		}
	}
	return nil
}
