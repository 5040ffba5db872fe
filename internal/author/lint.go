package author

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Kubernetes is the minor version that lessons are checked for now.
const Kubernetes = "1.37"

// Judge is the part of the engine that compiles expressions; lab.Service is one.
type Judge interface {
	Judge(ctx context.Context, req protocol.Judge) (protocol.Judgement, error)
}

// Options say what is linted.
type Options struct {
	Dir   string // the course's directory
	FS    fs.FS  // where Dir is empty: the course itself, such as the built-in one
	Under string // only what is below this path of the course; see Find
	Judge Judge  // compiles expressions; nil: that is left out, and said
}

// Report is what Lint found.
type Report struct {
	Faults   course.Faults `json:"faults"`
	Warnings course.Faults `json:"warnings,omitempty"` // what may be right, and should be looked at
	Skipped  []string      `json:"skipped,omitempty"`  // what could not be looked at, and why
	Lessons  int           `json:"lessons"`            // how many lessons were looked at
}

// Lint looks at a course as an author must: everything that loading refuses,
// and beyond that the rules for good lessons. Faults are a result; the error is
// for what keeps it from looking at all.
func Lint(ctx context.Context, o Options) (Report, error) {
	l := &linter{o: o, fsys: o.FS}
	c, err := l.load()
	var faults course.Faults
	if errors.As(err, &faults) {
		l.report.Faults = faults
		l.skip("the rules for good lessons: the course cannot be loaded yet")
		return l.finish(), nil
	}
	if err != nil {
		return Report{}, err
	}
	if o.Dir != "" {
		root, err := os.OpenRoot(o.Dir)
		if err != nil {
			return Report{}, fmt.Errorf("opening the lessons: %w", err)
		}
		defer root.Close()
		l.fsys = root.FS()
	}
	if err := l.course(ctx, c); err != nil {
		return Report{}, err
	}
	return l.finish(), nil
}

// linter collects faults. Files are named below the course's root in it.
type linter struct {
	o       Options
	fsys    fs.FS
	lessons *course.Course
	terms   []*course.Term
	report  Report
	skipped bool // expressions cannot be compiled; it has been said
}

func (l *linter) load() (*course.Course, error) {
	if l.o.Dir != "" {
		return course.LoadDir(l.o.Dir)
	}
	return course.Load(l.fsys)
}

func (l *linter) course(ctx context.Context, c *course.Course) error {
	l.lessons = c
	glossary, err := c.Glossary()
	if err != nil {
		return err
	}
	l.terms = glossary.Terms()
	for _, lesson := range c.Lessons() {
		if !isBelow(lesson.Dir, l.o.Under) && !isBelow(l.o.Under, lesson.Dir) {
			continue
		}
		l.report.Lessons++
		body, err := lesson.Body()
		if err != nil {
			return err
		}
		if err := l.lesson(ctx, body); err != nil {
			return err
		}
	}
	if err := errors.Join(l.glossary(), l.coverage()); err != nil {
		return err
	}
	l.stale(ctx, c.Lessons())
	return l.stable(ctx, c)
}

// lesson applies every rule to one lesson.
func (l *linter) lesson(ctx context.Context, lesson *course.Body) error {
	l.size(lesson)
	l.inStep(lesson)
	l.clozes(lesson)
	l.speaker(lesson)
	for _, lang := range course.Langs {
		l.pages(lesson, lang)
		l.prose(lesson, lang)
	}
	files, err := l.files(lesson.Dir)
	if err != nil {
		return err
	}
	l.unwritten(lesson, files)
	for _, name := range files {
		l.whitespace(name)
		if path.Ext(name) == ".yaml" {
			l.yamlTexts(name)
		}
	}
	for _, lab := range lesson.Labs {
		l.lab(lesson, lab)
		if err := errors.Join(l.scope(lesson, lab), l.network(lesson, lab)); err != nil {
			return err
		}
	}
	return l.expressions(ctx, lesson)
}

func (l *linter) add(file string, line, column int, mend, format string, args ...any) {
	l.report.Faults = append(l.report.Faults, course.Fault{
		File: path.Join(filepath.ToSlash(l.o.Dir), file), Line: line, Column: column,
		Message: fmt.Sprintf(format, args...), Mend: mend,
	})
}

// warn notes what may be right, and should be looked at.
func (l *linter) warn(file string, line int, mend, format string, args ...any) {
	l.report.Warnings = append(l.report.Warnings, course.Fault{
		File: path.Join(filepath.ToSlash(l.o.Dir), file), Line: line, Column: 1,
		Message: fmt.Sprintf(format, args...), Mend: mend,
	})
}

func (l *linter) skip(format string, args ...any) {
	l.report.Skipped = append(l.report.Skipped, fmt.Sprintf(format, args...))
}

// finish keeps the faults that were asked for, sorted.
func (l *linter) finish() Report {
	l.report.Faults = l.asked(l.report.Faults)
	l.report.Warnings = l.asked(l.report.Warnings)
	return l.report
}

// asked are those of the faults that are below what was asked for.
func (l *linter) asked(faults course.Faults) (kept course.Faults) {
	for _, f := range faults {
		f = placed(f)
		if isBelow(f.File, path.Join(filepath.ToSlash(l.o.Dir), l.o.Under)) {
			kept = append(kept, f)
		}
	}
	return kept.Sort()
}

// placed gives a fault of a whole file, or of a whole line, the place where that
// begins: then editors can go to every one. A directory has no lines.
func placed(f course.Fault) course.Fault {
	if path.Ext(f.File) != "" {
		f.Line, f.Column = max(f.Line, 1), max(f.Column, 1)
	}
	return f
}

// files lists the files below a directory of the course.
func (l *linter) files(dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(l.fsys, dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	return files, nil
}

// read returns a file of a course that has been loaded; what cannot be read
// any more is noted.
func (l *linter) read(name string) string {
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		l.add(name, 0, 0, "see that you may read it", "cannot be read: %v", err)
	}
	return string(data)
}
