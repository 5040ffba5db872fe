package course

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestDrawIsTheSameForEver(t *testing.T) {
	t.Parallel()
	vars := map[string]Var{
		"bird": {OneOf: []string{"heron", "swift", "crane"}},
		"n":    {Min: 2, Max: 5},
		"big":  {Min: 1, Max: 1 << 30},
	}
	got := Draw(vars, 42)
	want := map[string]string{"bird": "crane", "n": "2", "big": "696086098"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	delete(vars, "bird")
	delete(want, "bird")
	if got := Draw(vars, 42); !maps.Equal(got, want) {
		t.Errorf("without bird: got %v, want %v", got, want)
	}
}

func TestDrawReachesEveryValueAndNoOther(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(400) {
		seen[Draw(map[string]Var{"n": {Min: -1, Max: 2}}, seed)["n"]]++
	}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, []string{"-1", "0", "1", "2"}) {
		t.Errorf("got %v", seen)
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(int64(1), int64(3), uint64(7))
	f.Add(int64(-1<<63), int64(1<<63-1), uint64(7))
	f.Fuzz(func(t *testing.T, low, high int64, seed uint64) {
		if low > high {
			t.Skip()
		}
		got, err := strconv.Atoi(Draw(map[string]Var{"n": {Min: int(low), Max: int(high)}}, seed)["n"])
		if err != nil || int64(got) < low || int64(got) > high {
			t.Errorf("%d..%d: got %d, %v", low, high, got, err)
		}
	})
}

func FuzzSubstitute(f *testing.F) {
	for _, s := range []string{"", "@{bird}", "a @{bird} @{fish} @{", "@{@{bird}}", "@@{bird}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := Substitute(text, nil); got != text {
			t.Errorf("without variables: got %q", got)
		}
		if got := Substitute(text, map[string]string{"bird": "@{bird}"}); got != text {
			t.Errorf("values must not be looked at again: got %q", got)
		}
		if got := Substitute(text, map[string]string{"bird": "x"}); got != strings.ReplaceAll(text, "@{bird}", "x") {
			t.Errorf("%q: got %q", text, got)
		}
	})
}
