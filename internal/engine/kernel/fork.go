package kernel

import "errors"

// Fork starts a child that runs a function of the parent's own program, as fork(2) without execve(2) does: a subshell. No file is looked up.
// Args and what else Spec leaves out come from the parent. The error is EAGAIN when there are too many processes.
func (p *Process) Fork(spec Spec, program Program) (*Process, error) {
	return nil, errors.ErrUnsupported
}

// Exec replaces what the process runs by the program of a file, as execve(2) does: number, parent, group and working directory stay, handled
// signals have their default action again, ignored ones stay ignored. The new program runs within the call, which returns its exit
// status: the caller must return that at once. The error says that the file cannot be executed; nothing has changed then.
func (p *Process) Exec(spec Spec) (int, error) { return 0, errors.ErrUnsupported }
