package nginx

import (
	"fmt"
	"strings"
)

// lexer splits a configuration file into directives.
type lexer struct {
	text string
	at   int
	file string
	line int
}

func (l *lexer) wrong(format string, args ...any) error {
	return &emerg{fmt.Sprintf(format, args...) + fmt.Sprintf(" in %s:%d", l.file, l.line)}
}

// directive reads words up to ';', '{' or '}'. end is that character, or 0 at
// the end of the file.
func (l *lexer) directive() (d *directive, end byte, err error) {
	d = &directive{file: l.file}
	var words []string
	for {
		l.space()
		if l.at >= len(l.text) {
			if len(words) > 0 {
				return nil, 0, l.wrong(`unexpected end of file, expecting ";" or "}"`)
			}
			return nil, 0, nil
		}
		if len(words) == 0 {
			d.line = l.line
		}
		if c := l.text[l.at]; c == ';' || c == '{' || c == '}' {
			l.at++
			return l.finish(d, words, c)
		}
		word, err := l.word()
		if err != nil {
			return nil, 0, err
		}
		words = append(words, word)
	}
}

func (l *lexer) finish(d *directive, words []string, end byte) (*directive, byte, error) {
	if end == '}' {
		if len(words) > 0 {
			return nil, 0, l.wrong(`unexpected "}"`)
		}
		return nil, end, nil
	}
	if len(words) == 0 {
		return nil, 0, l.wrong(`unexpected "%c"`, end)
	}
	d.name, d.args = words[0], words[1:]
	d.line = l.line // nginx counts a directive where it ends
	return d, end, nil
}

// space skips blanks and comments.
func (l *lexer) space() {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; c {
		case '\n':
			l.line++
			l.at++
		case ' ', '\t', '\r':
			l.at++
		case '#':
			end := strings.IndexByte(l.text[l.at:], '\n')
			if end < 0 {
				l.at = len(l.text)
				return
			}
			l.at += end
		default:
			return
		}
	}
}

func (l *lexer) word() (string, error) {
	if c := l.text[l.at]; c == '"' || c == '\'' {
		return l.quoted(c)
	}
	var word strings.Builder
	for l.at < len(l.text) {
		c := l.text[l.at]
		switch {
		case c == '\\' && l.at+1 < len(l.text):
			word.WriteString(unescape(c, l.text[l.at+1]))
			l.at += 2
			continue
		case c == '$' && strings.HasPrefix(l.text[l.at:], "${"):
			end := strings.IndexByte(l.text[l.at:], '}')
			if end > 0 {
				word.WriteString(l.text[l.at : l.at+end+1])
				l.at += end + 1
				continue
			}
		case strings.IndexByte(" \t\r\n;{", c) >= 0:
			return word.String(), nil
		}
		word.WriteByte(c)
		l.at++
	}
	return word.String(), nil
}

// unescape is what a backslash and the character after it stand for outside of
// regular expressions: only quotes, blanks and the backslash itself lose it.
func unescape(slash, c byte) string {
	switch c {
	case '"', '\'', '\\', ' ', ';', '{', '}':
		if c == '\\' {
			return `\\`
		}
		return string(c)
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case 'n':
		return "\n"
	}
	return string([]byte{slash, c})
}

func (l *lexer) quoted(quote byte) (string, error) {
	start := l.line
	l.at++
	var word strings.Builder
	for l.at < len(l.text) {
		c := l.text[l.at]
		l.at++
		switch {
		case c == quote:
			if l.at < len(l.text) && strings.IndexByte(" \t\r\n;{)", l.text[l.at]) < 0 {
				return "", l.wrong(`unexpected "%c"`, l.text[l.at])
			}
			return word.String(), nil
		case c == '\\' && l.at < len(l.text):
			word.WriteString(unescape(c, l.text[l.at]))
			l.at++
			continue
		case c == '\n':
			l.line++
		}
		word.WriteByte(c)
	}
	return "", &emerg{fmt.Sprintf(`unexpected end of file, expecting ";" or "}" in %s:%d`, l.file, max(start, l.line))}
}
