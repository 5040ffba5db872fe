package course

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
)

// The files of a course, in the form in which they are written.
type (
	courseFile struct {
		Format int      `yaml:"format"`
		Tracks []string `yaml:"tracks"`
	}
	trackFile struct {
		Format  int      `yaml:"format"`
		ID      string   `yaml:"id"`
		Title   Text     `yaml:"title"`
		Summary Text     `yaml:"summary"`
		Lessons []string `yaml:"lessons"`
	}
	lessonFile struct {
		Format     int      `yaml:"format"`
		ID         string   `yaml:"id"`
		Title      Text     `yaml:"title"`
		Level      Level    `yaml:"level"`
		Minutes    int      `yaml:"minutes"`
		After      []string `yaml:"after,omitempty"`
		Objectives []Text   `yaml:"objectives"`
		Sources    []Source `yaml:"sources,omitempty"`
		CheckedFor string   `yaml:"checked_for"`
		Labs       []string `yaml:"labs,omitempty"`
	}
	quizFile struct {
		Format    int        `yaml:"format"`
		Questions []Question `yaml:"questions"`
	}
	labFile struct {
		Format int `yaml:"format"`
		Lab    `yaml:",inline"`
	}
)

// LoadDir loads a course from a directory. Links that lead out of it are not
// followed. Faults name their files as the caller named the directory.
func LoadDir(dir string) (*Course, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the lessons: %w", err)
	}
	defer root.Close()
	return load(reader{fsys: root.FS(), notes: notes{prefix: filepath.ToSlash(dir)}})
}

// Load loads a whole course and checks that it is one. What is wrong is
// returned as [Faults], all of it at once; then there is no course.
//
//	course.yaml                        the order of the tracks; without it, alphabetical
//	TRACK/track.yaml
//	TRACK/LESSON/lesson.yaml           also en.md, zh.md, quiz.yaml
//	TRACK/LESSON/labs/LAB/lab.yaml     and the files that it names
func Load(fsys fs.FS) (*Course, error) { return load(reader{fsys: fsys}) }

// Outline loads what a course is about: its tracks, and of each lesson what
// lesson.yaml says, without pages, questions and labs. It is many times faster
// than [Load], for showing something until that has ended, and notes only the
// faults that it meets.
func Outline(fsys fs.FS) (*Course, error) { return load(reader{fsys: fsys, outline: true}) }

func load(r reader) (*Course, error) {
	c := &Course{lessons: map[string]*Lesson{}}
	for _, id := range r.trackIDs() {
		if t, ok := r.track(id); ok {
			c.Tracks = append(c.Tracks, t)
		}
	}
	r.lessons(c)
	r.index(c)
	if len(r.faults) > 0 {
		return nil, r.faults.Sort()
	}
	return c, nil
}

// trackIDs says which tracks there are, in order.
func (r *reader) trackIDs() []string {
	found := r.dirsWith(".", "track.yaml")
	if _, err := fs.Stat(r.fsys, "course.yaml"); err != nil {
		if len(found) == 0 {
			r.add("", place{}, "a course has TRACK/track.yaml and TRACK/LESSON/lesson.yaml", "there is no course here")
		}
		return r.named(found)
	}
	var f courseFile
	d, ok := r.yaml("course.yaml", &f)
	if !ok {
		return r.named(found)
	}
	v := r.validator(d)
	v.format(f.Format)
	v.list(f.Tracks, maxTracks, "tracks")
	v.unlisted(found, f.Tracks, "tracks")
	r.take(v)
	return clean(f.Tracks)
}

// named keeps the directories whose names are ids, and notes the others.
func (r *reader) named(dirs []string) []string {
	for _, dir := range dirs {
		if !validID.MatchString(dir) {
			r.add("", place{}, "use a-z, 0-9 and -", "the directory %q cannot be a track: its name is no id", dir)
		}
	}
	return clean(dirs)
}

// dirsWith lists the directories below dir that hold a file of that name.
func (r *reader) dirsWith(dir, file string) []string {
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil && dir == "." {
		r.add("", place{}, "", "cannot be read: %v", err)
	}
	var found []string
	for _, e := range entries {
		if _, err := fs.Stat(r.fsys, path.Join(dir, e.Name(), file)); err == nil {
			found = append(found, e.Name())
		}
	}
	return found
}

// track reads a track.yaml. Its lessons are named, not read.
func (r *reader) track(id string) (*Track, bool) {
	var f trackFile
	d, ok := r.yaml(path.Join(id, "track.yaml"), &f)
	if !ok {
		return nil, false
	}
	v := r.validator(d)
	v.head(f.Format, f.ID, id)
	v.text(f.Title, "title")
	v.text(f.Summary, "summary")
	v.list(f.Lessons, maxPer, "lessons")
	v.unlisted(r.dirsWith(id, "lesson.yaml"), f.Lessons, "lessons")
	r.take(v)
	t := &Track{ID: id, Title: f.Title, Summary: f.Summary}
	for _, lesson := range clean(f.Lessons) {
		t.Lessons = append(t.Lessons, &Lesson{ID: lesson, Track: t, Dir: path.Join(id, lesson)})
	}
	return t, true
}

// lessons reads the lessons of all tracks, several at a time.
func (r *reader) lessons(c *Course) {
	work := make(chan *Lesson)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			mine := reader{fsys: r.fsys, notes: notes{prefix: r.prefix}, outline: r.outline}
			for l := range work {
				mine.lesson(l)
			}
			mu.Lock()
			defer mu.Unlock()
			r.faults = append(r.faults, mine.faults...)
		})
	}
	for _, t := range c.Tracks {
		for _, l := range t.Lessons {
			work <- l
		}
	}
	close(work)
	wg.Wait()
}

// lesson fills in a lesson of which ID and Dir are set.
func (r *reader) lesson(l *Lesson) {
	labs := clean(r.head(l))
	if r.outline {
		return
	}
	known := r.questions(l)
	for _, id := range labs {
		r.lab(l, id)
	}
	r.texts(l, labs, known)
}

// head reads lesson.yaml and returns the labs that it names.
func (r *reader) head(l *Lesson) []string {
	found := r.dirsWith(path.Join(l.Dir, "labs"), "lab.yaml")
	var f lessonFile
	d, ok := r.yaml(path.Join(l.Dir, "lesson.yaml"), &f)
	if ok {
		v := r.validator(d)
		v.lesson(f, l.ID)
		v.unlisted(found, f.Labs, "labs")
		r.take(v)
	} else {
		f.Labs = found // look at them all the same
	}
	l.Title, l.Level, l.Minutes, l.After = f.Title, f.Level, f.Minutes, f.After
	l.Objectives, l.Sources, l.CheckedFor = f.Objectives, f.Sources, f.CheckedFor
	return f.Labs
}

// texts reads the pages. What stands in them is compared with the questions
// where these are known.
func (r *reader) texts(l *Lesson, labs []string, known bool) {
	l.Pages = map[Lang][]Page{}
	for _, lang := range Langs {
		name := path.Join(l.Dir, string(lang)+".md")
		src, ok := r.text(name, MaxText)
		if !ok {
			continue
		}
		text := splitPages(src, func(at place, mend, format string, args ...any) { r.add(name, at, mend, format, args...) })
		l.Pages[lang] = text.pages
	}
	if len(l.Pages) == len(Langs) && known {
		r.references(l, labs)
	}
	if len(l.Pages) == len(Langs) {
		r.inStep(l)
	}
}

// questions reads quiz.yaml, which a lesson need not have. It tells whether the
// questions are known: not where that file cannot be read.
func (r *reader) questions(l *Lesson) bool {
	name := path.Join(l.Dir, "quiz.yaml")
	if _, err := fs.Stat(r.fsys, name); err != nil {
		return true
	}
	var f quizFile
	d, ok := r.yaml(name, &f)
	if d == nil || d.root == nil {
		return false
	}
	for i := range f.Questions {
		l.Questions = append(l.Questions, &f.Questions[i])
	}
	if ok {
		v := r.validator(d)
		v.format(f.Format)
		v.questions(f.Questions)
		r.take(v)
	}
	return true
}

func (r *reader) lab(l *Lesson, id string) {
	dir := path.Join(l.Dir, "labs", id)
	var f labFile
	d, ok := r.yaml(path.Join(dir, "lab.yaml"), &f)
	if !ok {
		return
	}
	lab := f.Lab
	lab.Lesson = l.ID
	v := r.validator(d)
	v.head(f.Format, lab.ID, id)
	v.lab(&lab)
	r.take(v)
	r.labFiles(&lab, dir)
	l.Labs = append(l.Labs, &lab)
}

// labFiles reads every file that a lab names, once.
func (r *reader) labFiles(lab *Lab, dir string) {
	lab.Files = map[string]string{}
	for _, name := range lab.fileNames() {
		if _, read := lab.Files[name]; read || !fs.ValidPath(name) || len(lab.Files) > maxPer {
			continue
		}
		if text, ok := r.text(path.Join(dir, name), MaxText); ok {
			lab.Files[name] = text
			r.undeclared(lab, path.Join(dir, name), text)
		}
	}
}

// fileNames lists the files that a lab names.
func (l *Lab) fileNames() []string {
	names := slices.Concat(l.Setup, l.Given, []string{l.Solution})
	for _, miss := range l.NearMisses {
		names = append(names, miss.Script)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// index makes the lessons findable.
func (r *reader) index(c *Course) {
	for _, t := range c.Tracks {
		for _, l := range t.Lessons {
			if other, twice := c.lessons[l.ID]; twice {
				r.add(path.Join(l.Dir, "lesson.yaml"), place{}, "ids are unique in the whole course: choose another",
					"there is another lesson %q in %s", l.ID, other.Dir)
				continue
			}
			c.lessons[l.ID] = l
			c.order = append(c.order, l)
		}
	}
}

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// clean leaves out what is no id or stands there already: it has been noted,
// and must not name a file.
func clean(ids []string) []string {
	var out []string
	for _, id := range ids {
		if validID.MatchString(id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
