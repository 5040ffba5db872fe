package awk

import (
	"math"
	"strings"
)

func (i *interpreter) eval(e *expr) value {
	switch e.op {
	case "num":
		return number(e.num)
	case "str":
		return text(e.text)
	case "re":
		return truth(e.re.MatchString(i.record0()))
	case "var":
		if e.local < 0 && e.name == "NF" {
			i.split()
		}
		return i.cell(e).v
	case "paren":
		return i.eval(e.a)
	case "$":
		return i.field(i.fieldIndex(e.a))
	case "index":
		return i.element(e)
	case "=":
		v := i.eval(e.b)
		i.assign(e.a, v)
		return v
	case "op=":
		v := number(i.arithmetic(e.name, i.eval(e.a).float(), i.eval(e.b).float()))
		i.assign(e.a, v)
		return v
	case "?":
		if i.eval(e.a).isTrue() {
			return i.eval(e.b)
		}
		return i.eval(e.c)
	case "call":
		return i.callUser(e)
	case "func":
		return i.callBuiltin(e)
	case "getline":
		return i.getline(e)
	case "group":
		return text(i.key(e.args))
	}
	return i.operator(e)
}

func (i *interpreter) element(e *expr) value {
	array := i.cell(e.a).elements()
	key := i.key(e.args)
	v, ok := array[key]
	if !ok {
		array[key] = v // looking at an element makes it
		i.hold(len(key) + 64)
	}
	return v
}

func (i *interpreter) operator(e *expr) value {
	switch e.op {
	case "||":
		return truth(i.eval(e.a).isTrue() || i.eval(e.b).isTrue())
	case "&&":
		return truth(i.eval(e.a).isTrue() && i.eval(e.b).isTrue())
	case "in":
		_, ok := i.cell(e.a).elements()[i.key(e.args)]
		return truth(ok)
	case "~", "!~":
		return truth(i.regexp(e.b).MatchString(i.str(i.eval(e.a))) == (e.op == "~"))
	case "concat":
		return i.concat(e)
	case "unary!":
		return truth(!i.eval(e.a).isTrue())
	case "unary-":
		return number(-i.eval(e.a).float())
	case "unary+":
		return number(i.eval(e.a).float())
	case "pre++", "pre--", "post++", "post--":
		return i.increment(e)
	case "<", "<=", "==", "!=", ">=", ">":
		return truth(i.compare(e.op, i.eval(e.a), i.eval(e.b)))
	}
	return number(i.arithmetic(e.op, i.eval(e.a).float(), i.eval(e.b).float()))
}

func (i *interpreter) concat(e *expr) value {
	a := i.str(i.eval(e.a))
	b := i.str(i.eval(e.b))
	if n := len(a) + len(b); n > 64<<10 {
		i.Hold(n)
		defer i.Hold(-n)
	}
	return text(a + b)
}

func (i *interpreter) increment(e *expr) value {
	old := i.eval(e.a).float()
	changed := old + 1
	if strings.HasSuffix(e.op, "--") {
		changed = old - 1
	}
	i.assign(e.a, number(changed))
	if strings.HasPrefix(e.op, "post") {
		return number(old)
	}
	return number(changed)
}

func (i *interpreter) compare(op string, a, b value) bool {
	order := 0
	if a.numeric() && b.numeric() {
		x, y := a.float(), b.float()
		switch {
		case x < y:
			order = -1
		case x > y:
			order = 1
		}
	} else {
		order = strings.Compare(i.str(a), i.str(b))
	}
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case "==":
		return order == 0
	case "!=":
		return order != 0
	case ">=":
		return order >= 0
	}
	return order > 0
}

func (i *interpreter) arithmetic(op string, a, b float64) float64 {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "^":
		return math.Pow(a, b)
	}
	if b == 0 {
		i.fatal("Division by zero")
	}
	if op == "%" {
		return math.Mod(a, b)
	}
	return a / b
}

// callUser calls a function of the program. Arrays are passed by reference.
func (i *interpreter) callUser(e *expr) value {
	if len(i.frames) >= 1000 {
		i.fatal("function nested too deeply")
	}
	f := e.call
	frame := make([]*cell, len(f.params))
	for k := range frame {
		frame[k] = &cell{}
		if k >= len(e.args) {
			continue
		}
		arg := e.args[k]
		if arg.op != "var" {
			frame[k].v = i.eval(arg)
			continue
		}
		given := i.cell(arg)
		if given.array == nil && given.v.kind == unset {
			frame[k] = given // it may become an array
			continue
		}
		frame[k].v, frame[k].array = given.v, given.array
	}
	restore := i.guardUnset(e, frame)
	i.frames = append(i.frames, frame)
	i.value = value{}
	sig := i.list(f.body)
	i.frames = i.frames[:len(i.frames)-1]
	restore()
	if sig == doExit {
		i.leave()
	}
	result := i.value
	i.value = value{}
	return result
}

// guardUnset keeps a plain value that a function gives a parameter from reaching
// the variable that was passed without a value.
func (i *interpreter) guardUnset(e *expr, frame []*cell) func() {
	return func() {
		for k, arg := range e.args {
			if arg.op == "var" && i.cell(arg) == frame[k] && frame[k].array == nil {
				frame[k].v = value{}
			}
		}
	}
}

// leave is exit within a function: the END rules run, unless it is one of them.
func (i *interpreter) leave() {
	if !i.exiting {
		i.exiting = true
		for _, b := range i.prog.end {
			if i.list(b.body) == doExit {
				break
			}
		}
	}
	i.closeAll()
	i.Exit(i.code)
}
