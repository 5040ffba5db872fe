package tui_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func openConsole(t *testing.T) (*sim, *fakeConsole) {
	t.Helper()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	s := newSim(t, o, 100, 30)
	s.press("tab", "enter")
	return s, l.console
}

func TestConsoleHistoryAndUnfinishedLines(t *testing.T) {
	t.Parallel()
	s, con := openConsole(t)
	s.press("up", "enter")
	s.write("cat <<EOF")
	s.press("enter")
	s.shows("> ")
	s.write("hello")
	s.press("enter")
	want := []string{"kubectl get nodes", "cat <<EOF", "cat <<EOF\nhello"}
	if !slices.Equal(con.lines, want) {
		t.Errorf("ran %q, want %q", con.lines, want)
	}
}

func TestConsoleCompletes(t *testing.T) {
	t.Parallel()
	s, con := openConsole(t)
	con.words = []string{"persistentvolumes", "persistentvolumeclaims", "pods"}
	s.write("kubectl get po")
	s.press("tab")
	s.shows("shop $ kubectl get pods ")
	s.press("ctrl+c")
	s.write("kubectl get pe")
	s.press("tab")
	s.shows("shop $ kubectl get persistentvolume")
	s.press("tab")
	s.shows("help for persistentvolumes")
	s.press("down", "enter")
	s.shows("shop $ kubectl get persistentvolumeclaims ")
}

func TestConsoleKeepsControlCharactersOut(t *testing.T) {
	t.Parallel()
	s, con := openConsole(t)
	con.answer = "a\x1b[2Jb\x1b]0;title\x07c\x1b[31mred\x1b[0m\x00\r\nnext\n"
	s.write("x")
	s.press("enter")
	s.shows("abcred", "next")
	if strings.Contains(s.styled(), "\x1b[2J") || strings.Contains(s.styled(), "title") {
		t.Error("an escape sequence came through")
	}
	s.send(tea.PasteMsg{Content: "\x1b[31m\x00\xff" + strings.Repeat("z", 1<<20)})
	s.shows("zzz")
	fits(t, s, 100, 30)
}

func TestPasteOfSeveralLinesIsOneCommand(t *testing.T) {
	t.Parallel()
	s, con := openConsole(t)
	s.send(tea.PasteMsg{Content: "for i in 1 2\ndo echo $i\ndone\n"})
	if want := "for i in 1 2\ndo echo $i\ndone"; len(con.lines) != 1 || con.lines[0] != want {
		t.Errorf("ran %q, want %q", con.lines, want)
	}
}

func TestInterruptThenQuit(t *testing.T) {
	t.Parallel()
	s, _ := openConsole(t)
	s.write("half a line")
	s.press("ctrl+c")
	s.shows("^C", "Press ctrl+c again to quit")
	if s.quit {
		t.Fatal("the first ctrl+c quits")
	}
	s.press("ctrl+c")
	if !s.quit {
		t.Fatal("the second ctrl+c does not quit")
	}
}

func TestChineseInInputs(t *testing.T) {
	t.Parallel()
	s, _ := openConsole(t)
	s.write("echo 中文输入")
	c := s.model.View().Cursor
	if want := 1 + len("shop $ echo ") + 8; c == nil || c.X != want {
		t.Errorf("the cursor is at %+v, want column %d", c, want)
	}
}
