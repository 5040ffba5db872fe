package author

import (
	"errors"
	"io"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"kubetutor/internal/course"
)

// maxCode is how wide code may be, in columns: it fits beside its indentation
// on a terminal of 80.
const maxCode = 76

// yamlFile is a YAML file of a course that has been loaded.
type yamlFile struct {
	l    *linter
	name string
	root yaml.Node
}

func (l *linter) yaml(name string) *yamlFile {
	f := &yamlFile{l: l, name: name}
	if err := yaml.Unmarshal([]byte(l.read(name)), &f.root); err != nil || len(f.root.Content) == 0 {
		return f
	}
	f.root = *f.root.Content[0]
	return f
}

// fault prepares a fault; what it returns notes it at a path of keys and
// indices.
func (f *yamlFile) fault(mend, format string, args ...any) func(at ...any) {
	return func(at ...any) {
		n := course.Locate(&f.root, at...)
		f.l.add(f.name, n.Line, n.Column, mend, format, args...)
	}
}

// yamlTexts applies the rules for texts to those in a YAML file: they stand
// under en and zh; under given, start and sample stands code.
func (l *linter) yamlTexts(name string) {
	switch path.Base(name) {
	case "quiz.yaml", "lab.yaml", "lesson.yaml", "glossary.yaml":
		l.texts(name, &l.yaml(name).root)
	}
}

func (l *linter) texts(name string, n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		return // looked at where it is written
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && c.Kind == yaml.ScalarNode {
			l.scalar(name, n.Content[i-1].Value, c)
		}
		l.texts(name, c)
	}
}

func (l *linter) scalar(name, key string, n *yaml.Node) {
	first := n.Line
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		first++ // the text begins below its indicator
	}
	for i, line := range strings.Split(n.Value, "\n") {
		switch key {
		case string(course.English), string(course.Chinese):
			l.strayCloze(name, first+i, line)
			if key := strayKey.FindString(line); key != "" {
				l.add(name, first+i, 0, "look where the quotation marks end", "the text goes on into the next key: %q", key)
			}
			l.line(name, first+i, nowhere, course.Lang(key), blanks.ReplaceAllString(line, "x"))
		case "given", "start", "sample":
			if w := width(line); w > maxCode {
				l.add(name, first+i, 0, "break the line, or leave something out", "code is %d columns wide; %d fit", w, maxCode)
			}
		}
	}
}

// strayKey is how the next key looks in a text whose quotation mark ends too late.
var strayKey = regexp.MustCompile(`(, (en|zh): |[{ ](en|zh|text|why|explain): \{|\{(en|zh|id): )`)

// nowhere is the column of a text that may be written in several ways.
func nowhere(_, _ int) int { return 0 }

// manifest is the head of an object of Kubernetes in a set-up file.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	} `yaml:"metadata"`
	line, column int
}

// ref names the object.
func (m manifest) ref() course.ObjectRef {
	return course.ObjectRef{APIVersion: m.APIVersion, Kind: m.Kind, Namespace: m.Metadata.Namespace, Name: m.Metadata.Name}
}

// manifests checks that a set-up file holds objects of Kubernetes.
func (l *linter) manifests(name string) {
	l.eachManifest(name, func(m manifest) {
		if m.APIVersion == "" || m.Kind == "" {
			l.add(name, m.line, m.column, "write apiVersion and kind", "this is no object of Kubernetes")
		}
	})
}

// eachManifest calls each for the documents of a file.
func (l *linter) eachManifest(name string, each func(manifest)) {
	decoder := yaml.NewDecoder(strings.NewReader(l.read(name)))
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			l.add(name, 0, 0, "look at the line that it names, and the one before it", "this is not YAML: %v", err)
			return
		}
		m := manifest{line: n.Line, column: n.Column}
		if err := n.Decode(&m); err != nil {
			m = manifest{line: n.Line, column: n.Column} // no mapping: no object
		}
		each(m)
	}
}
