package tui_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/search"
	"kubetutor/internal/tui"
)

// searchable are options with an index of the small course.
func searchable(t testing.TB) tui.Options {
	o := small(t)
	o.Search = index(o.Course)
	return o
}

// index is one in memory, which the garbage collector closes. Without it there
// is no search.
func index(c *course.Course) tui.Searcher {
	x, err := search.Open(context.Background(), "", c)
	if err != nil {
		return nil
	}
	return x
}

func TestSearchFromHome(t *testing.T) {
	t.Parallel()
	s := newSim(t, searchable(t), 80, 24)
	home := s.screen()
	s.press("/")
	s.shows("Search: ", "Words, commands, fields")
	s.write("access modes")
	s.shows("What has to match", "page 2", "access modes")
	s.press("esc")
	if got := s.screen(); got != home {
		t.Errorf("before:\n%s\nafter:\n%s", home, got)
	}
	s.press("ctrl+k")
	s.write("access modes")
	s.press("enter")
	s.shows("2/3", "Access modes.")
}

func TestSearchFromALessonKeepsIt(t *testing.T) {
	t.Parallel()
	o := searchable(t)
	o.Lesson, o.Lab = claim, labs()
	s := newSim(t, o, 120, 30)
	s.press("tab", "enter")
	s.write("half a line")
	console := s.screen()
	s.press("ctrl+k")
	s.write("smallest one")
	s.press("ctrl+k")
	if got := s.screen(); got != console {
		t.Errorf("before:\n%s\nafter:\n%s", console, got)
	}
	s.press("ctrl+k", "ctrl+c")
	if got := s.screen(); got != console {
		t.Errorf("before:\n%s\nafter ctrl+c:\n%s", console, got)
	}
	s.press("ctrl+k")
	s.write("smallest one")
	s.press("enter")
	s.shows("2/3", "smallest one wins")
	s.press("tab", "tab")
	s.shows("half a line") // the console is the same one
}

func TestSearchOpensQuestionsAndLabs(t *testing.T) {
	t.Parallel()
	s := newSim(t, searchable(t), 80, 40)
	s.press("/")
	s.write("which of the two")
	for range 10 {
		if strings.Contains(lineWith(s.screen(), "▸"), "question:") {
			break
		}
		s.press("down")
	}
	s.press("enter")
	s.shows("Pick one.")
	s.press("ctrl+k")
	s.write("create a claim named data")
	for range 10 {
		if strings.Contains(lineWith(s.screen(), "▸"), "lab:") {
			break
		}
		s.press("down")
	}
	s.press("enter")
	s.shows("In the namespace shop", "3/3")
}

func TestSearchInChinese(t *testing.T) {
	t.Parallel()
	o := searchable(t)
	o.Lang = course.Chinese
	s := newSim(t, o, 40, 16)
	s.press("/")
	s.send(tea.PasteMsg{Content: "持久卷申领"}) // as an input method sends it
	s.shows("搜索：持久卷申领", "术语表", "第 1 页")
	if c := s.model.View().Cursor; c == nil || c.X != 2+6+10 || c.Y != 2 {
		t.Errorf("the cursor is at %+v", c)
	}
	s.press("down", "enter")
	s.shows("1/3")
}

func TestSearchShowsTheOtherLanguageLast(t *testing.T) {
	t.Parallel()
	s := newSim(t, searchable(t), 80, 24)
	s.press("/")
	s.write("访问模式")
	s.shows("In Chinese", "访问模式")
	s.press("enter")
	s.shows("2/3", "Access modes.")
}

// slowSearch answers when it is told to.
type slowSearch struct {
	asked []string
	err   error
}

func (f *slowSearch) Search(_ context.Context, query string, _ search.Options) ([]search.Hit, error) {
	f.asked = append(f.asked, query)
	return []search.Hit{{Kind: search.Page, Lesson: claim, Lang: course.English, Title: "about " + query}}, f.err
}

// Of what is typed while a search runs only the last is searched for, and what
// the old one found is never shown.
func TestStaleSearchesAreDropped(t *testing.T) {
	t.Parallel()
	o, slow := small(t), &slowSearch{}
	o.Search = slow
	m, err := tui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, model: m}
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.press("ctrl+k")
	asked := len(slow.asked)
	var waiting []tea.Cmd
	for _, r := range "pods" {
		_, cmd := m.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
		waiting = append(waiting, cmd)
	}
	s.hides("about")
	for _, cmd := range waiting {
		s.drain(cmd)
	}
	s.shows("about pods")
	if got := strings.Join(slow.asked[asked:], " "); got != "p pods" {
		t.Errorf("searched for %q", got)
	}
	s.hides("about p ")
	slow.err = errors.New("the index is broken")
	s.write("x")
	s.shows("the index is broken")
}

// Who knows what will be found need not wait for it.
func TestEnterBeforeAnythingIsFound(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Search = &slowSearch{}
	m, err := tui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, model: m}
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.press("ctrl+k")
	_, search := m.Update(tea.KeyPressMsg{Code: 'x', Text: "x"})
	s.press("enter")
	s.shows("Search: x")
	s.drain(search)
	s.shows("1/3")
}

func TestEveryHitIsReached(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{40, 10}, {80, 24}, {160, 50}} {
		s := newSim(t, searchable(t), size[0], size[1])
		s.press("/")
		s.write("claim")
		seen := map[string]bool{}
		for range 30 {
			line := lineWith(s.screen(), "▸")
			if line == "" {
				t.Fatalf("no hit is chosen:\n%s", s.screen())
			}
			seen[line] = true
			s.press("down")
		}
		s.press("pgup", "pgup", "pgup", "pgup", "pgup", "pgup", "pgup", "pgup")
		if !strings.Contains(s.screen(), "▸") || len(seen) < 4 {
			t.Errorf("%d hits:\n%s", len(seen), s.screen())
		}
	}
}

func TestTheWayBackAfterAJump(t *testing.T) {
	t.Parallel()
	o := searchable(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 14)
	s.press("n", "down", "down", "down", "down", "down")
	before := s.screen()
	s.press("ctrl+k")
	s.write("hold the list above")
	s.press("enter")
	s.shows("3/3", "Press backspace to go back")
	s.press("backspace")
	if got := s.screen(); got != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, got)
	}
	s.press("backspace")
	s.shows("no jump to go back from")
}

func TestTheMouseOverThePage(t *testing.T) {
	t.Parallel()
	o := searchable(t)
	o.Mouse = true
	s := newSim(t, o, 80, 24)
	s.press("/")
	s.write("claim")
	first := lineWith(s.screen(), "▸")
	s.wheel("Search: claim", tea.MouseWheelDown)
	if now := lineWith(s.screen(), "▸"); now == first {
		t.Errorf("the wheel chooses nothing:\n%s", s.screen())
	}
	s.click("glossary")
	if now := lineWith(s.screen(), "▸"); now != first {
		t.Errorf("a click chooses nothing:\n%s", s.screen())
	}
	s.click("glossary")
	s.shows("made in a namespace")
	s.click("PersistentVolumeClaim")
	s.shows("1/3")
}
