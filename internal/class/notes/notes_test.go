package notes_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"kubetutor/internal/class"
	"kubetutor/internal/class/notes"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/tui/stream"
	"kubetutor/lessons"
)

const lesson = "pv-pvc-matching"

const patience = 20 * time.Second

var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// chair tells of boards; nothing else is used of it.
type chair struct{ boards chan class.Board }

func (c chair) Watch(ctx context.Context, changed func(class.Board) error) error {
	for {
		select {
		case b, ok := <-c.boards:
			if !ok {
				return io.EOF
			}
			if err := changed(b); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (chair) Do(context.Context, class.Order) error { panic("not used") }
func (chair) Look(context.Context, class.LearnerID, func(class.Screen) error) error {
	panic("not used")
}
func (chair) Export(context.Context, string, io.Writer) error { panic("not used") }

var theCourse = sync.OnceValues(func() (*course.Course, error) { return course.OpenDir("testdata/course") })

// sim drives a model as a program would.
type sim struct {
	t     testing.TB
	model *notes.Model
	chair chair
	inbox chan tea.Msg
	now   *time.Time
	quit  bool
}

func newSim(t testing.TB, w, h int, change ...func(*notes.Options)) *sim {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	c, err := theCourse()
	if err != nil {
		t.Fatal(err)
	}
	now := start
	s := &sim{t: t, chair: chair{make(chan class.Board)}, inbox: make(chan tea.Msg, 16), now: &now}
	o := notes.Options{Course: c, Lesson: lesson, Theme: "dark", Now: func() time.Time { return now }}
	for _, f := range change {
		f(&o)
	}
	if s.model, err = notes.NewContext(ctx, o); err != nil {
		t.Fatal(err)
	}
	s.model.Still()
	s.drain(s.model.Init())
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	return s
}

// followed is a view that follows a class.
func followed(t testing.TB, w, h int) *sim {
	t.Helper()
	boards := make(chan class.Board)
	s := newSim(t, w, h, func(o *notes.Options) { o.Follow, o.Lesson = chair{boards}, "" })
	s.chair.boards = boards
	return s
}

func (s *sim) send(msg tea.Msg) {
	s.t.Helper()
	_, cmd := s.model.Update(msg)
	s.drain(cmd)
}

// drain starts a command; what it brings arrives in the inbox.
func (s *sim) drain(cmd tea.Cmd) {
	if cmd != nil {
		go func() { s.inbox <- cmd() }()
	}
}

func (s *sim) handle(msg tea.Msg) {
	s.t.Helper()
	switch msg := msg.(type) {
	case nil:
	case tea.QuitMsg:
		s.quit = true
	case stream.Item:
		s.send(msg)
	default:
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
			for i := range v.Len() {
				s.drain(v.Index(i).Interface().(tea.Cmd))
			}
			return
		}
		s.send(msg)
	}
}

// await takes what commands bring until something is so.
func (s *sim) await(what string, so func() bool) {
	s.t.Helper()
	deadline := time.After(patience)
	for !so() {
		select {
		case msg := <-s.inbox:
			s.handle(msg)
		case <-deadline:
			s.t.Fatalf("%s: never so:\n%s", what, s.screen())
		}
	}
}

func (s *sim) comes(text string) {
	s.t.Helper()
	s.await(text, func() bool { return strings.Contains(s.screen(), text) })
}

func (s *sim) press(keys ...rune) {
	s.t.Helper()
	for _, k := range keys {
		s.send(tea.KeyPressMsg{Code: k, Text: string(k)})
	}
}

func (s *sim) tell(at class.Place, screens ...class.Session) {
	s.t.Helper()
	b := class.Board{Here: 20, Ahead: 3, Median: at, Screens: screens, Class: class.Class{Plan: []class.Planned{{Lesson: lesson, Minutes: 36}}}}
	for sent := false; !sent; {
		select {
		case s.chair.boards <- b:
			sent = true
		case msg := <-s.inbox:
			s.handle(msg)
		case <-time.After(patience):
			s.t.Fatal("nobody takes the board")
		}
	}
}

func (s *sim) styled() string { return s.model.View().Content }
func (s *sim) screen() string { return ansi.Strip(s.styled()) }

func TestStepsOfALesson(t *testing.T) {
	t.Parallel()
	s := newSim(t, 100, 60)
	s.comes("Take that away first")
	for _, want := range []string{
		"What they shall be able to do", "Page 1 of 3: Two objects, two people", "Page 2 of 3: What has to match", "Page 3 of 3: Try it", "Lab: Create a claim that binds to shelf",
	} {
		s.comes(want)
		s.press('n')
	}
	s.press('n') // there is no step behind the last one
	s.comes("What goes wrong")
	for _, want := range []string{
		"kubectl apply", "Solution", "Hints",
		"The default class was filled in. (Refused by: It asks for the volumes' class; It is Bound; It got shelf and left loft free)",
	} {
		if !strings.Contains(strings.Join(strings.Fields(s.screen()), " "), want) {
			t.Errorf("%q is not there:\n%s", want, s.screen())
		}
	}
}

func TestQuestionsHaveTheirAnswers(t *testing.T) {
	t.Parallel()
	s := newSim(t, 100, 90)
	s.comes("Take that away")
	s.press('n', 'n')
	s.comes("Question 2 of 7")
	text := strings.Join(strings.Fields(s.screen()), " ")
	for _, want := range []string{"Right: loft", "Right: The access mode", "Wrong: The size — A larger volume is fine.", "Ask: a claim of 5Gi"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there:\n%s", want, s.screen())
		}
	}
}

func TestFollowsTheClass(t *testing.T) {
	t.Parallel()
	s := followed(t, 100, 30)
	s.comes("The class is in no lesson")
	s.tell(class.Place{Lesson: lesson, Page: 2})
	s.comes("Page 2 of 3")
	s.comes("3 min behind plan   0:00 of 36 min")
	s.tell(class.Place{Lesson: lesson, Page: 3, Focus: "lab:bind-claim"})
	s.comes("Lab: Create a claim")
	s.press('p', 'p') // by hand: it is not followed any more
	s.comes("Page 2 of 3")
	s.tell(class.Place{Lesson: lesson, Page: 1})
	s.comes("class at Page 1 of 3")
	s.comes("Page 2 of 3")
	s.press('f')
	s.comes("follows the class")
	s.comes("Page 1 of 3")
	s.press('f') // oneself is in no lesson
	s.comes("class at Page 1 of 3")
	close(s.chair.boards)
	s.comes("connection lost")
}

func TestFollowsOneself(t *testing.T) {
	t.Parallel()
	boards := make(chan class.Board)
	s := newSim(t, 100, 30, func(o *notes.Options) { o.Follow, o.By = chair{boards}, "Ada" })
	s.chair.boards = boards
	s.tell(class.Place{Lesson: lesson, Page: 1}, class.Session{ID: "1", By: "Grace", At: class.Place{Lesson: lesson, Page: 1}},
		class.Session{ID: "2", By: "Ada", At: class.Place{Lesson: lesson, Page: 3}})
	s.comes("Page 1 of 3")
	s.press('f')
	s.comes("follows your own tutor")
	s.comes("Page 3 of 3")
	s.tell(class.Place{Lesson: lesson, Page: 1}, class.Session{ID: "2", By: "Ada", At: class.Place{Lesson: lesson, Page: 2}})
	s.comes("Page 2 of 3")
}

func TestClock(t *testing.T) {
	t.Parallel()
	s := newSim(t, 100, 30)
	s.comes("0:00 of 18 min")
	*s.now = s.now.Add(7*time.Minute + 5*time.Second)
	s.comes("7:05 of 18 min")
	s.press('t')
	s.comes("0:00 of 18 min")
}

// The shares of the steps are all of the lesson's time.
func TestPlannedTimesAddUp(t *testing.T) {
	t.Parallel()
	s := newSim(t, 100, 30)
	s.comes("0:00 of 18 min")
	s.press('n', 'n', 'n', 'n')
	s.comes("up to its end 18 min")
}

func TestUnknownLessonIsRefused(t *testing.T) {
	t.Parallel()
	c, err := theCourse()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := notes.New(notes.Options{Course: c, Lesson: "nonsense\x1b"}); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%v", err)
	}
}

func TestGoldenNotes(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]string{"whole": "", "page": "nn", "lab": "nnnn", "help": "?"} {
		for _, size := range [][2]int{{80, 24}, {160, 50}} {
			for _, lang := range course.Langs {
				t.Run(fmt.Sprintf("%s-%d-%s", name, size[0], lang), func(t *testing.T) {
					t.Parallel()
					golden.RequireEqual(t, played(t, keys, size[0], size[1], func(o *notes.Options) { o.Lang = lang }).screen())
				})
			}
		}
		for look, change := range map[string]func(*notes.Options){
			"dark": func(*notes.Options) {}, "mono": func(o *notes.Options) { o.NoColor = true }, "ascii": func(o *notes.Options) { o.ASCII, o.NoColor = true, true },
		} {
			if name == "lab" && look == "dark" {
				continue // how a script is coloured depends on how long its lexer may take
			}
			t.Run(name+"-"+look, func(t *testing.T) {
				t.Parallel()
				golden.RequireEqual(t, played(t, keys, 80, 24, change).styled())
			})
		}
	}
}

// played is the view once everything is drawn.
func played(t *testing.T, keys string, w, h int, change func(*notes.Options)) *sim {
	t.Helper()
	s := newSim(t, w, h, change)
	words := i18n.ClassNotesWords(course.English)
	s.await("the lesson", func() bool { return strings.Contains(s.screen(), "1/5") })
	for _, k := range keys {
		s.press(k)
	}
	zh := i18n.ClassNotesWords(course.Chinese)
	s.await("the step", func() bool {
		return !strings.Contains(s.screen(), words.Loading) && !strings.Contains(s.screen(), zh.Loading)
	})
	return s
}

func TestEverythingFits(t *testing.T) {
	t.Parallel()
	s := newSim(t, 80, 24, func(o *notes.Options) { o.Lang = course.Chinese })
	s.comes("整课")
	for w := 20; w <= 240; w += 9 {
		for _, h := range []int{5, 12, 24, 60} {
			s.send(tea.WindowSizeMsg{Width: w, Height: h})
			if got := s.styled(); lipgloss.Width(got) > w || lipgloss.Height(got) > h {
				t.Fatalf("%d×%d are drawn in a window of %d×%d:\n%s", lipgloss.Width(got), lipgloss.Height(got), w, h, got)
			}
		}
	}
}

func TestKeysAreExplained(t *testing.T) {
	t.Parallel()
	keys := notes.Keys()
	for _, lang := range course.Langs {
		w := i18n.ClassNotesWords(lang).WithKeys(func(path string) string {
			if keys.Label(path) == "" {
				t.Errorf("there is no key for %s", path)
			}
			return ""
		})
		for _, b := range keys.Bindings(keys.Scopes()...) {
			if w.Actions[string(b.Action)] == "" || w.Scopes[string(b.Scope)] == "" {
				t.Errorf("%s/%s has no words in %s", b.Scope, b.Action, lang)
			}
		}
	}
}

// Every lesson of the course has notes that can be shown, and lasts as long as it
// says.
func TestAllLessons(t *testing.T) {
	t.Parallel()
	c, err := course.Open(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Lessons() {
		shares, sources, err := notes.Whole(l, i18n.ClassNotesWords(course.Chinese))
		if err != nil {
			t.Errorf("%s: %v", l.ID, err)
			continue
		}
		total := 0.0
		for i, share := range shares {
			total += share
			if sources[i] == "" {
				t.Errorf("%s, step %d: nothing is shown", l.ID, i)
			}
		}
		if math.Abs(total-float64(l.Minutes)) > 0.01 {
			t.Errorf("%s: %.1f minutes, want %d", l.ID, total, l.Minutes)
		}
	}
}
