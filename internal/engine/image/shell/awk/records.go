package awk

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// open opens the next input file of ARGV.
func (i *interpreter) open() bool {
	argv := i.global("ARGV").elements()
	for {
		i.argAt++
		if i.argAt >= int(i.global("ARGC").v.float()) {
			break
		}
		name := i.str(argv[strconv.Itoa(i.argAt)])
		if name == "" || i.assignment(name) {
			continue
		}
		i.used = true
		in, err := i.Call.Open(name)
		if err != nil {
			i.Errorf("%s: %s", name, tool.Reason(err))
			i.code = 2
			continue
		}
		i.begin(name, in)
		return true
	}
	if i.used {
		return false
	}
	i.used = true
	i.begin("", i.Input())
	return true
}

func (i *interpreter) begin(name string, in *tool.Input) {
	i.current, i.closer = bufio.NewReaderSize(in, 32<<10), in
	i.global("FILENAME").v = input(name)
	i.global("FNR").v = number(0)
}

// assignment does an operand such as "x=1".
func (i *interpreter) assignment(arg string) bool {
	name, v, ok := strings.Cut(arg, "=")
	if !ok || !isName(name) {
		return false
	}
	i.set(name, v)
	return true
}

func isName(name string) bool {
	for k := range len(name) {
		if !isLetter(name[k]) && (k == 0 || !isDigit(name[k])) {
			return false
		}
	}
	return name != ""
}

// set gives a variable a value from the command line, in which escapes count.
func (i *interpreter) set(name, v string) {
	var b strings.Builder
	for k := 0; k < len(v); k++ {
		if v[k] == '\\' && k+1 < len(v) {
			k += unescape(&b, v[k+1:])
			continue
		}
		b.WriteByte(v[k])
	}
	i.global(name).v = input(b.String())
}

func (i *interpreter) endFile() {
	if i.current != nil {
		_ = i.closer.Close()
		i.current = nil
	}
}

func (i *interpreter) nextRecord() (string, bool) {
	for {
		if i.current == nil && !i.open() {
			return "", false
		}
		record, ok := i.read(i.current)
		if ok {
			i.count()
			return record, true
		}
		i.endFile()
	}
}

func (i *interpreter) count() {
	for _, name := range []string{"NR", "FNR"} {
		c := i.global(name)
		c.v = number(c.v.float() + 1)
	}
}

// read reads a record as RS says.
func (i *interpreter) read(r *bufio.Reader) (string, bool) {
	i.step()
	rs := i.setting("RS")
	switch {
	case rs == "":
		return i.paragraph(r)
	case utf8.RuneCountInString(rs) > 1:
		return i.byRegexp(r, rs)
	}
	record, err := i.until(r, rs[0])
	if record == "" && err != nil {
		return "", false
	}
	return strings.TrimSuffix(record, rs[:1]), true
}

func (i *interpreter) until(r *bufio.Reader, end byte) (string, error) {
	var long []byte
	for {
		part, err := r.ReadSlice(end)
		if errors.Is(err, bufio.ErrBufferFull) {
			i.Hold(len(part))
			long = append(long, part...)
			continue
		}
		if long != nil {
			i.Hold(-len(long))
			part = append(long, part...)
		}
		return string(part), err
	}
}

// paragraph reads up to an empty line.
func (i *interpreter) paragraph(r *bufio.Reader) (string, bool) {
	var lines []string
	for {
		line, err := i.until(r, '\n')
		text := strings.TrimSuffix(line, "\n")
		if text == "" && (len(lines) > 0 || err != nil) {
			return strings.Join(lines, "\n"), len(lines) > 0
		}
		if text != "" {
			i.hold(len(text))
			lines = append(lines, text)
		}
		if err != nil {
			return strings.Join(lines, "\n"), len(lines) > 0
		}
	}
}

// byRegexp reads all of a file and cuts it; what is left stays in the reader's
// place.
func (i *interpreter) byRegexp(r *bufio.Reader, rs string) (string, bool) {
	all, err := i.ReadAll(r)
	if err != nil || len(all) == 0 {
		return "", false
	}
	defer i.Hold(-len(all))
	at := i.compile(rs).FindIndex(all)
	if at == nil {
		return strings.TrimSuffix(string(all), "\n"), true
	}
	rest := string(all[at[1]:])
	r.Reset(strings.NewReader(rest))
	return string(all[:at[0]]), true
}

func (i *interpreter) setRecord(record string) {
	i.record, i.fields, i.valid = record, nil, false
}

// record0 is $0.
func (i *interpreter) record0() string { return i.record }

// split cuts the record into fields, when somebody looks at them.
func (i *interpreter) split() {
	if i.valid {
		return
	}
	i.valid = true
	i.fields = i.splitBy(i.record, i.setting("FS"))
	i.globals["NF"].v = number(float64(len(i.fields)))
}

func (i *interpreter) splitBy(s, fs string) []string {
	switch {
	case s == "":
		return nil
	case fs == " ":
		return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
	case fs == "":
		return strings.Split(s, "")
	case fs == "\t" || utf8.RuneCountInString(fs) == 1 && fs != "\\":
		if i.setting("RS") == "" {
			return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || string(r) == fs })
		}
		return strings.Split(s, fs)
	}
	return i.compile(fs).Split(s, -1)
}

func (i *interpreter) field(n int) value {
	if n == 0 {
		return input(i.record)
	}
	i.split()
	if n > len(i.fields) {
		return value{}
	}
	return input(i.fields[n-1])
}

func (i *interpreter) setField(n int, s string) {
	if n == 0 {
		i.setRecord(s)
		return
	}
	i.split()
	for len(i.fields) < n {
		i.fields = append(i.fields, "")
	}
	i.fields[n-1] = s
	i.rebuild()
}

func (i *interpreter) setNF(n int) {
	if n < 0 || n > 1<<20 {
		i.fatal("NF set to negative value")
	}
	fields := i.fields
	if !i.valid {
		i.valid = true
		fields = i.splitBy(i.record, i.setting("FS"))
	}
	for len(fields) < n {
		fields = append(fields, "")
	}
	i.fields = fields[:n]
	i.rebuild()
}

func (i *interpreter) rebuild() {
	i.globals["NF"].v = number(float64(len(i.fields)))
	i.record = strings.Join(i.fields, i.setting("OFS"))
}

// getline reads a record from somewhere: 1, 0 at the end, -1 if that fails.
func (i *interpreter) getline(e *expr) value {
	record, code := "", 0
	switch e.name {
	case "":
		text, ok := i.nextRecord()
		record, code = text, map[bool]int{true: 1}[ok]
	default:
		record, code = i.fromStream(e.name, i.str(i.eval(e.a)))
	}
	if code != 1 {
		return number(float64(code))
	}
	if e.b != nil {
		i.assign(e.b, input(record))
	} else {
		i.setRecord(record)
	}
	if e.name == "|" {
		i.global("NR").v = number(i.global("NR").v.float() + 1)
	}
	return number(1)
}

func (i *interpreter) fromStream(kind, name string) (string, int) {
	s := i.streams[kind+name]
	if s == nil {
		var ok bool
		if s, ok = i.inputStream(kind, name); !ok {
			return "", -1
		}
		i.streams[kind+name] = s
	}
	record, ok := i.read(s.in)
	if !ok {
		return "", 0
	}
	return record, 1
}

func (i *interpreter) inputStream(kind, name string) (*stream, bool) {
	if kind == "<" {
		in, err := i.Call.Open(name)
		if err != nil {
			return nil, false
		}
		return &stream{in: bufio.NewReader(in), close: func() int { _ = in.Close(); return 0 }}, true
	}
	from, to := kernel.Pipe()
	child := i.start(name, kernel.Spec{Stdin: i.Stdin(), Stdout: to, Stderr: i.Stderr()})
	to.Close()
	return &stream{in: bufio.NewReader(from), close: func() int {
		from.Close()
		return i.wait(child)
	}}, true
}

func (i *interpreter) wait(child *kernel.Process) int {
	status, err := child.Wait(i.Ctx)
	if err != nil {
		i.Exit(137)
	}
	return status.ExitCode()
}

// output is where a print goes that is redirected.
func (i *interpreter) output(kind, name string) *bufio.Writer {
	if s := i.streams[">"+name]; s != nil && s.out != nil {
		return s.out
	}
	s := &stream{}
	switch {
	case kind == "|":
		s = i.outputCommand(name)
	case name == "/dev/stdout" || name == "-":
		return i.Out.Writer
	case name == "/dev/stderr":
		s.out, s.close = bufio.NewWriterSize(i.Stderr(), 16), func() int { return 0 }
	default:
		f, err := i.Create(name, kind == ">>")
		if err != nil {
			i.fatal("can't open '%s': %s", name, tool.Reason(err))
		}
		s.out, s.close = bufio.NewWriter(struct{ io.Writer }{f}), func() int { _ = f.Close(); return 0 }
	}
	i.streams[">"+name] = s
	return s.out
}

func (i *interpreter) outputCommand(name string) *stream {
	from, to := kernel.Pipe()
	child := i.start(name, kernel.Spec{Stdin: from, Stdout: i.Stdout(), Stderr: i.Stderr()})
	from.Close()
	return &stream{out: bufio.NewWriter(to), close: func() int {
		to.Close()
		return i.wait(child)
	}}
}

func (i *interpreter) closeStream(name string) int {
	code := -1
	for _, kind := range []string{">", "|", "<"} {
		if s := i.streams[kind+name]; s != nil {
			delete(i.streams, kind+name)
			code = finish(s)
		}
	}
	return code
}

func finish(s *stream) int {
	if s.out != nil {
		_ = s.out.Flush() // a command that is gone reads no more
	}
	return s.close()
}

func (i *interpreter) closeAll() {
	i.Out.Flush()
	for name, s := range i.streams {
		delete(i.streams, name)
		finish(s)
	}
}
