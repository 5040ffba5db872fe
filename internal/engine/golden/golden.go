// Package golden chooses evenly without alternating: the fractions of the
// multiples of the golden ratio, a low-discrepancy sequence. It looks random, yet
// of any number of draws in a row each choice gets its share but for a few.
// (Kuipers and Niederreiter, Uniform Distribution of Sequences, 1974, chapter 2.3.)
package golden

import (
	"hash/fnv"
	"math/bits"
	"sync/atomic"
)

// ratio is the fraction of the golden ratio, of 2^64.
const ratio = 0x9E3779B97F4A7C15

// Sequence is one such sequence. It may be drawn from by many at once.
type Sequence struct{ at atomic.Uint64 } // the fraction that comes next, of 2^64

// New begins a sequence at a place that a name and a seed decide.
func New(name string, seed uint64) *Sequence {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	s := &Sequence{}
	s.at.Store((h.Sum64()^seed)*ratio + ratio)
	return s
}

// Next draws a number from 0 up to, but not including, the one given; of 0 it is 0.
func (s *Sequence) Next(below uint64) uint64 { return scale(s.at.Add(ratio)-ratio, below) }

// Peek is what Next would draw, and draws nothing.
func (s *Sequence) Peek(below uint64) uint64 { return scale(s.at.Load(), below) }

func scale(fraction, below uint64) uint64 {
	hi, _ := bits.Mul64(fraction, below)
	return hi
}
