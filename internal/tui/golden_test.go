package tui_test

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/exp/golden"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/tui"
)

// scene is a place in the program that a test can go to.
type scene struct {
	name string
	keys []string
	open string
	prep func(*tui.Options, *fakeLabs)
}

const claim = "pv-pvc-matching"

func scenes() []scene {
	return append([]scene{
		{name: "home"},
		{name: "building", prep: func(_ *tui.Options, l *fakeLabs) {
			l.engine = lab.Engine{State: lab.EngineBuilding, Built: 312, Needed: 980}
		}},
		{name: "settings", keys: []string{",", "down"}},
		{name: "rebinding", keys: []string{",", "down", "down", "down", "down", "down", "enter"}},
		{name: "statistics", keys: []string{"S"}, prep: func(o *tui.Options, _ *fakeLabs) { learned(o) }},
		{name: "unfolded", keys: []string{"S", "down", "enter", "down", "enter", "down"}, prep: func(o *tui.Options, _ *fakeLabs) { learned(o) }},
		{name: "insight", keys: []string{"S", "tab"}, prep: func(o *tui.Options, _ *fakeLabs) { reviewing(o) }},
		{name: "calibration", keys: []string{"S", "tab", "G"}, prep: func(o *tui.Options, _ *fakeLabs) { reviewing(o) }},
		{name: "reviewed", prep: func(o *tui.Options, _ *fakeLabs) { reviewing(o) }},
		{name: "course", keys: []string{"down", "enter"}},
		{name: "lesson", open: claim},
		{name: "outline", open: claim, keys: []string{"o"}},
		{name: "question", open: claim, keys: []string{"space"}},
		{name: "verdict", open: claim, keys: []string{"space", "down", "enter"}},
		{name: "lab", open: claim, keys: []string{"tab"}},
		{name: "running", open: claim, keys: []string{"tab", "enter", "shift+tab"}},
		{name: "passed", open: claim, keys: []string{"tab", "enter", "shift+tab"}, prep: func(_ *tui.Options, l *fakeLabs) { l.verdicts = passedClaim() }},
		{name: "jumped", open: claim, keys: []string{"tab", "J", "y"}, prep: func(_ *tui.Options, l *fakeLabs) { l.verdicts = solvedClaim() }},
		{name: "console", open: claim, keys: []string{"tab", "enter", "l", "s", "enter"}},
		{name: "help", open: claim, keys: []string{"?"}},
		{name: "search", open: claim, keys: []string{"ctrl+k", "p", "o", "d", "down"}, prep: func(o *tui.Options, _ *fakeLabs) { o.Search = index(o.Course) }},
		{name: "typing", open: claim, keys: []string{"/", "v", "o", "l", "u", "m", "e"}},
		{name: "found", open: claim, keys: []string{"/", "p", "o", "d", "enter", "n", "n"}},
		{name: "picking", open: claim, keys: []string{"n", "y", "down", "right"}},
		{name: "glossary", open: claim, keys: []string{"w", "down"}},
	}, append(reviewScenes(), networkScenes()...)...)
}

func (sc scene) play(t testing.TB, o tui.Options, w, h int) *sim {
	t.Helper()
	l := labs()
	o.Lab, o.Lesson = l, sc.open
	if sc.prep != nil {
		sc.prep(&o, l)
	}
	s := newSim(t, o, w, h)
	s.press(sc.keys...)
	return s
}

func TestGoldenWidths(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{40, 16}, {80, 24}, {120, 30}, {160, 40}}
	for _, sc := range scenes() {
		for _, size := range sizes {
			for _, lang := range course.Langs {
				t.Run(fmt.Sprintf("%s-%d-%s", sc.name, size[0], lang), func(t *testing.T) {
					t.Parallel()
					o := small(t)
					o.Lang = lang
					golden.RequireEqual(t, sc.play(t, o, size[0], size[1]).screen())
				})
			}
		}
	}
}

func TestGoldenColours(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes() {
		for _, theme := range []string{"dark", "light", "ansi", "mono", "contrast-dark", "contrast-light"} {
			t.Run(sc.name+"-"+theme, func(t *testing.T) {
				t.Parallel()
				o := small(t)
				o.Theme, o.NoColor = theme, theme == "mono"
				golden.RequireEqual(t, sc.play(t, o, 80, 24).styled())
			})
		}
	}
}

// Nothing is drawn outside of the window, however small or large it is.
func TestEverythingFits(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Lang = course.Chinese
			s := sc.play(t, o, 80, 24)
			for w := 20; w <= 240; w += 3 {
				s.send(tea.WindowSizeMsg{Width: w, Height: 5 + w*7%66})
				fits(t, s, w, 5+w*7%66)
			}
			for h := 5; h <= 70; h++ {
				w := 20 + h*13%221
				s.send(tea.WindowSizeMsg{Width: w, Height: h})
				fits(t, s, w, h)
			}
		})
	}
}

func fits(t *testing.T, s *sim, w, h int) {
	t.Helper()
	v := s.model.View()
	if lipgloss.Width(v.Content) > w || lipgloss.Height(v.Content) > h {
		t.Fatalf("%d×%d are drawn in a window of %d×%d:\n%s", lipgloss.Width(v.Content), lipgloss.Height(v.Content), w, h, v.Content)
	}
	if c := v.Cursor; c != nil && (c.X < 0 || c.Y < 0 || c.X > w || c.Y >= h) {
		t.Fatalf("the cursor is at %d,%d in a window of %d×%d", c.X, c.Y, w, h)
	}
}

// What is drawn from caches is what a new program draws.
func TestCachedEqualsFresh(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			s := sc.play(t, options(t), 160, 45)
			for _, size := range [][2]int{{70, 20}, {200, 60}, {45, 30}, {100, 33}} {
				s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			}
			fresh := sc.play(t, options(t), 100, 33)
			if got, want := s.styled(), fresh.styled(); got != want {
				t.Errorf("cached:\n%s\nfresh:\n%s", got, want)
			}
		})
	}
}
