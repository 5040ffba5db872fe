package tui

import (
	"testing"
	"time"
)

// TestKeyGuard plays keys after enter has, at 0, brought something to the screen.
func TestKeyGuard(t *testing.T) {
	t.Parallel()
	type press struct {
		key   string
		at    time.Duration
		stray bool
	}
	const ms = time.Millisecond
	held := []press{{"enter", 500 * ms, true}}
	for at := 530 * ms; at < 5*time.Second; at += 30 * ms {
		held = append(held, press{"enter", at, true})
	}
	held = append(held, press{"enter", 6 * time.Second, false})
	for name, presses := range map[string][]press{
		"held":                   held,
		"pressed twice":          {{"enter", 90 * ms, true}, {"enter", 400 * ms, true}, {"enter", 1200 * ms, false}},
		"after a look":           {{"enter", 900 * ms, false}, {"enter", 950 * ms, false}},
		"another key":            {{"3", 30 * ms, false}, {"3", 40 * ms, false}},
		"another key between":    {{"down", 300 * ms, false}, {"enter", 400 * ms, false}},
		"a clock that goes back": {{"enter", -time.Hour, false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Date(2026, 11, 20, 20, 15, 0, 0, time.UTC)
			var g keyGuard
			if g.stray("enter", start.Add(-10*ms)) {
				t.Fatal("a key is stray before anything has changed")
			}
			g.turn()
			for _, p := range presses {
				if got := g.stray(p.key, start.Add(p.at)); got != p.stray {
					t.Errorf("%s at %v: stray %v, want %v", p.key, p.at, got, p.stray)
				}
			}
		})
	}
}
