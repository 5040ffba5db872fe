// Package queue is a queue of bytes of limited size, for pipes and connections in memory.
package queue

import "sync"

// Bytes is a queue of bytes. The zero value is empty. It has no lock.
type Bytes struct {
	Pool *Pool // where memory comes from and goes back to; nil: none
	buf  []byte
	off  int
}

// Pool is memory that queues of many connections share: of those that are open, few have bytes waiting. The zero value is empty.
type Pool struct{ buffers sync.Pool }

// kept is how much memory an empty queue may hold, in bytes.
const kept = 4 << 10

// Len is how many bytes wait.
func (q *Bytes) Len() int { return len(q.buf) - q.off }

// Read takes bytes out.
func (q *Bytes) Read(b []byte) int {
	n := copy(b, q.buf[q.off:])
	if q.off += n; q.off == len(q.buf) {
		q.buf, q.off = q.buf[:0], 0
	}
	return n
}

// Write puts as much of b in as leaves at most limit bytes waiting.
func (q *Bytes) Write(b []byte, limit int) int {
	b = b[:min(len(b), max(0, limit-q.Len()))]
	if q.buf == nil && len(b) > kept && q.Pool != nil {
		if lent, ok := q.Pool.buffers.Get().(*[]byte); ok {
			q.buf = *lent
		}
	}
	if len(b) > cap(q.buf)-len(q.buf) && q.off > 0 {
		q.buf = q.buf[:copy(q.buf, q.buf[q.off:])]
		q.off = 0
	}
	q.buf = append(q.buf, b...)
	return len(b)
}

// Drop empties the queue and gives its memory back.
func (q *Bytes) Drop() {
	if q.Pool != nil && cap(q.buf) > kept {
		lent := q.buf[:0]
		q.Pool.buffers.Put(&lent)
	}
	q.buf, q.off = nil, 0
}

// Rest is called when nothing happens: an empty queue gives back what it has grown to.
func (q *Bytes) Rest() {
	if q.Len() == 0 && cap(q.buf) > kept {
		q.Drop()
	}
}
