// Package author helps those who write lessons: Lint says what is wrong with
// the files of a course, with places; Prove runs the proofs of labs on real
// clusters. Neither prints anything nor knows flags.
package author

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Find tells which course a path belongs to: the course's directory, and what
// of it the path names, below that directory and with slashes ("." for all of
// it). The path may be a course, a track, a lesson or anything in them.
func Find(path string) (dir, under string, err error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", "", fmt.Errorf("finding the course of %q: %w", path, err)
	}
	if _, err := os.Stat(full); err != nil {
		return "", "", fmt.Errorf("finding the course of %q: %w", path, err)
	}
	for dir = full; ; dir = filepath.Dir(dir) {
		if isCourse(dir) {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", "", fmt.Errorf("%q belongs to no course: no directory above it has a course.yaml or a TRACK/track.yaml", path)
		}
	}
	under, err = filepath.Rel(dir, full)
	return relativeToHere(dir), filepath.ToSlash(under), err
}

// relativeToHere shortens a directory for messages, where that does not begin
// with "..".
func relativeToHere(dir string) string {
	here, err := os.Getwd()
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(here, dir); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return dir
}

func isCourse(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "course.yaml")); err == nil {
		return true
	}
	tracks, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*", "track.yaml"))
	return err == nil && len(tracks) > 0
}

var escapeGlob = strings.NewReplacer("[", "\\[", "*", "\\*", "?", "\\?").Replace

// isBelow tells whether a file of a course belongs to what `under` names.
func isBelow(file, under string) bool {
	return under == "" || under == "." || file == under || strings.HasPrefix(file, under+"/")
}
