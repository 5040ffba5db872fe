package text

import (
	"fmt"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// do runs a command. It returns which one comes next; drop ends the cycle without
// printing; again begins the script anew.
func (e *editor) do(c *sedCommand, at int) (next int, drop, again bool) {
	switch c.name {
	case 's':
		e.substitute(c)
	case 'd':
		return 0, true, false
	case 'D':
		_, rest, more := strings.Cut(e.space, "\n")
		if !more {
			return 0, true, false
		}
		e.space = rest
		return 0, false, true
	case 'b':
		return e.jump(c), false, false
	case 't', 'T':
		if e.replaced == (c.name == 't') {
			e.replaced = false
			return e.jump(c), false, false
		}
		e.replaced = false
	case 'q', 'Q':
		e.quit = true
		e.code = max(e.code, c.nth)
		return len(e.commands), c.name == 'Q', false
	case 'n', 'N':
		return e.nextLine(c.name, at)
	case 'c':
		e.change(c)
		return 0, true, false
	default:
		e.simple(c)
	}
	return at + 1, false, false
}

func (e *editor) jump(c *sedCommand) int {
	if c.text == "" {
		return len(e.commands)
	}
	return e.labels[c.text]
}

// nextLine is n and N.
func (e *editor) nextLine(name byte, at int) (next int, drop, again bool) {
	if name == 'n' && !e.quiet {
		e.put(e.space)
	}
	text, ok := e.next()
	switch {
	case !ok && name == 'n':
		e.quit = true
		return len(e.commands), true, false
	case !ok: // as GNU sed, what there is is printed
		e.quit = true
		return len(e.commands), false, false
	case name == 'n':
		e.space = text
	default:
		e.Hold(len(text))
		e.space += "\n" + text
	}
	return at + 1, false, false
}

func (e *editor) change(c *sedCommand) {
	if c.to == nil || !c.active || c.negated {
		_, _ = e.out.WriteString(c.text + "\n")
	}
}

func (e *editor) simple(c *sedCommand) {
	switch c.name {
	case 'p':
		e.put(e.space)
	case 'P':
		first, _, _ := strings.Cut(e.space, "\n")
		_, _ = e.out.WriteString(first + "\n")
	case '=':
		fmt.Fprintln(e.out, e.line)
	case 'l':
		_, _ = e.out.WriteString(unambiguous(e.space) + "$\n")
	case 'i':
		_, _ = e.out.WriteString(c.text + "\n")
	case 'a':
		e.appended = append(e.appended, func() { _, _ = e.out.WriteString(c.text + "\n") })
	case 'r':
		e.appended = append(e.appended, func() {
			if text, err := e.FS().ReadFile(c.text); err == nil { // a file that is not there is empty
				_, _ = e.out.Write(text)
			}
		})
	case 'w':
		e.write(c.text)
	case 'g':
		e.space = e.hold
	case 'G':
		e.Hold(len(e.hold))
		e.space += "\n" + e.hold
	case 'h':
		e.hold = e.space
	case 'H':
		e.Hold(len(e.space))
		e.hold += "\n" + e.space
	case 'x':
		e.space, e.hold = e.hold, e.space
	case 'y':
		e.space = strings.Map(func(r rune) rune {
			if to, ok := c.table[r]; ok {
				return to
			}
			return r
		}, e.space)
	case 'z':
		e.space = ""
	}
}

// unambiguous shows a text as the command l does.
func unambiguous(text string) string {
	var b strings.Builder
	for _, ch := range []byte(text) {
		if i := strings.IndexByte("\\\a\b\f\n\r\t\v", ch); i >= 0 {
			b.WriteString(`\` + `\abfnrtv`[i:i+1])
			continue
		}
		if ch < ' ' || ch > 126 {
			fmt.Fprintf(&b, `\%03o`, ch)
			continue
		}
		b.WriteByte(ch)
	}
	return b.String()
}

func (e *editor) write(name string) {
	switch name {
	case "/dev/stdout":
		_, _ = e.out.WriteString(e.space + "\n")
		return
	case "/dev/stderr":
		fmt.Fprintln(e.Stderr(), e.space)
		return
	}
	f := e.writes[name]
	if f == nil {
		var err error
		if f, err = e.Create(name, false); err != nil {
			e.Fatalf("%s: %s", name, tool.Reason(err))
		}
		e.writes[name] = f
	}
	if _, err := f.Write([]byte(e.space + "\n")); err != nil {
		e.Fatalf("%s: %s", name, tool.Reason(err))
	}
}

// substitute is s///.
func (e *editor) substitute(c *sedCommand) {
	found := c.re.FindAllStringSubmatchIndex(e.space, -1)
	if len(found) < c.nth || len(found) == 0 {
		return
	}
	var b strings.Builder
	at := 0
	for i, m := range found {
		if i+1 < c.nth || i+1 > c.nth && !c.global {
			continue
		}
		b.WriteString(e.space[at:m[0]])
		expandReplacement(&b, c.replace, e.space, m)
		at = m[1]
		if b.Len() > 1<<20 {
			e.Hold(b.Len())
			e.Hold(-b.Len())
		}
	}
	b.WriteString(e.space[at:])
	e.space, e.replaced = b.String(), true
	if c.print {
		e.put(e.space)
	}
	if c.file != "" {
		e.write(c.file)
	}
}

// expandReplacement writes a replacement with &, \1, \n and the case changes \U,
// \L, \u, \l and \E of GNU sed.
func expandReplacement(b *strings.Builder, text, space string, m []int) {
	mode, once := byte('E'), byte(0)
	add := func(part string) {
		switch mode {
		case 'U':
			part = strings.ToUpper(part)
		case 'L':
			part = strings.ToLower(part)
		}
		if once != 0 && part != "" {
			first := part[:1]
			if once == 'u' {
				first = strings.ToUpper(first)
			} else {
				first = strings.ToLower(first)
			}
			part, once = first+part[1:], 0
		}
		b.WriteString(part)
	}
	group := func(n int) {
		if 2*n+1 < len(m) && m[2*n] >= 0 {
			add(space[m[2*n]:m[2*n+1]])
		}
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '&':
			group(0)
		case text[i] != '\\' || i+1 == len(text):
			add(text[i : i+1])
		default:
			i++
			switch ch := text[i]; {
			case isDigit(ch):
				group(int(ch - '0'))
			case ch == 'n':
				add("\n")
			case ch == 't':
				add("\t")
			case strings.IndexByte("ULE", ch) >= 0:
				mode = ch
			case ch == 'u' || ch == 'l':
				once = ch
			default:
				add(text[i : i+1])
			}
		}
	}
}
