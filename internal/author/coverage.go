package author

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"kubetutor/internal/course"
)

const coverageFile = "coverage.yaml"

// coverage says of study notes which lesson carries what of them. It stands
// beside the tracks, for authors; learners never see it.
type coverage struct {
	Format int                  `yaml:"format"`
	Notes  map[string][]heading `yaml:"notes"` // by the name that sources of lessons use
}

// heading is a heading of notes with the lines below it, up to the next of its
// level. So headings lie within each other, and do not overlap otherwise.
type heading struct {
	Lines   [2]int   `yaml:"lines"`             // first and last, from 1
	Heading string   `yaml:"heading"`           // as it stands there, without marks
	Lessons []string `yaml:"lessons,omitempty"` // carry it
	Waits   []string `yaml:"waits,omitempty"`   // for lessons that are yet to be written
}

// coverage checks what coverage.yaml says, where there is one, against the
// sources of lessons.
func (l *linter) coverage() error {
	data, err := fs.ReadFile(l.fsys, coverageFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading what lessons cover: %w", err)
	}
	l.whitespace(coverageFile)
	var c coverage
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		l.add(coverageFile, 0, 0, "see lessons/GUIDE.md", "this cannot be read: %v", err)
		return nil
	}
	file := l.yaml(coverageFile)
	if c.Format != 1 {
		file.fault("write format: 1", "this version reads format 1, not %d", c.Format)("format")
	}
	for _, notes := range slices.Sorted(maps.Keys(c.Notes)) {
		file.nested(notes, c.Notes[notes])
		for i := range c.Notes[notes] {
			file.heading(notes, i, &c.Notes[notes][i])
		}
	}
	l.carried(c)
	return nil
}

// nested checks that headings stand in the order of their lines, and that each
// ends within the one in which it begins.
func (f *yamlFile) nested(notes string, headings []heading) {
	var above []heading
	for i, h := range headings {
		if h.Lines[0] < 1 || h.Lines[1] < h.Lines[0] {
			f.fault("write [first, last]", "lines %d to %d cannot be", h.Lines[0], h.Lines[1])("notes", notes, i, "lines")
			continue
		}
		if i > 0 && h.Lines[0] < headings[i-1].Lines[0] {
			f.fault("put headings in the order of their lines", "line %d comes after line %d", h.Lines[0], headings[i-1].Lines[0])("notes", notes, i, "lines")
		}
		for len(above) > 0 && above[len(above)-1].Lines[1] < h.Lines[0] {
			above = above[:len(above)-1]
		}
		if len(above) > 0 && above[len(above)-1].Lines[1] < h.Lines[1] {
			f.fault("a heading lies within another, or beside it", "lines %d to %d go on after line %d, where %q ends",
				h.Lines[0], h.Lines[1], above[len(above)-1].Lines[1], above[len(above)-1].Heading)("notes", notes, i, "lines")
		}
		above = append(above, h)
	}
}

// heading checks that a heading is carried, or waits, and by whom.
func (f *yamlFile) heading(notes string, i int, h *heading) {
	if len(h.Lessons)+len(h.Waits) == 0 {
		f.fault("name the lessons that carry it, or for which it waits", "nobody carries %q", h.Heading)("notes", notes, i)
	}
	for k, id := range h.Waits {
		if _, ok := f.l.lessons.Lesson(id); ok {
			f.fault("name it under lessons", "the lesson %q has been written", id)("notes", notes, i, "waits", k)
		}
	}
	for k, id := range h.Lessons {
		lesson, ok := f.l.lessons.Lesson(id)
		switch {
		case !ok:
			f.fault("name it under waits until it is written", "there is no lesson %q", id)("notes", notes, i, "lessons", k)
		case !slices.ContainsFunc(lesson.Sources, func(s course.Source) bool { return s.Notes == notes && meet(s.Lines, h.Lines) }):
			f.fault("add its lines to the lesson's sources, or take the lesson away", "the sources of %q have none of lines %d to %d", id, h.Lines[0], h.Lines[1])("notes", notes, i, "lessons", k)
		}
	}
}

// carried checks that every source of a lesson stands below a heading that names
// the lesson.
func (l *linter) carried(c coverage) {
	for _, lesson := range l.lessons.Lessons() {
		for i, s := range lesson.Sources {
			headings, known := c.Notes[s.Notes]
			names := func(h heading) bool { return meet(s.Lines, h.Lines) && slices.Contains(h.Lessons, lesson.ID) }
			if !known || slices.ContainsFunc(headings, names) {
				continue
			}
			at := l.yaml(lesson.Dir + "/lesson.yaml")
			at.fault("name the lesson in "+coverageFile, "no heading of lines %d to %d of the notes %s names this lesson", s.Lines[0], s.Lines[1], s.Notes)("sources", i)
		}
	}
}

// meet tells whether two ranges of lines have one in common.
func meet(a, b [2]int) bool { return a[0] <= b[1] && b[0] <= a[1] }
