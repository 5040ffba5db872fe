package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/interp"
)

// tool is a small program of the console.
type tool struct {
	usage string // arguments, for help
	about string // what it does, for help and completion
	run   func(*invocation) error
}

// tools are all small programs by name.
func tools() map[string]tool {
	all := map[string]tool{}
	for _, some := range []map[string]tool{fileTools(), textTools(), searchTools(), plainTools(), shellTools()} {
		maps.Copy(all, some)
	}
	return all
}

// invocation is one run of a tool.
type invocation struct {
	context.Context
	shell *shell
	files *files
	env   interp.HandlerContext
	in    io.Reader
	out   *lazyWriter
	err   io.Writer
	name  string
	args  []string // after the name
	flags *pflag.FlagSet
}

// exitCode is an error that only sets the exit code.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// runTool runs a tool and returns its exit code.
func (s *shell) runTool(ctx context.Context, hc interp.HandlerContext, t tool, args []string) int {
	in, stop := s.reader(ctx, hc.Stdin)
	defer stop()
	out := &lazyWriter{ctx: ctx, w: hc.Stdout}
	i := &invocation{
		Context: ctx, shell: s, files: s.files, env: hc, in: in,
		out: out, err: &afterWriter{out, hc.Stderr}, name: args[0], args: args[1:],
	}
	i.flags = pflag.NewFlagSet(i.name, pflag.ContinueOnError)
	i.flags.SetOutput(io.Discard)
	i.flags.Usage = func() {}
	return i.code(t, errors.Join(t.run(i), out.flush()))
}

func (i *invocation) code(t tool, err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		err = joined.Unwrap()[0] // the tool's own; that of flushing is of the same cause
	}
	code, coded := errors.AsType[exitCode](err)
	switch {
	case err == nil:
		return 0
	case coded:
		return int(code)
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(i.err, "%s %s\n%s\n", i.name, t.usage, t.about)
		return 0
	case i.Err() != nil, errors.Is(err, io.ErrShortWrite):
		return 130
	case brokenPipe(err):
		return 141
	}
	fmt.Fprintf(i.err, "%s: %v\n", i.name, plain(err))
	return 1
}

// plain drops the operation from an error about a path: "open x: no such file".
func plain(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
}

func brokenPipe(err error) bool {
	return errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed) || strings.Contains(err.Error(), "broken pipe")
}

// reader is standard input for a tool: reading ends when ctx does, and the
// first read of what the learner types is announced.
func (s *shell) reader(ctx context.Context, in io.Reader) (io.Reader, func() bool) {
	f, ok := in.(*os.File)
	if !ok || f == nil {
		return strings.NewReader(""), func() bool { return true }
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	return &askingReader{shell: s, file: f}, stop
}

// askingReader announces its first read.
type askingReader struct {
	shell *shell
	file  *os.File
	asked bool
}

func (r *askingReader) Read(b []byte) (int, error) {
	if !r.asked {
		r.asked = true
		r.shell.asks(r.file)
	}
	return r.file.Read(b)
}

const (
	lazySize  = 32 << 10
	lazyDelay = 10 * time.Millisecond
)

// lazyWriter gathers what a tool writes for a moment, for tools write line by
// line. It fails once its context has ended, which ends a tool that only writes.
type lazyWriter struct {
	ctx context.Context
	w   io.Writer

	mu    sync.Mutex
	text  []byte
	timer *time.Timer
	err   error
}

func (w *lazyWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	w.text = append(w.text, b...)
	switch {
	case len(w.text) >= lazySize:
		w.push()
	case w.timer == nil:
		w.timer = time.AfterFunc(lazyDelay, func() { _ = w.flush() }) // the next write tells
	}
	return len(b), w.err
}

func (w *lazyWriter) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.push()
	return w.err
}

// afterWriter is standard error: what was printed before comes before it.
type afterWriter struct {
	first *lazyWriter
	w     io.Writer
}

func (w *afterWriter) Write(b []byte) (int, error) {
	_ = w.first.flush() // the next write to it tells
	return w.w.Write(b)
}

// push writes what there is. The caller holds the lock.
func (w *lazyWriter) push() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if len(w.text) == 0 || w.err != nil {
		return
	}
	_, w.err = w.w.Write(w.text)
	w.text = w.text[:0]
}

// parse parses the flags and returns the other arguments.
func (i *invocation) parse() ([]string, error) {
	if err := i.flags.Parse(i.args); err != nil {
		return nil, err
	}
	return i.flags.Args(), nil
}

// parseExact is parse for tools with a fixed number of arguments.
func (i *invocation) parseExact(least, most int) ([]string, error) {
	args, err := i.parse()
	switch {
	case err != nil:
		return nil, err
	case len(args) < least:
		return nil, errors.New("an argument is missing")
	case most >= 0 && len(args) > most:
		return nil, fmt.Errorf("too many arguments: %s", strings.Join(args[most:], " "))
	}
	return args, nil
}

// open opens a file to read; "-" is standard input.
func (i *invocation) open(path string) (io.ReadCloser, error) {
	if path == "-" || path == devStdin {
		return io.NopCloser(i.in), nil
	}
	info, err := i.files.info(i.env.Dir, path, true)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &os.PathError{Op: "open", Path: path, Err: errors.New("is a directory")}
	}
	return i.files.openFile(i.env.Dir, path, os.O_RDONLY, 0)
}

// each does something with every file named, or with standard input if none is.
// A file that cannot be read does not stop the others.
func (i *invocation) each(paths []string, do func(name string, r io.Reader) error) error {
	if len(paths) == 0 {
		paths = []string{"-"}
	}
	var failed error
	for _, path := range paths {
		r, err := i.open(path)
		if err != nil {
			fmt.Fprintf(i.err, "%s: %v\n", i.name, plain(err))
			failed = exitCode(1)
			continue
		}
		err = do(path, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return failed
}

// create opens a file to write, empty or at its end.
func (i *invocation) create(path string, appending bool) (io.WriteCloser, error) {
	switch path {
	case devStdout:
		return borrowed{Writer: i.out}, nil
	case devStderr:
		return borrowed{Writer: i.err}, nil
	}
	flag := createTruncate
	if appending {
		flag = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	return i.files.openFile(i.env.Dir, path, flag, 0o644)
}

// lines reads lines, without their ends.
func lines(r io.Reader, do func(string) error) error {
	for line, err := range lineSeq(r) {
		if err != nil {
			return err
		}
		if err := do(line); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// createTruncate opens a file to be written from its beginning.
const createTruncate = os.O_CREATE | os.O_WRONLY | os.O_TRUNC

func notThere(err error) bool { return errors.Is(err, os.ErrNotExist) }
