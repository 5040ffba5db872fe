package settings_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/settings"
)

func TestLoadReview(t *testing.T) {
	t.Parallel()
	f := settings.Load(file(t, `
review:
  new: 15
  limit: 0
  labs: 1
  retention: 0.85
  steps: [30s, 10m, 1h30m]
  relearning: []
  rollover: 0
  leech: 0
  bury: false
`), vocabulary())
	r := f.Review
	if len(f.Faults) > 0 {
		t.Fatalf("faults: %+v", f.Faults)
	}
	if *r.New != 15 || *r.Limit != 0 || *r.Labs != 1 || *r.Retention != 0.85 || *r.Rollover != 0 || *r.Leech != 0 || *r.Bury {
		t.Errorf("read %+v", r)
	}
	if !slices.Equal(r.Steps, settings.Steps{30 * time.Second, 10 * time.Minute, 90 * time.Minute}) || r.Relearning == nil || len(r.Relearning) > 0 {
		t.Errorf("steps %v, relearning %v", r.Steps, r.Relearning)
	}
	if got := strings.Join(r.Steps.Texts(), " "); got != "30s 10m 1h30m" {
		t.Errorf("the steps are written %s", got)
	}
	one := settings.Load(file(t, "review: {steps: 10m, retention: 0.7, new: 9999, rollover: 23}\n"), vocabulary())
	if len(one.Faults) > 0 || !slices.Equal(one.Review.Steps, settings.Steps{10 * time.Minute}) || one.Review.Relearning != nil {
		t.Errorf("read %+v, %+v", one.Review, one.Faults)
	}
}

func TestFaultsOfReview(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"review: 3\n":                                           "1:9 not-mapping",
		"review:\n  neww: 3\n":                                  "2:3 unknown-key",
		"review:\n  new: 3\n  new: 4\n":                         "3:3 twice",
		"review: {new: many}\n":                                 "1:15 not-number",
		"review: {new: '3'}\n":                                  "1:15 not-number",
		"review: {new: -1}\n":                                   "1:15 out-of-range",
		"review: {new: 2.5}\n":                                  "1:15 not-whole",
		"review: {new: }\n":                                     "1:15 not-number",
		"review: {retention: 0.98}\n":                           "1:21 out-of-range",
		"review: {retention: 0.69}\n":                           "1:21 out-of-range",
		"review: {retention: .nan}\n":                           "1:21 out-of-range",
		"review: {retention: 90%}\n":                            "1:21 not-number",
		"review: {rollover: 24}\n":                              "1:20 out-of-range",
		"review: {leech: 100}\n":                                "1:17 out-of-range",
		"review: {labs: 21}\n":                                  "1:16 out-of-range",
		"review: {bury: 1}\n":                                   "1:16 not-bool",
		"review: {steps: [1m, soon]}\n":                         "1:22 not-step",
		"review: {steps: [24h]}\n":                              "1:18 not-step",
		"review: {steps: [10]}\n":                               "1:18 not-step",
		"review: {relearning: [0s]}\n":                          "1:23 not-step",
		"review: {steps: {a: b}}\n":                             "1:17 not-list",
		"review: {steps: [[1m]]}\n":                             "1:18 not-text",
		"review: {steps: [1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m]}\n": "1:17 too-many",
	} {
		f := settings.Load(file(t, text), vocabulary())
		var got []string
		for _, fault := range f.Faults {
			got = append(got, fmt.Sprintf("%d:%d %s", fault.Line, fault.Column, fault.What))
			for _, l := range course.Langs {
				if words := fault.Message(l); strings.Contains(words, "%!") {
					t.Errorf("%s: %q", l, words)
				}
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
}

// What is wrong takes nothing else with it.
func TestTheRestOfReviewCounts(t *testing.T) {
	t.Parallel()
	r := settings.Load(file(t, "review: {new: -1, limit: 50, steps: [x], relearning: [5m]}\n"), vocabulary()).Review
	if r.New != nil || *r.Limit != 50 || r.Steps != nil || len(r.Relearning) != 1 {
		t.Errorf("read %+v", r)
	}
}

func TestUpdateReview(t *testing.T) {
	t.Parallel()
	path := file(t, "# mine\ntheme: dark\n")
	for _, tt := range []struct {
		edit settings.Edit
		want string
	}{
		{settings.Edit{Key: "review.retention", Values: []string{"0.92"}}, "review:\n  retention: 0.92\n"},
		{settings.Edit{Key: "review.new", Values: []string{"20"}}, "  retention: 0.92\n  new: 20\n"},
		{settings.Edit{Key: "review.steps", Values: []string{"1m", "15m"}}, "  steps: [1m, 15m]\n"},
		{settings.Edit{Key: "review.relearning", Values: []string{settings.None}}, "  relearning: []\n"},
		{settings.Edit{Key: "review.bury", Values: []string{"false"}}, "  bury: false\n"},
		{settings.Edit{Key: "review.retention"}, "review:\n  new: 20\n"},
	} {
		f, err := settings.Update(path, vocabulary(), tt.edit)
		if err != nil || len(f.Faults) > 0 {
			t.Fatalf("%+v: %v, %+v", tt.edit, err, f)
		}
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), tt.want) || !strings.HasPrefix(string(text), "# mine\n") {
			t.Errorf("%+v: %v\n%s", tt.edit, err, text)
		}
	}
	for key, value := range map[string]string{"review.retention": "0.99", "review.new": "many", "review.steps": "2d", "review.sleep": "1", "review.bury": "yes", "review.leech": "NaN", "review.limit": "0x10f"} {
		var fault *settings.FaultError
		if _, err := settings.Update(path, vocabulary(), settings.Edit{Key: key, Values: []string{value}}); !errors.As(err, &fault) || fault.Key != key {
			t.Errorf("%s %s: %v", key, value, err)
		}
	}
}

// The keys, their ranges and the schema say the same.
func TestSchemaHasTheRangesOfReview(t *testing.T) {
	t.Parallel()
	_, document := schema(t)
	defs := document["$defs"].(map[string]any)["review"].(map[string]any)["properties"].(map[string]any)
	var names []string
	for name, v := range defs {
		p := v.(map[string]any)
		names = append(names, "review."+name)
		r, ok := settings.ReviewRange("review." + name)
		if _, has := p["minimum"]; has != ok {
			t.Errorf("%s: the schema has a range: %v, the settings: %v", name, has, ok)
		}
		if ok && (fmt.Sprint(p["minimum"]) != fmt.Sprint(r.Low) || fmt.Sprint(p["maximum"]) != fmt.Sprint(r.High)) {
			t.Errorf("%s: the schema has %v to %v, the settings %+v", name, p["minimum"], p["maximum"], r)
		}
		if p["description"] == nil && p["$ref"] == nil {
			t.Errorf("%s is not described", name)
		}
	}
	want := slices.Sorted(slices.Values(settings.ReviewKeys()))
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("the schema has %v, the settings %v", names, want)
	}
}
