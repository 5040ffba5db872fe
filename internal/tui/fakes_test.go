package tui_test

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/tui"
)

// evening is when all tests play.
func evening() time.Time { return time.Date(2026, 11, 20, 20, 15, 0, 0, time.UTC) }

// options are what a test needs: real lessons and grading, everything else
// faked.
func options(t testing.TB) tui.Options {
	t.Helper()
	return optionsOf(t, theCourse(t))
}

func optionsOf(t testing.TB, c *course.Course) tui.Options {
	t.Helper()
	data, err := os.ReadFile("../../assets/kubectl.json")
	if err != nil {
		t.Fatal(err)
	}
	g, err := quiz.New(data)
	if err != nil {
		t.Fatal(err)
	}
	return tui.Options{
		Course: c, Store: &fakeStore{}, Grader: g, Theme: "dark", Version: "test",
		Now: evening, Seed: func() uint64 { return 7 },
	}
}

// fakeStore keeps events in memory and answers from them.
type fakeStore struct {
	mu     sync.Mutex
	events []any
	fail   error
	before func(data any) error // asked before an event is kept
}

func (s *fakeStore) Record(_ context.Context, data any) (string, error) {
	if s.before != nil {
		if err := s.before(data); err != nil {
			return "", err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return "", s.fail
	}
	s.events = append(s.events, data)
	return "id", nil
}

// all returns the events of one kind.
func all[T any](s *fakeStore) (list []T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if v, ok := e.(T); ok {
			list = append(list, v)
		}
	}
	return list
}

func (s *fakeStore) Last(context.Context) (p progress.Position, ok bool, err error) {
	if list := all[progress.Position](s); len(list) > 0 {
		return list[len(list)-1], true, nil
	}
	return p, false, nil
}

func (s *fakeStore) PositionIn(_ context.Context, lesson string) (p progress.Position, ok bool, err error) {
	for _, at := range all[progress.Position](s) {
		if at.Lesson == lesson {
			p, ok = at, true
		}
	}
	return p, ok, nil
}

func (s *fakeStore) Questions(context.Context) (map[string]progress.QuestionState, error) {
	m := map[string]progress.QuestionState{}
	for _, a := range all[progress.Answer](s) {
		q := m[a.Question]
		q.Tries, q.Right, q.Ever, q.Pending = q.Tries+1, a.Right, q.Ever || a.Right, a.Pending
		m[a.Question] = q
	}
	return m, nil
}

func (s *fakeStore) Labs(context.Context) (map[string]progress.LabState, error) {
	m := map[string]progress.LabState{}
	for _, a := range all[progress.Attempt](s) {
		l := m[a.Lab]
		m[a.Lab] = progress.LabState{Attempts: a.Number, Passed: l.Passed, PassedIn: l.PassedIn, Jumped: a.Jumped}
	}
	for _, h := range all[progress.Hint](s) {
		l := m[h.Lab]
		l.Hints, l.AllHints = append(l.Hints, h.N), l.AllHints+1
		m[h.Lab] = l
	}
	for _, p := range all[progress.Passed](s) {
		l := m[p.Lab]
		l.Passed, l.PassedIn, l.LastTook = evening(), p.Number, p.Took
		m[p.Lab] = l
	}
	return m, nil
}

func (s *fakeStore) Lessons(context.Context) (map[string]progress.LessonState, error) {
	m := map[string]progress.LessonState{}
	for _, p := range all[progress.Position](s) {
		l := m[p.Lesson]
		m[p.Lesson] = progress.LessonState{Page: max(l.Page, p.Page), Pages: p.Pages}
	}
	return m, nil
}

func (s *fakeStore) Pending(context.Context) (list []progress.PendingAnswer, err error) {
	if len(all[progress.Judged](s)) > 0 {
		return nil, nil
	}
	for _, a := range all[progress.Answer](s) {
		if a.Pending {
			list = append(list, progress.PendingAnswer{ID: "id", Answer: a})
		}
	}
	return list, nil
}

func (s *fakeStore) Days(_ context.Context, n int, now time.Time) ([]progress.Day, error) {
	days := make([]progress.Day, n)
	for i := range days {
		days[i].Date = now.AddDate(0, 0, i-n+1)
	}
	for _, a := range all[progress.Answer](s) {
		days[n-1].Answers++
		if a.Right {
			days[n-1].Right++
		}
	}
	return days, nil
}

func (s *fakeStore) Export(context.Context, io.Writer) (int, error) { return 0, nil }
func (s *fakeStore) Import(context.Context, io.Reader) (int, error) { return 0, nil }
func (s *fakeStore) Close() error                                   { return nil }

// fakeLabs plays an engine: labs start at once, and the verdicts are those of a
// script.
type fakeLabs struct {
	engine   lab.Engine
	status   protocol.Status
	startErr error
	verdicts []protocol.Verdicts
	console  *fakeConsole
	started  []protocol.StartLab
	judge    *protocol.Judgement // nil: no cluster is up
	silent   int                 // how many times it does not answer
	was      []protocol.Status   // what it says of its cluster first
	stale    bool                // the daemon is of another build, until it sleeps
	network  []protocol.Network
	views    []protocol.NetworkView
}

func (f *fakeLabs) Engine() lab.Engine { return f.engine }

func (f *fakeLabs) Prepare(_ context.Context, changed func(lab.Engine)) error {
	changed(f.engine)
	return nil
}

func (f *fakeLabs) Status(context.Context) (protocol.Status, error) {
	if f.silent > 0 {
		f.silent--
		return protocol.Status{}, context.DeadlineExceeded
	}
	if len(f.was) > 0 {
		was := f.was[0]
		f.was = f.was[1:]
		return was, nil
	}
	return f.status, nil
}
func (f *fakeLabs) Up(context.Context, func(protocol.Stage)) (protocol.Status, error) {
	return f.status, nil
}
func (f *fakeLabs) Sleep(context.Context) (protocol.Status, error) {
	f.stale = false
	return f.status, nil
}
func (f *fakeLabs) Down(context.Context) (protocol.Status, error) { return f.status, nil }

func (f *fakeLabs) StartLab(_ context.Context, req protocol.StartLab, stage func(protocol.Stage)) (protocol.Attempt, error) {
	f.started = append(f.started, req)
	stage(protocol.Stage{ID: "etcd", Done: true, Took: 200 * time.Millisecond})
	stage(protocol.Stage{ID: "api-server", Detail: "readyz"})
	if f.startErr != nil {
		return protocol.Attempt{}, f.startErr
	}
	a := protocol.Attempt{Lab: req.Lab.Path(), Number: req.Number, Hash: "h", Namespace: req.Lab.Namespace, Started: evening(),
		Jumped: req.AfterSolution, Vars: course.Draw(req.Lab.Vars, req.Seed)}
	f.status = protocol.Status{State: protocol.StateUp, Lab: &a, Foreign: f.status.Foreign}
	return a, nil
}

func (f *fakeLabs) ResetLab(context.Context, func(protocol.Stage)) (protocol.Attempt, error) {
	return protocol.Attempt{}, nil
}
func (f *fakeLabs) StopLab(context.Context) error { return nil }

// Verdicts sends the script, each time for the present attempt.
func (f *fakeLabs) Verdicts(_ context.Context, changed func(protocol.Verdicts) error) error {
	if f.stale {
		return &lab.StaleError{Running: "old", Wanted: "new", PID: 7}
	}
	if err := changed(protocol.Verdicts{Epoch: "e", Seq: 1}); err != nil { // before anything was judged
		return err
	}
	for _, v := range f.verdicts {
		a := *f.status.Lab
		if v.Attempt != nil {
			a.Passed, a.PassedEver = v.Attempt.Passed, v.Attempt.PassedEver
		}
		v.Attempt = &a
		if err := changed(v); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeLabs) OpenConsole(context.Context, protocol.OpenConsole) (lab.Console, error) {
	return f.console, nil
}
func (f *fakeLabs) File(context.Context, string) ([]byte, error)  { return nil, nil }
func (f *fakeLabs) PutFile(context.Context, string, []byte) error { return nil }

// Network sends the script, of which the last one stays.
func (f *fakeLabs) Network(_ context.Context, view protocol.NetworkView, changed func(protocol.Network) error) error {
	f.views = append(f.views, view)
	for _, n := range f.network {
		if view.Namespace != "" || view.All {
			n.Namespace = view.Namespace
		}
		if err := changed(n); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeLabs) Judge(context.Context, protocol.Judge) (protocol.Judgement, error) {
	if f.judge != nil {
		return *f.judge, nil
	}
	return protocol.Judgement{}, &protocol.Error{Code: protocol.CodeConflict, Message: "no cluster is up"}
}

func (f *fakeLabs) Prove(context.Context, protocol.Prove, func(protocol.ProofStep)) error { return nil }

// fakeConsole answers every line with a fixed text.
type fakeConsole struct {
	mu      sync.Mutex
	answer  string
	lines   []string
	signals []string
	inputs  []string
	words   []string // completion
	edit    string   // every line lets the learner edit this; "" does not
	edited  protocol.Edited
	block   chan struct{}
}

func (c *fakeConsole) Info() protocol.Console {
	return protocol.Console{ID: "1", Directory: ".", Namespace: "shop", History: []string{"kubectl get nodes"}}
}

func (c *fakeConsole) Run(_ context.Context, line string, out func(protocol.Output)) (protocol.Exit, bool, error) {
	c.mu.Lock()
	c.lines = append(c.lines, line)
	c.mu.Unlock()
	if strings.HasSuffix(line, "<<EOF") {
		return protocol.Exit{}, true, nil
	}
	out(protocol.Output{Data: []byte(c.answer)})
	if c.edit != "" {
		out(protocol.Output{Edit: &protocol.Edit{ID: "e1", Name: "claim.yaml", Content: []byte(c.edit)}})
	}
	if c.block != nil {
		<-c.block
	}
	return protocol.Exit{Directory: ".", Namespace: "shop"}, false, nil
}

func (c *fakeConsole) Input(_ context.Context, data []byte, _ bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs = append(c.inputs, string(data))
	return nil
}

func (c *fakeConsole) Signal(_ context.Context, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.signals = append(c.signals, name)
	return nil
}

func (c *fakeConsole) Resize(context.Context, int, int) error { return nil }

func (c *fakeConsole) Edited(_ context.Context, e protocol.Edited) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.edited = e
	return nil
}
func (c *fakeConsole) Close() error { return nil }
func (c *fakeConsole) Complete(_ context.Context, line string, cursor int) (protocol.Completion, error) {
	from := strings.LastIndexByte(line[:cursor], ' ') + 1
	var items []protocol.CompletedWord
	for _, w := range c.words {
		if strings.HasPrefix(w, line[from:cursor]) {
			items = append(items, protocol.CompletedWord{Word: w, Help: "help for " + w})
		}
	}
	return protocol.Completion{From: from, Items: items}, nil
}

// bindClaim is the verdicts on the lab bind-claim on the way to passing it.
func bindClaim() []protocol.Verdicts {
	missing := []protocol.Verdict{
		{Check: "exists", Result: protocol.Pass},
		{Check: "class", Result: protocol.Fail, Want: course.Same(`"manual"`), Have: course.Same(`"standard"`), Path: "spec.storageClassName"},
		{Check: "bound", Result: protocol.Waiting, Reason: course.Text{EN: "Pending", ZH: "Pending"}},
		{Check: "right-volume", Result: protocol.Fail, Want: course.Same("volume shelf, loft Available"), Have: course.Text{EN: "not set", ZH: "未设置"}},
	}
	return []protocol.Verdicts{{Epoch: "e", Seq: 1, At: evening(), Attempt: &protocol.Attempt{PassedEver: []string{"exists"}}, Checks: missing}}
}

func passedClaim() []protocol.Verdicts {
	list := slices.Clone(bindClaim()[0].Checks)
	ever := []string{}
	for i := range list {
		list[i] = protocol.Verdict{Check: list[i].Check, Result: protocol.Pass}
		ever = append(ever, list[i].Check)
	}
	return append(bindClaim(), protocol.Verdicts{Epoch: "e", Seq: 2, At: evening(), Checks: list,
		Attempt: &protocol.Attempt{PassedEver: ever, Passed: evening().Add(time.Minute)}})
}

// solvedClaim is the verdicts after a jump: all hold, and nothing is passed.
func solvedClaim() []protocol.Verdicts {
	list := passedClaim()[1:]
	list[0].Attempt = nil
	return list
}

func labs() *fakeLabs {
	return &fakeLabs{
		engine: lab.Engine{State: lab.EngineReady}, status: protocol.Status{State: protocol.StateDown},
		verdicts: bindClaim(), console: &fakeConsole{answer: "NAME    CAPACITY   ACCESS MODES\nshelf   1Gi        RWO\n"},
	}
}
