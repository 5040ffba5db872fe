package roomtest

import (
	"strings"
	"testing"
	"time"

	"kubetutor/internal/progress"
)

// TestSettle holds which differences between a learner's ledger and a store are
// faults.
func TestSettle(t *testing.T) {
	t.Parallel()
	shown := func(q string, right bool) given { return given{question: q, shown: true, right: right} }
	unseen := func(q string) given { return given{question: q} }
	stored := func(q string, right bool) progress.Answer { return progress.Answer{Question: q, Right: right} }
	tests := []struct {
		name   string
		given  []given
		stored []progress.Answer
		fault  string
	}{
		{"as shown", []given{shown("a", true), shown("b", false)}, []progress.Answer{stored("a", true), stored("b", false)}, ""},
		{"lost", []given{shown("a", true), shown("b", false)}, []progress.Answer{stored("a", true)}, "lost, or"},
		{"lost before another", []given{shown("a", true), shown("b", false)}, []progress.Answer{stored("b", false)}, "otherwise"},
		{"twice", []given{shown("a", true)}, []progress.Answer{stored("a", true), stored("a", true)}, "given once less"},
		{"otherwise than shown", []given{shown("a", true)}, []progress.Answer{stored("a", false)}, "otherwise"},
		{"the connection broke before the verdict, and it is stored", []given{unseen("a"), shown("b", true)}, []progress.Answer{stored("a", false), stored("b", true)}, ""},
		{"the connection broke before it came", []given{unseen("a"), shown("b", true)}, []progress.Answer{stored("b", true)}, ""},
		{"asked again after the connection broke", []given{shown("b", true), unseen("a"), shown("a", true)}, []progress.Answer{stored("b", true), stored("a", true)}, ""},
		{"that one stored twice", []given{unseen("a"), shown("b", true)}, []progress.Answer{stored("a", true), stored("a", true), stored("b", true)}, "given once less"},
		{"by nobody", nil, []progress.Answer{stored("a", true)}, "by nobody"},
	}
	for _, tt := range tests {
		l := ledger{answers: tt.given}
		faults := strings.Join(l.settle(tt.stored, nil), "\n")
		if tt.fault == "" && faults != "" || !strings.Contains(faults, tt.fault) {
			t.Errorf("%s: %q", tt.name, faults)
		}
	}
}

// TestLabsOfALedger holds that a lab whose end was seen must be stored.
func TestLabsOfALedger(t *testing.T) {
	t.Parallel()
	l := ledger{}
	l.pass("lesson/lab")
	if faults := l.settle(nil, []string{"lesson/lab"}); len(faults) > 0 {
		t.Error(faults)
	}
	if faults := l.settle(nil, []string{"lesson/other"}); len(faults) != 1 {
		t.Error(faults)
	}
}

// TestLatency holds which durations the percentiles are.
func TestLatency(t *testing.T) {
	t.Parallel()
	var list []time.Duration
	for n := range 200 {
		list = append(list, time.Duration(200-n)*time.Millisecond)
	}
	want := Latency{200, 100 * time.Millisecond, 190 * time.Millisecond, 198 * time.Millisecond, 200 * time.Millisecond}
	if got := latency(list); got != want {
		t.Errorf("%+v", got)
	}
	if got := latency(list[:1]); got.P50 != got.Max || got.P99 != got.Max {
		t.Errorf("of one: %+v", got)
	}
	if got := latency(nil); got != (Latency{}) {
		t.Errorf("of none: %+v", got)
	}
}
