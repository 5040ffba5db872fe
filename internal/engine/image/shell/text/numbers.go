package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

func seq(c *tool.Call) int {
	wide, separator := false, "\n"
	for len(c.Args) > 1 {
		if c.Args[0] == "-w" {
			wide, c.Args = true, c.Args[1:]
		} else if strings.HasPrefix(c.Args[0], "-s") {
			separator, c.Args = c.Args[0][2:], c.Args[1:]
			if separator == "" {
				separator, c.Args = c.Args[0], c.Args[1:]
			}
		} else {
			break
		}
	}
	if len(c.Args) == 0 || len(c.Args) > 3 {
		c.UsageExit()
	}
	bounds := []float64{1, 1, 1}
	decimals, width := 0, 0
	numbers := make([]float64, len(c.Args))
	for i, a := range c.Args {
		n, err := strconv.ParseFloat(a, 64)
		if err != nil {
			c.Fatalf("invalid number '%s'", a)
		}
		numbers[i] = n
		if _, fraction, ok := strings.Cut(a, "."); ok && (i < len(c.Args)-1 || len(c.Args) == 1) {
			decimals = max(decimals, len(fraction))
		}
		width = max(width, len(a))
	}
	switch len(numbers) {
	case 1:
		bounds[2] = numbers[0]
	case 2:
		bounds[0], bounds[2] = numbers[0], numbers[1]
	default:
		copy(bounds, numbers)
	}
	if bounds[1] == 0 {
		bounds[1] = 1e-300
	}
	for k := 0; ; k++ {
		n := bounds[0] + float64(k)*bounds[1]
		if bounds[1] > 0 && n > bounds[2]+1e-10 || bounds[1] < 0 && n < bounds[2]-1e-10 {
			if k == 0 {
				return 0
			}
			break
		}
		if k > 0 {
			_, _ = c.Out.WriteString(separator)
		}
		text := strconv.FormatFloat(n, 'f', decimals, 64)
		if wide {
			text = fmt.Sprintf("%0*.*f", width, decimals, n)
		}
		_, _ = c.Out.WriteString(text)
	}
	_ = c.Out.WriteByte('\n')
	return 0
}

// expression evaluates the arguments of expr(1).
type expression struct {
	c    *tool.Call
	args []string
}

func expr(c *tool.Call) int {
	e := &expression{c, c.Args}
	value := e.or()
	if len(e.args) > 0 {
		e.syntax()
	}
	line(c, value)
	if value == "" || value == "0" {
		return 1
	}
	return 0
}

func (e *expression) syntax() {
	e.c.Errorf("syntax error")
	e.c.Exit(2)
}

func (e *expression) take(words ...string) (string, bool) {
	if len(e.args) == 0 {
		return "", false
	}
	for _, w := range words {
		if e.args[0] == w {
			e.args = e.args[1:]
			return w, true
		}
	}
	return "", false
}

func null(value string) bool { return value == "" || value == "0" }

func (e *expression) or() string {
	left := e.and()
	for {
		if _, ok := e.take("|"); !ok {
			return left
		}
		right := e.and()
		if null(left) {
			left = right
			if null(left) {
				left = "0"
			}
		}
	}
}

func (e *expression) and() string {
	left := e.compare()
	for {
		if _, ok := e.take("&"); !ok {
			return left
		}
		if right := e.compare(); null(left) || null(right) {
			left = "0"
		}
	}
}

func (e *expression) compare() string {
	left := e.sum()
	for {
		op, ok := e.take("<", "<=", "=", "==", "!=", ">=", ">")
		if !ok {
			return left
		}
		left = compared(left, op, e.sum())
	}
}

func compared(left, op, right string) string {
	order := strings.Compare(left, right)
	a, errA := strconv.ParseInt(left, 10, 64)
	b, errB := strconv.ParseInt(right, 10, 64)
	if errA == nil && errB == nil {
		order = 0
		if a < b {
			order = -1
		} else if a > b {
			order = 1
		}
	}
	result := map[string]bool{"<": order < 0, "<=": order <= 0, "=": order == 0, "==": order == 0, "!=": order != 0, ">=": order >= 0, ">": order > 0}[op]
	if result {
		return "1"
	}
	return "0"
}

func (e *expression) integer(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		e.c.Errorf("non-numeric argument")
		e.c.Exit(2)
	}
	return n
}

func (e *expression) sum() string {
	left := e.product()
	for {
		op, ok := e.take("+", "-")
		if !ok {
			return left
		}
		a, b := e.integer(left), e.integer(e.product())
		if op == "-" {
			b = -b
		}
		left = strconv.FormatInt(a+b, 10)
	}
}

func (e *expression) product() string {
	left := e.match()
	for {
		op, ok := e.take("*", "/", "%")
		if !ok {
			return left
		}
		a, b := e.integer(left), e.integer(e.match())
		if op != "*" && b == 0 {
			e.c.Errorf("division by zero")
			e.c.Exit(2)
		}
		switch {
		case op == "*":
			a *= b
		case b == -1 && a == math.MinInt64:
		case op == "/":
			a /= b
		default:
			a %= b
		}
		left = strconv.FormatInt(a, 10)
	}
}

func (e *expression) match() string {
	left := e.primary()
	for {
		if _, ok := e.take(":"); !ok {
			return left
		}
		left = e.matched(left, e.primary())
	}
}

// matched is the first group of a pattern at the start of a text, or how many
// characters match.
func (e *expression) matched(text, pattern string) string {
	re, err := tool.Regexp("^"+strings.TrimPrefix(pattern, "^"), false, false)
	if err != nil {
		e.c.Errorf("%v", err)
		e.c.Exit(2)
	}
	m := re.FindStringSubmatch(text)
	switch {
	case re.NumSubexp() > 0 && m == nil:
		return ""
	case re.NumSubexp() > 0:
		return m[1]
	case m == nil:
		return "0"
	}
	return strconv.Itoa(len([]rune(m[0])))
}

func (e *expression) next() string {
	if len(e.args) == 0 {
		e.syntax()
	}
	word := e.args[0]
	e.args = e.args[1:]
	return word
}

func (e *expression) primary() string {
	word := e.next()
	switch {
	case word == "(":
		value := e.or()
		if e.next() != ")" {
			e.syntax()
		}
		return value
	case word == "length" && len(e.args) > 0:
		return strconv.Itoa(len([]rune(e.primary())))
	case word == "match" && len(e.args) > 1:
		text := e.primary()
		return e.matched(text, e.primary())
	case word == "index" && len(e.args) > 1:
		text := e.primary()
		return strconv.Itoa(strings.IndexAny(text, e.primary()) + 1)
	case word == "substr" && len(e.args) > 2:
		text := []rune(e.primary())
		from, n := e.integer(e.primary()), e.integer(e.primary())
		if from < 1 || n < 1 || from > int64(len(text)) {
			return ""
		}
		return string(text[from-1 : min(from-1+n, int64(len(text)))])
	}
	return word
}
