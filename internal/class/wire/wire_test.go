package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
)

// fakeSeat notes what it is told, and tells what is put into sights.
type fakeSeat struct {
	sights chan class.Sight
	fail   error
	takes  time.Duration // each call

	mu    sync.Mutex
	heard []string
}

func newFakeSeat() *fakeSeat { return &fakeSeat{sights: make(chan class.Sight, 1)} }

func (s *fakeSeat) hear(format string, args ...any) error {
	time.Sleep(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, fmt.Sprintf(format, args...))
	return s.fail
}

func (s *fakeSeat) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

func (s *fakeSeat) Follow(ctx context.Context, changed func(class.Sight) error) error {
	for {
		select {
		case sight := <-s.sights:
			if err := changed(sight); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *fakeSeat) Raise(_ context.Context, c class.Call) error {
	return s.hear("raise %v %s", c.Up, c.Text)
}
func (s *fakeSeat) Read(_ context.Context, id string) error { return s.hear("read %s", id) }
func (s *fakeSeat) Allow(_ context.Context, ask string, yes bool) error {
	return s.hear("allow %s %v", ask, yes)
}
func (s *fakeSeat) Recorded(_ context.Context, e progress.Event) error {
	return s.hear("recorded %s %s", e.ID, e.Data)
}
func (s *fakeSeat) Checks(_ context.Context, st class.Standing) error {
	return s.hear("checks %s %d/%d %v", st.Lab, st.Passed, st.Of, st.Failing)
}

// fakeChair does likewise.
type fakeChair struct {
	boards, screens chan any
	fail            error
	export          string
	looks           chan string // who begins to be looked at, and "-" at the end
}

func newFakeChair() *fakeChair {
	return &fakeChair{boards: make(chan any, 1), screens: make(chan any, 1), looks: make(chan string, 9)}
}

func (c *fakeChair) Watch(ctx context.Context, changed func(class.Board) error) error {
	return pump(ctx, c.boards, func(v any) error { return changed(v.(class.Board)) })
}

func (c *fakeChair) Do(context.Context, class.Order) error { return c.fail }

func (c *fakeChair) Look(ctx context.Context, who class.LearnerID, frame func(class.Screen) error) error {
	c.looks <- string(who)
	defer func() { c.looks <- "-" }()
	return pump(ctx, c.screens, func(v any) error {
		if err, ok := v.(error); ok {
			return err
		}
		return frame(v.(class.Screen))
	})
}

func (c *fakeChair) Export(_ context.Context, format string, w io.Writer) error {
	if format != "csv" {
		return errors.New("no such format")
	}
	_, err := io.WriteString(w, c.export)
	return err
}

func pump(ctx context.Context, from <-chan any, f func(any) error) error {
	for {
		select {
		case v := <-from:
			if err := f(v); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// exchange connects clients to a server, over pipes that a test can cut.
type exchange struct {
	t     *testing.T
	serve func(ctx context.Context, rw io.ReadWriteCloser) error

	mu   sync.Mutex
	down error // dial fails with it
	last net.Conn
	ends []error // of connections
	work sync.WaitGroup
}

func (x *exchange) dial(ctx context.Context) (io.ReadWriteCloser, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.down != nil {
		return nil, x.down
	}
	here, there := net.Pipe()
	x.last = here
	x.work.Go(func() {
		err := x.serve(context.WithoutCancel(ctx), there)
		x.mu.Lock()
		defer x.mu.Unlock()
		x.ends = append(x.ends, err)
	})
	return here, nil
}

// cut ends the connection, and lets no other be made while down is set.
func (x *exchange) cut(down error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.down = down
	x.last.Close()
}

// bubble runs a test with a clock of its own, in which all goroutines must have
// ended when it does: so each of these tests is one of leaks too.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

func seatOver(t *testing.T, s class.Seat, o Options) (*Seat, *exchange) {
	x := &exchange{t: t, serve: func(ctx context.Context, rw io.ReadWriteCloser) error {
		return ServeSeat(ctx, rw, s, Options{Program: "v9", Now: func() time.Time { return time.Now().Add(time.Hour) }})
	}}
	seat := NewSeat(x.dial, o)
	t.Cleanup(func() {
		seat.Close()
		x.work.Wait()
	})
	return seat, x
}

func chairOver(t *testing.T, c class.Chair) (*Chair, *exchange) {
	x := &exchange{t: t, serve: func(ctx context.Context, rw io.ReadWriteCloser) error { return ServeChair(ctx, rw, c, Options{}) }}
	chair := NewChair(x.dial, Options{})
	t.Cleanup(func() {
		chair.Close()
		x.work.Wait()
	})
	return chair, x
}

const ulidA, ulidB, device = "01KAGZ00000000000000000001", "01KAGZ00000000000000000002", "01KAGZ0000000000000000000D"

func position(id, lesson string) progress.Event {
	return progress.Event{
		ID: id, Device: device, At: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		Kind: progress.KindPosition, Data: []byte(`{"lesson":"` + lesson + `","page":2,"block":1}`),
	}
}

func TestCallsReachTheSeatInTheirOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeSeat()
		seat, _ := seatOver(t, fake, Options{})
		ctx := t.Context()
		if err := seat.Ready(ctx); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			seat.Raise(ctx, class.Call{Up: true, Text: "it hangs"}),
			seat.Read(ctx, ulidA),
			seat.Allow(ctx, "ask", true),
			seat.RecordedAll(ctx, []progress.Event{position(ulidA, "pods"), position(ulidB, "volumes")}),
			seat.Checks(ctx, class.Standing{Lab: "pods/run", Passed: 1, Of: 3, Failing: []class.Failing{{Check: "runs", Want: "Running", Have: "Pending"}}}),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		want := []string{
			"raise true it hangs", "read " + ulidA, "allow ask true",
			"recorded " + ulidA + ` {"lesson":"pods","page":2,"block":1}`, "recorded " + ulidB + ` {"lesson":"volumes","page":2,"block":1}`,
			"checks pods/run 1/3 [{runs  Running Pending}]",
		}
		if got := fake.all(); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func TestErrorsComeBackAsWhatTheyAre(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeSeat()
		seat, _ := seatOver(t, fake, Options{})
		chairs := newFakeChair()
		chair, _ := chairOver(t, chairs)
		if err := errors.Join(seat.Ready(t.Context()), chair.Ready(t.Context())); err != nil {
			t.Fatal(err)
		}
		until := time.Now().Add(time.Minute).UTC().Truncate(time.Second)
		for _, want := range []error{class.ErrOver, class.ErrDeclined, class.ErrUnknown, &class.TriesError{Until: until}} {
			fake.fail, chairs.fail = fmt.Errorf("doing it: %w", want), fmt.Errorf("doing it: %w", want)
			if err := seat.Read(t.Context(), "x"); !errors.Is(err, want) && err.Error() != want.Error() {
				t.Errorf("to a seat %v came back as %v", want, err)
			}
			if err := chair.Do(t.Context(), class.Order{}); !errors.Is(err, want) && err.Error() != "doing it: "+want.Error() {
				t.Errorf("to a chair %v came back as %v", want, err)
			}
		}
		inside := errors.New("/home/teacher/class.db: disk \x1b[31mfull")
		fake.fail, chairs.fail = inside, inside
		if err := seat.Read(t.Context(), "x"); err == nil || strings.Contains(err.Error(), "teacher") {
			t.Errorf("a learner is told %v", err)
		}
		if err := chair.Do(t.Context(), class.Order{}); err == nil || err.Error() != "/home/teacher/class.db: disk [31mfull" {
			t.Errorf("an instructor is told %q", err)
		}
	})
}

// follows collects what a Follow or a Watch tells.
func follows[T any](t *testing.T, f func(context.Context, func(T) error) error) <-chan T {
	all := make(chan T, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f(ctx, func(v T) error { all <- v; return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return all
}

func TestFollowGoesOnOverConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeSeat()
		seat, x := seatOver(t, fake, Options{})
		if err := seat.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		sights := follows(t, seat.Follow)
		fake.sights <- class.Sight{Class: "storage-lab", Me: "li.na", Shown: &class.Screen{Columns: 1, Rows: 1, Content: "x"}}
		if s := <-sights; s.Me != "li.na" || s.Lost || s.Skew != time.Hour {
			t.Fatalf("%+v", s)
		}
		x.cut(errors.New("no route"))
		if s := <-sights; s.Me != "li.na" || !s.Lost || s.Shown != nil {
			t.Fatalf("%+v", s)
		}
		if err := seat.Raise(t.Context(), class.Call{Up: true}); !errors.Is(err, class.ErrLost) {
			t.Errorf("a call without a connection: %v", err)
		}
		time.Sleep(24 * time.Hour) // it is tried for ever
		x.mu.Lock()
		x.down = nil
		x.mu.Unlock()
		fake.sights <- class.Sight{Class: "storage-lab", Me: "li.na", Hand: true}
		began := time.Now()
		if s := <-sights; s.Lost || !s.Hand {
			t.Fatalf("%+v", s)
		}
		if d := time.Since(began); d > lastPause+time.Second {
			t.Errorf("it took %v to come back", d)
		}
	})
}

func TestBoardsSayWhenTheyAreLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeChair()
		chair, x := chairOver(t, fake)
		if err := chair.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		boards := follows(t, chair.Watch)
		fake.boards <- class.Board{Here: 3}
		if b := <-boards; b.Here != 3 || b.Lost {
			t.Fatalf("%+v", b)
		}
		x.cut(nil)
		if b := <-boards; b.Here != 3 || !b.Lost {
			t.Fatalf("%+v", b)
		}
		fake.boards <- class.Board{Here: 4}
		if b := <-boards; b.Here != 4 || b.Lost {
			t.Fatalf("%+v", b)
		}
	})
}

func TestLooks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeChair()
		chair, _ := chairOver(t, fake)
		if err := chair.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		screens, done := make(chan class.Screen, 9), make(chan error, 1)
		begin := func() { done <- chair.Look(ctx, "a1b2c3d4", func(s class.Screen) error { screens <- s; return nil }) }
		go begin()
		if who := <-fake.looks; who != "a1b2c3d4" {
			t.Fatalf("looks at %q", who)
		}
		fake.screens <- class.Screen{Columns: 80, Rows: 24, Content: "hello\x1b]52;c;AAAA\x07"}
		if s := <-screens; !strings.HasPrefix(s.Content, "hello") || strings.Contains(s.Content, "]52") {
			t.Errorf("%q", s.Content)
		}
		fake.screens <- fmt.Errorf("looking: %w", class.ErrDeclined)
		if err := <-done; !errors.Is(err, class.ErrDeclined) || <-fake.looks != "-" {
			t.Errorf("it ended with %v", err)
		}
		go begin()
		<-fake.looks
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
		if end := <-fake.looks; end != "-" {
			t.Error("the server goes on looking")
		}
	})
}

func TestExportIsWholeOrNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeChair()
		fake.export = strings.Repeat("李娜,3/4,passed\n", 20_000)
		chair, _ := chairOver(t, fake)
		if err := chair.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := chair.Export(t.Context(), "csv", &b); err != nil || b.String() != fake.export {
			t.Errorf("%d bytes, want %d: %v", b.Len(), len(fake.export), err)
		}
		b.Reset()
		if err := chair.Export(t.Context(), "xml", &b); err == nil || b.Len() > 0 || !strings.Contains(err.Error(), "no such format") {
			t.Errorf("%q, %v", b.String(), err)
		}
	})
}

// A slow network is no dead one, though a board takes longer to come than a dead
// connection is waited for.
func TestASlowNetworkIsNotDead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeChair()
		x := &exchange{serve: func(ctx context.Context, rw io.ReadWriteCloser) error { return ServeChair(ctx, rw, fake, Options{}) }}
		dials := 0
		chair := NewChair(func(ctx context.Context) (io.ReadWriteCloser, error) {
			rw, err := x.dial(ctx)
			dials++
			return slow{rw}, err
		}, Options{})
		defer x.work.Wait()
		defer chair.Close()
		if err := chair.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		boards := follows(t, chair.Watch)
		board := room60()
		for len(board.Rows) < 600 {
			board.Rows = append(board.Rows, board.Rows...)
		}
		began := time.Now()
		fake.boards <- board
		if b := <-boards; b.Lost || dials != 1 || time.Since(began) < 2*deadAfter {
			t.Errorf("lost %v, %d connections, %v", b.Lost, dials, time.Since(began))
		}
	})
}

// slow brings 4 KB a second.
type slow struct{ io.ReadWriteCloser }

func (s slow) Read(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(p[:min(len(p), 400)])
	time.Sleep(100 * time.Millisecond)
	return n, err
}

// A dead connection says nothing: whatever is sent disappears.
func TestADeadConnectionIsFoundByBoth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeSeat()
		far, near := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- ServeSeat(t.Context(), far, fake, Options{}) }()
		dead := make(chan struct{})
		first := true
		seat := NewSeat(func(context.Context) (io.ReadWriteCloser, error) {
			if !first {
				return nil, errors.New("no route")
			}
			first = false
			return &mortal{Conn: near, dead: dead}, nil
		}, Options{})
		defer seat.Close()
		if err := seat.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		sights := follows(t, seat.Follow)
		fake.sights <- class.Sight{Me: "li.na"}
		<-sights
		close(dead)
		began := time.Now()
		if s := <-sights; !s.Lost || time.Since(began) > 30*time.Second {
			t.Errorf("lost %v after %v", s.Lost, time.Since(began))
		}
		if err := <-served; err == nil || time.Since(began) > silence+time.Second {
			t.Errorf("the server found it after %v: %v", time.Since(began), err)
		}
	})
}

// mortal is a connection that can die without closing: reads wait until it is
// closed here, writes succeed and go nowhere.
type mortal struct {
	net.Conn
	dead   chan struct{}
	closed sync.Once
	gone   chan struct{}
	once   sync.Once
}

func (m *mortal) end() chan struct{} {
	m.once.Do(func() { m.gone = make(chan struct{}) })
	return m.gone
}

func (m *mortal) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	_ = m.Conn.SetReadDeadline(time.Time{})
	got := make(chan result, 1)
	go func() {
		n, err := m.Conn.Read(p)
		got <- result{n, err}
	}()
	select {
	case r := <-got:
		return r.n, r.err
	case <-m.dead:
		_ = m.Conn.SetReadDeadline(time.Now())
		<-got
		<-m.end()
		return 0, io.ErrClosedPipe
	}
}

func (m *mortal) Write(p []byte) (int, error) {
	select {
	case <-m.dead:
		return len(p), nil
	default:
		return m.Conn.Write(p)
	}
}

// Close tells the other side nothing once the connection is dead.
func (m *mortal) Close() error {
	m.closed.Do(func() { close(m.end()) })
	select {
	case <-m.dead:
		return nil
	default:
		return m.Conn.Close()
	}
}
