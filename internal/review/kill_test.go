//go:build unix

package review_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// childEnv makes the test binary a learner who reviews until they are killed:
// the course's directory, the progress's, and the Unix seconds at which they
// begin.
const childEnv = "KUBETUTOR_REVIEW_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		if err := reviewer(args); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// reviewer reviews, and says what they are about to do and what is acknowledged:
// "rating CARD", "rated CARD", "undoing CARD" and "undone CARD". Where nothing is
// due, their clock goes on.
func reviewer(args string) error {
	part := strings.Split(args, "\n")
	var seconds int64
	if _, err := fmt.Sscan(part[2], &seconds); err != nil {
		return err
	}
	var now ticks
	now.set(time.Unix(seconds, 0))
	c, err := course.Open(os.DirFS(part[0]))
	if err != nil {
		return err
	}
	store, err := progress.Open(part[1], progress.WithClock(now.tick))
	if err != nil {
		return err
	}
	config := review.DefaultConfig()
	config.New, config.Limit = 1000, 1000
	d := &review.Desk{Course: c, Store: store, Config: config, Now: now.tick}
	r := rand.New(rand.NewPCG(uint64(seconds), 1))
	for {
		s, err := d.Begin(context.Background(), review.Options{})
		if err == nil {
			err = answer(s, r, &now)
		}
		if err != nil {
			return err
		}
		now.set(now.tick().Add(24 * time.Hour))
	}
}

// ticks is a clock that goes on by a millisecond whenever somebody looks.
type ticks struct{ milliseconds atomic.Int64 }

func (c *ticks) tick() time.Time { return time.UnixMilli(c.milliseconds.Add(1)).UTC() }

func (c *ticks) set(t time.Time) { c.milliseconds.Store(t.UnixMilli()) }

func answer(s *review.Session, r *rand.Rand, now *ticks) error {
	ctx := context.Background()
	var rated []review.ID
	for {
		turn, err := s.Next(ctx)
		wait := review.ErrWait{}
		switch {
		case errors.Is(err, review.ErrDone):
			return nil
		case errors.As(err, &wait):
			now.set(wait.Until)
			continue
		case err != nil:
			return err
		}
		now.set(now.tick().Add(time.Second))
		if r.IntN(5) > 0 || len(rated) == 0 {
			fmt.Println("rating", turn.Card.ID)
			if err := s.Rate(ctx, review.Rating(1+r.IntN(4)), review.Given{Took: time.Second}); err != nil {
				return err
			}
			fmt.Println("rated", turn.Card.ID)
			rated = append(rated, turn.Card.ID)
			continue
		}
		fmt.Println("undoing", rated[len(rated)-1])
		if _, ok, err := s.Undo(ctx); err != nil || !ok {
			return fmt.Errorf("undo: %v, %w", ok, err)
		}
		fmt.Println("undone", rated[len(rated)-1])
		rated = rated[:len(rated)-1]
	}
}

// play starts a reviewer, kills them after a while, and returns what they said.
func play(t *testing.T, courseDir, dir string, begin time.Time, life time.Duration) (said []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s\n%s\n%d", childEnv, courseDir, dir, begin.Unix()))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if lines.Scan() { // the first word, then it may end at any moment
		said = append(said, lines.Text())
	}
	timer := time.AfterFunc(life, func() { cmd.Process.Kill() })
	defer timer.Stop()
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	cmd.Wait()
	return said
}

// after is the log of ratings after what a reviewer said: with what was
// acknowledged, and with what they were about to do when they ended.
func after(t *testing.T, log, said []string) (acknowledged, begun []string) {
	t.Helper()
	begun = log
	for _, line := range said {
		switch word, card, _ := strings.Cut(line, " "); {
		case word == "rating":
			begun = append(slices.Clone(log), card)
		case word == "undoing" && len(log) > 0 && log[len(log)-1] == card:
			begun = log[:len(log)-1]
		case word == "rated", word == "undone":
			log = begun
		default:
			t.Fatalf("the reviewer says %q", line)
		}
	}
	return log, begun
}

func logged(t *testing.T, dir string) (log []string) {
	t.Helper()
	d, err := progress.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if notes := d.Notes(); len(notes) > 0 {
		t.Fatal(notes)
	}
	err = d.Reviews(t.Context(), time.Time{}, func(r progress.Review) error {
		log = append(log, r.Card)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// Whenever a reviewer is killed, the log has each rating once that was
// acknowledged and not undone, and at most what was on its way beside them.
func TestKilledAtAnyRating(t *testing.T) {
	t.Parallel()
	kills := 100
	if testing.Short() {
		kills = 20
	}
	r := rand.New(rand.NewPCG(3, 4))
	courseDir, dir := t.TempDir(), t.TempDir()
	coursetest.Write(t, courseDir, 30)
	begin := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	readAll(t, courseDir, dir, begin)
	var want []string
	ratings := 0
	for n := range kills {
		begin = begin.AddDate(0, 1, 0)
		said := play(t, courseDir, dir, begin, time.Duration(r.IntN(40_000))*time.Microsecond)
		acknowledged, begun := after(t, want, said)
		if want = logged(t, dir); !slices.Equal(want, acknowledged) && !slices.Equal(want, begun) {
			t.Fatalf("kill %d: the log has %d ratings, %d were acknowledged; the last are\n%q\n%q",
				n, len(want), len(acknowledged), tail(want), tail(acknowledged))
		}
		ratings += len(said) / 2
	}
	t.Logf("%d kills, %d ratings and undoings acknowledged", kills, ratings)
}

func tail(s []string) []string { return s[max(0, len(s)-5):] }

// readAll makes a course's questions and clozes cards.
func readAll(t *testing.T, courseDir, dir string, at time.Time) {
	t.Helper()
	c, err := course.Open(os.DirFS(courseDir))
	if err != nil {
		t.Fatal(err)
	}
	d, err := progress.Open(dir, progress.WithClock(func() time.Time { return at }))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var read []any
	for _, l := range c.Lessons() {
		read = append(read, progress.Position{Lesson: l.ID, Page: l.PageCount - 1, Pages: l.PageCount})
	}
	if _, err := d.RecordAll(t.Context(), read); err != nil {
		t.Fatal(err)
	}
}
