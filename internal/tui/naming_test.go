package tui_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui"
)

// abroad are the options of a test whose labs are done on the learner's own
// cluster, context home.
func abroad(t *testing.T, scope string) (tui.Options, *fakeLabs) {
	t.Helper()
	o, l := small(t), labs()
	l.status = protocol.Status{State: protocol.StateDown, Foreign: "home"}
	o.Lab, o.Lesson = l, claim
	for _, b := range inside(t, o.Course, claim).Labs {
		b.Scope = scope
	}
	return o, l
}

func TestOwnClusterWantsItsNameTyped(t *testing.T) {
	t.Parallel()
	o, l := abroad(t, course.ScopeNamespace)
	s := newSim(t, o, 160, 45)
	s.press("tab")
	s.shows("home (not connected)", "makes the namespace shop", "context: home", "Press enter to start the lab.")
	s.press("enter")
	s.shows("Type the context's name:")
	s.write("hom")
	if c := s.model.View().Cursor; c == nil || c.Y != 44 || c.X != len(" Type the context's name: hom") {
		t.Errorf("the cursor stands at %+v", c)
	}
	s.press("enter")
	s.shows(`"hom" is not the context's name, home. Nothing was begun.`)
	s.press("enter", "esc")
	s.hides("Type the context's name:")
	if len(l.started) > 0 {
		t.Fatal("it was begun without the name")
	}
	s.press("enter")
	s.send(tea.PasteMsg{Content: "ho"})
	s.write("me")
	s.press("enter")
	s.shows("1 of 4", "shop $")
	s.hides("cluster up", "not connected")
	s.press("shift+tab", "R", "y") // the name is not asked for again
	if len(l.started) != 2 || l.started[1].Confirmed != "home" {
		t.Errorf("started %d times, the last one confirmed with %q", len(l.started), l.started[len(l.started)-1].Confirmed)
	}

	again := newSim(t, o, 160, 45) // another session finds the lab running
	again.press("shift+tab", "R")
	again.shows("Type the context's name:")
	again.write("home")
	again.press("enter")
	if len(l.started) != 3 {
		t.Errorf("started %d times", len(l.started))
	}
}

func TestLabOfTheWholeClusterIsRefusedOnOnesOwn(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{160, 45}, {80, 24}, {40, 20}} {
		o, l := abroad(t, "")
		s := newSim(t, o, size[0], size[1])
		s.press("tab")
		s.shows("single namespace", "--kubeconfig")
		s.press("enter")
		s.hides("Type the context's name:")
		if len(l.started) > 0 {
			t.Error("it was started")
		}
		s.press("L")
		s.shows("不能在你自己")
	}
}
