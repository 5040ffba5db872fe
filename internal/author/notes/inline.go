package notes

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"kubetutor/internal/author/draft"
)

var (
	imageLink  = regexp.MustCompile(`!\[([^\[\]]*)\]\(\s*<?([^()<>\s]*)>?[^()\n]*\)`)
	inlineLink = regexp.MustCompile(`\[([^\[\]]*)\]\(([^()\s]*)[^()\n]*\)`)
	definition = regexp.MustCompile(`(?m)^ {0,3}\[([^\[\]\n]{1,200})\]:[ \t]*<?(\S+?)>?(?:[ \t]+["'(].*)?[ \t]*\n?$`)
	fullRef    = regexp.MustCompile(`(!?)\[([^\[\]\n]{1,500})\]\[([^\[\]\n]{0,200})\]`)
)

// references takes the definitions of links, which stand anywhere in a text, out
// of it: pages are drawn one by one.
func (s *scanner) references(segments []segment) {
	s.links = map[string]string{}
	for i, seg := range segments {
		if seg.code {
			continue
		}
		segments[i].text = definition.ReplaceAllStringFunc(seg.text, func(line string) string {
			m := definition.FindStringSubmatch(line)
			if strings.HasPrefix(m[1], "^") {
				return line // a footnote
			}
			s.links[strings.ToLower(m[1])] = m[2]
			return "\n"
		})
	}
}

// linked writes links in full that were written by reference, outside of code.
func (s *scanner) linked(text string) string {
	if len(s.links) == 0 {
		return text
	}
	return outsideCode(text, func(text string) string {
		return fullRef.ReplaceAllStringFunc(text, func(ref string) string {
			m := fullRef.FindStringSubmatch(ref)
			name := m[3]
			if name == "" {
				name = m[2]
			}
			if target, ok := s.links[strings.ToLower(name)]; ok {
				return fmt.Sprintf("%s[%s](%s)", m[1], m[2], target)
			}
			return ref
		})
	})
}

var codeSpan = regexp.MustCompile("`[^`\n]+`")

// outsideCode applies a change to what stands between code spans.
func outsideCode(text string, change func(string) string) string {
	var b strings.Builder
	at := 0
	for _, span := range codeSpan.FindAllStringIndex(text, -1) {
		b.WriteString(change(text[at:span[0]]) + text[span[0]:span[1]])
		at = span[1]
	}
	return b.String() + change(text[at:])
}

// pictures takes the pictures out of a text: their descriptions stay, and each
// becomes a figure to be drawn.
func pictures(text string) (without string, figures []string) {
	without = outsideCode(text, func(text string) string {
		return imageLink.ReplaceAllStringFunc(text, func(image string) string {
			m := imageLink.FindStringSubmatch(image)
			figures = append(figures, figure(m[1], m[2]))
			return m[1]
		})
	})
	if len(figures) > 0 && strings.TrimSpace(imageLink.ReplaceAllString(text, "")) == "" {
		return "", figures // nothing but pictures
	}
	return without, figures
}

var notInAlt = strings.NewReplacer(`"`, "'", "`", "'", "\n", " ", "\\", "")

// figure names a picture that is missing.
func figure(alt, src string) string {
	name := "a picture"
	if u, err := url.Parse(src); err == nil && u.Scheme != "data" {
		name = path.Base(u.Path)
	}
	name = clean(notInAlt.Replace(name))
	if runes := []rune(name); len(runes) > 24 {
		name = string(runes[:24])
	}
	return fmt.Sprintf("```figure alt=\"%[1]s %[2]s\"\n %[1]s draw %[3]s\n```", draft.Mark, clean(notInAlt.Replace(alt)), name)
}
