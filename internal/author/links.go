package author

import (
	"fmt"
	"net/url"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
)

// links checks that links lead somewhere: to a lesson of the course, or to a
// whole address.
func (l *linter) links(file string, part course.Part, number int, line string) {
	line = codeSpan.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("x", len(s)) })
	for _, m := range link.FindAllStringSubmatchIndex(line, -1) {
		target := line[m[4]:m[5]]
		if mend := l.leadsNowhere(target); mend != "" {
			l.add(file, number, part.Column(number, len([]rune(line[:m[0]]))+1), mend, "the link %q leads nowhere", target)
		}
	}
}

// leadsNowhere says how to mend the target of a link; "" where it is right.
func (l *linter) leadsNowhere(target string) string {
	if id, ok := strings.CutPrefix(target, block.LessonScheme); ok {
		if _, ok := l.lessons.Lesson(id); ok {
			return ""
		}
		for _, near := range l.lessons.Nearest(id, 1) {
			return fmt.Sprintf("do you mean %s%s?", block.LessonScheme, near)
		}
		return "name a lesson of this course"
	}
	if u, err := url.Parse(target); err != nil || u.Scheme != "https" || u.Host == "" {
		return "write a whole address, https://..., or " + block.LessonScheme + "ID for a lesson"
	}
	return ""
}
