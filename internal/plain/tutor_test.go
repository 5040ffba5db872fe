package plain

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
)

func TestLabFromStartToPassed(t *testing.T) {
	t.Parallel()
	l := sit(t, "check\nstart\nhint\nsolution\nyes\nconsole\nlook\nsolve 7\nexit\n\n\nq\n")
	err := l.Read(soon(t), lesson())
	if err != errQuit {
		t.Fatalf("got %v", err)
	}
	l.says(t, "Some text.", "Lab: Try it", "Make @{n} of them.", "Start the lab first",
		"set-up 1.0 s", "KUBECONFIG=/k", "Make 7 of them.", "failed: It is done", "want   x", "have   y", "at     spec.z",
		"Hint 1. Look closely.", "solve 7", "passed: It is done", "Passed, after 1m0s", "That was 7.", "Second, page 2 of 2", "More text.")
	labs, err := l.store.Labs(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if s := labs["one/try"]; s.PassedIn != 1 || len(s.Hints) != 1 || !s.Solution || len(s.Checks) != 1 {
		t.Errorf("recorded %+v", s)
	}
}

func TestLabGoesOnAfterwards(t *testing.T) {
	t.Parallel()
	l := sit(t, "stop\nq\n")
	if _, err := l.Desk.Start(soon(t), lesson().Labs[0], false, nothing); err != nil {
		t.Fatal(err)
	}
	if err := l.Read(soon(t), lesson()); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "This lab is running; it goes on.", "failed: It is done")
	if l.cluster.attempt != nil {
		t.Error("stop did not stop it")
	}
}

func TestReadingGoesOnWithoutAnEngine(t *testing.T) {
	t.Parallel()
	l := sit(t, "start\n\n\nq\n")
	l.cluster.missing = fmt.Errorf("%w: put it beside", lab.ErrNoEngine)
	if err := l.Read(soon(t), lesson()); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "no engine: put it beside", "More text.")
}

func TestWatchEndsWithEnter(t *testing.T) {
	t.Parallel()
	typed, keys := io.Pipe()
	l := sit(t, "")
	l.lines = NewLines(typed)
	said := &listener{Writer: l.out, heard: make(chan string, 100)}
	l.Out = said
	go func() {
		io.WriteString(keys, "start\nwatch\n")
		said.wait("Following the checks")
		l.cluster.solve()
		said.wait("passed: It is done")
		io.WriteString(keys, "\nq\n")
	}()
	if err := l.Read(soon(t), lesson()); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "Following the checks", "passed: It is done")
}

// listener tells another goroutine what is written.
type listener struct {
	io.Writer
	heard chan string
}

func (l *listener) Write(p []byte) (int, error) {
	l.heard <- string(p)
	return l.Writer.Write(p)
}

func (l *listener) wait(text string) {
	for !strings.Contains(<-l.heard, text) {
	}
}

// questions has one of each type.
func questions() []*course.Question {
	same := course.Same
	opts := []course.Option{{ID: "x", Text: same("ex"), Right: true}, {ID: "y", Text: same("why"), Why: same("because")}, {ID: "z", Text: same("zed")}}
	multi := append([]course.Option{{ID: "w", Text: same("double u"), Right: true}}, opts...)
	return []*course.Question{
		{ID: "single", Type: course.Single, Ask: same("Which one?"), Options: opts},
		{ID: "multi", Type: course.Multi, Ask: same("Which ones?"), Options: multi},
		{ID: "order", Type: course.Order, Ask: same("In order?"), Items: []course.Item{{ID: "1", Text: same("one")}, {ID: "2", Text: same("two")}, {ID: "3", Text: same("three")}}},
		{ID: "cloze", Type: course.Cloze, Ask: same("It is {{red}} and {{blue}}.")},
		{ID: "command", Type: course.Command, Ask: same("List pods."), Answers: []string{"kubectl get pods -n shop"}},
		{ID: "predict", Type: course.Predict, Ask: same("What comes?"), Answers: []string{"a\nb"}},
		{ID: "manifest", Type: course.Manifest, Ask: same("Write one."), Start: "kind: Pod\n", Checks: []course.Check{{ID: "c"}}},
	}
}

// pick types the letter or number under which a text was shown last.
type pick struct {
	out   func() string
	texts []string
}

func (p pick) String() string {
	var keys []string
	for _, text := range p.texts {
		lines := strings.Split(p.out(), "\n")
		for i := len(lines) - 1; i >= 0; i-- {
			if key, shown, ok := strings.Cut(strings.TrimSpace(lines[i]), ") "); ok && shown == text {
				keys = append(keys, key)
				break
			}
		}
	}
	return strings.Join(keys, " ")
}

// typist answers each prompt only when it is asked.
type typist struct {
	answers []fmt.Stringer
}

type text string

func (s text) String() string { return string(s) }

func (r *typist) Read(p []byte) (int, error) {
	if len(r.answers) == 0 {
		return 0, io.EOF
	}
	next := r.answers[0].String() + "\n"
	r.answers = r.answers[1:]
	return copy(p, next), nil
}

func TestAllTypesOfQuestions(t *testing.T) {
	t.Parallel()
	l := sit(t, "")
	shown := l.out.String
	l.lines = NewLines(&typist{answers: []fmt.Stringer{
		text("nonsense"), pick{shown, []string{"why"}}, text("r"), pick{shown, []string{"ex"}},
		pick{shown, []string{"ex", "double u"}},
		text("1 2"), pick{shown, []string{"one", "two", "three"}},
		text("red"), text("blue"),
		text("k get po --namespace=shop"),
		text("a"), text("b"), text("."),
		text("kind: Pod"), text("."),
	}})
	if err := l.Quiz(soon(t), asking()); err != nil {
		t.Fatal(err)
	}
	l.says(t, "Which one?", `"nonsense" is not understood`, "Not quite", "Chosen, but wrong: why. because", "Right.", "Which ones?", "Right.", "In order?",
		`"1 2" is not understood`, "Right.", "It is ____(1) and ____(2).", "Right.", "List pods.", "Right.", "What comes?", "Right.",
		"kind: Pod", "kept and judged later", "6 of 7 right")
	pending, err := l.store.Pending(soon(t))
	if err != nil || len(pending) != 1 || pending[0].Question != "one/manifest" {
		t.Errorf("pending %v, %v", pending, err)
	}
}

// asking is a lesson of questions.
func asking() *course.Body {
	return &course.Body{Lesson: &course.Lesson{ID: "one", Title: course.Same("One")}, Questions: questions()}
}

func TestQuestionsCanBePassedOver(t *testing.T) {
	t.Parallel()
	l := sit(t, strings.Repeat("\n", 6)+"\n.\n")
	if err := l.Quiz(soon(t), asking()); err != nil {
		t.Fatal(err)
	}
	if states, err := l.store.Questions(soon(t)); err != nil || len(states) != 0 {
		t.Errorf("recorded %v, %v", states, err)
	}
}

func TestQuestionsCanBeLeft(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]error{"q\n": errQuit, "home\n": errHome, "\n\nquit\n": errQuit} {
		l := sit(t, typed)
		var err error
		for _, q := range questions()[:3] {
			if err = l.question(soon(t), asking(), q); err != nil {
				break
			}
		}
		if err != want {
			t.Errorf("%q: got %v, want %v", typed, err, want)
		}
	}
}

func TestLettersAndNumbers(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"a": "[0]", "C,a": "[2 0]", "ac": "[2 0]", " b，c ": "[1 2]", "aa": "[0]", "d": "no", "1": "no", "": "no", "a-b": "no",
	} {
		got, ok := letters(typed, 3)
		if typed == "ac" {
			want = "[0 2]"
		}
		if s := fmt.Sprint(got); ok && s != want || !ok && want != "no" {
			t.Errorf("letters %q: %v, %v; want %s", typed, got, ok, want)
		}
	}
	for typed, want := range map[string]string{
		"1 2 3": "[0 1 2]", "3,1、2": "[2 0 1]", "1 2": "no", "1 1 2": "no", "0 1 2": "no", "x": "no", "1 2 3 4": "no",
	} {
		got, ok := numbers(typed, 3)
		if s := fmt.Sprint(got); ok && s != want || !ok && want != "no" {
			t.Errorf("numbers %q: %v, %v; want %s", typed, got, ok, want)
		}
	}
}
