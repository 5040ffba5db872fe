//go:build unix

package progress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// childEnv makes the test binary a process that records events until it is
// killed or has recorded enough: DIR COUNT LIMIT, with LIMIT the most bytes that
// a file may have, or 0. With a file's name for COUNT it imports that.
const childEnv = "KUBETUTOR_PROGRESS_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		if err := child(strings.Split(args, "\n")); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child prints "saved ID" for each acknowledged event, and "full" for each that
// was refused because of the limit, which it then lifts after a while.
func child(args []string) error {
	d, err := Open(args[0])
	if err != nil {
		return err
	}
	if filepath.IsAbs(args[1]) {
		return importFile(d, args[1])
	}
	count, limit := atoi(args[1]), atoi(args[2])
	refused := 0
	for n := 0; n < count; n++ {
		if limit > 0 {
			if err := limitFiles(limit); err != nil {
				return err
			}
		}
		id, err := d.Record(context.Background(), someEvent(n))
		switch {
		case errors.Is(err, ErrFull):
			fmt.Println("full")
			refused++
			if refused%5 == 0 {
				limit += 64 << 10
			}
		case err != nil:
			return err
		default:
			fmt.Println("saved", id)
		}
	}
	return d.Close()
}

func importFile(d *DB, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	fmt.Println("importing")
	n, err := d.Import(context.Background(), f)
	fmt.Println("imported", n)
	return errors.Join(err, d.Close())
}

func someEvent(n int) any {
	if n%3 == 0 {
		return Answer{Question: "a/" + strconv.Itoa(n%17), Right: n%2 == 0, Pending: n%5 == 0}
	}
	if n%3 == 1 {
		return Reviewed{Card: "question:a/" + strconv.Itoa(n%17), Rating: 1 + n%4, Source: SourceSession,
			State: CardState{Stage: StageReview, Stability: float64(n), Reps: n}}
	}
	return Position{Lesson: "lesson" + strconv.Itoa(n%7), Page: n % 5, Focus: strings.Repeat("x", n%400)}
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// limitFiles lets no file of this process grow beyond size: writing fails as on
// a full disk.
func limitFiles(size int) error {
	signal.Ignore(syscall.SIGXFSZ)
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &lim); err != nil {
		return err
	}
	lim.Cur = uint64(size)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &lim)
}

// recorder is a running child.
type recorder struct {
	cmd   *exec.Cmd
	done  chan struct{}
	mu    sync.Mutex
	saved []string
	other []string
	first chan struct{} // closed with the first line
}

func spawn(t *testing.T, dir string, count any, limit int) *recorder {
	t.Helper()
	c := &recorder{cmd: exec.Command(os.Args[0]), done: make(chan struct{}), first: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s\n%v\n%d", childEnv, dir, count, limit))
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cmd.Process.Kill() })
	go c.read(bufio.NewScanner(out))
	return c
}

func (c *recorder) read(lines *bufio.Scanner) {
	defer close(c.done)
	for n := 0; lines.Scan(); n++ {
		if n == 0 {
			close(c.first)
		}
		c.mu.Lock()
		if id, ok := strings.CutPrefix(lines.Text(), "saved "); ok {
			c.saved = append(c.saved, id)
		} else {
			c.other = append(c.other, lines.Text())
		}
		c.mu.Unlock()
	}
}

// wait returns what the child acknowledged, once it has ended.
func (c *recorder) wait(t *testing.T) (saved, other []string) {
	t.Helper()
	select {
	case <-c.done:
	case <-time.After(time.Minute):
		c.cmd.Process.Kill()
		t.Fatal("the child does not end")
	}
	c.cmd.Wait()
	return c.saved, c.other
}

// missing returns those of ids that d does not have.
func missing(t *testing.T, d *DB, ids []string) []string {
	t.Helper()
	all := export(t, d)
	var gone []string
	for _, id := range ids {
		if !strings.Contains(all, id) {
			gone = append(gone, id)
		}
	}
	return gone
}

func TestKilledAtAnyMoment(t *testing.T) {
	kills := 300
	if testing.Short() {
		kills = 30
	}
	dir, r := t.TempDir(), rand.New(rand.NewPCG(7, 8))
	total := 0
	for n := range kills {
		c := spawn(t, dir, 1<<30, 0)
		select { // also while it starts: then the timer is first
		case <-c.first:
			<-time.After(time.Duration(r.IntN(10_000)) * time.Microsecond)
		case <-time.After(time.Duration(5+r.IntN(60)) * time.Millisecond):
		}
		c.cmd.Process.Kill()
		saved, other := c.wait(t)
		if len(other) > 0 {
			t.Fatalf("kill %d: the child says %q", n, other)
		}
		total += len(saved)
		d, err := Open(dir)
		if err != nil {
			t.Fatalf("kill %d: %v", n, err)
		}
		if gone := missing(t, d, saved); len(gone) > 0 {
			t.Fatalf("kill %d: %d of %d acknowledged events are gone", n, len(gone), len(saved))
		}
		if notes := d.Notes(); len(notes) > 0 {
			t.Fatalf("kill %d: %q", n, notes)
		}
		d.Close()
	}
	t.Logf("%d kills, %d events acknowledged, none lost", kills, total)
	d := open(t, dir)
	before := look(t, d)
	if err := d.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := look(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Error("the projections do not agree with the events")
	}
}

// TestKilledDuringRepair interrupts the repair of a damaged file many times.
func TestKilledDuringRepair(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(21, 22))
	for n := range 40 {
		dir, ids := unclean(t, r, n%2 == 0)
		damage := []string{"", "-wal"}[n/2%2]
		overwrite(t, filepath.Join(dir, fileName+damage), func(b []byte) []byte {
			clear(b[:min(len(b)/3, 2*frameSize)])
			return b
		})
		want := readable(t, dir, ids)
		for range 3 {
			c := spawn(t, dir, 0, 0) // opens, and so repairs, and closes
			select {
			case <-c.done:
			case <-time.After(time.Duration(5+r.IntN(40)) * time.Millisecond):
			}
			c.cmd.Process.Kill()
			c.wait(t)
		}
		d := open(t, dir)
		if got := count(t, d, ids); got < want {
			t.Errorf("round %d: %d events are there, %d were readable", n, got, want)
		}
		d.Close()
	}
}

// TestKilledDuringImport says that an import is all or nothing. It is larger than
// SQLite's cache, so that parts of it reach the log before its end.
func TestKilledDuringImport(t *testing.T) {
	t.Parallel()
	const events = 6000
	r := rand.New(rand.NewPCG(23, 24))
	file := filepath.Join(t.TempDir(), "events")
	if err := os.WriteFile(file, []byte(manyLines(events)), 0o600); err != nil {
		t.Fatal(err)
	}
	var none, all int
	for n := range 30 {
		dir := t.TempDir()
		c := spawn(t, dir, file, 0)
		<-c.first
		select {
		case <-c.done:
		case <-time.After(time.Duration(r.IntN(20*(n+1))) * time.Millisecond):
		}
		c.cmd.Process.Kill()
		_, said := c.wait(t)
		d := open(t, dir)
		switch got := strings.Count(export(t, d), "\n"); {
		case got == events:
			all++
		case got != 0 || len(said) > 1:
			t.Errorf("%d of %d events are there; the child says %q", got, events, said)
		default:
			none++
		}
		d.Close()
	}
	t.Logf("%d imports were killed before their end, %d after", none, all)
}

func manyLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"01KAGZ%020d","device":"01KAGZ0000000000000000000B","at":"2026-11-20T10:00:00Z","kind":"answer","data":{"question":"a/%d","given":{"texts":[%q]}}}`+"\n",
			i, i, strings.Repeat("long ", 100))
	}
	return b.String()
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	saved, other := spawn(t, dir, 400, 256<<10).wait(t)
	full := 0
	for _, line := range other {
		if line != "full" {
			t.Errorf("the child says %q", line)
		}
		full++
	}
	if full == 0 || len(saved)+full != 400 {
		t.Fatalf("%d saved, %d refused", len(saved), full)
	}
	d := open(t, dir)
	if gone := missing(t, d, saved); len(gone) > 0 {
		t.Errorf("%d of %d acknowledged events are gone", len(gone), len(saved))
	}
	if n := strings.Count(export(t, d), "\n"); n != len(saved) {
		t.Errorf("%d events are there, %d were acknowledged", n, len(saved))
	}
}

func TestFullDiskAtTheStart(t *testing.T) {
	t.Parallel()
	_, other := spawn(t, t.TempDir(), 1, 1).wait(t) // the limit holds from the first event on
	if len(other) != 1 || other[0] != "full" {
		t.Errorf("the child says %q", other)
	}
}

func TestTwoTutorsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := spawn(t, dir, 150, 0), spawn(t, dir, 150, 0)
	here := open(t, dir)
	mine := record(t, here, randomEvents(rand.New(rand.NewPCG(9, 9)), 30)...)
	savedA, otherA := a.wait(t)
	savedB, otherB := b.wait(t)
	if len(savedA) != 150 || len(savedB) != 150 {
		t.Fatalf("%d and %d events were acknowledged; %q %q", len(savedA), len(savedB), otherA, otherB)
	}
	if gone := missing(t, here, append(append(savedA, savedB...), mine...)); len(gone) > 0 {
		t.Errorf("%d events of the others are not seen", len(gone))
	}
	before := look(t, here)
	if err := here.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := look(t, here); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Error("the projections do not agree with the events")
	}
}
