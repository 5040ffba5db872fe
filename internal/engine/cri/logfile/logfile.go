// Package logfile writes the output of a container in the format that the
// kubelet reads (k8s.io/cri-client/pkg/logs):
//
//	2026-11-21T02:30:00.123456789Z stdout F a whole line
//	2026-11-21T02:30:00.123456789Z stderr P the first 16 KiB of a longer one
//
// The kubelet rotates: it renames the file and calls [File.Reopen]. Because it
// looks only every ten seconds, a writer is slowed down beyond [Limits.Rate],
// and what would make one file larger than [Limits.Size] is dropped, as on a
// full disk.
package logfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// MaxLine is the length in bytes at which a line is cut into parts; it is
// containerd's default.
const MaxLine = 16 << 10

// Limits keep a container that never stops talking from filling the disk.
type Limits struct {
	Rate  int   // bytes a second that a container may write in the long run
	Burst int   // bytes that it may write at once
	Size  int64 // bytes of one file, beyond which output is lost until the file is rotated
}

// DefaultLimits let a container write 10 MiB between two looks of the kubelet,
// which is the size at which it rotates.
func DefaultLimits() Limits { return Limits{Rate: 1 << 20, Burst: 4 << 20, Size: 64 << 20} }

// File is the log of one run of a container. It is safe for concurrent use.
type File struct {
	path   string
	limits Limits
	now    func() time.Time
	pace   *rate.Limiter
	ended  context.Context
	end    context.CancelFunc
	lost   atomic.Int64

	mu   sync.Mutex
	file *os.File // nil once it is closed
	size int64
}

// Open opens the log at path for appending and makes its directory. An empty
// path gives a log that keeps nothing.
func Open(path string, limits Limits, now func() time.Time) (*File, error) {
	f := &File{path: path, limits: limits, now: now, pace: rate.NewLimiter(rate.Limit(limits.Rate), limits.Burst)}
	f.ended, f.end = context.WithCancel(context.Background())
	if path == "" {
		return f, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making the log's directory: %w", err)
	}
	return f, f.Reopen()
}

// Reopen makes the file at the log's path the one that is written: after the
// old one was renamed, a new one. On an error the old one stays in use.
func (f *File) Reopen() error {
	if f.path == "" {
		return nil
	}
	next, size, err := openAppend(f.path)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended.Err() != nil {
		return errors.Join(os.ErrClosed, next.Close())
	}
	if f.file != nil {
		f.file.Close()
	}
	f.file, f.size = next, size
	return nil
}

func openAppend(path string) (*os.File, int64, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// Close ends the log. Writers that wait are let go, and what is written later
// is lost. Close the streams first, or the ends of unfinished lines are lost.
func (f *File) Close() error {
	f.end()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// Lost is the number of bytes that found no room.
func (f *File) Lost() int64 { return f.lost.Load() }

// Hurry lets the writers go on without a pace: the container is being killed,
// and its last words should not keep it.
func (f *File) Hurry() { f.end() }

// append waits for the pace and writes entries, which are whole.
func (f *File) append(entries []byte) {
	f.wait(len(entries))
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path == "" {
		return
	}
	if f.file == nil || f.size+int64(len(entries)) > f.limits.Size {
		f.lost.Add(int64(len(entries)))
		return
	}
	n, err := f.file.Write(entries)
	f.size += int64(n)
	if err != nil {
		f.lost.Add(int64(len(entries) - n))
	}
}

// wait returns when the pace allows n bytes more, or the log has ended.
func (f *File) wait(n int) {
	for n > 0 && f.ended.Err() == nil {
		some := min(n, f.limits.Burst)
		_ = f.pace.WaitN(f.ended, some) // fails only when the log ends
		n -= some
	}
}

// Stream is one of a container's outputs: an [io.Writer] that cuts what it gets
// into entries. It is safe for concurrent use.
type Stream struct {
	file *File
	name string

	mu      sync.Mutex
	part    []byte // the beginning of an unfinished line
	entries bytes.Buffer
}

// Stream returns the output called name: "stdout" or "stderr".
func (f *File) Stream(name string) *Stream { return &Stream{file: f, name: name} }

// Write appends p to the log. It always takes all of p: a container does not
// learn that its log cannot be kept.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		s.part = append(s.part, line...)
		s.cut()
		if whole {
			s.entry("F", bytes.TrimSuffix(s.part, []byte{'\r'}))
			s.part = s.part[:0]
		}
		rest = after
	}
	s.flush()
	return len(p), nil
}

// Close writes the unfinished line that may be left, as a part. The file stays
// open.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.part) > 0 {
		s.entry("P", s.part)
		s.part = nil
	}
	s.flush()
	return nil
}

// cut writes parts until what is left of the line fits into one entry.
func (s *Stream) cut() {
	for len(s.part) > MaxLine {
		s.entry("P", s.part[:MaxLine])
		s.part = append(s.part[:0], s.part[MaxLine:]...)
	}
}

// entry adds one entry to those that the next flush writes. So that a single
// huge write needs no memory of its size, entries are flushed in between.
func (s *Stream) entry(tag string, text []byte) {
	b := s.file.now().AppendFormat(s.entries.AvailableBuffer(), time.RFC3339Nano)
	s.entries.Write(b)
	s.entries.WriteString(" " + s.name + " " + tag + " ")
	s.entries.Write(text)
	s.entries.WriteByte('\n')
	if s.entries.Len() > 4*MaxLine {
		s.flush()
	}
}

func (s *Stream) flush() {
	if s.entries.Len() == 0 {
		return
	}
	s.file.append(s.entries.Bytes())
	s.entries.Reset()
}
