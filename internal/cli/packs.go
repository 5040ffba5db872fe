package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"kubetutor/internal/course"
	"kubetutor/lessons"
)

// Course is the built-in one, or that of --lessons, and after it the packs. A
// pack that cannot be used is left out, which is said once.
func (f *Factory) Course() (*course.Course, error) { return f.course() }

func (f *Factory) loadCourse() (*course.Course, error) {
	c, err := f.ownCourse()
	if err != nil {
		return nil, err
	}
	for _, dir := range f.packs() {
		joined, err := joinPack(c, dir)
		if err != nil {
			f.leaveOut(dir, err)
			continue
		}
		c = joined
	}
	return c, nil
}

func (f *Factory) ownCourse() (*course.Course, error) {
	if f.flags.lessons != "" {
		return course.OpenDir(f.flags.lessons)
	}
	return course.Open(lessons.FS)
}

// packs are the directories of --pack and of the settings, each once.
func (f *Factory) packs() (dirs []string) {
	for _, dir := range append(slices.Clone(f.flags.packs), f.chosen().Packs...) {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func joinPack(c *course.Course, dir string) (*course.Course, error) {
	pack, err := course.OpenDir(dir)
	if err != nil {
		return nil, err
	}
	return course.Join(c, pack)
}

// leaveOut says why a pack is not part of the course: at once, or where a screen
// is about to be drawn, there.
func (f *Factory) leaveOut(dir string, err error) {
	why := fmt.Sprintf(f.Words.PackLeftOut, dir, f.brief(err, dir))
	if f.onScreen {
		f.leftOut = append(f.leftOut, why)
		return
	}
	fmt.Fprintln(f.IO.Err, why)
}

// brief is the first of many faults.
func (f *Factory) brief(err error, dir string) string {
	var faults course.Faults
	if errors.As(err, &faults) && len(faults) > 1 {
		return f.commands(fmt.Sprintf(f.Words.PackFaults, faults[0].Error(), len(faults)-1, dir))
	}
	return err.Error()
}
