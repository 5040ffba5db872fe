package anki

import (
	"encoding/json"
	"math"
	"time"
)

// memory is the JSON of a card's column data; see
// rslib/src/storage/card/data.rs of ankitects/anki.
type memory struct {
	Stability  float64 `json:"s,omitempty"`
	Difficulty float64 `json:"d,omitempty"`
	Retention  float64 `json:"dr,omitempty"`
	Decay      float64 `json:"decay,omitempty"`
	Last       int64   `json:"lrt,omitempty"` // second of the last rating
}

func memoryOf(c Card) memory {
	m := memory{Stability: places(c.Stability, 4), Difficulty: places(c.Difficulty, 3), Retention: places(c.Retention, 2)}
	if !c.Last.IsZero() {
		m.Last = c.Last.Unix()
	}
	return m
}

func places(v float64, n int) float64 {
	f := math.Pow10(n)
	return math.Round(v*f) / f
}

// remember reads the column data. What cannot be is as if it was not there, as
// in Anki.
func (c *Card) remember(data string, now time.Time) {
	var m memory
	if json.Unmarshal([]byte(data), &m) != nil {
		return
	}
	if between(m.Stability, 0.001, 36500) && between(m.Difficulty, 1, 10) {
		c.Stability, c.Difficulty = m.Stability, m.Difficulty
	}
	if between(m.Retention, 0.5, 1) {
		c.Retention = m.Retention
	}
	if last := time.Unix(m.Last, 0); !last.Before(earliest) && !last.After(now) {
		c.Last = last
	}
}

func between(v, least, most float64) bool { return v >= least && v <= most }
