package author

import (
	"io/fs"

	"kubetutor/internal/course"
)

// maxTerm is how wide a term's explanation may be: three sentences.
const maxTerm = 320

// glossary looks at the glossary of a course, which need not have one. Loading
// has checked what it says.
func (l *linter) glossary() {
	const name = "glossary.yaml"
	if _, err := fs.Stat(l.fsys, name); err != nil {
		return
	}
	l.whitespace(name)
	l.yamlTexts(name)
	var written struct{ Terms []*course.Term }
	file := l.yaml(name)
	if file.root.Decode(&written) != nil {
		return // loading says why
	}
	for i, t := range written.Terms {
		for _, lang := range course.Langs {
			if w := width(t.Text.In(lang)); w > maxTerm {
				file.fault("a lesson can say more", "the explanation is %d columns wide; %d are enough", w, maxTerm)("terms", i, "text", string(lang))
			}
		}
	}
}
