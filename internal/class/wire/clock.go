package wire

import (
	"sync"
	"time"
)

// clock tells what a server's clock says. Of the last samples it takes the one that
// travelled fastest, as NTP's clock filter does (RFC 5905, section 10): what a
// sample can be wrong by is half of its way.
type clock struct {
	mu      sync.Mutex
	samples []sample // the newest last
}

type sample struct{ skew, way time.Duration }

const samplesKept = 8

// compare notes that a question was sent and answered here at two times, and that
// the server's clock said there in between.
func (k *clock) compare(sent, there, answered time.Time) {
	way := answered.Sub(sent)
	k.mu.Lock()
	defer k.mu.Unlock()
	// Round takes readings of the monotonic clock away, which the other has not.
	k.samples = append(k.samples, sample{skew: there.Sub(sent.Round(0)) - way/2, way: way})
	k.samples = k.samples[max(0, len(k.samples)-samplesKept):]
}

// skew is what to add to this machine's clock to have the server's.
func (k *clock) skew() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.samples) == 0 {
		return 0
	}
	best := k.samples[0]
	for _, s := range k.samples {
		if s.way < best.way {
			best = s
		}
	}
	return best.skew
}
