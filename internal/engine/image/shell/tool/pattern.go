package tool

import (
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/pattern"
)

// Match says whether a name matches a shell pattern, in which "*" stands for
// slashes as well.
func Match(shell, name string) bool {
	if !strings.ContainsAny(shell, `*?[\`) {
		return shell == name
	}
	expr, err := pattern.Regexp(shell, pattern.EntireString)
	if err != nil {
		return shell == name
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(name)
}

// Regexp compiles a POSIX regular expression: a basic one, unless it is extended.
// Matches are leftmost first, not longest, which differs for alternatives only;
// back references, which no automaton can do, are an error.
func Regexp(expr string, extended, fold bool) (*regexp.Regexp, error) {
	text, err := translate(expr, extended)
	if err != nil {
		return nil, err
	}
	if fold {
		text = "(?i)" + text
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("bad regex '%s': %w", expr, err)
	}
	return re, nil
}

// translate writes a POSIX expression in the syntax of package regexp.
func translate(expr string, extended bool) (string, error) {
	var b strings.Builder
	for i := 0; i < len(expr); {
		switch ch := expr[i]; {
		case ch == '[':
			n, set := bracket(expr[i:])
			if n == 0 {
				return "", fmt.Errorf("bad regex '%s': Unmatched [, [^, [:, [., or [=", expr)
			}
			b.WriteString(set)
			i += n
		case ch == '\\':
			if i+1 == len(expr) {
				return "", fmt.Errorf("bad regex '%s': Trailing backslash", expr)
			}
			text, err := escaped(expr[i+1], extended)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
			i += 2
		case extended:
			i += extendedChar(&b, expr, i)
		default:
			b.WriteString(basicChar(expr, i))
			i++
		}
	}
	return b.String(), nil
}

// extendedChar writes a character of an extended expression. A repetition at the
// start of the whole or of a group is an ordinary character.
func extendedChar(b *strings.Builder, expr string, i int) int {
	ch := expr[i]
	first := i == 0 || expr[i-1] == '(' || expr[i-1] == '|'
	switch {
	case ch == '{' && !isBound(expr[i:]), strings.IndexByte("*+?", ch) >= 0 && first:
		b.WriteString(regexp.QuoteMeta(string(ch)))
	case strings.IndexByte("*+?", ch) >= 0 && i > 0 && strings.IndexByte("*+?", expr[i-1]) >= 0 && (i < 2 || expr[i-2] != '\\'):
		// "a**" is "a*"; package regexp would take "*?" as something else
	default:
		b.WriteByte(ch)
	}
	return 1
}

func isBound(text string) bool {
	end := strings.IndexByte(text, '}')
	return end > 1 && strings.Trim(text[1:end], "0123456789,") == "" && text[1] != ','
}

// basicChar is a character of a basic expression, which is not escaped.
func basicChar(expr string, i int) string {
	groupStart := i == 0 || strings.HasSuffix(expr[:i], `\(`) || strings.HasSuffix(expr[:i], `\|`)
	switch ch := expr[i]; ch {
	case '*':
		if groupStart || i == 1 && expr[0] == '^' {
			return `\*`
		}
		return "*"
	case '.':
		return "."
	case '^':
		if groupStart {
			return "^"
		}
		return `\^`
	case '$':
		if rest := expr[i+1:]; rest == "" || strings.HasPrefix(rest, `\)`) || strings.HasPrefix(rest, `\|`) {
			return "$"
		}
		return `\$`
	default:
		return regexp.QuoteMeta(expr[i : i+1])
	}
}

// escaped is a character after a backslash.
func escaped(ch byte, extended bool) (string, error) {
	switch {
	case ch >= '1' && ch <= '9':
		return "", fmt.Errorf("back references are not supported")
	case ch == '<' || ch == '>' || ch == 'b':
		return `\b`, nil
	case ch == 'B' || ch == 'w' || ch == 'W' || ch == 's' || ch == 'S':
		return `\` + string(ch), nil
	case ch == '`':
		return `\A`, nil
	case ch == '\'':
		return `\z`, nil
	case !extended && strings.IndexByte("(){}|+?", ch) >= 0:
		return string(ch), nil
	case ch == 'n':
		return `\n`, nil
	case ch == 't':
		return `\t`, nil
	}
	return regexp.QuoteMeta(string([]byte{ch})), nil
}

// bracket is a bracket expression and its length, 0 if it has no end.
func bracket(text string) (n int, set string) {
	i := 1
	negated := i < len(text) && text[i] == '^'
	if negated {
		i++
	}
	var b strings.Builder
	for first := true; i < len(text); first = false {
		switch {
		case text[i] == ']' && !first:
			if negated {
				return i + 1, "[^" + b.String() + "]"
			}
			return i + 1, "[" + b.String() + "]"
		case strings.HasPrefix(text[i:], "[:"):
			end := strings.Index(text[i:], ":]")
			if end < 0 {
				return 0, ""
			}
			b.WriteString(text[i : i+end+2])
			i += end + 2
		case strings.IndexByte(`[]\^`, text[i]) >= 0:
			b.WriteByte('\\')
			b.WriteByte(text[i])
			i++
		default:
			b.WriteByte(text[i])
			i++
		}
	}
	return 0, ""
}
