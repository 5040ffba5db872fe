package tui_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// point is where a text stands on the screen.
func (s *sim) point(text string) (x, y int) {
	s.t.Helper()
	for y, line := range strings.Split(s.screen(), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	s.t.Fatalf("%q is not on the screen:\n%s", text, s.screen())
	return 0, 0
}

func (s *sim) click(text string) {
	s.t.Helper()
	x, y := s.point(text)
	s.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
}

func (s *sim) wheel(text string, button tea.MouseButton) {
	s.t.Helper()
	x, y := s.point(text)
	s.send(tea.MouseWheelMsg{X: x, Y: y, Button: button})
}

func TestTheMouseIsOffUntilItIsAskedFor(t *testing.T) {
	t.Parallel()
	o := small(t)
	s := newSim(t, o, 90, 24)
	if mode := s.model.View().MouseMode; mode != tea.MouseModeNone {
		t.Errorf("the mouse is in mode %v", mode)
	}
	s.press("M")
	s.shows("select text", "press M")
	if mode := s.model.View().MouseMode; mode != tea.MouseModeCellMotion {
		t.Errorf("the mouse is in mode %v", mode)
	}
	s.press("M")
	s.shows("the terminal's again")
	if mode := s.model.View().MouseMode; mode != tea.MouseModeNone {
		t.Errorf("the mouse is in mode %v", mode)
	}
	o.Mouse = true
	if mode := newSim(t, o, 80, 24).model.View().MouseMode; mode != tea.MouseModeCellMotion {
		t.Errorf("with the setting the mouse is in mode %v", mode)
	}
}

func TestClicksChooseAndOpen(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Mouse = true
	third := o.Course.Lessons()[2].Title.EN
	s := newSim(t, o, 80, 40)
	s.click("Course  ")
	s.shows("▸ Course")
	s.click("Course  ")
	s.click(third)
	if line := lineWith(s.screen(), "▸"); !strings.Contains(line, third) {
		t.Errorf("chosen is %q", line)
	}
	s.click(third)
	s.shows(third, "1/")
	s.hides("▸")
}

func TestTheMouseInALesson(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson, o.Mouse = l, claim, true
	s := newSim(t, o, 160, 20)
	s.wheel("Two objects, two people", tea.MouseWheelDown)
	s.hides("Two objects, two people")
	s.wheel("Pod web", tea.MouseWheelUp)
	s.shows("Two objects, two people")
	s.wheel("Pod web", tea.MouseWheelDown)
	s.wheel("Pod web", tea.MouseWheelDown)
	s.click("A question")
	s.shows("Pick one.")
	s.click("Neither")
	if line := lineWith(s.screen(), "(•)"); !strings.Contains(line, "Neither") {
		t.Errorf("ticked is %q", line)
	}
	s.press("esc", "n")
	s.click("Lab: Create a claim")
	s.press("enter")
	s.shows("shop $")
	s.click("A controller") // in the text: the keys go there
	s.press("o")
	s.shows("Outline")
	s.click("Two objects, two people")
	s.click("Two objects, two people")
	s.shows("1/3")
	s.click("shop $")
	s.write("ls")
	s.shows("shop $ ls")
}

func TestTheWheelInTheConsole(t *testing.T) {
	t.Parallel()
	s, con := openConsole(t)
	con.answer = "first line\n" + strings.Repeat("more\n", 60)
	s.write("x")
	s.press("enter")
	s.hides("first line")
	for range 40 {
		s.wheel("more", tea.MouseWheelUp)
	}
	s.shows("first line")
	for range 40 {
		s.wheel("more", tea.MouseWheelDown)
	}
	s.shows("shop $ ")
}

func TestTheWheelInTheHelp(t *testing.T) {
	t.Parallel()
	s := newSim(t, small(t), 60, 12)
	s.press("?")
	first := s.screen()
	s.wheel("Home", tea.MouseWheelDown)
	if s.screen() == first {
		t.Error("the wheel does not scroll the help")
	}
	for range 20 {
		s.send(tea.MouseWheelMsg{X: 3, Y: 5, Button: tea.MouseWheelUp})
	}
	if s.screen() != first {
		t.Errorf("it does not come back:\n%s", s.screen())
	}
	s.send(tea.MouseClickMsg{X: 3, Y: 5, Button: tea.MouseLeft})
	s.shows("Good evening.")
}

// Wherever is clicked, the program goes on, and everything fits.
func TestClicksAnywhere(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			o := small(t)
			o.Mouse = true
			for x := 3; x < 140; x += 61 {
				s := sc.play(t, o, 140, 30)
				for y := 0; y < 30; y++ {
					s.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
					s.send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelDown})
					fits(t, s, 140, 30)
				}
			}
		})
	}
}
