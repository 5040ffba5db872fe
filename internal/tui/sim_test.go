package tui_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-runewidth"

	"kubetutor/internal/course"
	"kubetutor/internal/tui"
	"kubetutor/lessons"
)

func TestMain(m *testing.M) {
	runewidth.DefaultCondition.EastAsianWidth = false // as tui.Run does it
	m.Run()
}

// sim drives a model as a program would, running every command to its end on
// the spot.
type sim struct {
	t     testing.TB
	model *tui.Model
	quit  bool

	clipboard string        // what the terminal was sent for its own
	clock     *clock        // goes on with every key; nil stands still
	told      func(tea.Msg) // sees every message; nil: nobody does
}

// patience is how long one command may take.
const patience = 20 * time.Second

func newSim(t testing.TB, o tui.Options, w, h int) *sim {
	t.Helper()
	m, err := tui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, model: m}
	if f, ok := o.Review.(*fakeReviews); ok {
		s.clock = f.clock
	}
	s.drain(m.Init())
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	return s
}

func (s *sim) send(msg tea.Msg) {
	s.t.Helper()
	_, cmd := s.model.Update(msg)
	s.drain(cmd)
}

// drain runs a command, and those that its messages lead to.
func (s *sim) drain(cmd tea.Cmd) {
	s.t.Helper()
	if cmd == nil {
		return
	}
	msg := s.run(cmd)
	if s.told != nil {
		s.told(msg)
	}
	switch msg := msg.(type) {
	case nil:
	case tea.QuitMsg:
		s.quit = true
	default:
		if text, ok := sent(msg); ok {
			s.clipboard = text
			return
		}
		if list, ok := unpacked(msg); ok {
			for _, c := range list {
				s.drain(c)
			}
			return
		}
		s.send(msg)
	}
}

// run runs one command with a deadline.
func (s *sim) run(cmd tea.Cmd) tea.Msg {
	s.t.Helper()
	ch := make(chan tea.Msg, 1)
	go func() { ch <- cmd() }()
	select {
	case msg := <-ch:
		return msg
	case <-time.After(patience):
		s.t.Fatal("a command never ended")
		return nil
	}
}

// unpacked are the commands of batches and sequences; the latter's type is not
// exported.
func unpacked(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	list := make([]tea.Cmd, v.Len())
	for i := range list {
		list[i] = v.Index(i).Interface().(tea.Cmd)
	}
	return list, true
}

// press sends keys by the names that Bubble Tea gives them.
func (s *sim) press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		s.tick()
		s.send(key(k))
	}
}

// tick lets the time of a key pass.
func (s *sim) tick() {
	if s.clock != nil {
		s.clock.wait(time.Second)
	}
}

// write types a text.
func (s *sim) write(text string) {
	s.t.Helper()
	for _, r := range text {
		s.tick()
		s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func key(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome,
		"end": tea.KeyEnd, "backspace": tea.KeyBackspace, "f1": tea.KeyF1, "f5": tea.KeyF5,
	}
	var mod tea.KeyMod
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		mod, name = tea.ModCtrl, rest
	}
	if rest, ok := strings.CutPrefix(name, "shift+"); ok {
		mod, name = tea.ModShift, rest
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code, Mod: mod}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	r := []rune(name)[0]
	if mod != 0 {
		return tea.KeyPressMsg{Code: r, Mod: mod}
	}
	return tea.KeyPressMsg{Code: r, Text: name}
}

// styled is the screen with its escape sequences, screen without.
func (s *sim) styled() string { return s.model.View().Content }

func (s *sim) screen() string { return ansi.Strip(s.styled()) }

// shows fails the test unless all texts are on the screen.
func (s *sim) shows(texts ...string) {
	s.t.Helper()
	screen := s.screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			s.t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

func (s *sim) hides(texts ...string) {
	s.t.Helper()
	screen := s.screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			s.t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// theCourse is the course as it is built in.
func theCourse(t testing.TB) *course.Course {
	t.Helper()
	c, err := wholeCourse()
	if err != nil {
		t.Skipf("the course cannot be read: %v", err)
	}
	return c
}

// wholeCourse is read once, for all tests: reading it takes a quarter of a second,
// and nothing in it is changed.
var wholeCourse = sync.OnceValues(func() (*course.Course, error) { return course.Load(lessons.FS) })

// small are the options of a test with a course of one lesson, which does not
// change when the real lessons do.
func small(t testing.TB) tui.Options {
	t.Helper()
	c, err := course.LoadDir("testdata/course")
	if err != nil {
		t.Fatal(err)
	}
	return optionsOf(t, c)
}

// inside is what is in a lesson of a course that was loaded whole: a test may
// change it.
func inside(t testing.TB, c *course.Course, lesson string) *course.Body {
	t.Helper()
	l, ok := c.Lesson(lesson)
	if !ok {
		t.Fatalf("there is no lesson %s", lesson)
	}
	b, err := l.Body()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
