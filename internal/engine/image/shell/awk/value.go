package awk

import (
	"math"
	"strconv"
	"strings"
)

// value is a number, a string, or a string that came from outside and counts as
// a number where it looks like one.
type value struct {
	str  string
	num  float64
	kind valueKind
}

type valueKind byte

const (
	unset valueKind = iota
	isNumber
	isString
	isInput // not looked at yet
)

func number(n float64) value { return value{num: n, kind: isNumber} }

func text(s string) value { return value{str: s, kind: isString} }

func input(s string) value { return value{str: s, kind: isInput} }

func truth(b bool) value {
	if b {
		return number(1)
	}
	return number(0)
}

// float is the value as a number: what a text begins with, or 0.
func (v value) float() float64 {
	if v.kind == isNumber || v.kind == unset {
		return v.num
	}
	return prefixNumber(v.str)
}

func prefixNumber(s string) float64 {
	s = strings.TrimLeft(s, " \t\n\r\f\v")
	sign := 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign = 1
	}
	n := numberLength(s[sign:])
	if n == 0 {
		return special(s)
	}
	f, _ := strconv.ParseFloat(s[:sign+n], 64)
	return f
}

// special reads the infinities and NaN with a sign, as POSIX's strtod does.
func special(s string) float64 {
	switch {
	case strings.HasPrefix(strings.ToLower(s), "+inf"):
		return math.Inf(1)
	case strings.HasPrefix(strings.ToLower(s), "-inf"):
		return math.Inf(-1)
	case strings.HasPrefix(strings.ToLower(s), "+nan"), strings.HasPrefix(strings.ToLower(s), "-nan"):
		return math.NaN()
	}
	return 0
}

// numeric says whether the value counts as a number in a comparison.
func (v value) numeric() bool {
	switch v.kind {
	case isNumber, unset:
		return true
	case isInput:
		s := strings.TrimSpace(v.str)
		if s != "" && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		return s != "" && numberLength(s) == len(s)
	}
	return false
}

func (v value) isTrue() bool {
	if v.kind == isString || v.kind == isInput && !v.numeric() {
		return v.str != ""
	}
	return v.float() != 0
}

// string is the value as a text; numbers that are no integers in a format such
// as "%.6g".
func (v value) string(format string) string {
	if v.kind != isNumber {
		return v.str
	}
	if v.num == math.Trunc(v.num) && math.Abs(v.num) < 1e16 {
		return strconv.FormatInt(int64(v.num), 10)
	}
	if format == "%.6g" {
		return formatG(v.num)
	}
	out, _ := sprintf(format, []value{v}, "%.6g")
	return out
}

func formatG(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	out, _ := sprintf("%.6g", []value{number(f)}, "")
	return out
}

// cell is a variable: a value or an array.
type cell struct {
	v     value
	array map[string]value
}

func (c *cell) elements() map[string]value {
	if c.array == nil {
		c.array = map[string]value{}
	}
	return c.array
}
