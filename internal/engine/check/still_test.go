package check

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"kubetutor/internal/course"
)

// TestAtRestInAStillCluster waits for no quiet where the cluster has nothing to do.
func TestAtRestInAStillCluster(t *testing.T) {
	t.Parallel()
	still := func(context.Context) (string, bool, error) { return "1", true, nil }
	c := newCluster(t, Options{Still: still}, config(map[string]any{"n": "3"}))
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{Object: settings(), Expect: `object.data.n == "3"`}}}
	began := time.Now()
	v, _, err := c.AtRest(t.Context(), lab, nil, time.Time{}, deadline, 2*deadline)
	if err != nil || v[0].Result != pass || time.Since(began) >= deadline {
		t.Errorf("got %v, %v after %v", v, err, time.Since(began))
	}
}

// TestAtRestWhileSomethingMoves has clusters that are not still: one that says so, one
// in which something is written between two looks, one that cannot tell.
func TestAtRestWhileSomethingMoves(t *testing.T) {
	t.Parallel()
	const moves = 8
	type moving struct {
		*cluster
		looks atomic.Int64
	}
	write := func(c *moving) int64 {
		n := c.looks.Add(1)
		if n <= moves {
			c.update(c.configs(), config(map[string]any{"n": strconv.FormatInt(n, 10)}))
		}
		return min(n, moves)
	}
	tests := map[string]func(c *moving) (string, bool, error){
		"busy":    func(c *moving) (string, bool, error) { return "1", write(c) == moves, nil },
		"written": func(c *moving) (string, bool, error) { return strconv.FormatInt(write(c), 10), true, nil },
		"unknown": func(c *moving) (string, bool, error) {
			if write(c) < moves {
				return "1", true, context.DeadlineExceeded
			}
			return "1", true, nil
		},
	}
	for name, look := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &moving{}
			c.cluster = newCluster(t, Options{Still: func(context.Context) (string, bool, error) { return look(c) }}, config(map[string]any{"n": "0"}))
			lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{Object: settings(), Expect: `object.data.n == "8"`}}}
			v, _, err := c.AtRest(t.Context(), lab, nil, time.Time{}, deadline, 2*deadline)
			if err != nil || v[0].Result != pass {
				t.Errorf("judged while something moved: %v, %v", v, err)
			}
		})
	}
}
