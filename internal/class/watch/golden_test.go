package watch_test

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/exp/golden"

	"kubetutor/internal/class"
	"kubetutor/internal/class/watch"
	"kubetutor/internal/course"
)

// scene is a place in the view that a test can go to.
type scene struct {
	name  string
	board class.Board
	keys  []string
}

func scenes() []scene {
	return []scene{
		{"empty", empty(), nil},
		{"few", few(), nil},
		{"thirty", many(30), []string{"down", "space", "space"}},
		{"sixty", many(60), []string{"G", "s", "s"}},
		{"learner", few(), []string{"enter"}},
		{"plan", many(30), []string{"o", "down"}},
		{"join", few(), []string{"J"}},
		{"door", many(30), []string{"d"}},
		{"hints", few(), []string{"h", "down"}},
		{"sessions", few(), []string{"v"}},
		{"message", few(), []string{"m", "卷", "i", "s"}},
		{"command", many(30), []string{"a", "c", "tab"}},
		{"time", few(), []string{"t"}},
		{"end", few(), []string{"E"}},
		{"help", few(), []string{"?"}},
	}
}

func (sc scene) play(t testing.TB, w, h int, change ...func(*watch.Options)) *sim {
	t.Helper()
	s := newSim(t, w, h, change...)
	s.tell(sc.board)
	s.press(sc.keys...)
	return s
}

func TestGoldenSizes(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes() {
		for _, size := range [][2]int{{80, 24}, {160, 50}} {
			for _, lang := range course.Langs {
				t.Run(fmt.Sprintf("%s-%d-%s", sc.name, size[0], lang), func(t *testing.T) {
					t.Parallel()
					golden.RequireEqual(t, sc.play(t, size[0], size[1], func(o *watch.Options) { o.Lang = lang }).screen())
				})
			}
		}
	}
}

func TestGoldenLooks(t *testing.T) {
	t.Parallel()
	looks := map[string]func(*watch.Options){
		"dark": func(*watch.Options) {}, "light": func(o *watch.Options) { o.Theme = "light" }, "mono": func(o *watch.Options) { o.NoColor = true },
		"ascii": func(o *watch.Options) { o.ASCII, o.NoColor = true, true },
	}
	for _, sc := range scenes() {
		for name, change := range looks {
			t.Run(sc.name+"-"+name, func(t *testing.T) {
				t.Parallel()
				golden.RequireEqual(t, sc.play(t, 80, 24, change).styled())
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
			s := sc.play(t, 80, 24, func(o *watch.Options) { o.Lang = course.Chinese })
			for w := 20; w <= 240; w += 7 {
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
