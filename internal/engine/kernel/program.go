package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// Program is what a process runs. It returns the exit status, 0 to 255. The context ends when the process is killed: the program should then
// return soon. What it does after that is ignored, and its calls into the kernel fail.
type Program func(ctx context.Context, p *Process) int

// Programs are the programs of a container by name; see [Executable].
type Programs map[string]Program

// elfHeader is the beginning of a 64-bit executable for Linux on x86-64, so that file(1) and people who look take it for one.
const elfHeader = "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00\x01\x00\x00\x00"

// programMark stands before a program's name in an executable.
const programMark = "\x00\x00.interp\x00kubetutor:"

// Executable is the content of a file that runs the program of that name when it is executed. It looks like a small ELF file.
func Executable(program string) []byte {
	return []byte(elfHeader + programMark + program + "\x00\n")
}

// programOf is the name of the program that a file's beginning names.
func programOf(head []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(head, []byte(elfHeader+programMark))
	if !ok {
		return "", false
	}
	name, _, ok := bytes.Cut(rest, []byte{0})
	return string(name), ok
}

// ErrNotFound says that no directory of PATH has an executable file of that name.
var ErrNotFound = errors.New("executable file not found in $PATH")

// ExecError says why a process could not be started, in the words of container runtimes.
type ExecError struct {
	Name string // what was to be executed
	Err  error  // ErrNotFound, or a syscall.Errno in whatever wraps it
}

// Error is the message of a container runtime.
func (e *ExecError) Error() string { return fmt.Sprintf("exec: %q: %v", e.Name, e.Err) }

// Unwrap is the reason.
func (e *ExecError) Unwrap() error { return e.Err }

// headSize is how much of a file is read to see how to execute it, in bytes; BINPRM_BUF_SIZE of Linux.
const headSize = 256

// defaultPath is searched if a process has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// maxComm is where Linux cuts the name of a process, in bytes.
const maxComm = 15

// image is what an execution comes to.
type image struct {
	path    string // of the program's file
	name    string // of the process, after the file that was to be executed
	args    []string
	program Program
	cred    Cred // who the program runs as
}

// exec finds what a path runs, with what arguments: the file itself, or the interpreter that its first line names.
func (f *FS) exec(file string, args []string) (image, error) {
	name := path.Base(file)
	name = name[:min(len(name), maxComm)]
	for range 5 {
		head, cred, err := f.head(file)
		if err != nil {
			return image{}, err
		}
		if program, ok := programOf(head); ok {
			if run := f.c.programs[program]; run != nil {
				return image{file, name, args, run, cred}, nil
			}
			return image{}, syscall.ENOEXEC
		}
		interpreter, arg, ok := shebang(head)
		if !ok {
			return image{}, syscall.ENOEXEC
		}
		rest := append([]string{file}, args[1:]...)
		if arg != "" {
			rest = append([]string{arg}, rest...)
		}
		file, args = interpreter, append([]string{interpreter}, rest...)
	}
	return image{}, syscall.ELOOP
}

// head is the beginning of a file that may be executed, and who its program would run as.
func (f *FS) head(name string) ([]byte, Cred, error) {
	at, err := f.walk(name, true)
	if err != nil {
		return nil, Cred{}, err
	}
	if err := f.executable(&at); err != nil {
		return nil, Cred{}, err
	}
	h, err := at.node.open(f, 0)
	if err != nil {
		return nil, Cred{}, err
	}
	defer func() { _ = h.close() }()
	head := make([]byte, headSize)
	n, err := h.readAt(f.context(), head, 0)
	return head[:n], f.elevated(&at), err
}

// elevated is who a program runs as: whoever executes it, or the file's owner and group where its setuid and setgid bits count. A process has one
// user here, so the real one changes too.
func (f *FS) elevated(at *place) Cred {
	cred := f.cred
	if f.c.noNewPrivs || strings.Contains(","+at.mnt.options+",", ",nosuid,") {
		return cred
	}
	if at.attr.mode&fs.ModeSetuid != 0 {
		cred.UID = at.attr.uid
	}
	if at.attr.mode&fs.ModeSetgid != 0 && at.attr.mode&0o010 != 0 { // without the x bit it asks for mandatory locks
		cred.GID = at.attr.gid
	}
	return cred
}

// executable says whether a file may be executed.
func (f *FS) executable(at *place) error {
	if !at.attr.mode.IsRegular() || strings.Contains(","+at.mnt.options+",", ",noexec,") {
		return syscall.EACCES
	}
	return f.allowed(&at.attr, ExecOK)
}

// shebang reads a script's first line. All that follows the interpreter is one argument, as in Linux.
func shebang(head []byte) (interpreter, arg string, ok bool) {
	line, ok := bytes.CutPrefix(head, []byte("#!"))
	if !ok {
		return "", "", false
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	interpreter, arg, _ = strings.Cut(strings.TrimSpace(string(line)), " ")
	return interpreter, strings.TrimSpace(arg), interpreter != ""
}

// lookPath finds the file that a name executes.
func (f *FS) lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		at, err := f.walk(name, true)
		switch {
		case err != nil:
			return "", &ExecError{name, &fs.PathError{Op: "stat", Path: name, Err: err}}
		case at.attr.mode.IsDir():
			return "", &ExecError{name, syscall.EISDIR}
		}
		if err := f.executable(&at); err != nil {
			return "", &ExecError{name, err}
		}
		return f.Abs(name), nil
	}
	search, ok := getenv(env, "PATH")
	if !ok {
		search = defaultPath
	}
	reason := ErrNotFound
	for dir := range strings.SplitSeq(search, ":") {
		file := path.Join(f.Abs(dir), name)
		if name == "" || name == "." || name == ".." {
			break
		}
		at, err := f.walk(file, true)
		if err != nil || at.attr.mode.IsDir() {
			continue
		}
		if err := f.executable(&at); err == nil {
			return file, nil
		}
		reason = syscall.EACCES
	}
	return "", &ExecError{name, reason}
}

// getenv finds a variable; the last one of a name counts.
func getenv(env []string, name string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env[i], name+"="); ok {
			return value, true
		}
	}
	return "", false
}
