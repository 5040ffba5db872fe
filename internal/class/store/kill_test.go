package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/store"
	"kubetutor/internal/progress"
)

// serving names the directory of the class that this process serves, in place of
// running tests.
const serving = "KUBETUTOR_TEST_SERVES"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serving); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// acknowledged is what the server has said is done.
type acknowledged struct {
	Name, Resume, Text, Event string
}

// serve lets people in without end, each of whom says something and brings
// something from a machine of their own, and tells of each once that is
// acknowledged.
func serve(dir string) error {
	ctx := context.Background()
	s, err := store.Open(dir)
	if err != nil {
		return err
	}
	r, err := class.Open(ctx, s, class.Options{})
	if err != nil {
		return err
	}
	if _, err := r.Renew(ctx, "", 0); err != nil {
		return err
	}
	for n := len(r.Learners()); ; n++ {
		done, err := somebody(ctx, r, fmt.Sprint("Learner ", n))
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(done); err != nil {
			return err
		}
	}
}

func somebody(ctx context.Context, r *class.Room, name string) (acknowledged, error) {
	a, err := r.Admit(ctx, class.Application{Name: name, Code: r.Join().Code, From: "192.0.2.1"})
	if err != nil {
		return acknowledged{}, err
	}
	p, err := r.Enter(ctx, a.Learner.ID, true)
	if err != nil {
		return acknowledged{}, err
	}
	text := "why, " + name
	if err := p.Raise(ctx, class.Call{Up: true, Text: text}); err != nil {
		return acknowledged{}, err
	}
	e := progress.Event{
		ID: ulid.Make().String(), Device: ulid.Make().String(), At: time.Now().UTC().Truncate(time.Millisecond),
		Kind: progress.KindAnswer, Data: json.RawMessage(`{"question":"pods/what","right":true}`),
	}
	return acknowledged{name, a.Resume, text, e.ID}, p.Recorded(ctx, e)
}

// TestAKilledServerLosesNothing kills a server in the middle of it, again and again,
// and looks for all that it had acknowledged.
func TestAKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := class.Create(t.Context(), open(t, dir), classtest.Class()); err != nil {
		t.Fatal(err)
	}
	var all []acknowledged
	for range 4 {
		all = append(all, killed(t, dir)...)
		s := open(t, dir)
		r := classtest.Open(t, s, class.Options{})
		for _, done := range all {
			find(t, s, r, done)
		}
	}
	if len(all) < 8 {
		t.Errorf("only %d were let in", len(all))
	}
}

// killed runs a server until it has acknowledged a few, and kills it in the middle
// of the next.
func killed(t *testing.T, dir string) (all []acknowledged) {
	t.Helper()
	server := exec.CommandContext(t.Context(), os.Args[0])
	server.Env = append(os.Environ(), serving+"="+dir)
	var errs strings.Builder
	server.Stderr = &errs
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 3 + rand.IntN(4); n > 0 && lines.Scan(); n-- {
		all = append(all, parse(t, lines.Bytes()))
	}
	time.AfterFunc(time.Duration(rand.IntN(10_000))*time.Microsecond, func() { server.Process.Kill() })
	for lines.Scan() {
		all = append(all, parse(t, lines.Bytes()))
	}
	if err := server.Wait(); err == nil || errs.Len() > 0 {
		t.Fatalf("the server ended with %v: %s", err, errs.String())
	}
	return all
}

func parse(t *testing.T, line []byte) (done acknowledged) {
	t.Helper()
	if err := json.Unmarshal(line, &done); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return done
}

func find(t *testing.T, s class.Store, r *class.Room, done acknowledged) {
	t.Helper()
	a, err := r.Admit(t.Context(), class.Application{Name: done.Name, Resume: done.Resume, Own: true})
	if err != nil {
		t.Fatalf("%s comes back: %v", done.Name, err)
	}
	for _, row := range r.Board().Rows {
		if row.Learner == a.Learner.ID && (row.Call == nil || row.Call.Text != done.Text || !row.Attended) {
			t.Errorf("%s: %+v", done.Name, row)
		}
	}
	p, err := s.Progress(t.Context(), a.Learner.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, ok, err := p.Event(t.Context(), done.Event); !ok || err != nil {
		t.Errorf("what %s brought is lost: %v", done.Name, err)
	}
}
