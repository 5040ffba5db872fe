// Package tool is the common ground of the small programs of a container: the
// options of a call, its input files, its output, and the way it fails.
//
// A program is a [Command]: its options as getopt(3) writes them, a line of
// usage, and a function. What the programs print and return follows busybox,
// because most containers that people look into hold it.
//
// A tool ends from deep inside by [Call.Exit], which unwinds to the program's
// own frame, as exit(3) does: nothing above has to pass the failure on. The same
// happens when nobody reads what it writes any more.
package tool

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/engine/kernel"
)

// Banner is the first line of every usage text.
const Banner = "BusyBox v1.37.0 (2024-09-26 21:31:42 UTC) multi-call binary."

// Command is a small program.
type Command struct {
	Flags string // as for getopt(3): "a" is a switch, "n:" takes a value; a leading "+" ends the options at the first operand
	Long  string // "all=a lines=n": the long names of flags, separated by spaces
	Usage string // what follows the name in the usage text
	Min   int    // least number of operands
	Max   int    // greatest number of operands; 0 means any
	Raw   bool   // take all arguments as operands
	Run   func(*Call) int
}

// Call is one run of a command.
type Call struct {
	*kernel.Process
	Ctx  context.Context
	Name string   // as it was called
	Args []string // the operands
	Out  *Writer  // buffered standard output; written out at the end and before input is waited for

	command Command
	options []option
	status  int
}

// option is one option of a call, in the order given.
type option struct{ name, value string }

// exit unwinds a tool.
type exit int

// Program makes the command something that a kernel runs.
func (c Command) Program() kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int { return c.run(ctx, p) }
}

func (c Command) run(ctx context.Context, p *kernel.Process) (code int) {
	call := &Call{Process: p, Ctx: ctx, Name: path.Base(p.Args()[0]), command: c}
	call.Out = newWriter(call, p.Stdout())
	defer func() { code = call.recovered(recover(), code) }()
	call.parse(p.Args()[1:])
	code = c.Run(call)
	call.Out.Flush()
	return max(code, call.status)
}

// recovered is the exit status after a tool has unwound; what is no exit goes on.
func (c *Call) recovered(reason any, code int) int {
	switch e := reason.(type) {
	case nil:
		return code
	case exit:
		return int(e)
	}
	panic(reason)
}

// Exit ends the program after its output is written.
func (c *Call) Exit(code int) {
	c.Out.Flush()
	panic(exit(code))
}

// Errorf prints "NAME: TEXT" on standard error.
func (c *Call) Errorf(format string, args ...any) {
	c.Out.Flush()
	fmt.Fprintf(c.Stderr(), "%s: %s\n", c.Name, fmt.Sprintf(format, args...))
}

// Warnf prints an error and lets the program end with 1, unless it says otherwise.
func (c *Call) Warnf(format string, args ...any) {
	c.Errorf(format, args...)
	c.status = max(c.status, 1)
}

// Fatalf prints an error and ends the program with 1.
func (c *Call) Fatalf(format string, args ...any) {
	c.Errorf(format, args...)
	c.Exit(1)
}

// Fail sets what the program ends with if it does not return something greater.
func (c *Call) Fail(code int) { c.status = max(c.status, code) }

// Failed says what has been set by Fail and Warnf.
func (c *Call) Failed() int { return c.status }

// UsageExit prints the usage and ends the program with 1.
func (c *Call) UsageExit() {
	c.Out.Flush()
	c.usage(c.Stderr())
	c.Exit(1)
}

func (c *Call) usage(w io.Writer) {
	fmt.Fprintf(w, "%s\n\nUsage: %s\n", Banner, strings.TrimSpace(c.Name+" "+c.command.Usage))
}

func (c *Call) parse(args []string) {
	if len(args) == 1 && args[0] == "--help" && !c.command.Raw {
		c.usage(c.Stderr())
		c.Exit(0)
	}
	if c.command.Raw {
		c.Args = args
	} else {
		c.scan(args)
	}
	n := len(c.Args)
	if n < c.command.Min || c.command.Max > 0 && n > c.command.Max {
		c.UsageExit()
	}
}

func (c *Call) scan(args []string) {
	early := strings.HasPrefix(c.command.Flags, "+")
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			c.Args = append(c.Args, args...)
			return
		case strings.HasPrefix(arg, "--"):
			args = c.long(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args = c.short(arg[1:], args)
		case early:
			c.Args = append(c.Args, append([]string{arg}, args...)...)
			return
		default:
			c.Args = append(c.Args, arg)
		}
	}
}

// short takes a cluster of one-letter options.
func (c *Call) short(cluster string, rest []string) []string {
	for i, r := range cluster {
		name := string(r)
		known, valued := c.flag(name)
		switch {
		case !known:
			c.Errorf("unrecognized option: %s", name)
			c.UsageExit()
		case !valued:
			c.options = append(c.options, option{name: name})
			continue
		}
		value := cluster[i+len(name):]
		if value == "" {
			value, rest = c.next("option requires an argument: "+name, rest)
		}
		c.options = append(c.options, option{name, value})
		return rest
	}
	return rest
}

// long takes an option of the form NAME or NAME=VALUE.
func (c *Call) long(arg string, rest []string) []string {
	name, value, has := strings.Cut(arg, "=")
	short := c.longName(name)
	known, valued := c.flag(short)
	if short == "" || !known {
		c.Errorf("unrecognized option: %s", name)
		c.UsageExit()
	}
	if valued && !has {
		value, rest = c.next("option requires an argument: "+name, rest)
	}
	c.options = append(c.options, option{short, value})
	return rest
}

func (c *Call) longName(name string) string {
	for pair := range strings.FieldsSeq(c.command.Long) {
		if long, short, _ := strings.Cut(pair, "="); long == name {
			return short
		}
	}
	return ""
}

func (c *Call) next(complaint string, rest []string) (string, []string) {
	if len(rest) == 0 {
		c.Errorf("%s", complaint)
		c.UsageExit()
	}
	return rest[0], rest[1:]
}

func (c *Call) flag(name string) (known, valued bool) {
	flags := strings.TrimPrefix(c.command.Flags, "+")
	i := strings.Index(flags, name)
	if i < 0 || name == ":" || name == "" {
		return false, false
	}
	after := flags[i+len(name):]
	return true, strings.HasPrefix(after, ":")
}

// Has says whether a switch was given.
func (c *Call) Has(name string) bool { return c.Count(name) > 0 }

// Count says how often a switch was given.
func (c *Call) Count(name string) (n int) {
	for _, o := range c.options {
		if o.name == name {
			n++
		}
	}
	return n
}

// Last is that of the named switches which was given last, "" if none was.
func (c *Call) Last(names ...string) string {
	for _, o := range slices.Backward(c.options) {
		if slices.Contains(names, o.name) {
			return o.name
		}
	}
	return ""
}

// Value is the last value of an option, or what it is otherwise.
func (c *Call) Value(name, otherwise string) string {
	for _, o := range slices.Backward(c.options) {
		if o.name == name {
			return o.value
		}
	}
	return otherwise
}

// Values are all values of an option, in order.
func (c *Call) Values(name string) (values []string) {
	for _, o := range c.options {
		if o.name == name {
			values = append(values, o.value)
		}
	}
	return values
}

// Int is the last value of an option as a number.
func (c *Call) Int(name string, otherwise int) int {
	text := c.Value(name, "")
	if text == "" {
		return otherwise
	}
	return c.Number(text)
}

// Number reads a number that may have a suffix such as k, or ends the program.
func (c *Call) Number(text string) int {
	n, err := ParseSize(text)
	if err != nil {
		c.Fatalf("invalid number '%s'", text)
	}
	return int(n)
}

// ParseSize reads a number with one of busybox's suffixes: b is 512 bytes, k, M
// and G are powers of 1024, kB, MB and GB as well.
func ParseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "bkKmMgGB")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("invalid number '%s'", text)
	}
	factor := map[string]int64{"": 1, "b": 512, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
	suffix := strings.ToLower(text[len(digits):])
	if len(suffix) == 2 {
		suffix = strings.TrimSuffix(suffix, "b")
	}
	f, ok := factor[suffix]
	if !ok || n > 1<<62/f || n < -(1<<62)/f {
		return 0, fmt.Errorf("invalid number '%s'", text)
	}
	return n * f, nil
}
