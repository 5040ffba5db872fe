package sqldb

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FirstWord is the first word of a statement in upper case, comments skipped.
func FirstWord(statement string) string {
	words := Words(statement)
	if len(words) == 0 {
		return ""
	}
	return strings.ToUpper(words[0])
}

// Words splits a statement at blanks, outside of comments, strings and
// parentheses, which stay whole.
func Words(statement string) []string {
	var words []string
	for _, t := range Tokens(statement) {
		if !t.Space {
			words = append(words, t.Text)
		}
	}
	return words
}

// Token is a piece of a statement.
type Token struct {
	Text  string
	Space bool // blanks or a comment
	Quote byte // ', " or ` if it is quoted
}

// Tokens cuts a statement into words, numbers, quoted texts, single punctuation
// marks, and blanks. The texts together are the statement.
func Tokens(statement string) []Token {
	var list []Token
	for at := 0; at < len(statement); {
		size, t := next(statement[at:])
		t.Text = statement[at : at+size]
		list = append(list, t)
		at += size
	}
	return list
}

func next(s string) (int, Token) {
	switch c := s[0]; {
	case c == '\'' || c == '"' || c == '`':
		return quoted(s, c), Token{Quote: c}
	case strings.HasPrefix(s, "--") || c == '#':
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end, Token{Space: true}
		}
		return len(s), Token{Space: true}
	case strings.HasPrefix(s, "/*"):
		if end := strings.Index(s, "*/"); end >= 0 {
			return end + 2, Token{Space: true}
		}
		return len(s), Token{Space: true}
	case strings.IndexByte(" \t\r\n", c) >= 0:
		return run(s, func(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }), Token{Space: true}
	case wordByte(c):
		return run(s, wordByte), Token{}
	}
	return 1, Token{}
}

func run(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c == '@' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// quoted is the length of a quoted text: the quote doubled, or after a
// backslash, does not end it.
func quoted(s string, quote byte) int {
	for at := 1; at < len(s); at++ {
		switch {
		case s[at] == '\\' && quote == '\'':
			at++
		case s[at] == quote && at+1 < len(s) && s[at+1] == quote:
			at++
		case s[at] == quote:
			return at + 1
		}
	}
	return len(s)
}

// Split cuts a text into statements at the semicolons outside of strings; rest
// is what follows the last one.
func Split(text string) (statements []string, rest string) {
	var current strings.Builder
	for _, t := range Tokens(text) {
		if t.Text == ";" {
			if strings.TrimSpace(current.String()) != "" {
				statements = append(statements, strings.TrimSpace(current.String()))
			}
			current.Reset()
			continue
		}
		current.WriteString(t.Text)
	}
	return statements, current.String()
}

// Name takes the quotes off a name.
func Name(word string) string {
	if len(word) > 1 && strings.IndexByte("'\"`", word[0]) >= 0 {
		return word[1 : len(word)-1]
	}
	return word
}

// Text is a value as clients print it.
func Text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format("2006-01-02 15:04:05")
	}
	return fmt.Sprint(value)
}
