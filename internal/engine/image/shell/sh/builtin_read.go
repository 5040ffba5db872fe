package sh

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mvdan.cc/sh/v3/expand"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// write prints text for a builtin. A reader that is gone ends the shell, as
// SIGPIPE does.
func (s *shell) write(name, text string) int {
	_, err := io.WriteString(s.stdout(), text)
	if err == nil {
		return 0
	}
	if errors.Is(err, syscall.EPIPE) {
		s.unwind(flowExit)
		s.status = 128 + int(kernel.SIGPIPE)
		return s.status
	}
	return s.errorf("%s: write error: %s", name, tool.Reason(err))
}

// applet prints the error of a builtin that is a program as well. In ash those
// name neither themselves nor the line.
func (s *shell) applet(name, text string) int {
	if s.bash {
		return s.errorf("%s: %s", name, text)
	}
	fmt.Fprintf(s.stderr(), "sh: %s\n", text)
	return 1
}

// reading is what the options of "read" ask for.
type reading struct {
	raw, silent bool
	prompt      string
	end         byte
	most        int
	fd          int
	timeout     time.Duration
	array       string
	names       []string
}

func builtinRead(s *shell, args []string) int {
	r := reading{end: '\n'}
	if bad := r.parse(args); bad != "" {
		s.errorf("read: illegal option %s", bad)
		return 2
	}
	if r.prompt != "" {
		fmt.Fprint(s.stderr(), r.prompt)
	}
	restore := func() {}
	if tty := s.p.TTY(); r.silent && tty != nil {
		mode := tty.Mode()
		restore = func() { tty.SetMode(mode) }
		quiet := mode
		quiet.Echo = false
		tty.SetMode(quiet)
	}
	line, code := s.readLine(r)
	restore()
	if err := s.assignRead(r, line); err != nil {
		return s.errorf("read: %v", err)
	}
	return code
}

func (r *reading) parse(args []string) (bad string) {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && args[0] != "--" {
		letters := args[0][1:]
		args = args[1:]
		for i := 0; i < len(letters); i++ {
			letter := letters[i]
			switch letter {
			case 'r':
				r.raw = true
				continue
			case 's':
				r.silent = true
				continue
			case 'e':
				continue
			}
			value := letters[i+1:]
			if value == "" {
				if len(args) == 0 {
					return "-" + string(letter)
				}
				value, args = args[0], args[1:]
			}
			if !r.option(letter, value) {
				return "-" + string(letter)
			}
			break
		}
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	r.names = args
	return ""
}

func (r *reading) option(letter byte, value string) bool {
	var err error
	switch letter {
	case 'p':
		r.prompt = value
	case 'd':
		r.end = 0
		if value != "" {
			r.end = value[0]
		}
	case 'n', 'N':
		r.most, err = strconv.Atoi(value)
	case 'u':
		r.fd, err = strconv.Atoi(value)
	case 'a':
		r.array = value
	case 't':
		var seconds float64
		seconds, err = strconv.ParseFloat(value, 64)
		r.timeout = time.Duration(seconds * float64(time.Second))
	default:
		return false
	}
	return err == nil
}

// readLine reads up to the end of a line, byte by byte, because what follows is
// for somebody else.
func (s *shell) readLine(r reading) (line string, code int) {
	type result struct {
		line string
		code int
	}
	from := s.fds.reader(r.fd)
	if r.timeout == 0 && len(s.traps.actions) == 0 && !s.opts.interactive {
		return s.readBytes(from, r)
	}
	done := make(chan struct{})
	var got result
	go func() {
		defer close(done)
		got.line, got.code = s.readBytes(from, r)
	}()
	quit := make(chan struct{})
	if r.timeout > 0 {
		timer := time.AfterFunc(r.timeout, func() { close(quit) })
		defer timer.Stop()
	}
	either := make(chan struct{})
	go func() {
		defer close(either)
		select {
		case <-done:
		case <-quit:
		case <-s.ctx.Done():
		}
	}()
	sig, err := s.traps.waitFor(s.ctx, either)
	switch {
	case err != nil:
		return "", 137
	case sig != 0:
		return "", s.trapped(sig)
	}
	select {
	case <-done:
		return got.line, got.code
	default:
		return "", 128 + int(kernel.SIGALRM)
	}
}

func (s *shell) readBytes(from io.Reader, r reading) (string, int) {
	var b strings.Builder
	one := make([]byte, 1)
	for r.most == 0 || b.Len() < r.most {
		n, err := from.Read(one)
		if n == 0 {
			if err == nil {
				continue
			}
			return b.String(), 1
		}
		if one[0] == r.end {
			if r.raw || !endsInEscape(b.String()) {
				return b.String(), 0
			}
			joined := strings.TrimSuffix(b.String(), `\`)
			b.Reset()
			b.WriteString(joined)
			continue
		}
		b.WriteByte(one[0])
		if b.Len()%4096 == 0 && s.ctx.Err() != nil || b.Len() > 16<<20 {
			return b.String(), 1
		}
	}
	return b.String(), 0
}

// endsInEscape says whether a text ends in a backslash that is not escaped itself.
func endsInEscape(text string) bool {
	trimmed := strings.TrimRight(text, `\`)
	return (len(text)-len(trimmed))%2 == 1
}

func (s *shell) assignRead(r reading, line string) error {
	line = strings.ReplaceAll(line, "\x00", "")
	if r.array != "" {
		fields := expand.ReadFields(s.config(), line, -1, r.raw)
		return s.vars.Set(r.array, expand.Variable{Set: true, Kind: expand.Indexed, List: fields})
	}
	if len(r.names) == 0 {
		return s.vars.assign("REPLY", line)
	}
	fields := expand.ReadFields(s.config(), line, len(r.names), r.raw)
	for i, name := range r.names {
		value := ""
		if i < len(fields) {
			value = fields[i]
		}
		if err := s.vars.assign(name, value); err != nil {
			return err
		}
	}
	return nil
}

// builtinGetopts is getopts of POSIX.
func builtinGetopts(s *shell, args []string) int {
	if len(args) < 2 {
		return s.fatalf(2, "usage: getopts optstring var [arg]")
	}
	spec, name, words := args[0], args[1], s.params
	if len(args) > 2 {
		words = args[2:]
	}
	quiet := strings.HasPrefix(spec, ":")
	index, _ := strconv.Atoi(s.vars.value("OPTIND"))
	if index < 1 || index != s.getopt.index {
		s.getopt = getoptState{index: max(index, 1)}
	}
	return s.getoptNext(spec, name, words, quiet)
}

// getoptState is the place within a cluster of options.
type getoptState struct{ index, offset int }

func (s *shell) getoptNext(spec, name string, words []string, quiet bool) int {
	g := &s.getopt
	finish := func(value, arg string, hasArg bool, code int) int {
		_ = s.vars.assign("OPTIND", strconv.Itoa(g.index))
		_ = s.vars.unset("OPTARG")
		if hasArg {
			_ = s.vars.assign("OPTARG", arg)
		}
		_ = s.vars.assign(name, value)
		return code
	}
	if g.index > len(words) {
		return finish("?", "", false, 1)
	}
	word := words[g.index-1]
	if g.offset == 0 {
		if len(word) < 2 || word[0] != '-' {
			return finish("?", "", false, 1)
		}
		if word == "--" {
			g.index++
			return finish("?", "", false, 1)
		}
		g.offset = 1
	}
	letter := word[g.offset : g.offset+1]
	g.offset++
	rest := word[g.offset:]
	if rest == "" {
		g.index, g.offset = g.index+1, 0
	}
	at := strings.Index(spec, letter)
	switch {
	case at < 0 || letter == ":":
		if !quiet {
			fmt.Fprintf(s.stderr(), "Illegal option -%s\n", letter)
		}
		return finish("?", letter, quiet, 0)
	case at+1 >= len(spec) || spec[at+1] != ':':
		return finish(letter, "", false, 0)
	case rest != "":
		g.index, g.offset = g.index+1, 0
		return finish(letter, rest, true, 0)
	case g.index > len(words):
		if quiet {
			return finish(":", letter, true, 0)
		}
		fmt.Fprintf(s.stderr(), "No arg for -%s option\n", letter)
		return finish("?", "", false, 0)
	}
	g.index++
	return finish(letter, words[g.index-2], true, 0)
}

// builtinUlimit shows limits; a container's own limits are its cgroup's.
func builtinUlimit(s *shell, args []string) int {
	if len(args) > 1 {
		return 0
	}
	which := "-f"
	if len(args) == 1 {
		which = args[0]
	}
	switch which {
	case "-a":
		fmt.Fprint(s.stdout(), "core file size (blocks)         (-c) 0\ndata seg size (kb)              (-d) unlimited\nfile size (blocks)              (-f) unlimited\nopen files                      (-n) 1048576\nprocesses                       (-p) unlimited\nstack size (kb)                 (-s) 8192\n")
	case "-n", "-Hn", "-Sn":
		fmt.Fprintln(s.stdout(), "1048576")
	case "-c":
		fmt.Fprintln(s.stdout(), "0")
	case "-s":
		fmt.Fprintln(s.stdout(), "8192")
	default:
		fmt.Fprintln(s.stdout(), "unlimited")
	}
	return 0
}
