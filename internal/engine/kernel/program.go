package kernel

import "context"

// Program is what a process runs. It returns the exit status, 0 to 255. The context ends when the process is killed: the program should then
// return soon. What it does after that is ignored, and its calls into the kernel fail.
type Program func(ctx context.Context, p *Process) int

// Programs are the programs of a container by name; see [Executable].
type Programs map[string]Program
