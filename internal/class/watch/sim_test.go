package watch_test

import (
	"context"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-runewidth"

	"kubetutor/internal/class"
	"kubetutor/internal/class/watch"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/stream"
)

func TestMain(m *testing.M) {
	runewidth.DefaultCondition.EastAsianWidth = false // as watch.Run does it
	m.Run()
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// start is the time at which every test begins.
var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// chair is a class of a test: it tells what it is given, and notes what it is
// asked to do.
type chair struct {
	boards chan class.Board
	lose   chan error
	frames chan class.Screen // closed: the learner ends it
	began  chan struct{}     // a look has begun

	mu      sync.Mutex
	board   class.Board // the last one
	orders  []class.Order
	asked   []class.LearnerID // whose screen was asked for
	looking int
	err     error // what orders return
	export  string
}

func newChair() *chair {
	return &chair{boards: make(chan class.Board), lose: make(chan error), frames: make(chan class.Screen), began: make(chan struct{}, 1)}
}

func (c *chair) Watch(ctx context.Context, changed func(class.Board) error) error {
	if err := changed(c.told()); err != nil {
		return err
	}
	for {
		select {
		case b := <-c.boards:
			c.tell(b)
			if err := changed(b); err != nil {
				return err
			}
		case err := <-c.lose:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *chair) told() class.Board {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.board
}

func (c *chair) tell(b class.Board) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.board = b
}

func (c *chair) Do(_ context.Context, o class.Order) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.orders = append(c.orders, o)
	}
	return c.err
}

func (c *chair) Look(ctx context.Context, who class.LearnerID, frame func(class.Screen) error) error {
	c.note(who, 1)
	defer c.note("", -1)
	c.began <- struct{}{}
	for {
		select {
		case s, ok := <-c.frames:
			if !ok {
				return class.ErrDeclined
			}
			if err := frame(s); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *chair) note(who class.LearnerID, looks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.looking += looks; who != "" {
		c.asked = append(c.asked, who)
	}
}

// watchers is how many look now.
func (c *chair) watchers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.looking
}

func (c *chair) Export(_ context.Context, format string, w io.Writer) error {
	_, err := io.WriteString(w, format+":"+c.export)
	return err
}

// last is the order that was given last, and how many there were.
func (c *chair) last() (class.Order, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.orders) == 0 {
		return class.Order{}, 0
	}
	return c.orders[len(c.orders)-1], len(c.orders)
}

// sim drives a model as a program would.
type sim struct {
	t     testing.TB
	model *watch.Model
	chair *chair
	inbox chan tea.Msg // of streams
	now   *time.Time
	quit  bool
}

var theCourse = sync.OnceValues(func() (*course.Course, error) { return course.OpenDir("../../tui/testdata/course") })

// options are those of a test with the built-in course.
func options(t testing.TB, c *chair, now *time.Time) watch.Options {
	t.Helper()
	all, err := theCourse()
	if err != nil {
		t.Fatal(err)
	}
	return watch.Options{Chair: c, Course: all, By: "Ada", Theme: "dark", Now: func() time.Time { return *now }}
}

func newSim(t testing.TB, w, h int, change ...func(*watch.Options)) *sim {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	now := start
	s := &sim{t: t, chair: newChair(), inbox: make(chan tea.Msg, 16), now: &now}
	o := options(t, s.chair, &now)
	for _, f := range change {
		f(&o)
	}
	m, err := watch.NewContext(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	s.model = m
	m.Still()
	s.drain(m.Init())
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	return s
}

func (s *sim) send(msg tea.Msg) {
	s.t.Helper()
	_, cmd := s.model.Update(msg)
	s.drain(cmd)
}

// drain runs a command to its end, and those that its messages lead to. What
// streams bring, and looks, which wait for somebody, is taken from the inbox by
// await.
func (s *sim) drain(cmd tea.Cmd) {
	s.t.Helper()
	if cmd == nil {
		return
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	select {
	case msg := <-done:
		s.handle(msg)
	case <-s.chair.began:
		go func() { s.inbox <- <-done }()
	case <-time.After(patience):
		s.t.Fatal("a command never ended")
	}
}

// later runs a command whose message is waited for elsewhere.
func (s *sim) later(cmd tea.Cmd) { go func() { s.inbox <- cmd() }() }

func (s *sim) handle(msg tea.Msg) {
	s.t.Helper()
	switch msg := msg.(type) {
	case nil:
	case tea.QuitMsg:
		s.quit = true
	case stream.Item:
		s.later(msg.Next)
		s.send(msg.Msg)
	default:
		if list, ok := unpacked(msg); ok {
			for _, c := range list {
				s.drain(c)
			}
			return
		}
		s.send(msg)
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

// await takes what streams bring until something is so.
func (s *sim) await(what string, so func() bool) {
	s.t.Helper()
	deadline := time.After(patience)
	for !so() {
		select {
		case msg := <-s.inbox:
			s.handle(msg)
		case <-time.After(5 * time.Millisecond): // what is waited for may be the chair's
		case <-deadline:
			s.t.Fatalf("%s: never so:\n%s", what, s.screen())
		}
	}
}

// tell gives the view a board and waits until it has it.
func (s *sim) tell(b class.Board) {
	s.t.Helper()
	b.At = *s.now
	select {
	case s.chair.boards <- b:
	case <-time.After(patience):
		s.t.Fatal("nobody takes the board")
	}
	for arrived := false; !arrived; {
		select {
		case msg := <-s.inbox:
			item, ok := msg.(stream.Item)
			arrived = ok && watch.IsBoard(item.Msg)
			s.handle(msg)
		case <-time.After(patience):
			s.t.Fatal("the board does not arrive")
		}
	}
}

// press sends keys by the names that Bubble Tea gives them.
func (s *sim) press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		s.send(key(k))
	}
}

// write types a text.
func (s *sim) write(text string) {
	s.t.Helper()
	for _, r := range text {
		s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func key(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func (s *sim) styled() string { return s.model.View().Content }
func (s *sim) screen() string { return ansi.Strip(s.styled()) }

func (s *sim) shows(texts ...string) {
	s.t.Helper()
	screen := s.screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			s.t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// comes waits until a text is on the screen.
func (s *sim) comes(text string) {
	s.t.Helper()
	s.await(text, func() bool { return strings.Contains(s.screen(), text) })
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
