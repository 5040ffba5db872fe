package text

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// xargsCall is one call of xargs.
type xargsCall struct {
	*tool.Call
	command  []string
	replace  string
	most     int // arguments of a command
	parallel int
	mu       sync.Mutex
	code     int
	running  sync.WaitGroup
	slots    chan struct{}
}

// maxArguments is how many bytes a command's arguments may have, as busybox has it.
const maxArguments = 32 << 10

func xargs(c *tool.Call) int {
	x := &xargsCall{Call: c, command: c.Args, most: c.Int("n", 0), parallel: max(c.Int("P", 1), 1)}
	if len(x.command) == 0 {
		x.command = []string{"echo"}
	}
	if c.Has("I") || c.Has("i") {
		x.replace = c.Value("I", "{}")
		x.most = 1
	}
	x.slots = make(chan struct{}, min(x.parallel, 64))
	text, err := x.input()
	if err != nil {
		c.Fatalf("%s", tool.Reason(err))
	}
	items := x.split(text)
	if len(items) == 0 {
		if !c.Has("r") && x.replace == "" {
			x.run(nil)
		}
	}
	for len(items) > 0 && x.code != 124 {
		n := x.batch(items)
		x.run(items[:n])
		items = items[n:]
	}
	x.running.Wait()
	return x.code
}

func (x *xargsCall) input() ([]byte, error) {
	if file := x.Value("a", ""); file != "" {
		return x.FS().ReadFile(file)
	}
	return x.ReadAll(io.Reader(x.Input()))
}

// batch is how many items the next command gets.
func (x *xargsCall) batch(items []string) int {
	size := 0
	for i, item := range items {
		size += len(item) + 1
		if i > 0 && (size > maxArguments || x.most > 0 && i >= x.most) {
			return i
		}
	}
	return len(items)
}

// split cuts the input into items, and takes quotes away.
func (x *xargsCall) split(text []byte) (items []string) {
	switch {
	case x.Has("0"):
		return nonEmpty(bytes.Split(text, []byte{0}))
	case x.Has("d"):
		return nonEmpty(bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte(unescapeDelimiter(x.Value("d", "\n")))))
	case x.replace != "" || x.Has("L"):
		for _, item := range nonEmpty(bytes.Split(text, []byte("\n"))) {
			items = append(items, strings.TrimLeft(item, " \t"))
		}
		return items
	}
	return x.words(string(text))
}

func unescapeDelimiter(text string) string {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\0`, "\x00").Replace(text)
}

func nonEmpty(parts [][]byte) (items []string) {
	for _, p := range parts {
		if len(p) > 0 {
			items = append(items, string(p))
		}
	}
	return items
}

func (x *xargsCall) words(text string) (items []string) {
	var word strings.Builder
	started, quote := false, rune(0)
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\\':
			escaped, started = true, true
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if started {
				items = append(items, word.String())
				word.Reset()
			}
			started = false
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if quote != 0 {
		x.Fatalf("unmatched %s quote", map[rune]string{'\'': "single", '"': "double"}[quote])
	}
	if started {
		items = append(items, word.String())
	}
	return items
}

func (x *xargsCall) run(items []string) {
	args := append([]string{}, x.command...)
	if x.replace != "" {
		for i, a := range args {
			args[i] = strings.ReplaceAll(a, x.replace, strings.Join(items, " "))
		}
	} else {
		args = append(args, items...)
	}
	if x.Has("t") {
		fmt.Fprintln(x.Stderr(), strings.Join(args, " "))
	}
	x.Out.Flush()
	child, err := x.Start(kernel.Spec{Args: args, Stdout: x.Stdout(), Stderr: x.Stderr()})
	if err != nil {
		code, why := tool.ExecReason(err)
		x.Errorf("%s: %s", args[0], why)
		x.running.Wait()
		x.Exit(code)
	}
	x.slots <- struct{}{}
	x.running.Add(1)
	wait := func() {
		defer x.running.Done()
		x.finished(child)
		<-x.slots
	}
	if x.parallel > 1 {
		go wait()
		return
	}
	wait()
}

func (x *xargsCall) finished(child *kernel.Process) {
	status, err := child.Wait(x.Ctx)
	x.mu.Lock()
	defer x.mu.Unlock()
	switch code := status.ExitCode(); {
	case err != nil:
		x.code = 137
	case code == 255:
		x.Errorf("%s: exited with status 255; aborting", x.command[0])
		x.code = 124
	case code >= 128:
		x.code = 125
	case code > 0:
		x.code = max(x.code, 123)
	}
}
