// Package coursetest makes up courses of any length for tests: lessons without
// sense, of the size that real ones have, in both languages, with questions and
// labs. The same number of lessons gives the same course.
package coursetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Sizes of a lesson, as in the lessons that are there.
const (
	perTrack   = 50
	pages      = 5
	paragraphs = 6 // of a page, one of them with a cloze
	questions  = 6
	labs       = 2
)

// Write writes a course of n lessons to a directory.
func Write(t testing.TB, dir string, n int) {
	t.Helper()
	w := writer{dir: dir}
	var tracks []string
	for first := 0; first < n; first += perTrack {
		track := fmt.Sprintf("track-%03d", first/perTrack)
		tracks = append(tracks, track)
		w.track(track, first, min(first+perTrack, n))
	}
	w.file("course.yaml", "format: 1\ntracks: [%s]\n", strings.Join(tracks, ", "))
	if w.err != nil {
		t.Fatalf("writing a course of %d lessons: %v", n, w.err)
	}
}

// ID is the id of a lesson of such a course; the first one is number 0.
func ID(number int) string { return fmt.Sprintf("lesson-%04d", number) }

// writer writes files until one cannot be written.
type writer struct {
	dir string
	err error
}

func (w *writer) file(name, format string, args ...any) {
	if w.err != nil {
		return
	}
	name = filepath.Join(w.dir, filepath.FromSlash(name))
	w.err = errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, fmt.Appendf(nil, format, args...), 0o600))
}

func (w *writer) track(id string, first, end int) {
	var lessons []string
	for i := first; i < end; i++ {
		lessons = append(lessons, ID(i))
		l := lesson{writer: w, babble: babble{rand.New(rand.NewPCG(1, uint64(i)))}, id: ID(i), dir: id + "/" + ID(i) + "/"}
		l.write()
	}
	w.file(id+"/track.yaml", "format: 1\nid: %s\ntitle: {en: Track %s, zh: 系列 %s}\nsummary: {en: Made up., zh: 编造的。}\nlessons: [%s]\n",
		id, id, id, strings.Join(lessons, ", "))
}

// lesson is one that is being written.
type lesson struct {
	*writer
	babble
	id, dir string
}

func (l *lesson) write() {
	var ids []string
	for i := range labs {
		ids = append(ids, fmt.Sprintf("lab-%d", i))
		l.lab(ids[i])
	}
	l.file(l.dir+"lesson.yaml", `format: 1
id: %s
title: {en: %q, zh: %q}
level: core
minutes: 20
objectives:
- {en: %q, zh: %q}
- {en: %q, zh: %q}
sources: [{notes: "001", lines: [10, 200]}]
checked_for: "1.37"
labs: [%s]
tags: [cka, made-up]
`, l.id, l.english(4), l.chinese(6), l.english(9), l.chinese(14), l.english(9), l.chinese(14), strings.Join(ids, ", "))
	l.file(l.dir+"en.md", "%s", l.text("The lesson "+l.id, l.english))
	l.file(l.dir+"zh.md", "%s", l.text("课 "+l.id, l.chinese))
	l.quiz()
}

// text is a lesson's Markdown: pages of paragraphs, each with a list, some code
// and what is asked there.
func (l *lesson) text(title string, sentence func(words int) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", title)
	for page := range pages {
		fmt.Fprintf(&b, "\n## %s\n\n", strings.TrimRight(sentence(4), ".。"))
		for i := range paragraphs {
			answer := l.pick(strings.Fields(kinds))
			if i == 0 {
				answer = fmt.Sprintf("{{c-%d::%s}}", page, answer)
			}
			fmt.Fprintf(&b, "%s %s %s\n\n", sentence(14), answer, sentence(14))
		}
		fmt.Fprintf(&b, "- %s\n- %s\n\n```console\n%s\n%s\n```\n", sentence(8), sentence(8), l.command(), l.failure())
		fmt.Fprintf(&b, "\n<!-- quiz: q-%d%s -->\n", page, map[bool]string{true: fmt.Sprintf(" q-%d", pages)}[page == 0])
		if page < labs {
			fmt.Fprintf(&b, "\n<!-- lab: lab-%d -->\n", page)
		}
	}
	return b.String()
}

func (l *lesson) quiz() {
	var b strings.Builder
	b.WriteString("format: 1\nquestions:\n")
	for i := range questions {
		fmt.Fprintf(&b, "- id: q-%d\n  type: single\n  ask:\n    en: %q\n    zh: %q\n  options:\n", i, l.english(16), l.chinese(20))
		for k := range 4 {
			fmt.Fprintf(&b, "  - id: o-%d\n    right: %t\n    text: {en: %q, zh: %q}\n    why: {en: %q, zh: %q}\n",
				k, k == 0, l.english(6), l.chinese(8), l.english(10), l.chinese(14))
		}
		fmt.Fprintf(&b, "  explain:\n    en: %q\n    zh: %q\n", l.english(24), l.chinese(30))
	}
	l.file(l.dir+"quiz.yaml", "%s", b.String())
}

func (l *lesson) lab(id string) {
	dir := l.dir + "labs/" + id + "/"
	var b strings.Builder
	fmt.Fprintf(&b, "format: 1\nid: %s\ntitle: {en: %q, zh: %q}\nneeds: [control-plane]\nnamespace: shop\nsetup: [setup.yaml]\n", id, l.english(5), l.chinese(7))
	fmt.Fprintf(&b, "task:\n  en: %q\n  zh: %q\nchecks:\n", l.english(40), l.chinese(60))
	for i := range 4 {
		fmt.Fprintf(&b, "- id: c-%d\n  title: {en: %q, zh: %q}\n  object: {apiVersion: v1, kind: ConfigMap, name: a}\n  expect: object.data.n == %q\n", i, l.english(7), l.chinese(9), fmt.Sprint(i))
	}
	b.WriteString("hints:\n")
	for range 3 {
		fmt.Fprintf(&b, "- {en: %q, zh: %q}\n", l.english(18), l.chinese(22))
	}
	b.WriteString("solution: solution.console\nnear_misses:\n")
	for i := range 3 {
		fmt.Fprintf(&b, "- script: miss-%d.console\n  fails: [c-%d]\n  why: {en: %q, zh: %q}\n", i, i, l.english(9), l.chinese(12))
		l.file(dir+fmt.Sprintf("miss-%d.console", i), "%s\n", l.command())
	}
	fmt.Fprintf(&b, "debrief:\n  en: %q\n  zh: %q\n", l.english(30), l.chinese(40))
	l.file(dir+"lab.yaml", "%s", b.String())
	l.file(dir+"setup.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {n: %q}\n", l.english(3))
	l.file(dir+"solution.console", "%s\n%s\n", l.command(), l.command())
}
