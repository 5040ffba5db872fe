// Package draft writes lessons that are not written yet: the files of a new
// lesson or lab, in which what the author must say is marked, and the entries in
// the lists that name them. It never overwrites a file and never leaves the
// course's directory.
package draft

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"

	"kubetutor/internal/course"
)

// Mark stands before everything that the author must still write. The linter
// finds it.
const Mark = "TODO:"

// Notes is the file of a lesson with what is left to do. It is for the author;
// the linter asks to delete it.
const Notes = "TODO.md"

// Lesson is a lesson to be written into a course. If it is there already, only
// its labs may be new.
type Lesson struct {
	Track, ID string
	Title     course.Text
	Labs      []string
	Files     map[string]string // contents by name below the lesson's directory
}

// Dir is where the lesson goes, below the course.
func (l Lesson) Dir() string { return path.Join(l.Track, l.ID) }

// ExistsError is something that is there already and is left alone.
type ExistsError struct{ Name string }

// Error names it.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s is there already, and nothing is overwritten: choose another name", e.Name)
}

// Report tells what Write did.
type Report struct {
	Written []string `json:"written"` // new files, below the course, sorted
	Changed []string `json:"changed"` // lists that got an entry
}

// ValidID tells whether a word can be the id of a track, a lesson or a lab.
func ValidID(id string) bool { return validID.MatchString(id) && len(id) <= 100 }

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// Write puts lessons into the course at dir, which is made if it is not there,
// as are the tracks. Either everything is written or, with an error, nothing.
func Write(dir string, lessons []Lesson) (r Report, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return r, fmt.Errorf("making the course's directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return r, fmt.Errorf("opening the course: %w", err)
	}
	defer root.Close()
	w := &writer{root: root, files: map[string]string{}, lists: map[string]string{}}
	for _, l := range lessons {
		if err := w.lesson(l); err != nil {
			return r, err
		}
	}
	if err := w.write(); err != nil {
		return r, errors.Join(err, w.undo())
	}
	r.Written = slices.AppendSeq([]string{}, maps.Keys(w.files)) // never nil: as JSON they are lists
	r.Changed = slices.AppendSeq([]string{}, maps.Keys(w.lists))
	slices.Sort(r.Written)
	slices.Sort(r.Changed)
	return r, nil
}

// writer collects what is to be written before it writes.
type writer struct {
	root  *os.Root
	files map[string]string // new files
	lists map[string]string // files of which a list gets longer

	made     []string          // files and directories that were made, in order
	replaced map[string]string // what stood in lists
}

func (w *writer) lesson(l Lesson) error {
	if !ValidID(l.Track) || !ValidID(l.ID) {
		return fmt.Errorf("%s/%s: use a-z, 0-9 and -, and begin with a letter or digit", l.Track, l.ID)
	}
	if err := w.track(l); err != nil {
		return err
	}
	for name, text := range l.Files {
		if err := w.file(path.Join(l.Dir(), name), text); err != nil {
			return err
		}
	}
	if _, fresh := l.Files["lesson.yaml"]; !fresh {
		for _, lab := range l.Labs {
			if err := w.list(path.Join(l.Dir(), "lesson.yaml"), "labs", lab); err != nil {
				return err
			}
		}
	}
	return nil
}

// track lists the lesson in its track, and makes the track if there is none.
func (w *writer) track(l Lesson) error {
	name := path.Join(l.Track, "track.yaml")
	if _, fresh := w.files[name]; !fresh && w.exists(name) {
		return w.list(name, "lessons", l.ID)
	} else if fresh {
		text, err := withEntry(w.files[name], "lessons", l.ID)
		w.files[name] = text
		return err
	}
	if w.exists("course.yaml") {
		if err := w.list("course.yaml", "tracks", l.Track); err != nil {
			return err
		}
	}
	return w.file(name, newTrack(l.Track, l.ID))
}

// file plans a new file.
func (w *writer) file(name, text string) error {
	if !fs.ValidPath(name) {
		return fmt.Errorf("%q cannot be the name of a file in a course", name)
	}
	if _, twice := w.files[name]; twice || w.exists(name) {
		return &ExistsError{name}
	}
	w.files[name] = text
	return nil
}

// list plans an entry in a list of a file that is there.
func (w *writer) list(name, key, entry string) error {
	text, changed := w.lists[name]
	if !changed {
		data, err := w.root.ReadFile(name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		text = string(data)
	}
	with, err := withEntry(text, key, entry)
	if err != nil {
		return fmt.Errorf("adding %s to %s in %s: %w", entry, key, name, err)
	}
	if with != text {
		w.lists[name] = with
	}
	return nil
}

func (w *writer) exists(name string) bool {
	_, err := w.root.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

func (w *writer) write() error {
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		if err := w.makeFile(name, w.files[name]); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	w.replaced = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(w.lists)) {
		if err := w.replace(name, w.lists[name]); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

// makeFile makes a file and the directories above it.
func (w *writer) makeFile(name, text string) error {
	if err := w.makeDirs(path.Dir(name)); err != nil {
		return err
	}
	f, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	w.made = append(w.made, name)
	_, err = f.WriteString(text)
	return cmp.Or(err, f.Close())
}

func (w *writer) makeDirs(dir string) error {
	if dir == "." || w.exists(dir) {
		return nil
	}
	if err := w.makeDirs(path.Dir(dir)); err != nil {
		return err
	}
	err := w.root.Mkdir(dir, 0o755)
	if err == nil {
		w.made = append(w.made, dir)
	}
	return err
}

// replace changes a file in one step: whoever reads it sees all or nothing of
// the change.
func (w *writer) replace(name, text string) error {
	old, err := w.root.ReadFile(name)
	if err != nil {
		return err
	}
	next := name + ".new"
	if err := w.makeFile(next, text); err != nil {
		return err
	}
	if err := w.root.Rename(next, name); err != nil {
		return err
	}
	w.replaced[name] = string(old)
	w.made = slices.DeleteFunc(w.made, func(made string) bool { return made == next })
	return nil
}

// undo takes back what was written, the newest first.
func (w *writer) undo() error {
	var errs []error
	for name, old := range w.replaced {
		errs = append(errs, w.root.WriteFile(name, []byte(old), 0o644))
	}
	for _, name := range slices.Backward(w.made) {
		errs = append(errs, w.root.Remove(name))
	}
	return errors.Join(errs...)
}
