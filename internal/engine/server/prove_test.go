package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

func TestStepsOfAProof(t *testing.T) {
	t.Parallel()
	misses := []course.NearMiss{{Script: "a"}, {Script: "b"}, {Script: "c"}, {Script: "d"}}
	vars := map[string]course.Var{"v": {OneOf: []string{"x", "y"}}}
	tests := []struct {
		name string
		req  protocol.Prove
		want string
	}{
		{"without variables", protocol.Prove{Lab: course.Lab{NearMisses: misses[:2]}, Seeds: []uint64{1, 2, 3}, ByTurns: true},
			"untouched1 solution1 a1 b1"},
		{"without seeds", protocol.Prove{Lab: course.Lab{Vars: vars, NearMisses: misses[:1]}}, "untouched1 solution1 a1"},
		{"every seed", protocol.Prove{Lab: course.Lab{Vars: vars, NearMisses: misses[:2]}, Seeds: []uint64{4, 5}},
			"untouched4 solution4 a4 b4 untouched5 solution5 a5 b5"},
		{"by turns", protocol.Prove{Lab: course.Lab{Vars: vars, NearMisses: misses}, Seeds: []uint64{1, 2, 3}, ByTurns: true},
			"untouched1 solution1 a1 d1 untouched2 solution2 b2 untouched3 solution3 c3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range proofs(&test.req) {
				got = append(got, fmt.Sprint(p.step, p.seed))
				if p.goesOn != (p.step == "solution") {
					t.Errorf("%s goes on: %v", p.step, p.goesOn)
				}
			}
			if text := strings.Join(got, " "); text != test.want {
				t.Errorf("the steps are %s, want %s", text, test.want)
			}
		})
	}
}

// TestSolutionGoesOnFromUntouched counts how often the lab is laid out: a step in
// which nothing ran leaves it as it was.
func TestSolutionGoesOnFromUntouched(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	scripts := map[string]func() (string, int){
		"b.console":     func() (string, int) { w.judge(protocol.Fail, protocol.Fail); return "", 0 },
		"solve.console": func() (string, int) { w.judge(protocol.Pass, protocol.Pass); return "", 0 },
		"miss.console":  func() (string, int) { w.judge(protocol.Pass, protocol.Fail); return "", 0 },
	}
	d := startDaemon(t, w, state, sockets, func(o *Options) { o.Console = &fakeConsole{world: w, scripts: scripts} })
	d.up()
	stages := map[string][]string{}
	err := lines(t.Context(), d, protocol.VerbProve, protocol.Prove{Lab: shopLab().Lab, Seeds: []uint64{1, 2}, ByTurns: true}, func(p protocol.ProofStep) bool {
		for _, s := range p.Stages {
			stages[p.Step] = append(stages[p.Step], s.ID)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	start := []string{"baseline", "setup", "settled"}
	want := map[string][]string{
		"untouched": slices.Concat(start, []string{"rest"}, start, []string{"rest"}),
		"solution":  {"script", "rest", "script", "rest"}, "miss.console": append(start, "script", "rest"),
	}
	if fmt.Sprint(stages) != fmt.Sprint(want) {
		t.Errorf("the stages are\n%v, want\n%v", stages, want)
	}
	resets := 0
	for _, line := range w.done() {
		if line == "reset" {
			resets++
		}
	}
	if resets != 4 { // of three beginnings, and at the end
		t.Errorf("%d resets", resets)
	}
}
