package author

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"kubetutor/internal/course"
)

// Draft is what somebody is writing, as its files are now: a course, or what is
// wrong with it.
type Draft struct {
	Course *course.Course
	Faults course.Faults
}

// Place is what is previewed: a course, or one lesson of it.
type Place struct {
	Dir    string // the course's directory
	Lesson string // the directory TRACK/LESSON below it; "" for the whole course
}

// ID is the lesson's id, "" for the whole course.
func (p Place) ID() string {
	if p.Lesson == "" {
		return ""
	}
	return path.Base(p.Lesson)
}

// FindPlace tells what a path names: a lesson where it leads into one, else the
// course that it belongs to.
func FindPlace(name string) (Place, error) {
	dir, under, err := Find(name)
	if err != nil {
		return Place{}, err
	}
	parts := strings.Split(under, "/")
	if len(parts) < 2 || !isLesson(dir, parts[0], parts[1]) {
		return Place{Dir: dir}, nil
	}
	return Place{Dir: dir, Lesson: path.Join(parts[0], parts[1])}, nil
}

// isLesson tells whether a directory has any of a lesson's files.
func isLesson(dir, track, lesson string) bool {
	return slices.ContainsFunc([]string{"lesson.yaml", "en.md", "zh.md"}, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, track, lesson, name))
		return err == nil
	})
}

// LessonIn finds a lesson of a course by its id, however faulty it is.
func LessonIn(dir, id string) (Place, bool) {
	found, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*", escapeGlob(id), "lesson.yaml"))
	if err != nil || len(found) == 0 {
		return Place{}, false
	}
	slices.Sort(found)
	track := filepath.Base(filepath.Dir(filepath.Dir(found[0])))
	return Place{Dir: dir, Lesson: path.Join(track, id)}, true
}

// Load reads what is there now. Of a whole course the lessons themselves are
// read as they are opened.
func (p Place) Load() Draft {
	load := course.OpenDir
	if p.Lesson != "" {
		load = func(dir string) (*course.Course, error) { return course.LoadLesson(dir, p.Lesson) }
	}
	c, err := load(p.Dir)
	if err == nil && p.Lesson != "" && len(c.Lessons()) == 0 {
		err = course.Faults{{File: path.Join(filepath.ToSlash(p.Dir), path.Dir(p.Lesson), "track.yaml"), Line: 1, Column: 1,
			Message: fmt.Sprintf("the lesson %q is not there", p.ID()), Mend: "write its files, and list it here"}}
	}
	return Draft{Course: c, Faults: AsFaults(p.Dir, err)}
}

// AsFaults are the faults that an error consists of; any other error becomes one
// fault of the file.
func AsFaults(file string, err error) course.Faults {
	var faults course.Faults
	switch {
	case err == nil:
		return nil
	case errors.As(err, &faults):
		return faults
	}
	return course.Faults{{File: filepath.ToSlash(file), Message: err.Error(), Mend: "mend that, then save again"}}
}

// Follow sends what is there, and again whenever files change, until ctx ends.
func (p Place) Follow(ctx context.Context, send func(Draft)) error {
	return Watch(ctx, p.Dir, func() { send(p.Load()) })
}
