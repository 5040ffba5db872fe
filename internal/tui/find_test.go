package tui_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

func TestFindInALesson(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 24)
	before := s.screen()
	s.press("/")
	s.write("smallest")
	s.shows("Find: smallest", "1 of 1", "2/3")
	s.press("esc")
	if got := s.screen(); got != before {
		t.Errorf("before:\n%s\nafter esc:\n%s", before, got)
	}
	s.press("/")
	s.write("namespace")
	s.shows("1 of ", "1/3")
	s.press("enter", "n")
	s.shows("2 of ", "n next")
	s.press("N", "N")
	if strings.Contains(s.screen(), "1 of ") || strings.Contains(s.screen(), "2 of ") {
		t.Errorf("N does not go round:\n%s", s.screen())
	}
	s.press("esc")
	s.hides("Find: ")
	s.press("n")
	s.hides("Find: ")
}

func TestFindMindsCapitals(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 24)
	s.press("/")
	s.write("POD")
	s.shows("not in this lesson")
	s.press("backspace", "backspace", "backspace")
	s.write("pod")
	s.shows("1 of ")
	s.press("enter") // what is found is marked without colours too
	o.NoColor = true
	mono := newSim(t, o, 80, 24)
	mono.press("/")
	mono.write("pod")
	if !strings.Contains(mono.styled(), "\x1b[1;7m") && !strings.Contains(mono.styled(), "\x1b[7;1m") {
		t.Errorf("nothing is reversed:\n%q", mono.styled())
	}
}

// What is found over the end of a line is marked on both.
func TestFindOverLineEnds(t *testing.T) {
	t.Parallel()
	for _, lang := range course.Langs {
		o := small(t)
		o.Lesson, o.Lang, o.NoColor = claim, lang, true
		for width := 40; width <= 90; width += 5 {
			s := newSim(t, o, width, 24)
			s.press("/")
			what := map[course.Lang]string{course.English: "the person who runs", course.Chinese: "持久卷申领"}[lang]
			s.write(what)
			if got := strings.ReplaceAll(reversed(s.styled()), " ", ""); got != strings.ReplaceAll(what, " ", "") {
				t.Errorf("%s at %d: %q is marked, want %q:\n%s", lang, width, got, what, s.screen())
			}
		}
	}
}

// reversed is the text of the page that is drawn reversed.
func reversed(styled string) string {
	var b strings.Builder
	_, styled, _ = strings.Cut(styled, "\n") // the header marks the panel so
	on := false
	var state byte
	for len(styled) > 0 {
		seq, width, n, next := ansi.DecodeSequence(styled, state, nil)
		switch {
		case width == 0 && strings.HasSuffix(seq, "m"):
			on = strings.Contains(seq, "7")
		case on:
			b.WriteString(seq)
		}
		state, styled = next, styled[n:]
	}
	return b.String()
}

// Code that is cut at the right edge is scrolled to what was found in it.
func TestFindInCodeThatIsCut(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson, o.NoColor = claim, true
	page := &inside(t, o.Course, claim).Pages[course.English][0]
	page.Parts[0].Markdown = "Look:\n\n```\nkubectl get pods --all-namespaces --output=wide --selector=needle\n```\n"
	s := newSim(t, o, 40, 16)
	s.hides("needle")
	s.press("/")
	s.write("needle")
	s.shows("needle", "1 of 1")
	if got := reversed(s.styled()); got != "needle" {
		t.Errorf("%q is marked", got)
	}
	s.press("esc")
	s.hides("needle")
}

func TestFindKeepsThePlace(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 14)
	s.press("/")
	s.write("line by line")
	s.press("enter")
	s.shows("3/3")
	at := lastPosition(t, s, o)
	if at.Page != 2 || at.Block == 0 {
		t.Errorf("kept %+v", at)
	}
	s.press("L") // the same is not there in Chinese text, or is: nothing breaks
	s.send(tea.WindowSizeMsg{Width: 50, Height: 30})
	s.press("L", "esc")
	s.hides("Find: ")
	if n := len(all[progress.Position](o.Store.(*fakeStore))); n == 0 {
		t.Error("no position was kept")
	}
}
