package cli_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"kubetutor/internal/course"
)

// TestAKilledReviewGoesOn reviews on the screen, kills the program between two
// cards, and begins again: what was rated is known, and nothing is asked twice.
func TestAKilledReviewGoesOn(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here to be the terminal")
	}
	for _, lang := range course.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			fresh := func(n int) said { return said{fmt.Sprintf("%d new", n), fmt.Sprintf("%d 张新卡片", n)} }
			s := watch(t, lang, "80x24", "lesson", "open", claim)
			s.goes(step{sees: []said{{"Two objects, two people", "两个对象，两种人"}}})
			s.goes(step{keys: []string{"n", "n"}, sees: []said{{"3/3", ""}}})
			s.goes(step{keys: []string{"Escape"}, sees: []said{{"coming", "即将推出"}}})
			s.goes(step{keys: []string{"Escape"}, sees: []said{fresh(4), {"Search", "搜索"}}})
			s.goes(step{keys: []string{"r"}, sees: []said{{"Study ahead", "提前复习"}}})
			s.goes(step{keys: []string{"Enter"}, sees: []said{{"leave", "离开"}, fresh(4)}})
			for n := 3; n >= 2; n-- {
				// Where an answer is typed, ctrl+g shows it and g is text; elsewhere g does.
				s.goes(step{keys: []string{"C-g", "g"}, sees: []said{{"4 easy", "4 简单"}}})
				s.goes(step{keys: []string{"4"}, sees: []said{fresh(n)}})
			}
			s.kill()
			s.begins()
			s.goes(step{sees: []said{fresh(2), {"Search", "搜索"}}})
			s.goes(step{keys: []string{"r"}, sees: []said{{"Study ahead", "提前复习"}}})
			s.goes(step{keys: []string{"Enter"}, sees: []said{{"leave", "离开"}, fresh(2)}})
		})
	}
}

// kill kills the tutor, which cannot do anything about it.
func (s *screen) kill() {
	s.t.Helper()
	shell := strings.TrimSpace(s.tmux("list-panes", "-F", "#{pane_pid}"))
	if out, err := exec.Command("pkill", "-KILL", "-P", shell).CombinedOutput(); err != nil {
		s.t.Fatalf("killing the tutor: %v %s", err, out)
	}
	s.goes(step{sees: []said{{"it has ended", ""}}})
}

// begins begins the tutor anew in the same terminal.
func (s *screen) begins(args ...string) {
	s.t.Helper()
	s.tmux(append([]string{"respawn-pane", "-k", "kubetutor"}, s.args(args...)...)...)
}
