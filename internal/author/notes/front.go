package notes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFront is how long front matter may be, in bytes.
const maxFront = 16 << 10

var tomlTitle = regexp.MustCompile(`(?m)^\s*title\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)')`)

// frontMatter takes YAML between lines of --- or TOML between lines of +++ from
// the beginning of a text. Of it the title counts; what else it says is noted.
func frontMatter(text string, s *scanner) (rest, title string) {
	line, body, ok := strings.Cut(text, "\n")
	mark := strings.TrimRight(line, " ")
	if !ok || mark != "---" && mark != "+++" {
		return text, ""
	}
	head, rest, ok := cutAtLine(body, mark)
	if !ok || len(head) > maxFront {
		return text, ""
	}
	if mark == "+++" {
		m := tomlTitle.FindStringSubmatch(head)
		if m != nil {
			title = s.titled(m[1] + m[2])
		}
		return rest, title
	}
	var front map[string]yaml.Node
	if yaml.Unmarshal([]byte(head), &front) != nil || len(front) == 0 {
		return text, "" // a rule, not front matter
	}
	var others []string
	for key, value := range front {
		switch {
		case key == "title" && value.Kind == yaml.ScalarNode && strings.TrimSpace(value.Value) != "":
			title = s.titled(value.Value)
		default:
			others = append(others, clean(key))
		}
	}
	if len(others) > 0 {
		slices.Sort(others)
		s.remarks = append(s.remarks, fmt.Sprintf("left out of the front matter: %s", clip(strings.Join(others, ", "))))
	}
	return rest, title
}

// cutAtLine cuts a text around the first line that is mark.
func cutAtLine(text, mark string) (before, after string, found bool) {
	at := 0
	for line := range strings.Lines(text) {
		if t := strings.TrimRight(line, " \n"); t == mark || mark == "---" && t == "..." {
			return text[:at], text[at+len(line):], true
		}
		at += len(line)
	}
	return text, "", false
}

// clip keeps a remark short.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return text
}
