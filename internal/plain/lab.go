package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
)

// work is the learner at one lab: the attempt, and the newest verdicts, which a
// goroutine follows and records.
type work struct {
	t       *Tutor
	lab     *course.Lab
	context string // of the learner's own cluster, else empty
	vars    map[string]string
	shown   Changes

	stop   context.CancelFunc
	done   chan error
	mu     sync.Mutex
	newest *protocol.Verdicts // not printed yet
	fresh  chan struct{}
}

// lab offers a lab and works at it until the learner goes on. A lab that is
// active already goes on where it was.
func (t *Tutor) lab(ctx context.Context, l *course.Lab) error {
	k := &work{t: t, lab: l, fresh: make(chan struct{}, 1)}
	defer k.leave()
	state, err := t.Desk.State(ctx, l)
	if err != nil {
		return err
	}
	k.vars = attempt.Vars(l, state.Attempts+1) // those that a start will draw
	if err := k.task(ctx); err != nil {
		return err
	}
	k.look(ctx)
	for {
		t.Style.wrapped(t.Out, either(k.stop != nil, t.Words.LabRuns, t.Words.LabHow), "")
		err := k.prompts(ctx)
		if !errors.Is(err, errAgain) {
			return err
		}
		if err := k.task(ctx); err != nil {
			return err
		}
	}
}

// prompts does what is typed at the lab until the learner goes on, each time
// telling first what has changed since.
func (k *work) prompts(ctx context.Context) error {
	for {
		k.print(ctx, 0)
		typed, err := k.t.ask(ctx, k.t.Words.AtLab)
		if err != nil || typed == "" {
			return err
		}
		err = k.t.obey(ctx, strings.TrimPrefix(typed, ":"), prompt{choices: k.choices()})
		if err != nil {
			if err = k.t.tolerate(err); err != nil {
				return err
			}
		}
	}
}

func (k *work) choices() []choice {
	about := k.t.Words.About
	start := alone(k.begins)
	return []choice{
		{"start", "", about["start"], start},
		{"restart", "", about["start"], start},
		{"check", "c", about["check"], alone(k.check)},
		{"watch", "w", about["watch"], alone(k.watch)},
		{"hint", "h", about["hint"], alone(func(ctx context.Context) error {
			return Hint(ctx, k.t.Out, k.t.Desk, k.lab, k.t.Lang, k.t.Words)
		})},
		{"hints", "", about["hints"], alone(k.hints)},
		{"solution", "", about["solution"], alone(k.solution)},
		{"jump", "", about["jump"], alone(k.jump)},
		{"console", "", about["console"], alone(k.openConsole)},
		{"task", "", about["task"], alone(k.task)},
		{"stop", "", about["stop"], alone(func(ctx context.Context) error {
			k.leave()
			return k.t.Labs.StopLab(ctx)
		})},
	}
}

// begins starts the lab; where it runs already, once the learner has said yes.
func (k *work) begins(ctx context.Context) error {
	if k.stop != nil {
		sure, err := k.sure(ctx, fmt.Sprintf(k.t.Words.TypeYes, k.t.Words.AskRestart))
		if err != nil || !sure {
			return err
		}
	}
	return k.start(ctx, false)
}

// look finds out where the lab is done, and goes on with it if it is active.
func (k *work) look(ctx context.Context) {
	s, ok := k.where(ctx)
	if ok && s.State == protocol.StateUp && s.Lab != nil && s.Lab.Lab == k.lab.Path() {
		fmt.Fprintln(k.t.Out, k.t.Words.LabGoesOn)
		k.begin(ctx, *s.Lab)
	}
}

// where finds out where the lab is done, and says why it cannot be done there.
func (k *work) where(ctx context.Context) (s protocol.Status, ok bool) {
	s, err := k.t.Labs.Status(ctx)
	if err != nil {
		return s, false // a start will say why
	}
	k.context = s.Foreign
	if err := Suits(k.lab, k.context, k.t.Words); err != nil {
		fmt.Fprintln(k.t.Out, k.explain(err))
	}
	return s, true
}

// tolerate shows an error of the engine and goes on: everything but labs works
// without it.
func (t *Tutor) tolerate(err error) error {
	var refused *protocol.Error
	var stale *lab.StaleError
	var own RefusedError
	switch {
	case errors.Is(err, errInterrupted):
		t.say("%s", t.Words.NotStarted)
	case errors.As(err, &own):
		fmt.Fprintln(t.Out, own)
	case errors.As(err, &refused):
		fmt.Fprintf(t.Out, "%s %s\n", refused.Message, refused.Hint)
	case errors.As(err, &stale):
		fmt.Fprintf(t.Out, t.Words.Stale+"\n", stale.Running, stale.PID, stale.Wanted)
	case errors.Is(err, lab.ErrNoEngine), errors.Is(err, lab.ErrNoDaemon):
		fmt.Fprintln(t.Out, err)
	default:
		return err
	}
	return nil
}

// task tells what the lab asks for.
func (k *work) task(ctx context.Context) error {
	return k.t.show(ctx, func(w io.Writer) error {
		fmt.Fprintf(w, "\n%s", k.t.Words.LabWord)
		Task(w, k.lab, k.vars, k.t.Lang, k.t.Style)
		return nil
	})
}

// start begins an attempt, with jump after the solution, and follows its checks.
func (k *work) start(ctx context.Context, jump bool) error {
	err := Confirm(k.t.Out, k.t.Desk, k.lab, k.context, k.t.Words, func(prompt string) (string, error) { return k.t.ask(ctx, prompt) })
	if err != nil {
		return err
	}
	k.leave()
	a, err := k.starts(ctx, jump)
	if err != nil {
		return err
	}
	k.begin(ctx, a)
	if s, err := k.t.Labs.Status(ctx); err == nil && s.Kubeconfig != "" {
		fmt.Fprintf(k.t.Out, k.t.Words.UseKubeconfig+"\n", s.Kubeconfig)
	}
	if len(a.Vars) > 0 {
		if err := k.task(ctx); err != nil {
			return err
		}
	}
	if jump {
		k.t.say("%s", k.t.Words.Jumped)
		Aftermath(k.t.Out, k.lab, a.Vars, k.t.Lang, k.t.Words, k.t.Style)
	}
	k.print(ctx, 2*time.Second)
	k.t.Style.wrapped(k.t.Out, k.t.Words.LabRuns, "")
	return nil
}

// starts has the engine begin an attempt, which an interrupt ends.
func (k *work) starts(ctx context.Context, jump bool) (a protocol.Attempt, err error) {
	starting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if k.t.Divert != nil {
		defer k.t.Divert(func() { cancel(errInterrupted) })()
	}
	if err = k.t.Prepare(starting); err == nil {
		stages := StagePrinter{Out: k.t.Out, Words: k.t.Words}
		a, err = k.t.Desk.Start(starting, k.lab, jump, stages.Stage)
	}
	if err != nil && errors.Is(context.Cause(starting), errInterrupted) {
		return a, errInterrupted
	}
	return a, err
}

// errInterrupted means that the learner interrupted what took long.
var errInterrupted = errors.New("interrupted by the learner")

// begin follows the verdicts of an attempt, and records them, until leave.
func (k *work) begin(ctx context.Context, a protocol.Attempt) {
	k.vars, k.shown = a.Vars, Changes{}
	ctx, k.stop = context.WithCancel(ctx)
	k.done = make(chan error, 1)
	go func() {
		k.done <- k.t.Labs.Verdicts(ctx, func(v protocol.Verdicts) error {
			if v.Attempt == nil || v.Attempt.Lab != k.lab.Path() {
				return nil
			}
			if err := k.t.Desk.Keep(ctx, k.lab, v); err != nil {
				return err
			}
			k.see(v)
			return nil
		})
	}()
}

// see keeps verdicts until they are printed.
func (k *work) see(v protocol.Verdicts) {
	k.mu.Lock()
	k.newest = &v
	k.mu.Unlock()
	select {
	case k.fresh <- struct{}{}:
	default:
	}
}

// print prints what has changed, after waiting at most so long for a change.
func (k *work) print(ctx context.Context, wait time.Duration) {
	select {
	case <-k.fresh:
	case <-ctx.Done():
	case <-time.After(wait):
	}
	k.mu.Lock()
	v := k.newest
	k.newest = nil
	k.mu.Unlock()
	if v != nil {
		k.shown.Print(k.t.Out, k.lab, *v, k.t.Lang, k.t.Words, k.t.Style)
	}
}

// check prints all checks as they stand now.
func (k *work) check(ctx context.Context) error {
	if k.stop == nil {
		k.t.say("%s", k.t.Words.StartFirst)
		return nil
	}
	k.shown = Changes{}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	seen := errors.New("seen")
	err := k.t.Labs.Verdicts(ctx, func(v protocol.Verdicts) error {
		if err := k.t.Desk.Asked(ctx, k.lab, v); err != nil {
			return err
		}
		Checks(k.t.Out, k.lab, v, k.t.Lang, k.t.Words, k.t.Style)
		return seen
	})
	if errors.Is(err, seen) {
		return nil
	}
	return err
}

// watch prints changes until Enter.
func (k *work) watch(ctx context.Context) error {
	if k.stop == nil {
		fmt.Fprintln(k.t.Out, k.t.Words.StartFirst)
		return nil
	}
	fmt.Fprintln(k.t.Out, k.t.Words.Watching)
	ctx, cancel := context.WithCancel(ctx)
	typed := make(chan error, 1)
	go func() {
		_, err := k.t.lines.Read(ctx)
		cancel()
		typed <- err
	}()
	for ctx.Err() == nil {
		k.print(ctx, time.Minute)
	}
	cancel()
	return <-typed
}

// jump begins after the solution once the learner has said yes.
func (k *work) jump(ctx context.Context) error {
	if k.context != "" {
		fmt.Fprintln(k.t.Out, k.t.Words.NoJumpHere)
		return nil
	}
	sure, err := k.sure(ctx, fmt.Sprintf(k.t.Words.TypeYes, k.t.Words.AskJump))
	if err != nil || !sure {
		return err
	}
	return k.start(ctx, true)
}

// hints prints those that were shown.
func (k *work) hints(ctx context.Context) error {
	state, err := k.t.Desk.State(ctx, k.lab)
	if err != nil {
		return err
	}
	Hints(k.t.Out, k.lab, attempt.Advice{Shown: state.Hints, Vars: k.vars}, k.t.Lang, k.t.Words)
	return nil
}

// solution prints the solution; where that counts, once the learner has said yes.
func (k *work) solution(ctx context.Context) error {
	state, err := k.t.Desk.State(ctx, k.lab)
	if err != nil {
		return err
	}
	if !attempt.Solved(state) {
		sure, err := k.sure(ctx, k.t.Words.ReallySolution)
		if err != nil || !sure {
			return err
		}
	}
	now, err := k.t.Desk.Now(ctx, k.lab)
	if err != nil {
		return err
	}
	text, err := k.t.Desk.Solution(ctx, k.lab, now)
	if err == nil {
		fmt.Fprintln(k.t.Out, indented(text))
	}
	return err
}

// sure asks for a yes.
func (k *work) sure(ctx context.Context, question string) (bool, error) {
	typed, err := k.t.ask(ctx, question)
	return err == nil && strings.HasPrefix(strings.ToLower(typed), "y"), err
}

// explain finds the words for an error.
func (k *work) explain(err error) string {
	if lab.Gone(err) {
		return k.t.Words.EngineEnded
	}
	return err.Error()
}

// openConsole reads command lines until `exit`, showing checks as they change.
func (k *work) openConsole(ctx context.Context) error {
	req := protocol.OpenConsole{Columns: max(k.t.Style.Width, 20), Rows: 24, Terminal: k.t.Terminal != nil}
	con, err := k.t.Labs.OpenConsole(ctx, req)
	if err != nil {
		return err
	}
	defer con.Close()
	fmt.Fprintln(k.t.Out, k.t.Words.ConsoleOpen)
	s := &Session{
		Console: con, Lines: k.t.lines, Out: k.t.Out, Err: k.t.Out, Words: k.t.Words, Environ: k.t.Environ, Prompt: true,
		Terminal: k.t.Terminal, Divert: k.t.Divert, After: func() { k.print(ctx, tickWait) },
	}
	_, err = s.Run(ctx)
	return err
}

// tickWait is how long the console waits for the tick that a command may have
// earned, before it asks for the next one.
const tickWait = 300 * time.Millisecond

// leave ends following; the attempt itself goes on.
func (k *work) leave() {
	if k.stop != nil {
		k.stop()
		<-k.done
		k.stop = nil
	}
}
