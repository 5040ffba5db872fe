package text

import (
	"regexp"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// sedParser reads a script.
type sedParser struct {
	e      *editor
	text   string
	at     int
	groups []int // indexes of open "{"
	last   *regexp.Regexp
}

func (p *sedParser) peek() byte {
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *sedParser) skip(chars string) {
	for p.at < len(p.text) && strings.IndexByte(chars, p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *sedParser) parse() {
	for {
		p.skip(" \t\n;")
		if p.at >= len(p.text) {
			break
		}
		if p.peek() == '#' {
			p.rest()
			continue
		}
		p.command()
	}
	if len(p.groups) > 0 {
		p.e.Fatalf("unterminated {")
	}
	for _, c := range p.e.commands {
		if _, known := p.e.labels[c.text]; strings.IndexByte("btT", c.name) >= 0 && c.text != "" && !known {
			p.e.Fatalf("can't find label for jump to '%s'", c.text)
		}
	}
}

// rest is what follows on the line.
func (p *sedParser) rest() string {
	text, _, _ := strings.Cut(p.text[p.at:], "\n")
	p.at += len(text)
	return text
}

func (p *sedParser) command() {
	c := sedCommand{nth: 1}
	c.from = p.address(false)
	p.skip(" \t")
	if c.from != nil && p.peek() == ',' {
		p.at++
		p.skip(" \t")
		if c.to = p.address(true); c.to == nil {
			p.e.Fatalf("no address after comma")
		}
	}
	p.skip(" \t")
	for p.peek() == '!' {
		c.negated = true
		p.at++
		p.skip(" \t")
	}
	c.name = p.peek()
	if c.name == 0 {
		p.e.Fatalf("missing command")
	}
	p.at++
	p.arguments(&c)
}

func (p *sedParser) add(c sedCommand) { p.e.commands = append(p.e.commands, c) }

func (p *sedParser) arguments(c *sedCommand) {
	switch c.name {
	case '{':
		p.groups = append(p.groups, len(p.e.commands))
		p.add(*c)
		return
	case '}':
		if len(p.groups) == 0 {
			p.e.Fatalf("unexpected '}'")
		}
		last := len(p.groups) - 1
		p.e.commands[p.groups[last]].group = len(p.e.commands)
		p.groups = p.groups[:last]
		return
	case ':':
		p.skip(" \t")
		p.e.labels[p.word()] = len(p.e.commands)
		return
	case 's':
		p.substitution(c)
	case 'y':
		p.translation(c)
	case 'a', 'i', 'c':
		c.text = p.lines()
	case 'b', 't', 'T':
		p.skip(" \t")
		c.text = p.word()
	case 'r', 'w':
		p.skip(" \t")
		c.text = p.rest()
	case 'q', 'Q':
		p.skip(" \t")
		start := p.at
		p.skip("0123456789")
		c.nth, _ = strconv.Atoi(p.text[start:p.at])
	case 'd', 'D', 'g', 'G', 'h', 'H', 'x', 'n', 'N', 'p', 'P', '=', 'l', 'z':
	default:
		p.e.Fatalf("unsupported command %c", c.name)
	}
	p.add(*c)
	p.skip(" \t")
	if next := p.peek(); next != 0 && strings.IndexByte(";\n}#", next) < 0 {
		p.e.Fatalf("unexpected '%c' after command", next)
	}
}

// word is a label.
func (p *sedParser) word() string {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\n;}", p.text[p.at]) < 0 {
		p.at++
	}
	return p.text[start:p.at]
}

// lines is the text of a, i and c: a line, or more that end in a backslash.
func (p *sedParser) lines() string {
	p.skip(" \t")
	if p.peek() == '\\' {
		p.at++
		p.skip(" \t")
		if p.peek() == '\n' {
			p.at++
		}
	}
	var b strings.Builder
	for p.at < len(p.text) {
		ch := p.text[p.at]
		p.at++
		if ch == '\n' {
			break
		}
		if ch == '\\' && p.at < len(p.text) {
			ch = p.text[p.at]
			p.at++
			if ch == 't' {
				ch = '\t'
			}
		}
		b.WriteByte(ch)
	}
	return b.String()
}

func (p *sedParser) address(second bool) *sedAddress {
	a := &sedAddress{plus: -1}
	switch ch := p.peek(); {
	case isDigit(ch):
		a.line = p.number()
		if p.peek() == '~' {
			p.at++
			a.step = p.number()
		}
	case second && ch == '+':
		p.at++
		a.plus = p.number()
	case ch == '$':
		p.at++
		a.last = true
	case ch == '/' || ch == '\\':
		if ch == '\\' {
			p.at++
		}
		text := p.delimited(p.peek(), true)
		fold := p.peek() == 'I'
		if fold {
			p.at++
		}
		a.re = p.compile(text, fold)
	default:
		return nil
	}
	return a
}

func (p *sedParser) number() int {
	start := p.at
	p.skip("0123456789")
	n, err := strconv.Atoi(p.text[start:p.at])
	if err != nil {
		p.e.Fatalf("bad number in '%s'", p.text)
	}
	return n
}

// delimited reads up to a delimiter that is not escaped, and leaves the place
// after it.
func (p *sedParser) delimited(end byte, pattern bool) string {
	p.at++
	var b strings.Builder
	inSet := false
	for p.at < len(p.text) {
		ch := p.text[p.at]
		p.at++
		switch {
		case ch == '\\' && p.at < len(p.text):
			next := p.text[p.at]
			p.at++
			switch {
			case next == end && pattern && strings.IndexByte(`|.*[]^$+?(){}`, end) >= 0:
				b.WriteByte('\\')
				b.WriteByte(next)
			case next == end:
				b.WriteByte(next)
			case next == '\n':
				b.WriteString("\\n")
			default:
				b.WriteByte('\\')
				b.WriteByte(next)
			}
			continue
		case pattern && ch == '[' && !inSet:
			inSet = true
			b.WriteByte(ch)
			for _, first := range []byte("^]") {
				if p.peek() == first {
					b.WriteByte(first)
					p.at++
				}
			}
			continue
		case ch == ']':
			inSet = false
		case ch == end && !inSet:
			return b.String()
		}
		b.WriteByte(ch)
	}
	p.e.Fatalf("unmatched '%c'", end)
	return ""
}

// compile compiles an expression; an empty one stands for the last one.
func (p *sedParser) compile(text string, fold bool) *regexp.Regexp {
	if text == "" && p.last != nil {
		return p.last
	}
	re, err := tool.Regexp(text, p.e.extended, fold)
	if err != nil {
		p.e.Fatalf("%v", err)
	}
	p.last = re
	return re
}

func (p *sedParser) substitution(c *sedCommand) {
	end := p.peek()
	if end == 0 || end == '\n' || end == '\\' {
		p.e.Fatalf("bad substitution")
	}
	pattern := p.delimited(end, true)
	p.at--
	c.replace = p.delimited(end, false)
	fold := false
	for p.at < len(p.text) {
		switch ch := p.peek(); {
		case ch == 'g':
			c.global = true
		case ch == 'p':
			c.print = true
		case ch == 'i' || ch == 'I':
			fold = true
		case ch == 'm' || ch == 'M' || ch == 'e':
		case isDigit(ch):
			c.nth = p.number()
			p.at--
		case ch == 'w':
			p.at++
			p.skip(" \t")
			c.file = p.rest()
			p.at--
		default:
			c.re = p.compile(pattern, fold)
			return
		}
		p.at++
	}
	c.re = p.compile(pattern, fold)
}

func (p *sedParser) translation(c *sedCommand) {
	end := p.peek()
	from := []rune(unescapeDelimiter(p.delimited(end, false)))
	p.at--
	to := []rune(unescapeDelimiter(p.delimited(end, false)))
	if len(from) != len(to) {
		p.e.Fatalf("y/// strings have different lengths")
	}
	c.table = map[rune]rune{}
	for i, r := range from {
		c.table[r] = to[i]
	}
}
