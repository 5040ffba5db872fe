package text

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// sedCommand is one command of a script.
type sedCommand struct {
	from, to *sedAddress
	negated  bool
	name     byte
	text     string // of a, i, c; the label of b, t, T; the file of r and w
	group    int    // of "{": the index after its end
	re       *regexp.Regexp
	replace  string
	global   bool
	nth      int
	print    bool
	file     string // s///w
	table    map[rune]rune

	active bool // within a range
	until  int  // the line that ends a range, if it is known
}

// sedAddress is a line number, the last line, or an expression.
type sedAddress struct {
	line int // 0: see below
	last bool
	step int // FIRST~STEP
	plus int // addr1,+N; -1: none
	re   *regexp.Regexp
}

// editor is one call of sed.
type editor struct {
	*tool.Call
	commands []sedCommand
	labels   map[string]int
	quiet    bool
	inPlace  bool
	suffix   string
	extended bool

	out      *bufio.Writer
	in       *bufio.Reader
	files    []string
	current  *tool.Input
	line     int
	space    string
	hold     string
	appended []func()
	replaced bool // since the last new line or t
	missing  bool // the input's last line has no end
	quit     bool
	code     int
	writes   map[string]io.WriteCloser
	steps    int
}

func sed(c *tool.Call) int {
	e := &editor{Call: c, labels: map[string]int{}, writes: map[string]io.WriteCloser{}}
	script, has := e.options()
	if !has {
		if len(e.files) == 0 {
			c.UsageExit()
		}
		script, e.files = e.files[0], e.files[1:]
	}
	p := &sedParser{e: e, text: script}
	p.parse()
	defer func() {
		for _, f := range e.writes {
			_ = f.Close()
		}
	}()
	if e.inPlace {
		e.eachInPlace()
		return e.code
	}
	if len(e.files) == 0 {
		e.files = []string{"-"}
	}
	e.out = bufio.NewWriter(e.Out)
	e.run()
	_ = e.out.Flush()
	return e.code
}

func (e *editor) options() (script string, has bool) {
	args := e.Args
	add := func(text string) {
		if has {
			script += "\n"
		}
		script, has = script+text, true
	}
	next := func() string {
		if len(args) == 0 {
			e.UsageExit()
		}
		word := args[0]
		args = args[1:]
		return word
	}
	for len(args) > 0 {
		word := next()
		switch {
		case word == "--":
			e.files = append(e.files, args...)
			return script, has
		case word == "-n" || word == "--quiet" || word == "--silent":
			e.quiet = true
		case word == "-E" || word == "-r" || word == "--regexp-extended":
			e.extended = true
		case strings.HasPrefix(word, "--expression="):
			add(word[len("--expression="):])
		case word == "-e" || word == "--expression":
			add(next())
		case word == "-f" || word == "--file":
			name := next()
			text, err := e.FS().ReadFile(name)
			if err != nil {
				e.Fatalf("can't open '%s': %s", name, tool.Reason(err))
			}
			add(strings.TrimSuffix(string(text), "\n"))
		case strings.HasPrefix(word, "-i") || strings.HasPrefix(word, "--in-place"):
			e.inPlace = true
			e.suffix = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(word, "--in-place"), "="), "-i")
		case len(word) > 1 && word[0] == '-':
			args = append(spread(e, word), args...)
		default:
			e.files = append(e.files, word)
		}
	}
	return script, has
}

// spread takes a cluster such as "-ne" apart.
func spread(e *editor, word string) (words []string) {
	for i, letter := range word[1:] {
		switch letter {
		case 'n', 'E', 'r', 's', 'z':
			if letter == 's' || letter == 'z' {
				continue
			}
			words = append(words, "-"+string(letter))
		case 'e', 'f':
			words = append(words, "-"+string(letter))
			if rest := word[i+2:]; rest != "" {
				words = append(words, rest)
			}
			return words
		case 'i':
			return append(words, "-i"+word[i+2:])
		default:
			e.Errorf("unrecognized option: %c", letter)
			e.UsageExit()
		}
	}
	return words
}

func (e *editor) eachInPlace() {
	names := e.files
	for _, name := range names {
		info, err := e.FS().Stat(name)
		if err != nil {
			e.Warnf("%s: %s", name, tool.Reason(err))
			e.code = 1
			continue
		}
		var out bytes.Buffer
		e.out = bufio.NewWriter(&out)
		e.files, e.line, e.quit, e.in = []string{name}, 0, false, nil
		e.run()
		_ = e.out.Flush()
		if e.suffix != "" {
			_ = e.FS().Rename(name, name+e.suffix) // what is wrong shows when the file is written
		}
		if err := e.FS().WriteFile(name, out.Bytes(), info.Mode().Perm()); err != nil {
			e.Fatalf("%s: %s", name, tool.Reason(err))
		}
	}
}

// run edits all lines.
func (e *editor) run() {
	for !e.quit && e.read() {
		e.replaced = false
		e.cycle()
	}
}

// read takes the next line into the pattern space.
func (e *editor) read() bool {
	text, ok := e.next()
	if ok {
		e.space = text
	}
	return ok
}

func (e *editor) next() (string, bool) {
	for {
		if e.in == nil && !e.open() {
			return "", false
		}
		text, err := e.in.ReadString('\n')
		if text != "" {
			e.line++
			e.missing = !strings.HasSuffix(text, "\n")
			return strings.TrimSuffix(text, "\n"), true
		}
		if err != nil {
			_ = e.current.Close()
			e.in = nil
		}
	}
}

func (e *editor) open() bool {
	for len(e.files) > 0 {
		name := e.files[0]
		e.files = e.files[1:]
		in, err := e.Open(name)
		if err != nil {
			e.Errorf("%s: %s", name, tool.Reason(err))
			e.code = 1
			continue
		}
		e.current, e.in = in, bufio.NewReader(flusher{e, in})
		return true
	}
	return false
}

// flusher writes out what there is before it waits for more.
type flusher struct {
	e  *editor
	in io.Reader
}

func (f flusher) Read(b []byte) (int, error) {
	_ = f.e.out.Flush()
	return f.in.Read(b)
}

// isLast says whether the line at hand is the last one of all.
func (e *editor) isLast() bool {
	for {
		if e.in != nil {
			if _, err := e.in.Peek(1); err == nil {
				return false
			}
			_ = e.current.Close()
			e.in = nil
		}
		if !e.open() {
			return true
		}
	}
}

func (e *editor) put(text string) {
	_, _ = e.out.WriteString(text)
	if !e.missing || !e.isLast() {
		_ = e.out.WriteByte('\n')
	}
}

// cycle runs the script on one line.
func (e *editor) cycle() {
	delete := e.script()
	if !delete && !e.quiet {
		e.put(e.space)
	}
	for _, do := range e.appended {
		do()
	}
	e.appended = nil
}

// script says whether the line is not to be printed.
func (e *editor) script() (delete bool) {
	for at := 0; at < len(e.commands) && !e.quit; {
		if e.steps++; e.steps%1024 == 0 {
			e.Spend(1024 * 200)
		}
		c := &e.commands[at]
		if e.selects(c) == c.negated {
			if c.name == '{' {
				at = c.group
			} else {
				at++
			}
			continue
		}
		next, drop, again := e.do(c, at)
		if drop {
			return true
		}
		if again {
			at = 0
			continue
		}
		at = next
	}
	return false
}

// selects says whether a command is for the line at hand.
func (e *editor) selects(c *sedCommand) bool {
	switch {
	case c.from == nil:
		return true
	case c.to == nil:
		return e.matches(c.from)
	case c.active:
		return e.inRange(c)
	case !e.matches(c.from):
		return false
	}
	c.active = true
	switch {
	case c.to.plus >= 0:
		c.until = e.line + c.to.plus
		c.active = c.to.plus > 0
	case c.to.line > 0:
		c.until = c.to.line
		c.active = c.to.line > e.line
	case c.to.last:
		c.active = !e.isLast()
	}
	return true
}

func (e *editor) inRange(c *sedCommand) bool {
	switch {
	case c.to.re != nil:
		c.active = !c.to.re.MatchString(e.space)
	case c.to.last:
		c.active = !e.isLast()
	default:
		c.active = e.line < c.until
		return e.line <= c.until
	}
	return true
}

func (e *editor) matches(a *sedAddress) bool {
	switch {
	case a.re != nil:
		return a.re.MatchString(e.space)
	case a.last:
		return e.isLast()
	case a.step > 0:
		return e.line >= a.line && (e.line-a.line)%a.step == 0
	}
	return e.line == a.line
}
