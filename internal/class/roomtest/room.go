// Package roomtest is a room that judges a class: scripted learners come over real
// connections of SSH, read, answer, search, ask for help, do labs, drop in the ways
// in which connections drop, and come back; instructors watch and give orders
// meanwhile. In the end, whatever a learner's screen acknowledged must be in their
// progress and in the exported results, once.
//
// The learners act by a schedule that a seed gives, and know the interface as a
// person does: by the words on the screen (see package emulator). `.ci/room/run`
// runs the long form against the program itself.
package roomtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
	"kubetutor/internal/class/join"
	"kubetutor/internal/class/store"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// Options say which room, and how long.
type Options struct {
	Address     string // of the server, on the loopback: HOST:PORT
	Fingerprint string // of its host key
	Secret      string // the instructor code
	Dir         string // for the instructors' keys
	Course      *course.Course
	Learners    int
	Watchers    int
	Seed        uint64
	// For is how long it lasts, Labs from when on labs are done (0: never). Restart,
	// if set, kills the server at Middle and brings it back at the same address.
	For, Labs, Middle time.Duration
	Restart           func() error
	// Least is how many answers must have been acknowledged: until then it goes on,
	// on a busy machine, but no longer than eight times as long.
	Least       int
	Pause, Stay time.Duration // of learners: between keys, and between drops, on average
	// Arrived, if set, is called when so many learners have come, before the next one
	// does.
	Arrived func(n int)
	// Bad has two more at terminals that take a byte a second, and nothing, from the
	// middle of the time on.
	Bad bool
	// Calm has nobody drop, and Sizes are the windows that learners have, by turns.
	Calm  bool
	Sizes [][2]int
	Log   io.Writer
}

// Room is a class in which scripted learners are.
type Room struct {
	o        Options
	learners []*learner
	watchers []*watcher
	chairs   []*wire.Chair
	plan     []*course.Lesson

	began time.Time
	noise pace // how late the machine wakes those who sleep
	labs  atomic.Bool
	down  atomic.Int64 // until when latencies are those of a server that starts, in Unix nanoseconds
}

// New joins the instructors, and makes the learners, who are not there yet.
func New(ctx context.Context, o Options) (*Room, error) {
	r := &Room{o: o}
	for n := range max(o.Watchers, 1) {
		chair, err := join.Watch(ctx, join.Options{
			Host: o.Address, Dir: fmt.Sprintf("%s/watcher-%d", o.Dir, n), Code: o.Secret, Name: fmt.Sprintf("Watcher %d", n), Fingerprint: o.Fingerprint,
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("joining as an instructor: %w", err), r.Close())
		}
		r.chairs = append(r.chairs, chair)
	}
	board, err := r.Board(ctx)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	for _, p := range board.Class.Plan {
		if l, ok := o.Course.Lesson(p.Lesson); ok {
			r.plan = append(r.plan, l)
		}
	}
	for n, chair := range r.chairs[:o.Watchers] {
		r.watchers = append(r.watchers, newWatcher(n, o.Seed, chair, r.plan, 4*time.Second))
	}
	for n := range o.Learners {
		l, err := r.learner(n, board.Join.Code)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.learners = append(r.learners, l)
	}
	return r, nil
}

// learner makes the n-th. Every other one has a key, the rest keep their resume
// codes.
func (r *Room) learner(n int, code string) (*learner, error) {
	l := newLearner(n, r.o.Seed, r.o.Course)
	l.plan, l.pause, l.stay = r.plan, r.o.Pause, r.o.Stay
	if r.o.Calm {
		l.stay = 24 * time.Hour
	}
	l.code, l.labs = code, r.labs.Load
	size := r.o.Sizes[n%len(r.o.Sizes)]
	l.login = Login{
		Address: r.o.Address, From: fmt.Sprintf("127.0.1.%d", 1+n%250), User: door.Learner, Width: size[0], Height: size[1],
		Env: map[string]string{"LANG": map[course.Lang]string{course.English: "en_GB.UTF-8", course.Chinese: "zh_CN.UTF-8"}[l.lang], "COLORTERM": "truecolor"},
	}
	if n%2 == 0 {
		return l, nil
	}
	var err error
	l.login.Key, err = newKey()
	return l, err
}

// Close lets the instructors go.
func (r *Room) Close() (err error) {
	for _, c := range r.chairs {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Board is the room as an instructor sees it now.
func (r *Room) Board(ctx context.Context) (board class.Board, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	found := errors.New("this is enough")
	err = r.chairs[0].Watch(ctx, func(b class.Board) error {
		if board = b; b.Lost {
			return nil
		}
		return found
	})
	if errors.Is(err, found) {
		return board, nil
	}
	return board, fmt.Errorf("looking at the board: %w", err)
}

// Run lets everybody in, at most some a second, and waits until the time is over
// and all have left.
func (r *Room) Run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 8*r.o.For)
	defer cancel()
	r.began = time.Now()
	var all sync.WaitGroup
	all.Go(func() { r.last(ctx); cancel() })
	for _, w := range r.watchers {
		all.Go(func() { w.run(ctx) })
	}
	all.Go(func() { r.happen(ctx) })
	all.Go(func() { r.listen(ctx) })
	for n, l := range r.learners {
		all.Go(func() { l.run(ctx) })
		r.wait(ctx, arrival)
		if r.o.Arrived != nil {
			r.o.Arrived(n + 1)
		}
	}
	all.Wait()
}

// last returns when it has lasted long enough.
func (r *Room) last(ctx context.Context) {
	for r.wait(ctx, r.o.For); ctx.Err() == nil && r.acknowledged() < r.o.Least; {
		r.wait(ctx, 100*time.Millisecond)
	}
}

func (r *Room) acknowledged() (n int) {
	for _, l := range r.learners {
		_, shown := l.ledger.counts()
		n += shown
	}
	return n
}

// arrival is how long after one learner the next comes.
const arrival = 200 * time.Millisecond

func (r *Room) wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// happen does what happens to the room at set times.
func (r *Room) happen(ctx context.Context) {
	if r.o.Labs > 0 {
		r.wait(ctx, time.Until(r.began.Add(r.o.Labs)))
		r.labs.Store(true)
		r.say("labs may be begun")
	}
	if r.o.Bad {
		r.wait(ctx, time.Until(r.began.Add(r.o.For/2)))
		r.burden(ctx)
	}
	if r.o.Restart == nil {
		return
	}
	r.wait(ctx, time.Until(r.began.Add(r.o.Middle)))
	if ctx.Err() != nil {
		return
	}
	r.say("the server is killed")
	if err := r.o.Restart(); err != nil {
		r.say("it did not come back: " + err.Error())
	}
	r.down.Store(time.Now().UnixNano())
	r.say("the server is back")
}

// listen notes how late somebody is woken who only sleeps, in the learners' process:
// what other programs on the machine add to every latency.
func (r *Room) listen(ctx context.Context) {
	const nap = 10 * time.Millisecond
	for ctx.Err() == nil {
		start := time.Now()
		time.Sleep(nap)
		r.noise.note(start, time.Since(start)-nap)
	}
}

func (r *Room) say(what string) {
	fmt.Fprintf(r.o.Log, "%6.1fs  %s\n", time.Since(r.began).Seconds(), what)
}

// Results are what the server exports.
func (r *Room) Results(ctx context.Context) (results class.Results, err error) {
	var out bytes.Buffer
	if err := r.chairs[0].Export(ctx, "json", &out); err != nil {
		return results, err
	}
	return results, json.Unmarshal(out.Bytes(), &results)
}

// kept is what a store has of a learner's answers and labs, in their order.
type kept struct {
	answers []progress.Answer
	passed  []string
}

// keptBy reads what the class in a directory has of a learner.
func keptBy(ctx context.Context, dir string, who class.LearnerID) (k kept, err error) {
	home, err := store.LearnerDir(dir, who)
	if err != nil {
		return k, err
	}
	db, err := progress.Open(filepath.Join(home, "data"))
	if err != nil {
		return k, err
	}
	defer db.Close()
	in, out := io.Pipe()
	go func() {
		_, err := db.Export(ctx, out)
		out.CloseWithError(err)
	}()
	return keptIn(in)
}

// keptIn reads it from exported events.
func keptIn(events io.Reader) (k kept, err error) {
	for d := json.NewDecoder(events); ; {
		var e progress.Event
		switch err := d.Decode(&e); {
		case errors.Is(err, io.EOF):
			return k, nil
		case err != nil:
			return k, fmt.Errorf("reading events: %w", err)
		}
		switch e.Kind {
		case progress.KindAnswer:
			var a progress.Answer
			if err := json.Unmarshal(e.Data, &a); err != nil {
				return k, err
			}
			k.answers = append(k.answers, a)
		case progress.KindPassed:
			var p progress.Passed
			if err := json.Unmarshal(e.Data, &p); err != nil {
				return k, err
			}
			k.passed = append(k.passed, p.Lab)
		}
	}
}
