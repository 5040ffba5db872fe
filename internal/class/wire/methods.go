package wire

import (
	"context"
	"encoding/json"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
)

// call makes a method of a function that takes one argument.
func call[T any](read func(json.RawMessage) (T, error), f func(context.Context, T) error) method {
	return method{run: func(ctx context.Context, with json.RawMessage, _ func(any) error) error {
		v, err := read(with)
		if err != nil {
			return err
		}
		return f(ctx, v)
	}}
}

// seatMethods are what a client can ask of a seat.
func seatMethods(s class.Seat) map[string]method {
	return map[string]method{
		doFollow: {stream: true, run: func(ctx context.Context, _ json.RawMessage, tell func(any) error) error {
			return s.Follow(ctx, func(sight class.Sight) error { return tell(sight) })
		}},
		doRaise:    call(parse, s.Raise),
		doRead:     call(parse, s.Read),
		doAllow:    call(parse, func(ctx context.Context, a allowance) error { return s.Allow(ctx, a.Ask, a.Yes) }),
		doRecorded: call(parseEvents, func(ctx context.Context, events []progress.Event) error { return recorded(ctx, s, events) }),
		doChecks:   call(parse, s.Checks),
	}
}

// batcher is a seat that writes several events at once.
type batcher interface {
	RecordedAll(ctx context.Context, events []progress.Event) error
}

func recorded(ctx context.Context, s class.Seat, events []progress.Event) error {
	if all, ok := s.(batcher); ok {
		return all.RecordedAll(ctx, events)
	}
	for _, e := range events {
		if err := s.Recorded(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// chairMethods are what a client can ask of a chair.
func chairMethods(c class.Chair) map[string]method {
	return map[string]method{
		doWatch: {stream: true, run: func(ctx context.Context, _ json.RawMessage, tell func(any) error) error {
			return c.Watch(ctx, func(b class.Board) error { return tell(b) })
		}},
		doOrder: call(parse, c.Do),
		doLook: {stream: true, run: func(ctx context.Context, with json.RawMessage, tell func(any) error) error {
			who, err := parse[class.LearnerID](with)
			if err != nil {
				return err
			}
			return c.Look(ctx, who, func(s class.Screen) error { return tell(s) })
		}},
		doExport: {stream: true, whole: true, run: func(ctx context.Context, with json.RawMessage, tell func(any) error) error {
			format, err := parse[string](with)
			if err != nil {
				return err
			}
			return c.Export(ctx, format, pieces(tell))
		}},
	}
}

// pieces is an io.Writer that tells what is written to it in pieces of a size that
// a line takes.
type pieces func(any) error

const pieceSize = 64 << 10

// Write implements io.Writer.
func (tell pieces) Write(data []byte) (n int, err error) {
	for n < len(data) && err == nil {
		piece := data[n:min(n+pieceSize, len(data))]
		err = tell(piece)
		n += len(piece)
	}
	return n, err
}
