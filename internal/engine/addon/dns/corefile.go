package dns

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/coredns/caddy"
	"github.com/coredns/caddy/caddyfile"

	"kubetutor/internal/engine/kernel"
)

// maxImports is how many imports one Corefile may have.
const maxImports = 1000

// maxCorefile is how long a Corefile may get by what it imports, in words.
const maxCorefile = 100_000

// load reads the Corefile and what it imports from the container.
func load(p *kernel.Process, file string) (caddy.Input, error) {
	text, err := p.FS().ReadFile(file)
	if err != nil {
		return nil, &fileError{err}
	}
	r := reader{p: p, snippets: map[string][]caddyfile.Token{}}
	words, err := r.expand(r.words(file, text), path.Dir(p.FS().Abs(file)))
	if err != nil {
		return nil, err
	}
	body, err := write(words)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return caddy.CaddyfileInput{Filepath: file, Contents: body, ServerTypeName: "dns"}, nil
}

// fileError says that there is no Corefile.
type fileError struct{ error }

func (e *fileError) Unwrap() error { return e.error }

// reader puts into a Corefile what caddy would take from the machine: environment
// variables, and imports. What it returns has neither, so that nothing is left for
// caddy to look for.
type reader struct {
	p        *kernel.Process
	snippets map[string][]caddyfile.Token
	imports  int
}

// words are the tokens of a file as caddy reads them, with variables filled in.
func (r *reader) words(file string, text []byte) (words []caddyfile.Token) {
	d := caddyfile.NewDispenser(file, strings.NewReader(string(text)))
	for d.Next() {
		words = append(words, caddyfile.Token{File: file, Line: d.Line(), Text: r.fill(d.Val())})
	}
	return words
}

// reference is an environment variable in a Corefile.
var reference = regexp.MustCompile(`\{\$([^}]+)\}|\{%(.+?)%\}`)

// fill replaces environment variables by those of the container. What comes out of
// one is not looked at again.
func (r *reader) fill(word string) string {
	filled := reference.ReplaceAllStringFunc(word, func(found string) string {
		return r.p.Getenv(strings.Trim(found, "{}$%"))
	})
	if filled != word { // what is in a variable must not name one of the machine's
		filled = reference.ReplaceAllString(filled, "")
	}
	return filled
}

// expand puts in what is imported. dir is what relative paths are relative to.
func (r *reader) expand(words []caddyfile.Token, dir string) (out []caddyfile.Token, err error) {
	depth := 0
	for i := 0; i < len(words); i++ {
		switch first := begins(words, i); {
		case first && words[i].Text == "import":
			imported, used, err := r.imported(words[i:], dir)
			if err != nil {
				return nil, err
			}
			out = append(out, imported...)
			i += used
		case first && depth == 0 && isSnippet(words[i:]):
			end := closing(words, i+1)
			if end < 0 {
				return nil, errorAt(words[i], "Unexpected EOF")
			}
			name := strings.Trim(words[i].Text, "()")
			if r.snippets[name] != nil {
				return nil, errorAt(words[i], "redeclaration of previously declared snippet %s", name)
			}
			r.snippets[name] = words[i+2 : end]
			i = end
		default:
			depth += nesting(words[i].Text)
			out = append(out, words[i])
		}
		if len(out) > maxCorefile {
			return nil, errorAt(words[i], "the Corefile imports more than %d words", maxCorefile)
		}
	}
	return out, nil
}

// begins says whether a word is where caddy looks for a directive: it is the first
// of a line, or follows a brace.
func begins(words []caddyfile.Token, i int) bool {
	return i == 0 || words[i-1].Text == "{" || newLine(words[i-1], words[i])
}

func newLine(before, word caddyfile.Token) bool {
	return before.File != word.File || before.Line+strings.Count(before.Text, "\n") < word.Line
}

func nesting(word string) int {
	switch word {
	case "{":
		return 1
	case "}":
		return -1
	}
	return 0
}

// isSnippet says whether words begin with the definition of a snippet, "(name) {".
func isSnippet(words []caddyfile.Token) bool {
	name := words[0].Text
	return strings.HasPrefix(name, "(") && strings.HasSuffix(name, ")") && len(words) > 1 && words[1].Text == "{"
}

// closing is the place of the brace that closes the one at open; -1: there is none.
func closing(words []caddyfile.Token, open int) int {
	depth := 0
	for i := open; i < len(words); i++ {
		if depth += nesting(words[i].Text); depth == 0 {
			return i
		}
	}
	return -1
}

// errorAt is an error in the words of caddy's parser.
func errorAt(word caddyfile.Token, format string, args ...any) error {
	return fmt.Errorf("%s:%d - Error during parsing: %s", word.File, word.Line, fmt.Sprintf(format, args...))
}

// imported is what an import stands for, and how many words it has beside itself.
func (r *reader) imported(words []caddyfile.Token, dir string) (out []caddyfile.Token, used int, err error) {
	at := words[0]
	for used+1 < len(words) && !newLine(words[used], words[used+1]) {
		used++
	}
	switch r.imports++; {
	case r.imports > maxImports:
		return nil, 0, errorAt(at, "maximum file import depth (%d) exceeded", maxImports)
	case used == 0:
		return nil, 0, errorAt(at, "Wrong argument count or unexpected line ending after '%s'", at.Text)
	case used > 1:
		return nil, 0, errorAt(at, "Import takes only one argument (glob pattern or file)")
	}
	pattern := words[1].Text
	if snippet, ok := r.snippets[pattern]; ok {
		out, err = r.expand(snippet, dir)
		return out, used, err
	}
	out, err = r.files(at, pattern, dir)
	return out, used, err
}

// files are the words of the files of the container that a pattern names.
func (r *reader) files(at caddyfile.Token, pattern, dir string) (out []caddyfile.Token, err error) {
	if !path.IsAbs(pattern) {
		pattern = path.Join(dir, pattern)
	}
	found, err := r.glob(pattern)
	if err != nil {
		return nil, errorAt(at, "Failed to use import pattern %s: %v", pattern, err)
	}
	if len(found) == 0 && !strings.ContainsAny(pattern, "*?[]") {
		return nil, errorAt(at, "File to import not found: %s", pattern)
	}
	for _, file := range found {
		text, err := r.p.FS().ReadFile(file)
		if err != nil {
			return nil, errorAt(at, "Could not import %s: %v", file, err)
		}
		words, err := r.expand(r.words(file, text), path.Dir(file))
		if err != nil {
			return nil, err
		}
		out = append(out, words...)
	}
	return out, nil
}

// glob finds files by a pattern that may have wildcards in its last part.
func (r *reader) glob(pattern string) (found []string, err error) {
	dir, last := path.Split(pattern)
	if !strings.ContainsAny(last, "*?[]") {
		if _, err := r.p.FS().Stat(pattern); err != nil {
			return nil, nil //nolint:nilerr // as filepath.Glob: what cannot be found is not there
		}
		return []string{pattern}, nil
	}
	entries, err := r.p.FS().ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if matched, err := path.Match(last, e.Name()); err != nil {
			return nil, err
		} else if matched {
			found = append(found, path.Join(dir, e.Name()))
		}
	}
	slices.Sort(found)
	return found, nil
}

// write is a text that caddy reads as these words, each on its line, so that
// errors name the right one.
func write(words []caddyfile.Token) ([]byte, error) {
	var b strings.Builder
	line := 1
	for i, word := range words {
		quoted, err := quote(word.Text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", word.Line, err)
		}
		switch {
		case i > 0 && !newLine(words[i-1], word):
			b.WriteByte(' ')
		case word.Line > line:
			b.WriteString(strings.Repeat("\n", word.Line-line))
			line = word.Line
		case i > 0: // the line after the end of another file
			b.WriteByte('\n')
			line++
		}
		b.WriteString(quoted)
		line += strings.Count(quoted, "\n")
	}
	return []byte(b.String() + "\n"), nil
}

// quote writes a word such that caddy's lexer reads it.
func quote(word string) (string, error) {
	quoted := word
	if word == "" || strings.HasPrefix(word, `"`) || strings.Contains(word, "#") || strings.ContainsFunc(word, unicode.IsSpace) {
		quoted = `"` + strings.ReplaceAll(word, `"`, `\"`) + `"`
	}
	d := caddyfile.NewDispenser("", strings.NewReader(quoted))
	if d.Next() && d.Val() == word && !d.Next() || word == "" {
		return quoted, nil
	}
	return "", fmt.Errorf("%q cannot be written as one word", word)
}
