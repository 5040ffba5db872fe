package fit

import (
	"context"
	"math"
	"testing"
	"time"
)

// histories reads any bytes as histories: eight bytes a review, and a zero
// byte in front of one that begins the next card.
func historiesOf(b []byte) []History {
	var histories []History
	for ; len(b) >= 8; b = b[8:] {
		if b[0] == 0 || len(histories) == 0 {
			histories = append(histories, nil)
		}
		r := Review{Rating: int(int8(b[1])), Days: daysOf(b[2:6])}
		if b[0]&1 != 0 {
			r.At = time.Unix(int64(int8(b[6]))<<40, int64(b[7]))
		}
		last := &histories[len(histories)-1]
		*last = append(*last, r)
	}
	return histories
}

// daysOf is any float32, numbers that are none among them, but mostly few days.
func daysOf(b []byte) float64 {
	if b[0] < 200 {
		return float64(b[1])
	}
	bits := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	return float64(math.Float32frombits(bits))
}

// FuzzFit gives it any rubbish: there is an error, or a result that is within
// all bounds and not worse than before.
func FuzzFit(f *testing.F) {
	f.Add([]byte("\x00\x03\x00\x00\x00\x00\x00\x00\x01\x03\x00\x02\x00\x00\x01\x00"), 1)
	f.Add([]byte("\x00\x01\x00\x00\x00\x00\x00\x00\x01\x04\xff\xff\xff\x7f\x01\x00"), 300)
	f.Add([]byte("\x00\x09\x00\x00\x00\x00\x00\x00"), 2)
	f.Fuzz(func(t *testing.T, b []byte, times int) {
		var histories []History
		for range min(max(times, 1), 600) {
			histories = append(histories, historiesOf(b[:min(len(b), 160)])...)
		}
		ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
		defer end()
		r, err := Fit(ctx, histories, Options{})
		if ctx.Err() != nil {
			t.Fatal("it takes more than ten seconds")
		}
		if err != nil {
			return
		}
		if !r.Weights.valid() || !(r.Loss <= r.Before) || r.Loss < 0 || math.IsInf(r.Before, 0) {
			t.Errorf("%+v", r)
		}
		m, err := Evaluate(r.Weights, histories)
		if err != nil || m.Loss != r.Loss || !(m.RMSE >= 0 && m.RMSE <= 1) {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
