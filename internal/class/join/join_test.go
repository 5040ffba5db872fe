package join_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/host"
	"kubetutor/internal/class/join"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
)

const secret = "ABCD-EFGH"

// served is a class on loopback, which can be stopped and started again, and whose
// connections can be cut.
type served struct {
	t      *testing.T
	room   *class.Room
	store  *classtest.Store
	signer ssh.Signer

	mu      sync.Mutex
	address string // of the server that runs
	stop    func()
	open    map[net.Conn]bool
	down    bool
}

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func serve(t *testing.T) *served {
	t.Helper()
	s := &served{t: t, store: classtest.NewStore(t), signer: newSigner(t), open: map[net.Conn]bool{}}
	if err := class.Create(t.Context(), s.store, classtest.Class()); err != nil {
		t.Fatal(err)
	}
	s.start()
	if _, err := s.room.Renew(t.Context(), "", time.Hour); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop() })
	return s
}

// start begins to serve, as a server does that is started anew on the same store.
func (s *served) start() {
	s.t.Helper()
	room, err := class.Open(s.t.Context(), s.store, class.Options{Course: classtest.Course(s.t), Yard: classtest.NewYard()})
	if err != nil {
		s.t.Fatal(err)
	}
	server, err := host.New(host.Options{
		Room: room, Address: "127.0.0.1:0", Signer: s.signer, InstructorCode: secret, Version: "test",
		Screen: func(context.Context, host.Session) (host.Screen, error) {
			return host.Screen{}, errors.New("no screens here")
		},
		Limits: host.Limits{Arrivals: 10_000, ArrivalsEach: 10_000, Burst: 10_000, BurstEach: 10_000, Grace: time.Second},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ctx); err != nil {
			s.t.Errorf("serving: %v", err)
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room, s.address = room, server.Addr().String()
	s.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		room.Close()
	})
}

// network connects to the server that runs, whatever the address.
func (s *served) network(ctx context.Context, network, _ string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errors.New("no route to host")
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, s.address)
	if err == nil {
		s.open[c] = true
	}
	return c, err
}

// cut ends all connections, and lets no others be made while it is down.
func (s *served) cut(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	for c := range s.open {
		c.Close()
	}
	clear(s.open)
}

// laptop is a learner's machine.
type laptop struct {
	*progress.DB
	dir   string
	asked []join.Question
}

func newLaptop(t *testing.T) *laptop {
	t.Helper()
	l := &laptop{dir: t.TempDir()}
	db, err := progress.Open(filepath.Join(l.dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	l.DB = db
	return l
}

// options are what `class join` would be given on this machine.
func (l *laptop) options(s *served, name string) join.Options {
	return join.Options{
		Host: "class.example", Dir: filepath.Join(l.dir, "join"), Code: s.room.Join().Code, Name: name, Progress: l.DB,
		Fingerprint: ssh.FingerprintSHA256(s.signer.PublicKey()), Program: "test", Network: s.network,
	}
}

func dial(t *testing.T, o join.Options) *join.Seat {
	t.Helper()
	seat, err := join.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, seat) })
	return seat
}

func shut(t *testing.T, seat *join.Seat) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	_ = seat.Close(ctx)
}

// eventually polls until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to this: %s", what)
		}
	}
}

// here is what the class has of a learner, by the IDs of events.
func (s *served) here(name string) map[string]int {
	s.t.Helper()
	ids := map[string]int{}
	for _, l := range s.room.Learners() {
		if l.Name != name {
			continue
		}
		p, err := s.store.Progress(s.t.Context(), l.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		list, err := p.Since(s.t.Context(), progress.Cursor{}, 100_000)
		if err = errors.Join(err, p.Close()); err != nil {
			s.t.Fatal(err)
		}
		for _, a := range list {
			ids[a.ID]++
		}
	}
	return ids
}

// row is a learner's on the board.
func (s *served) row(name string) class.Row {
	for _, r := range s.room.Board().Rows {
		if r.Name == name {
			return r
		}
	}
	return class.Row{}
}

func record(t *testing.T, l *laptop, data ...any) []string {
	t.Helper()
	ids, err := l.RecordAll(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

const lesson = "lesson-0001"

func answer(n int, right bool) progress.Answer {
	return progress.Answer{Question: fmt.Sprintf("%s/q-%d", lesson, n), Right: right}
}

// Only what was done in the class's lessons since joining reaches the class.
func TestWhatTravels(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	before := record(t, l, answer(0, true), progress.Answer{Question: lesson + "/q-1", Pending: true})
	seat := dial(t, l.options(s, "li.na"))
	want := record(t, l,
		progress.Position{Lesson: lesson, Page: 1, Pages: 5}, answer(1, false), progress.Attempt{Lab: lesson + "/lab-0", Number: 1},
		progress.Failed{Lab: lesson + "/lab-0", Number: 1, Checks: []string{"a"}}, progress.Hint{Lab: lesson + "/lab-0", Number: 1, N: 1},
		progress.Answer{Question: lesson + "/q-2", Pending: true})
	want = append(want, record(t, l, progress.Judged{Answer: want[5], Right: true})...)
	record(t, l,
		progress.Position{Lesson: "lesson-0004"}, progress.Answer{Question: "lesson-0005/q-0"}, progress.Judged{Answer: before[1], Right: true},
		progress.Reviewed{Card: "question:" + lesson + "/q-0", Rating: 3}, progress.Marked{Cards: []string{"question:" + lesson + "/q-0"}, Mark: progress.MarkBury})
	if n, err := seat.Unsent(t.Context()); err != nil || n != len(want) {
		t.Errorf("%d are unsent, %v; want %d", n, err, len(want))
	}
	_ = seat.Recorded(t.Context(), progress.Event{})
	eventually(t, "all is there", func() bool { return len(s.here("li.na")) >= len(want) })
	shut(t, seat)
	got := s.here("li.na")
	for _, id := range want {
		if got[id] != 1 {
			t.Errorf("%s is there %d times", id, got[id])
		}
		delete(got, id)
	}
	if len(got) > 0 {
		t.Errorf("there are others: %v", got)
	}
}

// An answer that no line takes travels without what it says.
func TestALongAnswerTravels(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	seat := dial(t, l.options(s, "li.na"))
	long := progress.Answer{Question: lesson + "/q-1", Given: quiz.Answer{Texts: []string{strings.Repeat("apiVersion: v1\n", 10_000)}}, Right: true}
	ids := record(t, l, answer(0, false), long, answer(2, true))
	_ = seat.Recorded(t.Context(), progress.Event{})
	eventually(t, "all is there", func() bool { return len(s.here("li.na")) == 3 })
	p, err := s.store.Progress(t.Context(), s.room.Learners()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	e, ok, err := p.Event(t.Context(), ids[1])
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if data, err := e.Decode(); err != nil || !reflect.DeepEqual(data, progress.Answer{Question: lesson + "/q-1", Right: true}) {
		t.Errorf("it is there as %+v, %v", data, err)
	}
}

// Events that come in by an import are of elsewhere: their time says whether they
// are of the class.
func TestImportedEventsTravelIfTheyAreNew(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	clock := time.Now().Add(-time.Hour)
	other, err := progress.Open(t.TempDir(), progress.WithClock(func() time.Time { return clock }))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	old, err := other.Record(t.Context(), answer(1, true))
	if err != nil {
		t.Fatal(err)
	}
	seat := dial(t, l.options(s, "li.na"))
	clock = time.Now().Add(time.Second)
	newer, err := other.Record(t.Context(), answer(2, true))
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute) // here more was recorded and sent, with greater IDs
	ahead, err := progress.Open(filepath.Join(l.dir, "data"), progress.WithClock(func() time.Time { return later }))
	if err != nil {
		t.Fatal(err)
	}
	defer ahead.Close()
	own, err := ahead.Record(t.Context(), answer(3, true))
	if err != nil {
		t.Fatal(err)
	}
	_ = seat.Recorded(t.Context(), progress.Event{})
	eventually(t, "what was recorded here is there", func() bool { return s.here("li.na")[own] == 1 })
	var lines strings.Builder
	if _, err := other.Export(t.Context(), &lines); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), strings.NewReader(lines.String())); err != nil {
		t.Fatal(err)
	}
	_ = seat.Recorded(t.Context(), progress.Event{})
	eventually(t, "what was imported is there", func() bool { return s.here("li.na")[newer] == 1 })
	if got := s.here("li.na"); got[old] != 0 || len(got) != 2 {
		t.Errorf("there is %v", got)
	}
}

// Without a connection for a whole lesson, and then with another start of the
// program: nothing is lost, nothing is there twice.
func TestOfflineForTheWholeClass(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	o := l.options(s, "li.na")
	seat := dial(t, o)
	s.cut(true)
	lost := make(chan struct{})
	go seat.Follow(t.Context(), func(sight class.Sight) error {
		if sight.Lost && sight.Me == "li.na" {
			close(lost)
			return errors.New("seen")
		}
		return nil
	})
	<-lost
	var want []string
	for n := range 700 {
		want = append(want, record(t, l, answer(n%6, n%3 == 0))...)
	}
	if err := seat.Raise(t.Context(), class.Call{Up: true, Text: "it hangs"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := seat.Close(ctx); !errors.Is(err, class.ErrLost) {
		t.Errorf("closing says %v", err)
	}
	if _, err := join.Dial(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no route") {
		t.Errorf("without a network: %v", err)
	}
	s.cut(false)
	o.Code, o.Resume, o.Name = "", "", "" // the key is enough
	seat = dial(t, o)
	if n, err := seat.Unsent(t.Context()); err != nil || n > len(want) {
		t.Errorf("%d are unsent, %v", n, err)
	}
	eventually(t, "all is there", func() bool { return len(s.here("li.na")) == len(want) })
	eventually(t, "the hand is up", func() bool { r := s.row("li.na"); return r.Call != nil && r.Call.Text == "it hangs" })
	got := s.here("li.na")
	for _, id := range want {
		if got[id] != 1 {
			t.Fatalf("%s is there %d times", id, got[id])
		}
	}
	if n, err := seat.Unsent(t.Context()); err != nil || n != 0 {
		t.Errorf("%d are unsent, %v", n, err)
	}
}

func TestTheServerIsStartedAnew(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	seat := dial(t, l.options(s, "li.na"))
	if err := seat.Checks(t.Context(), class.Standing{Lab: lesson + "/lab-0", Number: 1, Passed: 2, Of: 4}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the board shows the lab", func() bool { return s.row("li.na").Standing.Passed == 2 })
	s.stop()
	record(t, l, answer(1, true))
	s.start()
	eventually(t, "the board shows the lab and the answer", func() bool {
		r := s.row("li.na")
		return r.Here && r.Own && r.Standing.Passed == 2 && r.Right == 1
	})
}

func TestFilesAreTheLearnersOwn(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	o := l.options(s, "li.na")
	shut(t, dial(t, o))
	key, err := os.ReadFile(filepath.Join(o.Dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(o.Dir, func(path string, e fs.DirEntry, err error) error {
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
		t.Error(err)
	}
	shut(t, dial(t, o))
	if again, err := os.ReadFile(filepath.Join(o.Dir, "key")); err != nil || string(again) != string(key) {
		t.Error("the key is another one")
	}
}

func TestAnInstructorsChair(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	dial(t, l.options(s, "li.na"))
	o := newLaptop(t).options(s, "Ms. Wu")
	o.Code = secret
	chair, err := join.Watch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer chair.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	seen := errors.New("seen")
	if err := chair.Watch(ctx, func(b class.Board) error {
		if len(b.Rows) == 1 && b.Rows[0].Name == "li.na" && b.Rows[0].Here {
			return seen
		}
		return nil
	}); !errors.Is(err, seen) {
		t.Fatal(err)
	}
	if err := chair.Do(ctx, class.Order{Kind: class.OrderSend, Message: &class.Message{Kind: class.MessageText, Text: "welcome"}}); err != nil {
		t.Error(err)
	}
	if err := chair.Do(ctx, class.Order{Kind: "shell"}); !errors.Is(err, class.ErrOrder) {
		t.Errorf("an order that there is not: %v", err)
	}
	o.Code = "WRON-GONE"
	o.Dir = t.TempDir()
	if _, err := join.Watch(t.Context(), o); !errors.Is(err, join.ErrRefused) || !errors.Is(err, join.ErrSecret) {
		t.Errorf("with another code: %v", err)
	}
}
