package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// matcher is a Match that is ready to be asked.
type matcher struct {
	method  string
	path    func(path string) bool
	prefix  string // by which the path is matched, for changes of it
	headers []fieldMatcher
	query   []fieldMatcher
}

type fieldMatcher struct {
	name  string
	value func(string) bool
}

func newMatcher(m *Match) (*matcher, error) {
	out := &matcher{method: m.Method}
	if m.Path != nil {
		path, err := comparison(m.Path.By, m.Path.Value)
		if err != nil {
			return nil, err
		}
		out.path = path
		if m.Path.By == Prefix {
			out.prefix = m.Path.Value
		}
	}
	var err error
	if out.headers, err = fieldMatchers(m.Headers); err != nil {
		return nil, err
	}
	out.query, err = fieldMatchers(m.Query)
	return out, err
}

func fieldMatchers(fields []Field) ([]fieldMatcher, error) {
	out := make([]fieldMatcher, len(fields))
	for i, f := range fields {
		value, err := comparison(f.By, f.Value)
		if err != nil {
			return nil, err
		}
		out[i] = fieldMatcher{f.Name, value}
	}
	return out, nil
}

// comparison is a function that compares with a value.
func comparison(by Comparison, value string) (func(string) bool, error) {
	switch by {
	case Exact:
		return func(s string) bool { return s == value }, nil
	case Prefix:
		return func(s string) bool { return hasPrefix(s, value) }, nil
	case Regex:
		re, err := CompileRegex(value)
		if err != nil {
			return nil, err
		}
		return re.MatchString, nil
	}
	return nil, fmt.Errorf("there is no comparison %q", by)
}

// CompileRegex is an expression that whole values must match.
func CompileRegex(text string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(text); err != nil { // "a)(b" is none, though "(?:a)(b)" is
		return nil, err
	}
	return regexp.Compile("^(?:" + text + ")$")
}

// hasPrefix compares whole segments: /foo is a prefix of /foo, /foo/ and /foo/bar,
// not of /foobar.
func hasPrefix(path, prefix string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// matches says whether a request is as it must be. Query is its parsed query.
func (m *matcher) matches(r *http.Request, query func() url.Values) bool {
	if m.method != "" && m.method != r.Method || m.path != nil && !m.path(r.URL.Path) {
		return false
	}
	for _, f := range m.headers {
		values := r.Header.Values(f.name)
		if len(values) == 0 || !f.value(strings.Join(values, ",")) {
			return false
		}
	}
	for _, f := range m.query {
		values := query()[f.name]
		if len(values) == 0 || !f.value(values[0]) {
			return false
		}
	}
	return true
}
