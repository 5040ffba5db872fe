package check

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// reacting is a lab whose hints depend on the cluster.
func reacting() *course.Lab {
	return &course.Lab{
		ID: "l", Namespace: "shop",
		Checks: []course.Check{
			{ID: "exists", Object: settings()},
			{ID: "port", Object: settings(), Expect: `object.data.port == vars.port`},
		},
		Hints: []course.Hint{
			{EN: "always"},
			{EN: "wrong port", When: `checks["exists"] == "pass" && checks.port == "fail"`},
			{EN: "a comma", When: `made.data.port.contains(",")`, With: map[string]course.ObjectRef{"made": {APIVersion: "v1", Kind: "ConfigMap", Name: "@{name}"}}},
			{EN: "nothing made", When: `made == null`, With: map[string]course.ObjectRef{"made": *settings()}},
			{EN: "broken", When: `checks["none"] == "fail"`},
			{EN: "high port", When: `vars.port == "8888" && checks.port != "pass"`},
		},
	}
}

// offers waits until the hints with a condition that holds are those wanted.
func offers(t *testing.T, hints <-chan []int, want ...int) {
	t.Helper()
	limit := time.After(deadline)
	var last []int
	for {
		select {
		case last = <-hints:
			if slices.Equal(last, want) {
				return
			}
		case <-limit:
			t.Fatalf("offered %v, wanted %v", last, want)
		}
	}
}

func TestHintsFollowTheCluster(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	vars := map[string]string{"port": "8888", "name": "settings"}
	ctx, cancel := context.WithCancel(t.Context())
	hints, done := make(chan []int, 100), make(chan error, 1)
	go func() {
		done <- c.Follow(ctx, reacting(), vars, time.Time{}, false, func(_ []protocol.Verdict, h []int) { hints <- h })
	}()
	offers(t, hints, 4, 6)
	c.create(c.configs(), config(map[string]any{"port": "80"}))
	offers(t, hints, 2, 6)
	c.update(c.configs(), config(map[string]any{"port": "80,8888"}))
	offers(t, hints, 2, 3, 6)
	c.update(c.configs(), config(map[string]any{"port": "8888"}))
	offers(t, hints)
	c.must(c.objects.Resource(c.configs()).Namespace("shop").Delete(t.Context(), "settings", metav1.DeleteOptions{}))
	offers(t, hints, 4, 6)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestHintsChangeWithoutVerdicts: an object that no check looks at is watched for
// the hints alone.
func TestHintsChangeWithoutVerdicts(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{ID: "pod", Object: &course.ObjectRef{APIVersion: "v1", Kind: "Pod", Name: "web"}}},
		Hints: []course.Hint{{When: `made != null`, With: map[string]course.ObjectRef{"made": *settings()}}}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hints := make(chan []int, 100)
	go func() {
		_ = c.Follow(ctx, lab, nil, time.Time{}, false, func(_ []protocol.Verdict, h []int) { hints <- h })
	}()
	offers(t, hints)
	c.create(c.configs(), config(nil))
	offers(t, hints, 1)
	if _, at, err := c.AtRest(ctx, lab, nil, time.Time{}, 20*time.Millisecond, deadline); err != nil || !slices.Equal(at, []int{1}) {
		t.Errorf("at rest: %v, %v", at, err)
	}
}

func TestHintsThatDoNotCompile(t *testing.T) {
	t.Parallel()
	made := map[string]course.ObjectRef{"made": *settings()}
	for name, tc := range map[string]struct {
		hint course.Hint
		key  string // "" where it is fine
		says string
	}{
		"no condition":     {course.Hint{EN: "x"}, "", ""},
		"fine":             {course.Hint{When: `checks["bound"] == "fail" && made.metadata.name == vars.bird`, With: made}, "", ""},
		"any check":        {course.Hint{When: `checks.exists(c, checks[c] == "waiting")`}, "", ""},
		"syntax":           {course.Hint{When: `checks["bound"] ==`}, "when", "Syntax error"},
		"not a condition":  {course.Hint{When: `checks["bound"]`}, "when", "wanted bool"},
		"unknown name":     {course.Hint{When: `made.metadata.name == "x"`}, "when", "undeclared reference to 'made'"},
		"no such check":    {course.Hint{When: `checks.bond == "fail"`}, "when", `the lab has no check "bond"`},
		"no such variable": {course.Hint{When: `vars.fish == "1"`}, "when", `the lab has no variable "fish"`},
		"taken name":       {course.Hint{When: `true`, With: map[string]course.ObjectRef{"checks": *settings()}}, "with", "cannot be a name"},
		"no kind":          {course.Hint{When: `true`, With: map[string]course.ObjectRef{"made": {Name: "x"}}}, "with", "apiVersion and kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := CompileHints([]course.Hint{{EN: "first"}, tc.hint}, []string{"bound"}, []string{"bird"})
			if tc.key == "" {
				if len(faults) > 0 {
					t.Errorf("got %+v", faults)
				}
				return
			}
			if len(faults) != 1 || faults[0].Hint != 2 || faults[0].Key != tc.key || !strings.Contains(faults[0].Reason.EN, tc.says) {
				t.Errorf("got %+v", faults)
			}
		})
	}
}
