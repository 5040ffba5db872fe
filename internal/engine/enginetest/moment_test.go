package enginetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// neverPassesAMix goes to and fro between two states that are half right, with
// one request each. Two watches see each change at different moments, and
// whatever they show meanwhile, both checks never hold at once.
func neverPassesAMix(t *testing.T, c *checked) {
	c.make("configmaps", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"mix","namespace":"default","labels":{"t":"mix"}},"data":{"a":"bad","b":"good"}}`)
	verdicts := c.follow(t,
		course.Check{Object: object("v1", "ConfigMap", "mix"), Expect: `object.data.a == "good"`},
		course.Check{List: &course.ListRef{APIVersion: "v1", Kind: "ConfigMap", LabelSelector: "t=mix"}, Expect: `items.all(c, c.data.b == "good")`})
	see(t, verdicts, fails, passes)
	for i := range 500 {
		a, b := "good", "bad"
		if i%2 == 1 {
			a, b = b, a
		}
		c.set("mix", a, b)
		noPassAmong(t, verdicts)
	}
	c.set("mix", "worse", "worse")
	for last := []protocol.Verdict(nil); !slices.Equal(resultsOf(last), []protocol.Result{fails, fails}); {
		if last = next(t, verdicts); isPassed(last) {
			t.Fatalf("passed on a state that never was: %+v", last)
		}
	}
	var took []time.Duration
	for range 50 {
		began := time.Now()
		c.set("mix", "good", "good")
		see(t, verdicts, passes, passes)
		took = append(took, time.Since(began))
		c.set("mix", "bad", "bad")
		see(t, verdicts, fails, fails)
	}
	slices.Sort(took)
	t.Logf("from a write to the pass of two watches: half within %v, the slowest %v", took[len(took)/2], took[len(took)-1])
	if took[len(took)/2] > 100*time.Millisecond {
		t.Errorf("a pass takes %v", took[len(took)/2])
	}
}

func (c *checked) set(name, a, b string) {
	c.t.Helper()
	c.patch("configmaps", "default", name, fmt.Sprintf(`{"data":{"a":%q,"b":%q}}`, a, b))
}

// noPassAmong reads the verdicts that have come.
func noPassAmong(t *testing.T, verdicts <-chan []protocol.Verdict) {
	t.Helper()
	for {
		select {
		case v := <-verdicts:
			if isPassed(v) {
				t.Fatalf("passed on a state that never was: %+v", v)
			}
		default:
			return
		}
	}
}

func next(t *testing.T, verdicts <-chan []protocol.Verdict) []protocol.Verdict {
	t.Helper()
	select {
	case v := <-verdicts:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("no verdict came")
		return nil
	}
}

func isPassed(verdicts []protocol.Verdict) bool {
	return !slices.ContainsFunc(resultsOf(verdicts), func(r protocol.Result) bool { return r != passes })
}

func resultsOf(verdicts []protocol.Verdict) (results []protocol.Result) {
	for _, v := range verdicts {
		results = append(results, v.Result)
	}
	return results
}
