package draft

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"kubetutor/internal/course"
)

//go:embed template
var templates embed.FS

// Scaffold says what a new lesson is called.
type Scaffold struct {
	Track, ID  string
	Title      course.Text // a language that is missing is marked as not written
	Lab        string      // the id of a first lab; "" for none
	Kubernetes string      // minor version that facts are checked for
}

// New returns a lesson to be filled in: it loads, its lab can be proven, and
// everything that the author must write carries the Mark.
func New(s Scaffold) (Lesson, error) {
	l := Lesson{Track: s.Track, ID: s.ID, Title: marked(s.Title), Files: map[string]string{}}
	s.Title = l.Title
	if err := fill(l.Files, "template", "", s); err != nil {
		return l, err
	}
	if s.Lab == "" {
		return l, nil
	}
	return l, l.addLab(s)
}

// NewLab returns a further lab for a lesson that is there.
func NewLab(s Scaffold) (Lesson, error) {
	l := Lesson{Track: s.Track, ID: s.ID, Files: map[string]string{}}
	return l, l.addLab(s)
}

func (l *Lesson) addLab(s Scaffold) error {
	if !ValidID(s.Lab) {
		return fmt.Errorf("%q cannot be the id of a lab: use a-z, 0-9 and -", s.Lab)
	}
	l.Labs = []string{s.Lab}
	return fill(l.Files, "template/lab", path.Join("labs", s.Lab), s)
}

// marked is a title of which the missing language is marked.
func marked(t course.Text) course.Text {
	if t.EN == "" {
		t.EN = Mark + " the title"
	}
	if t.ZH == "" {
		t.ZH = Mark + " 标题"
	}
	return t
}

// fill executes the templates of a directory.
func fill(files map[string]string, from, to string, s Scaffold) error {
	names, err := fs.Glob(templates, from+"/*.tmpl")
	if err != nil {
		return fmt.Errorf("finding the templates: %w", err)
	}
	for _, name := range names {
		text, err := execute(name, s)
		if err != nil {
			return fmt.Errorf("filling in %s: %w", name, err)
		}
		files[path.Join(to, strings.TrimSuffix(path.Base(name), ".tmpl"))] = text
	}
	return nil
}

func execute(name string, s Scaffold) (string, error) {
	source, err := templates.ReadFile(name)
	if err != nil {
		return "", err
	}
	t, err := template.New(name).Delims("[[", "]]").Funcs(template.FuncMap{"quote": Quote}).Parse(string(source))
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	data := struct {
		Scaffold
		Labs string
	}{s, "[" + s.Lab + "]"}
	err = t.Execute(&b, data)
	return b.String(), err
}

// Quote writes a text as YAML in double quotes, on one line: JSON is YAML.
func Quote(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always can be
	return strings.TrimSpace(b.String())
}

// newTrack is the track.yaml of a new track with one lesson.
func newTrack(id, lesson string) string {
	return fmt.Sprintf("format: 1\nid: %s\n"+
		"title: {en: \"%[3]s what the track is called\", zh: \"%[3]s 单元的名称\"}\n"+
		"summary: {en: \"%[3]s one sentence on what it is about\", zh: \"%[3]s 用一句话说明讲什么\"}\n"+
		"lessons: [%[2]s]\n", id, lesson, Mark)
}
