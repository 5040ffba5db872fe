// Package awk is AWK as POSIX describes it, over the files and processes of a
// container.
//
// The language is small: a [program] is parsed into a tree of expressions and
// statements, which an [interpreter] walks. Strings are bytes of UTF-8; length,
// index and substr count characters, as in busybox built for Unicode.
package awk

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is one word of a program.
type token struct {
	kind kind
	text string
	num  float64
	glue bool // "(" directly after a name: a call
	line int
}

type kind int

const (
	tokEOF kind = iota
	tokNewline
	tokNumber
	tokString
	tokRegexp
	tokName
	tokFunc // the name of a built-in function
	tokWord // a keyword
	tokSign // an operator or a bracket
)

// syntaxError is an error of a program. It unwinds the parser.
type syntaxError struct {
	line int
	text string
}

func (e syntaxError) Error() string { return fmt.Sprintf("cmd. line:%d: %s", e.line, e.text) }

var keywords = words("BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf")

var functions = words("length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system close fflush strftime systime and or xor compl lshift rshift gensub mktime")

func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// lexer cuts a program into tokens.
type lexer struct {
	text string
	at   int
	line int
	last token
}

// regexpAllowed says whether a slash begins an expression here.
func (l *lexer) regexpAllowed() bool {
	switch l.last.kind {
	case tokNumber, tokString, tokName, tokRegexp, tokFunc:
		return false
	case tokSign:
		return l.last.text != ")" && l.last.text != "]" && l.last.text != "$" && l.last.text != "++" && l.last.text != "--"
	}
	return true
}

func (l *lexer) next() token {
	t := l.scan()
	t.line = l.line
	l.last = t
	return t
}

func (l *lexer) fail(format string, args ...any) {
	panic(syntaxError{l.line, fmt.Sprintf(format, args...)})
}

func (l *lexer) skip() {
	for l.at < len(l.text) {
		switch ch := l.text[l.at]; {
		case ch == ' ' || ch == '\t' || ch == '\r':
			l.at++
		case ch == '\\' && strings.HasPrefix(l.text[l.at+1:], "\n"):
			l.at += 2
			l.line++
		case ch == '#':
			for l.at < len(l.text) && l.text[l.at] != '\n' {
				l.at++
			}
		default:
			return
		}
	}
}

func isLetter(ch byte) bool {
	return ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch == '_'
}

func isDigit(ch byte) bool { return ch >= '0' && ch <= '9' }

func (l *lexer) scan() token {
	l.skip()
	if l.at >= len(l.text) {
		return token{kind: tokEOF}
	}
	rest := l.text[l.at:]
	switch ch := rest[0]; {
	case ch == '\n':
		l.at++
		l.line++
		return token{kind: tokNewline, text: "newline"}
	case isLetter(ch):
		return l.name()
	case isDigit(ch) || ch == '.' && len(rest) > 1 && isDigit(rest[1]):
		return l.number()
	case ch == '"':
		l.at++
		return token{kind: tokString, text: l.quoted('"', false)}
	case ch == '/' && l.regexpAllowed():
		l.at++
		return token{kind: tokRegexp, text: l.quoted('/', true)}
	}
	return l.sign(rest)
}

func (l *lexer) sign(rest string) token {
	for _, s := range []string{"**=", "**", "&&", "||", "==", "<=", ">=", "!=", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "!~", ">>"} {
		if strings.HasPrefix(rest, s) {
			l.at += len(s)
			return token{kind: tokSign, text: strings.ReplaceAll(s, "**", "^")}
		}
	}
	if strings.IndexByte("{}()[];,+-*/%^!<>|?:~$=", rest[0]) < 0 {
		l.fail("Unexpected token")
	}
	l.at++
	return token{kind: tokSign, text: rest[:1]}
}

func (l *lexer) name() token {
	start := l.at
	for l.at < len(l.text) && (isLetter(l.text[l.at]) || isDigit(l.text[l.at])) {
		l.at++
	}
	word := l.text[start:l.at]
	switch {
	case keywords[word]:
		if word == "func" {
			word = "function"
		}
		return token{kind: tokWord, text: word}
	case functions[word]:
		return token{kind: tokFunc, text: word}
	}
	return token{kind: tokName, text: word, glue: strings.HasPrefix(l.text[l.at:], "(")}
}

func (l *lexer) number() token {
	start := l.at
	if strings.HasPrefix(l.text[start:], "0x") || strings.HasPrefix(l.text[start:], "0X") {
		l.at += 2
		for l.at < len(l.text) && strings.IndexByte("0123456789abcdefABCDEF", l.text[l.at]) >= 0 {
			l.at++
		}
		n, _ := strconv.ParseUint(l.text[start+2:l.at], 16, 64)
		return token{kind: tokNumber, num: float64(n)}
	}
	l.at = start + numberLength(l.text[start:])
	n, _ := strconv.ParseFloat(l.text[start:l.at], 64)
	return token{kind: tokNumber, num: n}
}

// numberLength is how much of a text is a number, without a sign.
func numberLength(text string) int {
	i := 0
	digits := func() (n int) {
		for i < len(text) && isDigit(text[i]) {
			i++
			n++
		}
		return n
	}
	whole := digits()
	if i < len(text) && text[i] == '.' {
		i++
		whole += digits()
	}
	if whole == 0 {
		return 0
	}
	mantissa := i
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if digits() > 0 {
			return i
		}
	}
	return mantissa
}

// quoted reads up to the closing quote. In a regular expression escapes stay, but
// that of the slash.
func (l *lexer) quoted(end byte, expr bool) string {
	var b strings.Builder
	for inSet := false; l.at < len(l.text); {
		ch := l.text[l.at]
		l.at++
		switch {
		case ch == '\n':
			l.fail("Unterminated string or regexp")
		case ch == end && !inSet:
			return b.String()
		case ch == '\\' && l.at < len(l.text):
			l.escape(&b, expr)
			continue
		case expr && ch == '[':
			inSet = true
		case expr && ch == ']':
			inSet = false
		}
		b.WriteByte(ch)
	}
	l.fail("Unexpected end of string")
	return ""
}

func (l *lexer) escape(b *strings.Builder, expr bool) {
	ch := l.text[l.at]
	l.at++
	if expr {
		if ch != '/' {
			b.WriteByte('\\')
		}
		b.WriteByte(ch)
		return
	}
	if ch == '\n' {
		l.line++
		return
	}
	l.at--
	l.at += unescape(b, l.text[l.at:])
}

// unescape writes what follows a backslash and returns how long that is.
func unescape(b *strings.Builder, text string) int {
	if i := strings.IndexByte(`abfnrtv\/"`, text[0]); i >= 0 {
		b.WriteByte("\a\b\f\n\r\t\v\\/\""[i])
		return 1
	}
	n, value := 0, 0
	for n < len(text) && n < 3 && text[n] >= '0' && text[n] <= '7' {
		value = value*8 + int(text[n]-'0')
		n++
	}
	if n > 0 {
		b.WriteByte(byte(value))
		return n
	}
	_, size := utf8.DecodeRuneInString(text)
	b.WriteString(`\` + text[:size])
	return size
}
