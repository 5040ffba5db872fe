// Package stress holds programs that use up CPU and memory: stress, stress-ng,
// vish/stress and the resource consumer of Kubernetes. They declare what they
// use to the kernel, so that limits bite while the machine stays cool.
package stress

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// forever is a time that no container lives to see.
const forever = time.Duration(math.MaxInt64)

// slice is how long a load is declared at a time, so that a change of limits
// and an end are noticed.
const slice = 100 * time.Millisecond

// burn loads so many cores until ctx ends or d is over.
func burn(ctx context.Context, p *kernel.Process, cores float64, d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
		if p.Burn(ctx, cores, min(slice, d-time.Since(start))) != nil {
			return
		}
	}
}

// hold takes memory, keeps it for d and gives it back. It reports whether the
// kernel granted it.
func hold(ctx context.Context, p *kernel.Process, bytes int64, d time.Duration) bool {
	if !grow(ctx, p, bytes) {
		return false
	}
	service.Sleep(ctx, d)
	return p.Grow(-bytes) == nil
}

// step is how much is touched at a time: an allocation beyond the limit is
// noticed on the way, as page by page in life.
const step = 8 << 20

func grow(ctx context.Context, p *kernel.Process, bytes int64) bool {
	for done := int64(0); done < bytes; done += step {
		if ctx.Err() != nil || p.Grow(min(step, bytes-done)) != nil {
			return false
		}
		if p.Use(ctx, time.Millisecond) != nil {
			return false
		}
	}
	return true
}

// parseBytes reads "150M", "1G" (powers of two, as stress has them) or "50%" of
// total.
func parseBytes(text string, total int64) (int64, error) {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.ParseFloat(percent, 64)
		return int64(float64(total) * n / 100), err
	}
	number := strings.TrimRight(text, "bBkKmMgGtT")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("invalid size %q", text)
	}
	shift := map[string]int{"": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "kb": 10, "mb": 20, "gb": 30}
	bits, ok := shift[strings.ToLower(text[len(number):])]
	if !ok || n > math.MaxInt64>>bits {
		return 0, fmt.Errorf("invalid size %q", text)
	}
	return n << bits, nil
}

// parseTime reads "60", "60s", "2m", "1h", "1d".
func parseTime(text string) (time.Duration, error) {
	number := strings.TrimRight(text, "smhdy")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("invalid time %q", text)
	}
	unit, ok := map[string]time.Duration{"": time.Second, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[text[len(number):]]
	if !ok || n > float64(forever/unit)/2 {
		return 0, fmt.Errorf("invalid time %q", text)
	}
	return time.Duration(n * float64(unit)), nil
}
