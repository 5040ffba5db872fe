package tui_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/tui"
)

// withText are options with a first page of the test's own.
func withText(t *testing.T, markdown string) (o tui.Options, copied *[]string) {
	t.Helper()
	o = small(t)
	o.Lesson, copied = claim, &[]string{}
	o.Clipboard = func(text string) error { *copied = append(*copied, text); return nil }
	for _, lang := range course.Langs {
		inside(t, o.Course, claim).Pages[lang][0].Parts[0].Markdown = markdown
	}
	return o, copied
}

const commands = "Look first, with `kubectl get pv -A`:\n\n```\n$ kubectl get pods --all-namespaces --output=wide --selector=app=web,tier=front\nNAME   READY\n$ kubectl get pv\n```\n\nThe end.\n"

func TestCopyTakesWhatTheScreenCuts(t *testing.T) {
	t.Parallel()
	o, copied := withText(t, commands)
	s := newSim(t, o, 50, 30)
	s.press("y")
	s.shows("whole", "y copy")
	s.press("y")
	s.shows("Copied 3 lines.")
	s.press("y", "right", "y")
	s.shows("Copied 1 line.")
	s.press("y", "right", "right", "c", "y", "up", "y", "y", "up", "right", "y", "y", "down", "down", "down", "y")
	want := []string{
		"$ kubectl get pods --all-namespaces --output=wide --selector=app=web,tier=front\nNAME   READY\n$ kubectl get pv",
		"kubectl get pods --all-namespaces --output=wide --selector=app=web,tier=front", "kubectl get pv",
		"Look first, with kubectl get pv -A:", "kubectl get pv -A",
	}
	if got := *copied; len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("copied\n%q, want\n%q", got, want)
	}
	if s.clipboard != (*copied)[len(*copied)-1] {
		t.Errorf("the terminal was sent %q", s.clipboard)
	}
}

// The part that would be copied is marked, without colours too.
func TestThePartIsMarked(t *testing.T) {
	t.Parallel()
	o, _ := withText(t, "```\n$ kubectl get pods\t-A\nNAME\n$ kubectl get pv\n```\n\nRun `kubectl get pvc`, or see [the long page on them](https://kubernetes.io/).\n")
	o.NoColor = true
	s := newSim(t, o, 40, 30)
	s.press("y")
	for _, want := range []string{"", "$ kubectl get pods    -A", "$ kubectl get pv"} {
		if got := reversed(s.styled()); got != want {
			t.Errorf("%q is marked, want %q", got, want)
		}
		s.press("right")
	}
	s.press("down")
	for _, want := range []string{"", "kubectl get pvc", "the long page on them"} {
		if got := strings.ReplaceAll(reversed(s.styled()), " ", ""); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%q is marked, want %q", got, want)
		}
		s.press("right")
	}
}

func TestCopySaysWhatHappened(t *testing.T) {
	t.Parallel()
	o, _ := withText(t, commands)
	tests := []struct {
		clipboard func(string) error
		env       []string
		says      string
	}{
		{nil, nil, "Sent 3 lines to the terminal"},
		{nil, []string{"TMUX=/tmp/x,1,0"}, "set-clipboard"},
		{func(string) error { return errors.New("no display") }, nil, "the clipboard here said: no display"},
	}
	for _, tt := range tests {
		o.Clipboard, o.Env = tt.clipboard, tt.env
		s := newSim(t, o, 120, 30)
		s.press("y", "y")
		s.shows(tt.says)
		if !strings.HasPrefix(s.clipboard, "$ kubectl get pods") {
			t.Errorf("the terminal was sent %q", s.clipboard)
		}
	}
}

func TestChoosingLeavesTheTextAsItWas(t *testing.T) {
	t.Parallel()
	o, copied := withText(t, commands)
	s := newSim(t, o, 80, 30)
	before := s.screen()
	s.press("y", "down", "up", "right", "L", "L")
	s.press("y", "esc")
	if got := s.screen(); got != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, got)
	}
	if len(*copied) > 0 || s.clipboard != "" {
		t.Error("something was copied")
	}
}

func TestACommandGoesIntoTheConsoleAndIsNotRun(t *testing.T) {
	t.Parallel()
	o, _ := withText(t, commands+"\n```\nfor n in a b; do\n  echo $n\ndone\n```\n")
	l := labs()
	o.Lab = l
	s := newSim(t, o, 160, 45)
	s.press("y", "right", "i")
	s.shows("The console opens once a lab runs.")
	s.press("esc", "tab", "enter")
	s.write("half")
	s.press("esc", "y", "up", "i")
	s.shows("not a command for the console")
	s.press("down", "right", "right", "i")
	s.shows("shop $ kubectl get pv", "Nothing has been run yet. Press enter to run it.")
	if len(l.console.lines) > 0 {
		t.Errorf("ran %q", l.console.lines)
	}
	s.press("enter", "esc", "y", "down", "down", "i")
	s.shows("shop $ for n in a b; do", ">   echo $n", "> done")
	s.press("enter")
	s.press("esc", "y", "i") // both commands, without what they print
	s.shows("shop $ kubectl get pods --all", "> kubectl get pv")
	s.press("ctrl+c")
	if want := []string{"kubectl get pv", "for n in a b; do\n  echo $n\ndone"}; !slices.Equal(l.console.lines, want) {
		t.Errorf("ran %q, want %q", l.console.lines, want)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	o, copied := withText(t, "See [the docs](https://kubernetes.io/docs/), [this lesson](lesson:"+claim+") or [that](lesson:nosuch).\n\nNo link.\n")
	s := newSim(t, o, 80, 30)
	s.press("f")
	s.shows("Link: https://kubernetes.io/docs/")
	s.press("enter")
	s.shows("Copied 1 line.")
	if !slices.Equal(*copied, []string{"https://kubernetes.io/docs/"}) {
		t.Errorf("copied %q", *copied)
	}
	s.press("f", "tab", "tab")
	s.shows("Lesson: nosuch")
	s.press("enter")
	s.shows(`no lesson "nosuch"`)
	s.press("shift+tab")
	s.shows("Lesson: How a claim finds its volume")
	s.press("enter")
	s.shows("1/3", "See the docs")
	s.press("n", "f")
	s.shows("This page has no links.")
	s.press("p", "y", "down", "enter")
	if (*copied)[len(*copied)-1] != "No link." {
		t.Errorf("copied %q", *copied)
	}
	s.press("y", "esc")
	if !strings.Contains(s.styled(), "\x1b]8;") {
		t.Error("the terminal is not told of the link")
	}
}

// sent is what a command sends to the terminal's clipboard; its type is not
// exported.
func sent(msg tea.Msg) (text string, ok bool) {
	if fmt.Sprintf("%T", msg) != "tea.setClipboardMsg" {
		return "", false
	}
	return fmt.Sprint(msg), true
}
