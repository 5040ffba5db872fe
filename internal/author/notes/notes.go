// Package notes turns texts that somebody has, Markdown notes or scenarios of
// Killercoda, into skeletons of lessons. What it reads is not trusted: sizes are
// limited, links out of the named directories are not followed, scripts are
// quoted and never copied, and what it returns always loads as a course.
package notes

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"kubetutor/internal/author/draft"
	"kubetutor/internal/course"
)

// Limits of what is read and made.
const (
	maxNote    = 1 << 20 // bytes of a file
	maxFiles   = 500
	maxChunk   = 32 << 10 // bytes of a paragraph, a list or a table
	maxCode    = 100 << 10
	maxLesson  = 120 << 10 // bytes of a lesson's text; the other language is somewhat longer
	maxPages   = 8         // of a lesson; longer texts become several
	maxNesting = 24        // of quotes and lists
	maxScript  = 8 << 10   // bytes of a script that are quoted
)

// ErrNothing means that there was nothing to import.
var ErrNothing = errors.New("nothing to import: no Markdown file, and no index.json of Killercoda")

// Options say what becomes of the notes.
type Options struct {
	Track      string               // where the lessons go; "" is the name of what is imported
	Lang       course.Lang          // that the notes are in; "" is what they look like
	Kubernetes string               // minor version that facts are to be checked for
	Taken      func(id string) bool // tells which ids lessons cannot have
}

// Result is what was made of the notes.
type Result struct {
	Lessons []draft.Lesson
	Remarks []string // what was left out, and why, each with its file
}

// Import reads Markdown files, and directories of them or of scenarios.
func Import(paths []string, o Options) (Result, error) {
	im := &importer{o: o, ids: map[string]bool{}}
	for _, p := range paths {
		if err := im.path(p); err != nil {
			return im.result, err
		}
	}
	if len(im.result.Lessons) == 0 {
		return im.result, ErrNothing
	}
	return im.result, nil
}

type importer struct {
	o      Options
	ids    map[string]bool
	result Result
}

func (im *importer) remark(file, format string, args ...any) {
	im.result.Remarks = append(im.result.Remarks, file+": "+fmt.Sprintf(format, args...))
}

// document is a lesson in one language.
type document struct {
	name    string // of the file that it comes from
	title   string
	lang    course.Lang
	pages   []page
	remarks []string
	scripts []script
}

// page is a page; its chunks are blocks or groups of them.
type page struct {
	title  string
	chunks []string
}

// script is a program of a scenario, to be quoted.
type script struct{ name, what, text string }

func (p page) text() string { return strings.Join(p.chunks, "\n\n") }

// add makes lessons of a document: one, or several where it is long.
func (im *importer) add(track string, d document) {
	d.pages = fitted(d.pages)
	if len(d.pages) == 0 {
		im.remark(d.name, "there is no text in it")
		return
	}
	d.lang = cmp.Or(im.o.Lang, language(d))
	parts := apart(d.pages)
	for i, pages := range parts {
		if len(im.result.Lessons) == maxFiles {
			im.remark(d.name, "left out: at most %d lessons are made at once", maxFiles)
			return
		}
		title := d.title
		if len(parts) > 1 {
			title = fmt.Sprintf("%s (%d)", d.title, i+1)
		}
		im.lesson(track, d, title, pages, i == 0)
	}
}

func (im *importer) lesson(track string, d document, title string, pages []page, first bool) {
	id := im.id(title, d.name)
	lang := d.lang
	l := draft.Lesson{Track: cmp.Or(im.o.Track, track), ID: id, Files: map[string]string{}}
	other := mirrored(pages)
	texts := map[course.Lang]string{lang: markdown(title, pages), lang.Other(): markdown(draft.Mark+" "+title, other)}
	for lang, text := range texts {
		l.Files[string(lang)+".md"] = text
	}
	l.Title = titles(lang, title)
	l.Files["lesson.yaml"] = im.lessonYAML(l, pages)
	if first {
		l.Files[draft.Notes] = leftToDo(d)
	}
	im.result.Lessons = append(im.result.Lessons, l)
}

func titles(lang course.Lang, title string) course.Text {
	other := draft.Mark + " " + title
	if lang == course.Chinese {
		return course.Text{EN: other, ZH: title}
	}
	return course.Text{EN: title, ZH: other}
}

func markdown(title string, pages []page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", title)
	for _, p := range pages {
		fmt.Fprintf(&b, "\n## %s\n", p.title)
		if text := p.text(); text != "" {
			fmt.Fprintf(&b, "\n%s\n", text)
		}
	}
	return b.String()
}

func (im *importer) lessonYAML(l draft.Lesson, pages []page) string {
	return fmt.Sprintf("format: 1\nid: %s\ntitle: {en: %s, zh: %s}\nlevel: core\nminutes: %d\nobjectives:\n"+
		"- {en: \"%[5]s what one can do afterwards\", zh: \"%[5]s 学完之后能做什么\"}\nchecked_for: \"%[6]s\"\n",
		l.ID, draft.Quote(l.Title.EN), draft.Quote(l.Title.ZH), minutes(pages), draft.Mark, im.o.Kubernetes)
}

// minutes is how long a text takes to be read, at 200 words or 400 characters of
// Chinese a minute, within what a lesson may take.
func minutes(pages []page) int {
	words, han := 0, 0
	for _, p := range pages {
		text := p.text()
		words += len(strings.Fields(text))
		han += hanIn(text)
	}
	return min(max(words/200+han/400, 5), 30)
}

var (
	notID     = regexp.MustCompile(`[^a-z0-9]+`)
	leadingNo = regexp.MustCompile(`^[0-9]+[-_. ]+`)
)

// id makes an id of a title, or where that has no Latin letters, of the file.
func (im *importer) id(title, file string) string {
	base := slug(title)
	if len(base) < 3 {
		base = cmp.Or(slug(leadingNo.ReplaceAllString(strings.TrimSuffix(path.Base(file), path.Ext(file)), "")), "lesson")
	}
	id := base
	for n := 2; im.ids[id] || im.o.Taken != nil && im.o.Taken(id); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	im.ids[id] = true
	return id
}

// slug is a text as an id of at most 40 characters; "" where nothing is left.
func slug(text string) string {
	s := strings.Trim(notID.ReplaceAllString(strings.ToLower(text), "-"), "-")
	return strings.Trim(s[:min(len(s), 40)], "-")
}

// language tells which language a document looks like: Chinese has at least one
// Han character for four words.
func language(d document) course.Lang {
	words, han := 0, 0
	for _, p := range d.pages {
		text := p.title + "\n" + p.text()
		words, han = words+len(strings.Fields(text)), han+hanIn(text)
	}
	if 4*han > words {
		return course.Chinese
	}
	return course.English
}

// leftToDo is what the author finds beside the lesson.
func leftToDo(d document) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What is left to do\n\nThis lesson was made of %s. Write it anew in your own words, in both languages;\n"+
		"`kubetutor author lint` lists what is marked %s. Then delete this file.\n", clean(d.name), draft.Mark)
	for _, r := range slices.Compact(d.remarks) {
		fmt.Fprintf(&b, "\n- %s", r)
	}
	if len(d.remarks) > 0 {
		b.WriteString("\n")
	}
	if len(d.scripts) == 0 {
		return b.String()
	}
	b.WriteString("\n## Scripts\n\nThey were not imported. Say in a lab what they make true: a set-up as manifests, a verification as checks.\n" +
		"`kubetutor author new TRACK/LESSON --lab ID` begins one.\n")
	for _, s := range d.scripts {
		fmt.Fprintf(&b, "\n### %s (%s)\n\n%s", clean(s.name), s.what, quoted(s.text))
	}
	return b.String()
}

// quoted is a script as an indented block, which nothing in it can end.
func quoted(text string) string {
	text, _ = course.Clean(text)
	cut := len(text) > maxScript
	text = text[:min(len(text), maxScript)]
	text, _ = course.Clean(text) // a character may have been cut
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, " \t\n"); line != "" {
			line = "    " + line
		}
		b.WriteString(line + "\n")
	}
	if cut {
		b.WriteString("    (it goes on)\n")
	}
	return b.String()
}

// clean is a name for messages and texts: on one line, and harmless.
func clean(name string) string {
	name, _ = course.Clean(name)
	return strings.Join(strings.Fields(name), " ")
}
