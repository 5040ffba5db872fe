package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The longest lines in bytes. A server takes questions, which are small: the
// largest is a batch of events. A client takes pictures: a screen of 500 columns and
// 200 rows with a colour of its own for each cell has 4 MB.
const (
	maxQuestion = 64 << 10
	maxAnswer   = 5 << 20
	around      = 1 << 10 // more than what stands around the value of either
)

// lines reads lines of a limited length.
type lines struct{ *bufio.Scanner }

func newLines(r io.Reader, limit int) lines {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4<<10), limit)
	s.Split(wholeLine)
	return lines{s}
}

// wholeLine is a bufio.SplitFunc. A line that the end of the stream cut off is none.
func wholeLine(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

// next reads a line into v. The end of the stream is io.EOF.
func (l lines) next(v any) error {
	if !l.Scan() {
		if errors.Is(l.Err(), bufio.ErrTooLong) {
			return &MalformedError{"a line that is too long"}
		}
		if l.Err() != nil {
			return l.Err()
		}
		return io.EOF
	}
	if err := json.Unmarshal(l.Bytes(), v); err != nil {
		return &MalformedError{"a line that is not as it should be"}
	}
	return nil
}

// writer writes lines, each in one piece, for many goroutines. Its lock is a channel:
// those who wait for somebody who reads slowly are then seen to wait, by tests that
// have a clock of their own.
type writer struct {
	turn chan struct{} // takes one: who writes
	w    io.Writer
}

func newWriter(w io.Writer) *writer { return &writer{make(chan struct{}, 1), w} }

func (w *writer) send(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing a line: %w", err)
	}
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	_, err = w.w.Write(append(line, '\n'))
	return err
}

// latest holds the newest of what was put into it.
type latest[T any] chan T

func newLatest[T any]() latest[T] { return make(chan T, 1) }

// put replaces what is there. Only one goroutine may put.
func (l latest[T]) put(v T) {
	for {
		select {
		case l <- v:
			return
		default:
		}
		select {
		case <-l:
		default:
		}
	}
}
