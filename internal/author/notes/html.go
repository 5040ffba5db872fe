package notes

import (
	"regexp"
	"strings"
)

// elements are those of HTML that are taken away; what else stands in angle
// brackets, such as <pod-name>, is text.
const elements = " a abbr address article aside audio b big blockquote body br button canvas caption center cite code col colgroup data dd del details dfn div dl dt em embed fieldset " +
	"figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark meta nav noscript object ol optgroup option " +
	"p param picture pre q s samp script section select small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr tt u ul var video wbr "

var (
	tagAt     = regexp.MustCompile(`^</?([A-Za-z][A-Za-z0-9-]*)((?:\s[^<>]*)?)/?>`)
	hiddenAt  = regexp.MustCompile(`^(?is)<(script|style|svg|iframe)\b[^<>]*>.*?</(?:script|style|svg|iframe)\s*>`)
	autoAt    = regexp.MustCompile(`^<(?:https?://|mailto:)[^<>\s]+>`)
	attribute = regexp.MustCompile(`(?i)\b(src|alt|href)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

// instead is what stands for a tag; nothing for all others.
var instead = strings.NewReplacer(
	"<b>", "**", "</b>", "**", "<strong>", "**", "</strong>", "**", "<summary>", "\n\n**", "</summary>", "**\n\n",
	"<code>", "`", "</code>", "`", "<kbd>", "`", "</kbd>", "`", "<tt>", "`", "</tt>", "`", "<br>", " ", "</a>", "",
	"<h1>", "\n\n# ", "</h1>", "\n\n", "<h2>", "\n\n## ", "</h2>", "\n\n", "<h3>", "\n\n### ", "</h3>", "\n\n", "<h4>", "\n\n#### ", "</h4>", "\n\n",
)

// dropHTML takes tags and comments out of a text and counts them. Code spans
// stay as they are.
func dropHTML(text string, dropped *int) string {
	var b strings.Builder
	for text != "" {
		at := strings.IndexAny(text, "<`\\")
		if at < 0 {
			break
		}
		b.WriteString(text[:at])
		taken, put, gone := markup(text[at:])
		if gone {
			*dropped++
		}
		b.WriteString(put)
		text = text[at+taken:]
	}
	return b.String() + text
}

// markup looks at a text that begins with a backtick, a backslash or an angle
// bracket: how much of it is taken, and what is put in its place.
func markup(text string) (taken int, put string, gone bool) {
	switch text[0] {
	case '\\':
		n := min(2, len(text))
		return n, text[:n], false
	case '`':
		n := spanLength(text)
		return n, text[:n], false
	}
	near := text[:min(len(text), maxChunk)]
	if end := strings.Index(near, "-->"); end > 0 && strings.HasPrefix(text, "<!--") {
		return end + len("-->"), "", true
	}
	if hit := hiddenAt.FindString(near); hit != "" {
		return len(hit), "", true
	}
	if hit := autoAt.FindString(text); hit != "" {
		return len(hit), hit, false
	}
	if m := tagAt.FindStringSubmatch(text); m != nil && strings.Contains(elements, " "+strings.ToLower(m[1])+" ") {
		return len(m[0]), tagText(m[0], strings.ToLower(m[1]), m[2]), true
	}
	if len(text) > 1 && (text[1] == '!' || text[1] == '/' || text[1] == '?' || isLetter(text[1])) {
		return 1, `\<`, false
	}
	return 1, "<", false
}

// tagText is what stands for a tag.
func tagText(tag, name, attributes string) string {
	if name == "img" {
		return "![" + strings.NewReplacer("[", "", "]", "").Replace(attributeOf(attributes, "alt")) + "](" + attributeOf(attributes, "src") + ")"
	}
	bare := "<" + name + ">"
	if strings.HasPrefix(tag, "</") {
		bare = "</" + name + ">"
	}
	if put := instead.Replace(bare); put != bare {
		return put
	}
	return ""
}

func attributeOf(attributes, name string) string {
	for _, m := range attribute.FindAllStringSubmatch(attributes, -1) {
		if strings.EqualFold(m[1], name) {
			return strings.Join(strings.Fields(m[2]+m[3]), "%20")
		}
	}
	return ""
}

// spanLength is how long the code span at the beginning of a text is, or where
// none ends in the same paragraph, the run of backticks.
func spanLength(text string) int {
	run := len(text) - len(strings.TrimLeft(text, "`"))
	paragraph, _, _ := strings.Cut(text[:min(len(text), maxChunk)], "\n\n")
	ticks := text[:run]
	for at := run; ; {
		i := strings.Index(paragraph[min(at, len(paragraph)):], ticks)
		if i < 0 {
			return run
		}
		at += i
		end := len(paragraph[at:]) - len(strings.TrimLeft(paragraph[at:], "`"))
		if end == run {
			return at + run
		}
		at += end
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
