package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
)

const (
	// silence is how long nothing may come from a client, which pings more often.
	silence = time.Minute
	// patience is how long a client may take to greet, and to take a last line.
	patience = 10 * time.Second
	// maxStreams is how many streams a connection may have at once.
	maxStreams = 16
	// waitingCalls is how many calls of a connection may wait for those before them.
	waitingCalls = 16
)

// What a connection may ask for: each question costs its bytes and questionCost.
// Burst is what an evening's work without a connection takes, perSecond more than
// anybody does by hand. Who asks for more is read more slowly.
const (
	questionCost = 4 << 10
	burst        = 4 << 20
	perSecond    = 32 << 10
)

// errLeft says that the client has closed the connection.
var errLeft = errors.New("the client has left")

// ServeSeat lets a client be in a seat until the connection or the context ends,
// and closes the connection. The client is held for hostile: it can do what the
// seat does and nothing else, and costs a bounded amount of memory. The error says
// why it ended, nil where the client left.
func ServeSeat(ctx context.Context, rw io.ReadWriteCloser, seat class.Seat, o Options) error {
	return newServer(rw, seatMethods(seat), false, o).serve(ctx, door.Seat)
}

// ServeChair does the same for an instructor's chair.
func ServeChair(ctx context.Context, rw io.ReadWriteCloser, chair class.Chair, o Options) error {
	return newServer(rw, chairMethods(chair), true, o).serve(ctx, door.Chair)
}

// method is something that a client can ask for. A stream runs beside all others
// and tells pictures, of which a slow client gets the newest; with whole it gets
// all. Anything else is a call.
type method struct {
	stream bool
	whole  bool
	run    func(ctx context.Context, with json.RawMessage, tell func(any) error) error
}

// server is one connection's end.
type server struct {
	rw      io.ReadWriteCloser
	in      lines
	out     *writer
	o       Options
	methods map[string]method
	outside bool // errors without a word are told as they are
	budget  *rate.Limiter
	idle    *time.Timer

	end   context.CancelCauseFunc
	calls chan question
	work  sync.WaitGroup

	mu      sync.Mutex
	newest  uint64 // the greatest ID so far
	streams map[uint64]context.CancelFunc
}

func newServer(rw io.ReadWriteCloser, methods map[string]method, outside bool, o Options) *server {
	methods[doPing] = method{run: func(_ context.Context, _ json.RawMessage, tell func(any) error) error { return tell(pong{o.now()}) }}
	return &server{
		rw: rw, in: newLines(rw, maxQuestion), out: newWriter(rw), o: o, methods: methods, outside: outside,
		budget: rate.NewLimiter(perSecond, burst),
		calls:  make(chan question, waitingCalls), streams: map[uint64]context.CancelFunc{},
	}
}

// serve returns once nothing of the connection is left.
func (s *server) serve(ctx context.Context, speaks string) error {
	ctx, s.end = context.WithCancelCause(ctx)
	stop := context.AfterFunc(ctx, func() { s.rw.Close() })
	s.idle = time.AfterFunc(patience, func() { s.end(errors.New("the client is silent")) })
	err := s.converse(ctx, speaks)
	s.idle.Stop()
	s.end(err)
	stop()
	s.rw.Close()
	s.work.Wait()
	return reason(context.Cause(ctx))
}

// reason is an error of serve; to leave is none.
func reason(err error) error {
	if errors.Is(err, errLeft) {
		return nil
	}
	return fmt.Errorf("serving a client of the class: %w", err)
}

// converse greets and answers until there is a reason to end, of which the client
// is told if it can be.
func (s *server) converse(ctx context.Context, speaks string) error {
	err := s.greet(speaks)
	if err == nil {
		s.work.Go(func() { s.carryOut(ctx) })
		err = s.listen(ctx)
	}
	malformed, version := (*MalformedError)(nil), (*VersionError)(nil)
	if errors.As(err, &malformed) || errors.As(err, &version) {
		s.idle.Reset(patience) // then the connection is closed whether or not the client has read it
		_ = s.out.send(answer{Bye: err.Error()})
	}
	return err
}

// greet reads the client's greeting and answers it, also where the two cannot
// speak: the client then knows as much.
func (s *server) greet(speaks string) error {
	var g greeting
	if err := s.in.next(&g); err != nil {
		return left(err)
	}
	if err := s.out.send(greeting{Speaks: speaks, Protocol: Protocol, Program: s.o.Program}); err != nil {
		return err
	}
	return g.check(speaks)
}

// left says by what a read failed.
func left(err error) error {
	if errors.Is(err, io.EOF) {
		return errLeft
	}
	return err
}

// listen reads questions until the connection ends.
func (s *server) listen(ctx context.Context) error {
	for {
		s.idle.Reset(silence)
		var q question
		if err := s.in.next(&q); err != nil {
			return left(err)
		}
		if err := s.budget.WaitN(ctx, questionCost+len(s.in.Bytes())); err != nil {
			return err
		}
		if err := s.hear(ctx, q); err != nil {
			return err
		}
	}
}

// hear takes one question.
func (s *server) hear(ctx context.Context, q question) error {
	if q.Do == doCancel {
		s.cancel(q.ID)
		return nil
	}
	if q.ID <= s.newest {
		return &MalformedError{"a question with a number that was used before"}
	}
	s.newest = q.ID
	if m := s.methods[q.Do]; m.stream {
		return s.begin(ctx, q, m)
	}
	select {
	case s.calls <- q:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// idleShare is how many times as long as its calls take a client has to wait: so
// events that are told in the most costly order take no more than a quarter of a
// processor.
const idleShare = 3

// carryOut answers calls, one after the other.
func (s *server) carryOut(ctx context.Context) {
	for {
		select {
		case q := <-s.calls:
			began := time.Now()
			s.call(ctx, q)
			rest(ctx, idleShare*time.Since(began))
		case <-ctx.Done():
			return
		}
	}
}

func (s *server) call(ctx context.Context, q question) {
	m, ok := s.methods[q.Do]
	if !ok {
		s.finish(q.ID, nil, errNoSuch)
		return
	}
	var is json.RawMessage
	err := m.run(ctx, q.With, func(v any) (err error) {
		is, err = json.Marshal(v)
		return err
	})
	s.finish(q.ID, is, err)
}

// finish sends a last answer. A malformed question ends the connection.
func (s *server) finish(id uint64, is json.RawMessage, err error) {
	a := answer{ID: id, Is: is, End: true}
	if err != nil {
		a.Is, a.Error = nil, Code(err)
		if s.outside {
			a.Text = class.CleanLines(err.Error(), maxText)
		}
	}
	s.tell(a)
	if malformed := (*MalformedError)(nil); errors.As(err, &malformed) {
		s.tell(answer{Bye: err.Error()})
		s.end(err)
	}
}

// tell sends an answer; where that fails the connection ends.
func (s *server) tell(a answer) {
	if err := s.out.send(a); err != nil {
		s.end(err)
	}
}

// begin starts a stream.
func (s *server) begin(ctx context.Context, q question, m method) error {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.streams) >= maxStreams {
		cancel()
		return &MalformedError{"more streams than anybody needs"}
	}
	s.streams[q.ID] = cancel
	s.work.Go(func() {
		err := s.stream(ctx, q, m)
		s.cancel(q.ID)
		s.finish(q.ID, nil, err)
	})
	return nil
}

// cancel ends a stream, if there is one of this ID.
func (s *server) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.streams[id]; cancel != nil {
		cancel()
		delete(s.streams, id)
	}
}

// stream runs a stream to its end.
func (s *server) stream(ctx context.Context, q question, m method) error {
	if m.whole {
		return m.run(ctx, q.With, func(v any) error { return s.picture(q.ID, v) })
	}
	pictures, done := newLatest[any](), make(chan struct{})
	var painting sync.WaitGroup
	painting.Go(func() { s.paint(q.ID, pictures, done) })
	defer painting.Wait()
	defer close(done)
	return m.run(ctx, q.With, func(v any) error {
		pictures.put(v)
		return ctx.Err()
	})
}

// paint sends pictures as fast as the client takes them, until all is done and the
// last one sent.
func (s *server) paint(id uint64, pictures latest[any], done <-chan struct{}) {
	for {
		select {
		case v := <-pictures:
			s.show(id, v)
			continue
		default:
		}
		select {
		case v := <-pictures:
			s.show(id, v)
		case <-done:
			return
		}
	}
}

// show sends a picture; where that fails the connection ends.
func (s *server) show(id uint64, v any) {
	if err := s.picture(id, v); err != nil {
		s.end(err)
	}
}

// picture sends one answer of a stream. One that is larger than a client takes would
// end the connection, and is left out.
func (s *server) picture(id uint64, v any) error {
	data, err := json.Marshal(v)
	if err != nil || len(data) > maxAnswer-around {
		return err
	}
	return s.out.send(answer{ID: id, Is: data})
}
