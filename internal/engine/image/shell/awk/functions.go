package awk

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

func (i *interpreter) arg(e *expr, n int) value {
	if n >= len(e.args) {
		return value{}
	}
	return i.eval(e.args[n])
}

func (i *interpreter) need(e *expr, least int) {
	if len(e.args) < least {
		i.fatal("cmd. line:%d: Too few arguments", e.line)
	}
}

func (i *interpreter) callBuiltin(e *expr) value {
	switch e.name {
	case "length":
		return i.length(e)
	case "substr":
		i.need(e, 2)
		return i.substr(e)
	case "index":
		i.need(e, 2)
		s, t := i.str(i.arg(e, 0)), i.str(i.arg(e, 1))
		at := strings.Index(s, t)
		if at < 0 || t == "" {
			return number(0)
		}
		return number(float64(utf8.RuneCountInString(s[:at]) + 1))
	case "split":
		i.need(e, 2)
		return i.splitTo(e)
	case "sub", "gsub", "gensub":
		i.need(e, 2)
		return i.substitute(e)
	case "match":
		i.need(e, 2)
		return i.match(e)
	case "sprintf":
		i.need(e, 1)
		return text(i.format(e.args))
	case "tolower":
		return text(strings.ToLower(i.str(i.arg(e, 0))))
	case "toupper":
		return text(strings.ToUpper(i.str(i.arg(e, 0))))
	case "system":
		child := i.start(i.str(i.arg(e, 0)), kernel.Spec{Stdin: i.Stdin(), Stdout: i.Stdout(), Stderr: i.Stderr()})
		return number(float64(i.wait(child)))
	case "close":
		return number(float64(i.closeStream(i.str(i.arg(e, 0)))))
	case "fflush":
		i.flush()
		return number(0)
	case "strftime", "systime", "mktime":
		return i.time(e)
	}
	return number(i.mathematics(e))
}

func (i *interpreter) length(e *expr) value {
	if len(e.args) == 0 {
		return number(float64(utf8.RuneCountInString(i.record0())))
	}
	if a := e.args[0]; a.op == "var" {
		if c := i.cell(a); c.array != nil {
			return number(float64(len(c.array)))
		}
	}
	return number(float64(utf8.RuneCountInString(i.str(i.eval(e.args[0])))))
}

func (i *interpreter) substr(e *expr) value {
	runes := []rune(i.str(i.arg(e, 0)))
	from := math.RoundToEven(i.arg(e, 1).float())
	end := math.Inf(1)
	if len(e.args) > 2 {
		end = from + math.RoundToEven(i.arg(e, 2).float())
	}
	start := max(from, 1)
	end = min(end, float64(len(runes)+1))
	if !(start < end) {
		return text("")
	}
	return text(string(runes[int(start)-1 : int(end)-1]))
}

func (i *interpreter) splitTo(e *expr) value {
	s := i.str(i.arg(e, 0))
	var parts []string
	switch {
	case len(e.args) < 3:
		parts = i.splitBy(s, i.setting("FS"))
	case e.args[2].op == "re":
		if s != "" {
			parts = e.args[2].re.Split(s, -1)
		}
	default:
		parts = i.splitBy(s, i.str(i.eval(e.args[2])))
	}
	c := i.cell(e.args[1])
	c.array = nil
	array := c.elements()
	for k, part := range parts {
		array[strconv.Itoa(k+1)] = input(part)
	}
	i.hold(len(s) + 64*len(parts))
	return number(float64(len(parts)))
}

// substitute is sub, gsub and gensub.
func (i *interpreter) substitute(e *expr) value {
	re := i.regexp(e.args[0])
	with := i.str(i.eval(e.args[1]))
	place := &expr{op: "$", a: &expr{op: "num"}}
	all, only := e.name == "gsub", 1
	switch {
	case e.name == "gensub":
		how := i.str(i.arg(e, 2))
		all = strings.HasPrefix(strings.ToLower(how), "g")
		only = max(int(prefixNumber(how)), 1)
		if len(e.args) > 3 {
			place = e.args[3]
		}
	case len(e.args) > 2:
		place = e.args[2]
	}
	source := i.str(i.eval(place))
	var b strings.Builder
	at, count := 0, 0
	for k, m := range re.FindAllStringSubmatchIndex(source, -1) {
		if !all && k+1 != only {
			continue
		}
		count++
		b.WriteString(source[at:m[0]])
		replacement(&b, with, source, m, e.name == "gensub")
		at = m[1]
		if b.Len() > 1<<20 {
			i.Hold(b.Len())
			i.Hold(-b.Len())
		}
	}
	b.WriteString(source[at:])
	if e.name == "gensub" {
		return text(b.String())
	}
	if count > 0 {
		i.assign(place, text(b.String()))
	}
	return number(float64(count))
}

// replacement writes a replacement, in which "&" is what matched.
func replacement(b *strings.Builder, with, source string, m []int, groups bool) {
	for k := 0; k < len(with); k++ {
		switch {
		case with[k] == '&':
			b.WriteString(source[m[0]:m[1]])
		case with[k] != '\\' || k+1 == len(with):
			b.WriteByte(with[k])
		case with[k+1] == '&' || with[k+1] == '\\':
			k++
			b.WriteByte(with[k])
		case groups && isDigit(with[k+1]):
			k++
			if n := int(with[k] - '0'); 2*n+1 < len(m) && m[2*n] >= 0 {
				b.WriteString(source[m[2*n]:m[2*n+1]])
			}
		default:
			b.WriteByte('\\')
		}
	}
}

func (i *interpreter) match(e *expr) value {
	s := i.str(i.arg(e, 0))
	m := i.regexp(e.args[1]).FindStringSubmatchIndex(s)
	start, length := 0, -1
	if m != nil {
		start, length = utf8.RuneCountInString(s[:m[0]])+1, utf8.RuneCountInString(s[m[0]:m[1]])
	}
	if len(e.args) > 2 {
		array := i.cell(e.args[2]).elements()
		clear(array)
		for k := 0; 2*k+1 < len(m); k++ {
			if m[2*k] >= 0 {
				array[strconv.Itoa(k)] = input(s[m[2*k]:m[2*k+1]])
			}
		}
	}
	i.global("RSTART").v, i.global("RLENGTH").v = number(float64(start)), number(float64(length))
	return number(float64(start))
}

func (i *interpreter) time(e *expr) value {
	now := time.Now().UTC()
	switch e.name {
	case "systime":
		return number(float64(now.Unix()))
	case "mktime":
		t, err := time.Parse("2006 1 2 15 4 5", strings.Join(strings.Fields(i.str(i.arg(e, 0))), " "))
		if err != nil {
			return number(-1)
		}
		return number(float64(t.Unix()))
	}
	format := "%a %b %e %H:%M:%S %Z %Y"
	if len(e.args) > 0 {
		format = i.str(i.arg(e, 0))
	}
	if len(e.args) > 1 {
		now = time.Unix(int64(i.arg(e, 1).float()), 0).UTC()
	}
	return text(tool.FormatTime(now, format))
}

func (i *interpreter) mathematics(e *expr) float64 {
	x := i.arg(e, 0).float()
	y := func() float64 { return i.arg(e, 1).float() }
	switch e.name {
	case "sin":
		return math.Sin(x)
	case "cos":
		return math.Cos(x)
	case "atan2":
		return math.Atan2(x, y())
	case "exp":
		return math.Exp(x)
	case "log":
		return math.Log(x)
	case "sqrt":
		return math.Sqrt(x)
	case "int":
		return math.Trunc(x)
	case "rand":
		return i.random.Float64()
	case "srand":
		old := i.seed
		i.seed = x
		if len(e.args) == 0 {
			i.seed = float64(time.Now().Unix())
		}
		i.random = rand.New(rand.NewPCG(uint64(int64(i.seed)), 1))
		return old
	case "and":
		return float64(uint64(x) & uint64(y()))
	case "or":
		return float64(uint64(x) | uint64(y()))
	case "xor":
		return float64(uint64(x) ^ uint64(y()))
	case "lshift":
		return float64(uint64(x) << uint64(y()))
	case "rshift":
		return float64(uint64(x) >> uint64(y()))
	case "compl":
		return float64(^uint64(x))
	}
	return 0
}

func (i *interpreter) format(args []*expr) string {
	values := make([]value, len(args)-1)
	for k := range values {
		values[k] = i.eval(args[k+1])
	}
	out, err := sprintf(i.str(i.eval(args[0])), values, i.setting("CONVFMT"))
	if err != nil {
		i.fatal("%v", err)
	}
	return out
}

// sprintf formats as printf(3) does.
func sprintf(format string, args []value, convfmt string) (string, error) {
	var b strings.Builder
	next := func() value {
		if len(args) == 0 {
			return value{}
		}
		v := args[0]
		args = args[1:]
		return v
	}
	for k := 0; k < len(format); k++ {
		if format[k] != '%' || k+1 == len(format) {
			b.WriteByte(format[k])
			continue
		}
		spec := "%"
		for k++; k < len(format)-1 && strings.IndexByte("-+ #0123456789.*", format[k]) >= 0; k++ {
			if format[k] == '*' {
				spec += strconv.Itoa(int(max(min(next().float(), 1<<16), -(1 << 16))))
				continue
			}
			spec += format[k : k+1]
		}
		for k < len(format)-1 && strings.IndexByte("hlLqjzt", format[k]) >= 0 {
			k++
		}
		for part := range strings.FieldsFuncSeq(spec, func(r rune) bool { return r < '0' || r > '9' }) {
			if len(part) > 5 {
				return "", fmt.Errorf("%s: invalid format", spec)
			}
		}
		if format[k] == '%' {
			b.WriteByte('%')
			continue
		}
		convert(&b, spec, format[k], next(), convfmt)
	}
	return b.String(), nil
}

func convert(b *strings.Builder, spec string, verb byte, v value, convfmt string) {
	switch verb {
	case 'd', 'i':
		n := math.Trunc(v.float())
		if math.IsNaN(n) || math.IsInf(n, 0) || math.Abs(n) >= 1<<63 {
			fmt.Fprintf(b, strings.ReplaceAll(spec, "0", "")+".0f", n)
			return
		}
		fmt.Fprintf(b, spec+"d", int64(n))
	case 'u', 'x', 'X', 'o':
		if verb == 'u' {
			verb = 'd'
		}
		fmt.Fprintf(b, spec+string(verb), uint64(int64(v.float())))
	case 'e', 'E', 'f', 'F', 'g', 'G':
		if (verb == 'g' || verb == 'G') && !strings.Contains(spec, ".") {
			spec += ".6"
		}
		fmt.Fprintf(b, spec+string(verb), v.float())
	case 'c':
		if v.kind == isNumber {
			fmt.Fprintf(b, spec+"s", string(rune(int(v.num))))
			return
		}
		_, size := utf8.DecodeRuneInString(v.str)
		fmt.Fprintf(b, spec+"s", v.str[:min(size, len(v.str))])
	case 's':
		fmt.Fprintf(b, spec+"s", v.string(convfmt))
	default:
		b.WriteString(spec + string(verb))
	}
}
