// Package queue is a queue of bytes of limited size, for pipes and connections in memory.
package queue

// Bytes is a queue of bytes. The zero value is empty. It has no lock.
type Bytes struct {
	buf []byte
	off int
}

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
	if len(b) > cap(q.buf)-len(q.buf) && q.off > 0 {
		q.buf = q.buf[:copy(q.buf, q.buf[q.off:])]
		q.off = 0
	}
	q.buf = append(q.buf, b...)
	return len(b)
}

// Drop empties the queue and gives its memory back.
func (q *Bytes) Drop() { *q = Bytes{} }
