package plain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
)

// cluster is a Service with one lab, whose check "done" passes once the console
// has run "solve".
type cluster struct {
	lab.Service
	missing error // what StartLab says
	foreign string
	begun   []protocol.StartLab

	mu      sync.Mutex
	attempt *protocol.Attempt
	seq     uint64
	changed chan struct{} // closed at each change
	ran     []string
}

func newCluster() *cluster { return &cluster{changed: make(chan struct{})} }

func (c *cluster) Status(context.Context) (protocol.Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return protocol.Status{State: protocol.StateUp, Lab: c.attempt, Kubeconfig: "/k", Foreign: c.foreign}, nil
}

func (c *cluster) StartLab(_ context.Context, req protocol.StartLab, stage func(protocol.Stage)) (protocol.Attempt, error) {
	if c.missing != nil {
		return protocol.Attempt{}, c.missing
	}
	c.begun = append(c.begun, req)
	stage(protocol.Stage{ID: "setup", Done: true, Took: time.Second})
	c.set(&protocol.Attempt{Lab: req.Lab.Path(), Number: req.Number, Started: time.Now(), Jumped: req.AfterSolution, Vars: map[string]string{"n": "7"}})
	return *c.attempt, nil
}

func (c *cluster) set(a *protocol.Attempt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attempt = a
	c.seq++
	close(c.changed)
	c.changed = make(chan struct{})
}

// solve makes the check pass.
func (c *cluster) solve() {
	a := *c.attempt
	a.Passed, a.PassedEver = a.Started.Add(time.Minute), []string{"done"}
	c.set(&a)
}

func (c *cluster) StopLab(context.Context) error { c.set(nil); return nil }

func (c *cluster) Verdicts(ctx context.Context, changed func(protocol.Verdicts) error) error {
	for {
		c.mu.Lock()
		v := protocol.Verdicts{Epoch: "e", Seq: c.seq, Attempt: c.attempt}
		next := c.changed
		c.mu.Unlock()
		if v.Attempt != nil {
			v.Checks = []protocol.Verdict{{Check: "done", Result: protocol.Fail, Want: course.Same("x"), Have: course.Same("y"), Path: "spec.z"}}
			if !v.Attempt.Passed.IsZero() {
				v.Checks = []protocol.Verdict{{Check: "done", Result: protocol.Pass}}
			}
		}
		if err := changed(v); err != nil {
			return err
		}
		select {
		case <-next:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (c *cluster) Judge(context.Context, protocol.Judge) (protocol.Judgement, error) {
	return protocol.Judgement{}, &protocol.Error{Code: protocol.CodeConflict, Message: "No cluster is up."}
}

func (c *cluster) OpenConsole(context.Context, protocol.OpenConsole) (lab.Console, error) {
	return &fakeConsole{cluster: c, inputs: make(chan string, 8), signals: make(chan string, 1), resized: make(chan bool, 1)}, nil
}

// fakeConsole is a console that knows a few commands.
type fakeConsole struct {
	lab.Console
	cluster *cluster
	inputs  chan string
	signals chan string
	resized chan bool
}

func (c *fakeConsole) Info() protocol.Console { return protocol.Console{ID: "c", Namespace: "shop"} }
func (c *fakeConsole) Close() error           { return nil }

func (c *fakeConsole) Input(_ context.Context, data []byte, eof bool) error {
	if eof {
		close(c.inputs)
		return nil
	}
	c.inputs <- string(data)
	return nil
}

func (c *fakeConsole) Resize(context.Context, int, int) error {
	select {
	case c.resized <- true:
	default:
	}
	return nil
}

func (c *fakeConsole) Signal(_ context.Context, name string) error {
	c.signals <- name
	return nil
}

func (c *fakeConsole) Run(ctx context.Context, line string, out func(protocol.Output)) (protocol.Exit, bool, error) {
	if strings.HasSuffix(line, "\\") || strings.HasSuffix(line, "\\\n") {
		return protocol.Exit{}, true, nil
	}
	c.cluster.mu.Lock()
	c.cluster.ran = append(c.cluster.ran, line)
	c.cluster.mu.Unlock()
	exit := protocol.Exit{Namespace: "shop", Directory: "."}
	switch word, _, _ := strings.Cut(line, " "); word {
	case "solve":
		c.cluster.solve()
	case "exit":
		exit.Closed, exit.Code = true, 3
	case "cat":
		out(protocol.Output{Input: true})
		for text := range c.inputs {
			out(protocol.Output{Data: []byte("read " + text)})
		}
	case "shell": // has the terminal, and shows what is typed until control-D
		out(protocol.Output{Terminal: protocol.LoanBegins})
		for text := range c.inputs {
			out(protocol.Output{Data: []byte("<" + text + ">")})
			if text == "\x04" {
				break
			}
		}
		out(protocol.Output{Terminal: protocol.LoanEnds})
	case "hang":
		out(protocol.Output{Data: []byte("hanging\n")})
		select {
		case name := <-c.signals:
			out(protocol.Output{Data: []byte("got " + name + "\n"), Stderr: true})
			exit.Code = 130
		case <-ctx.Done():
			return exit, false, context.Cause(ctx)
		}
	}
	return exit, false, nil
}

// lesson is one with a lab and no questions.
func lesson() *course.Body {
	b := &course.Lab{
		Lesson: "one", ID: "try", Title: course.Text{EN: "Try it", ZH: "试试"}, Task: course.Same("Make @{n} of them."),
		Checks: []course.Check{{ID: "done", Title: course.Text{EN: "It is done", ZH: "做完了"}}}, Debrief: course.Same("That was @{n}."),
		Hints: []course.Hint{{EN: "Look closely.", ZH: "看仔细。"}}, Solution: "s", Files: map[string]string{"s": "solve @{n}"},
	}
	pages := []course.Page{
		{Title: "First", Parts: []course.Part{{Markdown: "Some text."}, {Lab: "try"}}},
		{Title: "Second", Parts: []course.Part{{Markdown: "More text."}}},
	}
	return &course.Body{
		Lesson: &course.Lesson{ID: "one", Track: &course.Track{ID: "t", Title: course.Same("Track")}, Title: course.Same("One")},
		Pages:  map[course.Lang][]course.Page{course.English: pages, course.Chinese: pages},
		Labs:   []*course.Lab{b},
	}
}

// learner is a tutor that reads a prepared input.
type learner struct {
	*Tutor
	out     *bytes.Buffer
	cluster *cluster
	store   *progress.DB
}

func sit(t *testing.T, typed string) *learner {
	t.Helper()
	store, err := progress.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	data, err := os.ReadFile("../../assets/kubectl.json")
	if err != nil {
		t.Fatal(err)
	}
	grader, err := quiz.New(data)
	if err != nil {
		t.Fatal(err)
	}
	c, out := newCluster(), &bytes.Buffer{}
	tutor := New(Options{
		Course: &course.Course{}, Store: store, Labs: c, Desk: &attempt.Desk{Labs: c, Store: store}, Grader: grader,
		Reviews: &review.Desk{Course: &course.Course{}, Store: store, Config: review.DefaultConfig()},
		Lang:    course.English, Words: i18n.CLIWords(course.English), Style: Style{Width: 80, Plain: true},
		In: strings.NewReader(typed), Out: out, Prepare: func(context.Context) error { return nil },
	})
	return &learner{tutor, out, c, store}
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("the test took too long"))
	t.Cleanup(cancel)
	return ctx
}

// says fails unless the output holds all texts, in that order.
func (l *learner) says(t *testing.T, texts ...string) {
	t.Helper()
	rest := l.out.String()
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Fatalf("%q is missing, or out of order, in:\n%s", text, l.out)
		}
		rest = after
	}
}
