package sh

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// echo is what echo(1) prints. As in busybox, -n, -e and -E are options.
func echo(args []string, bash bool) string {
	newline, escapes := true, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		newline = newline && !strings.Contains(args[0], "n")
		for _, r := range args[0][1:] {
			escapes = r == 'e' || escapes && r == 'n'
		}
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if escapes {
		var stop bool
		if text, stop = unescape(text, true); stop {
			return text
		}
	}
	if newline {
		text += "\n"
	}
	return text
}

// unescape replaces backslash escapes as echo -e and printf do. In the form of
// echo and %b octal numbers begin with 0. stop says that \c ended the output.
func unescape(text string, zero bool) (out string, stop bool) {
	if !strings.Contains(text, `\`) {
		return text, false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if text[i] == 'c' && zero {
			return b.String(), true
		}
		i += escape(&b, text[i:], zero) - 1
	}
	return b.String(), false
}

// escape writes what follows a backslash and returns how many bytes that took.
func escape(b *strings.Builder, text string, zero bool) int {
	if i := strings.IndexByte(`abefnrtv\"'`, text[0]); i >= 0 {
		b.WriteByte("\a\b\x1b\f\n\r\t\v\\\"'"[i])
		return 1
	}
	switch c := text[0]; {
	case c == 'x':
		return 1 + digits(b, text[1:], 16, 2, `\x`)
	case c == 'u' && len(text) > 1:
		return 1 + codePoint(b, text[1:], 4)
	case c == 'U' && len(text) > 1:
		return 1 + codePoint(b, text[1:], 8)
	case c == '0' && zero:
		if n := digits(b, text[1:], 8, 3, ""); n > 0 {
			return 1 + n
		}
		b.WriteByte(0)
		return 1
	case c >= '0' && c <= '7':
		return digits(b, text, 8, 3, "")
	}
	b.WriteByte('\\')
	b.WriteByte(text[0])
	return 1
}

// digits writes the byte that at most so many digits name, or else otherwise.
func digits(b *strings.Builder, text string, base, most int, otherwise string) int {
	n := 0
	for n < len(text) && n < most {
		if _, err := strconv.ParseUint(text[n:n+1], base, 8); err != nil {
			break
		}
		n++
	}
	if n == 0 {
		b.WriteString(otherwise)
		return 0
	}
	value, _ := strconv.ParseUint(text[:n], base, 16)
	b.WriteByte(byte(value))
	return n
}

func codePoint(b *strings.Builder, text string, most int) int {
	n := 0
	for n < len(text) && n < most && strings.IndexByte("0123456789abcdefABCDEF", text[n]) >= 0 {
		n++
	}
	value, _ := strconv.ParseUint("0"+text[:n], 16, 32)
	b.WriteString(string(rune(value)))
	return n
}

// formatter does printf(1).
type formatter struct {
	out  strings.Builder
	args []string
	took bool // an argument was used
	stop bool
	errs []string
}

// printf is what printf(1) prints, and its complaints.
func printf(format string, args []string) (string, []string) {
	f := &formatter{args: args}
	for {
		f.took = false
		f.once(format)
		if len(f.args) == 0 || !f.took || f.stop || len(f.errs) > 0 && f.out.Len() > 1<<20 {
			return f.out.String(), f.errs
		}
	}
}

func (f *formatter) next() (string, bool) {
	f.took = true
	if len(f.args) == 0 {
		return "", false
	}
	arg := f.args[0]
	f.args = f.args[1:]
	return arg, true
}

func (f *formatter) once(format string) {
	for i := 0; i < len(format) && !f.stop; i++ {
		switch {
		case format[i] == '\\' && i+1 < len(format):
			i += escape(&f.out, format[i+1:], false)
		case format[i] != '%':
			f.out.WriteByte(format[i])
		case i+1 < len(format) && format[i+1] == '%':
			f.out.WriteByte('%')
			i++
		default:
			i += f.directive(format[i+1:])
		}
	}
}

// directive does one "%..." and returns how long it is without the "%".
func (f *formatter) directive(text string) int {
	spec, i := "%", 0
	for i < len(text) && strings.IndexByte("-+ #0123456789.*", text[i]) >= 0 {
		if text[i] == '*' {
			arg, _ := f.next()
			spec += strconv.Itoa(int(f.integer(arg)))
		} else {
			spec += text[i : i+1]
		}
		i++
	}
	for i < len(text) && strings.IndexByte("hlLjzt", text[i]) >= 0 {
		i++
	}
	if i == len(text) || tooWide(spec) {
		f.errs = append(f.errs, "%"+text[:i]+": invalid format")
		f.stop = true
		return i
	}
	f.conversion(spec, text[i])
	return i + 1
}

// tooWide keeps a width from asking for more memory than a line needs.
func tooWide(spec string) bool {
	for part := range strings.FieldsFuncSeq(spec, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(part); err != nil || n > 1<<16 {
			return true
		}
	}
	return false
}

func (f *formatter) conversion(spec string, verb byte) {
	arg, given := f.next()
	switch verb {
	case 's':
		fmt.Fprintf(&f.out, spec+"s", arg)
	case 'b':
		text, stop := unescape(arg, true)
		fmt.Fprintf(&f.out, spec+"s", text)
		f.stop = stop
	case 'q':
		quoted, err := syntax.Quote(arg, syntax.LangBash)
		if err != nil {
			quoted = quoteWord(arg)
		}
		fmt.Fprintf(&f.out, spec+"s", quoted)
	case 'c':
		_, size := utf8.DecodeRuneInString(arg)
		fmt.Fprintf(&f.out, spec+"s", arg[:min(size, len(arg))])
	case 'd', 'i':
		fmt.Fprintf(&f.out, spec+"d", f.value(arg, given))
	case 'u', 'x', 'X', 'o':
		if verb == 'u' {
			verb = 'd'
		}
		fmt.Fprintf(&f.out, spec+string(verb), uint64(f.value(arg, given)))
	case 'e', 'E', 'f', 'F', 'g', 'G':
		fmt.Fprintf(&f.out, spec+string(verb), f.float(arg, given))
	default:
		f.errs = append(f.errs, fmt.Sprintf("%%%c: invalid format", verb))
		f.stop = true
	}
}

func (f *formatter) value(arg string, given bool) int64 {
	if !given {
		return 0
	}
	return f.integer(arg)
}

// integer reads a number as strtol(3) does, or a character after a quote.
func (f *formatter) integer(arg string) int64 {
	if len(arg) > 1 && (arg[0] == '\'' || arg[0] == '"') {
		r, _ := utf8.DecodeRuneInString(arg[1:])
		return int64(r)
	}
	text := strings.TrimSpace(arg)
	if n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 0, 64); err == nil && !strings.Contains(text, "_") {
		return n
	}
	if n, err := strconv.ParseUint(text, 0, 64); err == nil {
		return int64(n)
	}
	f.errs = append(f.errs, "invalid number '"+arg+"'")
	return 0
}

func (f *formatter) float(arg string, given bool) float64 {
	if !given || arg == "" {
		return 0
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(arg), 64)
	if err != nil {
		f.errs = append(f.errs, "invalid number '"+arg+"'")
	}
	return n
}

func builtinEcho(s *shell, args []string) int {
	return s.write("echo", echo(args, s.bash))
}

func builtinPrintf(s *shell, args []string) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	name := ""
	if len(args) > 2 && args[0] == "-v" && s.bash {
		name, args = args[1], args[2:]
	}
	if len(args) == 0 {
		s.errorf("printf: usage: printf FORMAT [ARG]...")
		return 2
	}
	text, errs := printf(args[0], args[1:])
	code := 0
	if name != "" {
		if err := s.vars.assign(name, text); err != nil {
			return s.fatalf(2, "%v", err)
		}
	} else {
		code = s.write("printf", text)
	}
	for _, e := range errs {
		code = s.applet("printf", e)
	}
	return code
}
