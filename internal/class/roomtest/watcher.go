package roomtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
)

// watcher is an instructor who looks at everything and does everything.
type watcher struct {
	chair class.Chair
	plan  []*course.Lesson
	rand  *rand.Rand
	pause time.Duration

	mu     sync.Mutex
	board  class.Board
	boards int
	lost   int // times that the class could not be reached
	orders map[class.OrderKind]int
	looks  int // that brought a picture
	refuse int // that were declined
	faults []string
}

func newWatcher(n int, seed uint64, chair class.Chair, plan []*course.Lesson, pause time.Duration) *watcher {
	return &watcher{chair: chair, plan: plan, rand: rand.New(rand.NewPCG(seed, 1<<32+uint64(n))), pause: pause, orders: map[class.OrderKind]int{}}
}

// run watches and gives orders until the context ends.
func (w *watcher) run(ctx context.Context) {
	var watching sync.WaitGroup
	watching.Go(func() {
		if err := w.chair.Watch(ctx, w.saw); err != nil && ctx.Err() == nil {
			w.fault("watching: %v", err)
		}
	})
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(w.rand.ExpFloat64() * float64(w.pause))):
			w.act(ctx)
		}
	}
	watching.Wait()
}

func (w *watcher) saw(b class.Board) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.Lost && !w.board.Lost {
		w.lost++
	}
	w.board = b
	w.boards++
	return nil
}

func (w *watcher) seen() class.Board {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.board
}

func (w *watcher) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// act gives an order, or looks at somebody's screen.
func (w *watcher) act(ctx context.Context) {
	board := w.seen()
	if board.Lost || len(board.Rows) == 0 {
		return
	}
	for _, a := range board.Asking {
		w.do(ctx, class.Order{Kind: class.OrderAdmit, ID: a.ID, Yes: true})
	}
	row := board.Rows[w.rand.IntN(len(board.Rows))]
	if w.rand.IntN(5) == 0 && row.Here {
		w.look(ctx, row.Learner)
		return
	}
	w.do(ctx, w.order(row))
}

func (w *watcher) do(ctx context.Context, o class.Order) {
	switch err := w.chair.Do(ctx, o); {
	case errors.Is(err, class.ErrLost), ctx.Err() != nil:
	case err != nil:
		w.fault("%s: %v", o.Kind, err)
	default:
		w.mu.Lock()
		w.orders[o.Kind]++
		w.mu.Unlock()
	}
}

// order is one at random. What it locks it opens again next, lest nobody can go on.
func (w *watcher) order(row class.Row) class.Order {
	to := []class.LearnerID{row.Learner}
	if w.rand.IntN(4) == 0 {
		to = nil
	}
	if locked := w.seen().Locked; len(locked) > 0 {
		return class.Order{Kind: class.OrderOpen, Place: &locked[0]}
	}
	if w.seen().Countdown == nil {
		return class.Order{Kind: class.OrderTime, Time: time.Minute, Text: "this page"}
	}
	place := &class.Place{Lesson: w.plan[w.rand.IntN(len(w.plan))].ID}
	return []class.Order{
		{Kind: class.OrderSend, To: to, Message: &class.Message{Kind: class.MessageText, Text: "Have a look at the second page, 第二页。"}},
		{Kind: class.OrderSend, To: to, Message: &class.Message{Kind: class.MessageCommand, Text: "kubectl get pods"}},
		{Kind: class.OrderLower, To: to},
		{Kind: class.OrderLock, Place: place},
		{Kind: class.OrderRecall, To: []class.LearnerID{row.Learner}, Place: place},
		{Kind: class.OrderTime},
		{Kind: class.OrderExtend, Time: 30 * time.Second},
		{Kind: class.OrderAttend, To: []class.LearnerID{row.Learner}, Yes: true},
		{Kind: class.OrderNote, To: []class.LearnerID{row.Learner}, Text: "noted"},
	}[w.rand.IntN(9)]
}

// look looks at a learner's screen for a while, if they allow it.
func (w *watcher) look(ctx context.Context, who class.LearnerID) {
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	pictures := 0
	err := w.chair.Look(ctx, who, func(class.Screen) error { pictures++; return nil })
	w.mu.Lock()
	defer w.mu.Unlock()
	if pictures > 0 {
		w.looks++
	}
	if errors.Is(err, class.ErrDeclined) {
		w.refuse++
	}
}
