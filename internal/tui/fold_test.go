package tui

import (
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	tests := []struct{ typed, text, found string }{
		{"pod", "Pods and a pod", "Pod|pod"},
		{"Pod", "Pods and a pod", "Pod"},
		{"kubectl get", "run `kubectl` get pv", "kubectl` get"},
		{"get  pv", "kubectl get\n   pv", "get\n   pv"},
		{"持久卷", "一个持久卷申领，持久卷", "持久卷|持久卷"},
		{"ss", "Strasse ssss", "ss|ss|ss"},
		{"İ", "İstanbul", "İ"},
		{"i̇", "İ i̇", "i̇"},
		{" ", "a b", ""},
		{"", "a b", ""},
		{"zz", "a b", ""},
	}
	for _, tt := range tests {
		var found []string
		for _, m := range newPattern(tt.typed).in(tt.text) {
			found = append(found, tt.text[m[0]:m[1]])
		}
		if got := strings.Join(found, "|"); got != tt.found {
			t.Errorf("%q in %q: %q, want %q", tt.typed, tt.text, got, tt.found)
		}
	}
}

func TestMoved(t *testing.T) {
	t.Parallel()
	const text, drawn = "run kubectl get pv now", "run `kubectl get pv` now"
	at, ok := moved(text, drawn, [2]int{4, 18})
	if !ok || drawn[at[0]:at[1]] != "kubectl get pv" {
		t.Errorf("%v, %v", at, ok)
	}
	if _, ok := moved(text, "something else", [2]int{4, 18}); ok {
		t.Error("it is found in another text")
	}
}

// Whatever is found lies within the text, in order and without overlaps.
func FuzzPattern(f *testing.F) {
	f.Add("pod", "Pods and a pod")
	f.Add("卷", "持久卷\n`卷`")
	f.Fuzz(func(t *testing.T, typed, text string) {
		last := 0
		for _, m := range newPattern(typed).in(text) {
			if m[0] < last || m[1] <= m[0] || m[1] > len(text) {
				t.Fatalf("%v after %d in a text of %d bytes", m, last, len(text))
			}
			last = m[1]
		}
	})
}
