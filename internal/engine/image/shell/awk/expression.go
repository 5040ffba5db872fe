package awk

import (
	"slices"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

func (p *parser) expr() *expr {
	defer p.deeper()()
	left := p.ternary()
	for _, sign := range []string{"=", "+=", "-=", "*=", "/=", "%=", "^="} {
		if !p.is(sign) {
			continue
		}
		if left.op != "var" && left.op != "index" && left.op != "$" {
			p.unexpected()
		}
		p.next()
		p.optional()
		right := p.expr()
		if sign == "=" {
			return &expr{op: "=", a: left, b: right}
		}
		return &expr{op: "op=", name: strings.TrimSuffix(sign, "="), a: left, b: right}
	}
	return left
}

func (p *parser) ternary() *expr {
	cond := p.or()
	if !p.take("?") {
		return cond
	}
	p.optional()
	yes := p.expr()
	p.optional()
	p.want(":")
	p.optional()
	return &expr{op: "?", a: cond, b: yes, c: p.expr()}
}

func (p *parser) or() *expr {
	left := p.and()
	for p.take("||") {
		p.optional()
		left = &expr{op: "||", a: left, b: p.and()}
	}
	return left
}

func (p *parser) and() *expr {
	left := p.in()
	for p.take("&&") {
		p.optional()
		left = &expr{op: "&&", a: left, b: p.in()}
	}
	return left
}

func (p *parser) in() *expr {
	left := p.match()
	for p.noIn == 0 && p.take("in") {
		if p.tok.kind != tokName {
			p.unexpected()
		}
		keys := []*expr{left}
		if left.op == "group" {
			keys = left.args
		}
		left = &expr{op: "in", a: p.variable(p.tok.text), args: keys}
		p.next()
	}
	return left
}

func (p *parser) match() *expr {
	left := p.comparison()
	for p.is("~") || p.is("!~") {
		op := p.tok.text
		p.next()
		left = &expr{op: op, a: left, b: p.comparison()}
	}
	return left
}

func (p *parser) comparison() *expr {
	left := p.pipes(p.concat())
	for _, op := range []string{"<", "<=", "==", "!=", ">=", ">"} {
		if p.is(op) && (op != ">" || p.noGT == 0) {
			p.next()
			return &expr{op: op, a: left, b: p.pipes(p.concat())}
		}
	}
	return left
}

// getlineFollows says whether "|" is followed by getline; in a print it is a
// redirection otherwise.
func (p *parser) getlineFollows() bool {
	saved := *p.lex
	next := p.lex.next()
	*p.lex = saved
	return next.kind == tokWord && next.text == "getline"
}

// pipes is "command | getline [variable]".
func (p *parser) pipes(left *expr) *expr {
	for p.is("|") && p.getlineFollows() {
		p.next()
		p.want("getline")
		left = &expr{op: "getline", name: "|", a: left, b: p.target()}
	}
	return left
}

// target is the variable that getline sets, if one is given.
func (p *parser) target() *expr {
	if p.tok.kind == tokName || p.is("$") {
		return p.primary()
	}
	return nil
}

func (p *parser) concat() *expr {
	left := p.sum()
	for p.startsOperand() {
		left = &expr{op: "concat", a: left, b: p.sum()}
	}
	return left
}

func (p *parser) startsOperand() bool {
	switch p.tok.kind {
	case tokNumber, tokString, tokName, tokFunc, tokRegexp:
		return true
	case tokSign:
		return slices.Contains([]string{"$", "!", "(", "-", "+", "++", "--"}, p.tok.text)
	}
	return false
}

func (p *parser) sum() *expr {
	left := p.product()
	for p.is("+") || p.is("-") {
		op := p.tok.text
		p.next()
		left = &expr{op: op, a: left, b: p.product()}
	}
	return left
}

func (p *parser) product() *expr {
	left := p.unary()
	for p.is("*") || p.is("/") || p.is("%") {
		op := p.tok.text
		p.next()
		left = &expr{op: op, a: left, b: p.unary()}
	}
	return left
}

func (p *parser) unary() *expr {
	for _, op := range []string{"!", "-", "+"} {
		if p.take(op) {
			defer p.deeper()()
			return &expr{op: "unary" + op, a: p.unary()}
		}
	}
	return p.power()
}

func (p *parser) power() *expr {
	left := p.postfix()
	if p.take("^") {
		defer p.deeper()()
		if p.take("-") {
			return &expr{op: "^", a: left, b: &expr{op: "unary-", a: p.power()}}
		}
		return &expr{op: "^", a: left, b: p.power()}
	}
	return left
}

func isPlace(e *expr) bool { return e.op == "var" || e.op == "index" || e.op == "$" }

func (p *parser) postfix() *expr {
	e := p.primary()
	if isPlace(e) && (p.is("++") || p.is("--")) {
		op := "post" + p.tok.text
		p.next()
		return &expr{op: op, a: e}
	}
	return e
}

func (p *parser) primary() *expr {
	t := p.tok
	switch t.kind {
	case tokNumber:
		p.next()
		return &expr{op: "num", num: t.num}
	case tokString:
		p.next()
		return &expr{op: "str", text: t.text}
	case tokRegexp:
		p.next()
		re, err := tool.Regexp(t.text, true, false)
		if err != nil {
			p.lex.fail("%v", err)
		}
		return &expr{op: "re", text: t.text, re: re}
	case tokName:
		return p.named(t)
	case tokFunc:
		return p.builtin(t)
	case tokWord:
		if t.text == "getline" {
			return p.getline()
		}
	case tokSign:
		return p.signed(t)
	}
	p.unexpected()
	return nil
}

func (p *parser) named(t token) *expr {
	p.next()
	if t.glue {
		p.want("(")
		e := &expr{op: "call", name: t.text, args: p.list(")"), line: t.line}
		p.calls = append(p.calls, e)
		return e
	}
	v := p.variable(t.text)
	if p.take("[") {
		return &expr{op: "index", a: v, args: p.list("]")}
	}
	return v
}

func (p *parser) builtin(t token) *expr {
	p.next()
	e := &expr{op: "func", name: t.text, line: t.line}
	if p.take("(") {
		e.args = p.list(")")
	} else if t.text != "length" {
		p.unexpected()
	}
	return e
}

// getline is the form without a pipe: "getline [variable] [< file]".
func (p *parser) getline() *expr {
	p.next()
	e := &expr{op: "getline", b: p.target()}
	if p.take("<") {
		e.name, e.a = "<", p.concatOperand()
	}
	return e
}

// concatOperand is the file of a getline: a primary expression.
func (p *parser) concatOperand() *expr { return p.postfix() }

func (p *parser) signed(t token) *expr {
	switch t.text {
	case "$":
		p.next()
		if p.is("++") || p.is("--") || p.is("-") {
			return &expr{op: "$", a: p.unaryField()}
		}
		return &expr{op: "$", a: p.primary()}
	case "++", "--":
		p.next()
		place := p.primary()
		if !isPlace(place) {
			p.unexpected()
		}
		return &expr{op: "pre" + t.text, a: place}
	case "(":
		p.next()
		list := p.list(")")
		switch {
		case len(list) == 1:
			return &expr{op: "paren", a: list[0]}
		case len(list) > 1:
			return &expr{op: "group", args: list}
		}
	case "-", "+", "!":
		return p.unary()
	}
	p.unexpected()
	return nil
}

func (p *parser) unaryField() *expr {
	if p.is("-") {
		return p.unary()
	}
	return p.primary()
}
