package transcript

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestReadWhileWritten(t *testing.T) {
	t.Parallel()
	var b Buffer
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			for range 100 {
				fmt.Fprintf(&b, "writer %d\n", i)
			}
		})
	}
	for last := 0; last < 8*100; { // what was read stays, and only whole lines are there
		lines := strings.SplitAfter(b.String(), "\n")
		if rest := lines[len(lines)-1]; rest != "" || len(lines)-1 < last {
			t.Fatalf("%d lines after %d, and %q", len(lines)-1, last, rest)
		}
		last = len(lines) - 1
	}
	writers.Wait()
}
