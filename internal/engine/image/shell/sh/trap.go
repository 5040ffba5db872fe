package sh

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/kernel"
)

// traps are what a shell does on signals. A signal that comes while a command
// runs in the foreground waits for the command's end; "wait" and "read" end at
// once.
type traps struct {
	process *kernel.Process
	actions map[kernel.Signal]string // of signals; "" ignores one
	exit    string
	err     string // bash's ERR

	caught  []kernel.Signal      // those that the shell hears
	signals <-chan kernel.Signal // where they come
	pending []kernel.Signal      // those that have come and that no trap has run for
}

func newTraps(p *kernel.Process) traps {
	return traps{process: p, actions: map[kernel.Signal]string{}}
}

// inherited are the traps of a subshell: what is ignored stays so, all else has
// its default.
func (t *traps) inherited(p *kernel.Process) traps {
	c := newTraps(p)
	for sig, action := range t.actions {
		if action == "" {
			c.actions[sig] = ""
		}
	}
	return c
}

// catch lets the shell hear a signal. All come on one channel, in order.
func (t *traps) catch(sig kernel.Signal) {
	if slices.Contains(t.caught, sig) {
		return
	}
	t.caught = append(t.caught, sig)
	signals := t.process.Notify(t.caught...)
	t.drain() // what came on the old one, which still is told, and not read any more
	t.signals = signals
}

// drain notes the signals that have come.
func (t *traps) drain() {
	for {
		select {
		case sig := <-t.signals:
			t.note(sig)
		default:
			return
		}
	}
}

func (t *traps) note(sig kernel.Signal) {
	if !slices.Contains(t.pending, sig) && slices.Contains(t.caught, sig) {
		t.pending = append(t.pending, sig)
	}
}

// take is the next signal that has come, 0 if there is none.
func (t *traps) take() kernel.Signal {
	t.drain()
	if len(t.pending) == 0 {
		return 0
	}
	sig := t.pending[0]
	t.pending = t.pending[1:]
	return sig
}

// release gives a signal its default action again, or ignores it.
func (t *traps) release(sig kernel.Signal, ignore bool) {
	t.caught = slices.DeleteFunc(slices.Clone(t.caught), func(s kernel.Signal) bool { return s == sig })
	if ignore {
		t.process.Ignore(sig)
	} else {
		t.process.Reset(sig)
	}
}

// waitFor waits until done is closed or a signal comes, which it returns.
func (t *traps) waitFor(ctx context.Context, done <-chan struct{}) (kernel.Signal, error) {
	for {
		if sig := t.take(); sig != 0 {
			return sig, nil
		}
		select {
		case <-done:
			return 0, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		case sig := <-t.signals:
			t.note(sig)
		}
	}
}

// runTraps runs the traps of all signals that have come.
func (s *shell) runTraps() {
	if s.traps.signals == nil {
		return
	}
	for sig := s.traps.take(); sig != 0; sig = s.traps.take() {
		s.runTrap(sig)
	}
}

// runTrap runs the trap of a signal. $? is afterwards what it was.
func (s *shell) runTrap(sig kernel.Signal) {
	action, ok := s.traps.actions[sig]
	if !ok {
		if sig == kernel.SIGINT && s.opts.interactive {
			s.unwind(flowInterrupt)
			s.status = 130
		}
		return
	}
	saved := s.status
	s.eval(action)
	if s.flow != flowExit && s.flow != flowReturn {
		s.status = saved
	}
}

// trapped runs the trap of a signal that ended a builtin, and returns the
// builtin's status.
func (s *shell) trapped(sig kernel.Signal) int {
	s.runTrap(sig)
	if s.flow != flowNone {
		return s.status
	}
	return 128 + int(sig)
}

// exitTrap runs the trap of EXIT, once.
func (s *shell) exitTrap() {
	action := s.traps.exit
	s.traps.exit = ""
	if action == "" {
		return
	}
	status := s.status
	s.flow = flowNone
	s.eval(action)
	if s.flow != flowExit {
		s.status = status
	}
}

// trapName reads EXIT, 0, ERR, and the names and numbers of signals.
func (s *shell) trapName(name string) (sig kernel.Signal, field *string, ok bool) {
	switch strings.ToUpper(name) {
	case "0", "EXIT":
		return 0, &s.traps.exit, true
	case "ERR":
		return 0, &s.traps.err, s.bash
	}
	sig, err := kernel.ParseSignal(name)
	return sig, nil, err == nil
}

func builtinTrap(s *shell, args []string) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 || args[0] == "-p" {
		return s.printTraps()
	}
	action := args[0]
	names := args[1:]
	if len(names) == 0 { // "trap INT" is "trap - INT"
		action, names = "-", args
	}
	code := 0
	for _, name := range names {
		if !s.setTrap(name, action) {
			code = s.errorf("trap: %s: invalid signal specification", name)
		}
	}
	return code
}

func (s *shell) setTrap(name, action string) bool {
	sig, field, ok := s.trapName(name)
	switch {
	case !ok:
		return false
	case field != nil && action == "-":
		*field = ""
	case field != nil:
		*field = action
	case action == "-":
		delete(s.traps.actions, sig)
		s.traps.release(sig, false)
		s.interactiveSignals()
	case action == "":
		s.traps.actions[sig] = ""
		s.traps.release(sig, true)
	default:
		s.traps.actions[sig] = action
		s.traps.catch(sig)
	}
	return true
}

func (s *shell) printTraps() int {
	if s.traps.exit != "" {
		fmt.Fprintf(s.stdout(), "trap -- %s EXIT\n", quoteWord(s.traps.exit))
	}
	for _, sig := range slices.Sorted(maps.Keys(s.traps.actions)) {
		name := strings.TrimPrefix(sig.String(), "SIG")
		if s.bash {
			name = sig.String()
		}
		fmt.Fprintf(s.stdout(), "trap -- %s %s\n", quoteWord(s.traps.actions[sig]), name)
	}
	return 0
}

// quoteWord quotes a word so that a shell reads it back, always with quotes.
func quoteWord(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// quoteIfNeeded quotes a word that a shell would not read back as it is.
func quoteIfNeeded(word string) string {
	if quoted, err := syntax.Quote(word, syntax.LangPOSIX); err == nil {
		return quoted
	}
	return quoteWord(word)
}

// interactiveSignals are those that an interactive shell does not die of.
func (s *shell) interactiveSignals() {
	if !s.opts.interactive {
		return
	}
	for _, sig := range []kernel.Signal{kernel.SIGINT, kernel.SIGTERM, kernel.SIGQUIT, kernel.SIGTSTP} {
		if _, set := s.traps.actions[sig]; !set {
			s.traps.catch(sig)
		}
	}
}
