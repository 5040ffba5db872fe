package awk

import "regexp"

// program is a parsed program.
type program struct {
	begin, end []*block
	rules      []*rule
	functions  map[string]*function
}

type block struct{ body []*statement }

// rule is a pattern with an action. A rule with two patterns is a range.
type rule struct {
	from, to *expr
	body     []*statement
	bare     bool // no action: print
	active   bool
}

type function struct {
	name   string
	params []string
	body   []*statement
}

// statement is a statement; op says which.
type statement struct {
	op         string
	a, b       *expr
	args       []*expr
	redirect   string // of print: ">", ">>" or "|"
	body, rest []*statement
	init, post *statement
}

// expr is an expression; op says which.
type expr struct {
	op      string
	a, b, c *expr
	args    []*expr
	name    string
	text    string
	num     float64
	re      *regexp.Regexp
	local   int // index of a parameter, -1 if the name is global
	call    *function
	line    int
}

// parser reads a program by recursive descent.
type parser struct {
	lex    *lexer
	tok    token
	prog   *program
	params map[string]int
	calls  []*expr // user functions, which may be defined later
	noIn   int
	noGT   int // ">" is a redirection
	depth  int
}

// maxDepth is how deeply expressions and statements may be nested.
const maxDepth = 500

func parse(text string) (prog *program, err error) {
	p := &parser{lex: &lexer{text: text, line: 1}, prog: &program{functions: map[string]*function{}}}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case syntaxError:
			err = e
		default:
			panic(e)
		}
	}()
	p.next()
	for p.newlines(); p.tok.kind != tokEOF; p.newlines() {
		p.item()
	}
	for _, c := range p.calls {
		f := p.prog.functions[c.name]
		if f == nil {
			panic(syntaxError{c.line, "Call to undefined function"})
		}
		if len(c.args) > len(f.params) {
			panic(syntaxError{c.line, "Too many arguments"})
		}
		c.call = f
	}
	return p.prog, nil
}

func (p *parser) next() { p.tok = p.lex.next() }

func (p *parser) is(text string) bool {
	return (p.tok.kind == tokSign || p.tok.kind == tokWord) && p.tok.text == text
}

func (p *parser) take(text string) bool {
	if p.is(text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) want(text string) {
	if !p.take(text) {
		p.unexpected()
	}
}

func (p *parser) unexpected() {
	if p.tok.kind == tokEOF {
		p.lex.fail("Unexpected end of string")
	}
	p.lex.fail("Unexpected token")
}

func (p *parser) deeper() func() {
	if p.depth++; p.depth > maxDepth {
		p.lex.fail("nested too deeply")
	}
	return func() { p.depth-- }
}

func (p *parser) newlines() {
	for p.tok.kind == tokNewline || p.is(";") {
		p.next()
	}
}

func (p *parser) optional() {
	for p.tok.kind == tokNewline {
		p.next()
	}
}

func (p *parser) item() {
	switch {
	case p.take("BEGIN"):
		p.prog.begin = append(p.prog.begin, &block{p.action()})
	case p.take("END"):
		p.prog.end = append(p.prog.end, &block{p.action()})
	case p.take("function"):
		p.function()
	default:
		r := &rule{bare: true}
		if !p.is("{") {
			r.from = p.expr()
			if p.take(",") {
				p.optional()
				r.to = p.expr()
			}
		}
		if p.is("{") {
			r.bare, r.body = false, p.action()
		}
		p.prog.rules = append(p.prog.rules, r)
	}
}

func (p *parser) function() {
	f := &function{name: p.tok.text}
	if p.tok.kind != tokName {
		p.unexpected()
	}
	p.next()
	p.want("(")
	p.params = map[string]int{}
	for !p.is(")") {
		if p.tok.kind != tokName {
			p.unexpected()
		}
		p.params[p.tok.text] = len(f.params)
		f.params = append(f.params, p.tok.text)
		p.next()
		if !p.take(",") {
			break
		}
		p.optional()
	}
	p.want(")")
	p.optional()
	p.prog.functions[f.name] = f
	f.body = p.action()
	p.params = nil
}

// action is "{ ... }".
func (p *parser) action() []*statement {
	defer p.deeper()()
	p.want("{")
	var list []*statement
	for p.newlines(); !p.is("}"); p.newlines() {
		list = append(list, p.statement())
	}
	p.next()
	return list
}

// body is the statement of an if or a loop.
func (p *parser) body() []*statement {
	p.optional()
	if p.is("{") {
		return p.action()
	}
	if p.take(";") {
		return nil
	}
	return []*statement{p.statement()}
}

func (p *parser) ended() {
	switch {
	case p.tok.kind == tokNewline || p.is(";"):
		p.next()
	case p.is("}") || p.tok.kind == tokEOF:
	default:
		p.unexpected()
	}
}

func (p *parser) statement() *statement {
	defer p.deeper()()
	if p.tok.kind == tokWord {
		if s := p.keyword(); s != nil {
			return s
		}
	}
	if p.is("{") {
		return &statement{op: "block", body: p.action()}
	}
	s := p.simple()
	p.ended()
	return s
}

func (p *parser) keyword() *statement {
	word := p.tok.text
	switch word {
	case "if":
		p.next()
		s := &statement{op: word}
		p.want("(")
		s.a = p.expr()
		p.want(")")
		s.body = p.body()
		p.elseBranch(s)
		return s
	case "while":
		p.next()
		p.want("(")
		s := &statement{op: word, a: p.expr()}
		p.want(")")
		s.body = p.body()
		return s
	case "do":
		p.next()
		s := &statement{op: word, body: p.body()}
		p.newlines()
		p.want("while")
		p.want("(")
		s.a = p.expr()
		p.want(")")
		p.ended()
		return s
	case "for":
		return p.loop()
	case "break", "continue", "next", "nextfile":
		p.next()
		p.ended()
		return &statement{op: word}
	case "exit", "return":
		p.next()
		s := &statement{op: word}
		if p.tok.kind != tokNewline && !p.is(";") && !p.is("}") && p.tok.kind != tokEOF {
			s.a = p.expr()
		}
		p.ended()
		return s
	}
	return nil
}

// elseBranch looks for an else behind newlines and semicolons.
func (p *parser) elseBranch(s *statement) {
	saved, tok := *p.lex, p.tok
	p.newlines()
	if p.take("else") {
		s.rest = p.body()
		return
	}
	*p.lex, p.tok = saved, tok
}

func (p *parser) loop() *statement {
	p.next()
	p.want("(")
	if s := p.forIn(); s != nil {
		return s
	}
	s := &statement{op: "for"}
	if !p.is(";") {
		s.init = p.simple()
	}
	p.want(";")
	p.optional()
	if !p.is(";") {
		s.a = p.expr()
	}
	p.want(";")
	p.optional()
	if !p.is(")") {
		s.post = p.simple()
	}
	p.want(")")
	s.body = p.body()
	return s
}

// forIn is "name in array)", or nil and nothing read.
func (p *parser) forIn() *statement {
	saved, tok := *p.lex, p.tok
	if p.tok.kind == tokName {
		variable := p.variable(p.tok.text)
		p.next()
		if p.take("in") && p.tok.kind == tokName {
			array := p.variable(p.tok.text)
			p.next()
			if p.take(")") {
				return &statement{op: "forin", a: variable, b: array, body: p.body()}
			}
		}
	}
	*p.lex, p.tok = saved, tok
	return nil
}

func (p *parser) simple() *statement {
	switch {
	case p.is("print") || p.is("printf"):
		return p.print()
	case p.take("delete"):
		s := &statement{op: "delete", a: p.variable(p.tok.text)}
		if p.tok.kind != tokName {
			p.unexpected()
		}
		p.next()
		if p.take("[") {
			s.args = p.list("]")
		}
		return s
	}
	return &statement{op: "expr", a: p.expr()}
}

func (p *parser) print() *statement {
	s := &statement{op: p.tok.text}
	p.next()
	p.noGT++
	if !p.endOfPrint() {
		s.args = p.printArgs()
	}
	p.noGT--
	for _, sign := range []string{">", ">>", "|"} {
		if p.take(sign) {
			s.redirect = sign
			p.noGT++
			s.b = p.concat()
			p.noGT--
			break
		}
	}
	return s
}

func (p *parser) endOfPrint() bool {
	return p.tok.kind == tokNewline || p.tok.kind == tokEOF || p.is(";") || p.is("}") || p.is(">") || p.is(">>") || p.is("|")
}

// printArgs are the arguments of print, which may stand in brackets.
func (p *parser) printArgs() []*expr {
	first := p.expr()
	if first.op == "group" {
		return first.args
	}
	list := []*expr{first}
	for p.take(",") {
		p.optional()
		list = append(list, p.expr())
	}
	return list
}

// list is a list of expressions up to a bracket.
func (p *parser) list(end string) (list []*expr) {
	noGT, noIn := p.noGT, p.noIn
	p.noGT, p.noIn = 0, 0
	defer func() { p.noGT, p.noIn = noGT, noIn }()
	p.optional()
	for !p.is(end) {
		list = append(list, p.expr())
		p.optional()
		if !p.take(",") {
			break
		}
		p.optional()
	}
	p.want(end)
	return list
}

func (p *parser) variable(name string) *expr {
	e := &expr{op: "var", name: name, local: -1, line: p.tok.line}
	if i, ok := p.params[name]; ok {
		e.local = i
	}
	return e
}
