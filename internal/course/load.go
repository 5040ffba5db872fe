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
	"strings"
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
		Tags       []string `yaml:"tags,omitempty"`
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

// source is where the files of a course are: in a directory, or in fsys.
type source struct {
	dir  string
	fsys fs.FS
	only string // the only lesson that is read, as TRACK/LESSON; all where it is empty
}

// read lends the files to f and returns what f notes, as [Faults]. A directory is
// held open no longer than that, and links that lead out of it are not followed.
func (s source) read(f func(*reader)) error {
	if s.fsys != nil {
		return notedBy(f, &reader{src: s, fsys: s.fsys})
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return fmt.Errorf("opening the lessons: %w", err)
	}
	defer root.Close()
	return notedBy(f, &reader{src: s, fsys: root.FS(), notes: notes{prefix: filepath.ToSlash(s.dir)}})
}

func notedBy(f func(*reader), r *reader) error {
	f(r)
	if len(r.faults) > 0 {
		return r.faults.Sort()
	}
	return nil
}

// Load loads a whole course and checks that it is one. What is wrong is
// returned as [Faults], all of it at once; then there is no course.
//
//	course.yaml                        the order of the tracks; without it, alphabetical
//	glossary.yaml                      terms and what they mean; need not be there
//	TRACK/track.yaml
//	TRACK/LESSON/lesson.yaml           also en.md, zh.md, quiz.yaml, notes.en.md, notes.zh.md
//	TRACK/LESSON/labs/LAB/lab.yaml     and the files that it names
func Load(fsys fs.FS) (*Course, error) { return load(source{fsys: fsys}, true) }

// LoadDir is [Load] for a directory. Links that lead out of it are not
// followed. Faults name their files as the caller named the directory.
func LoadDir(dir string) (*Course, error) { return load(source{dir: dir}, true) }

// LoadLesson is [LoadDir] for one lesson, named by its directory TRACK/LESSON: it
// returns a course of nothing else. Faults of other lessons do not count.
func LoadLesson(dir, lesson string) (*Course, error) {
	return load(source{dir: dir, only: lesson}, true)
}

// Open loads what lesson.yaml says of every lesson, and what it asks: a hundred
// times faster than [Load], however long the lessons are. The rest is read by
// [Lesson.Body], and faults in it come to light there. The faults that Open
// meets are returned as [Faults].
func Open(fsys fs.FS) (*Course, error) { return load(source{fsys: fsys}, false) }

// OpenDir is [Open] for a directory, as [LoadDir] is [Load].
func OpenDir(dir string) (*Course, error) { return load(source{dir: dir}, false) }

func load(src source, whole bool) (*Course, error) {
	c := &Course{lessons: map[string]*Lesson{}}
	err := src.read(func(r *reader) {
		r.whole = whole
		r.course(c)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (r *reader) course(c *Course) {
	for _, id := range r.trackIDs() {
		if t, ok := r.track(id); ok {
			c.Tracks = append(c.Tracks, t)
		}
	}
	r.lessons(c)
	r.index(c)
	c.glossary = sync.OnceValues(func() (*Glossary, error) {
		var terms []*Term
		err := r.src.read(func(r *reader) { terms = r.glossary(nil) })
		return newGlossary(terms), err
	})
	if r.whole && r.src.only == "" {
		r.glossary(c) // for its faults
	}
}

// trackIDs says which tracks there are, in order.
func (r *reader) trackIDs() []string {
	if r.src.only != "" {
		return clean([]string{path.Dir(r.src.only)})
	}
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
		r.add("", place{}, "see that you may read it", "cannot be read: %v", err)
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
	if r.whole {
		v.unlisted(r.lessonDirs(id), f.Lessons, "lessons")
	}
	r.take(v)
	t := &Track{ID: id, Title: f.Title, Summary: f.Summary}
	for _, lesson := range clean(f.Lessons) {
		if dir := path.Join(id, lesson); r.src.only != "" && r.src.only != dir {
			continue
		}
		t.Lessons = append(t.Lessons, &Lesson{ID: lesson, Track: t, Dir: path.Join(id, lesson), src: r.src})
	}
	return t, true
}

// lessonDirs lists the directories of a track that hold a lesson to be read.
func (r *reader) lessonDirs(track string) []string {
	return slices.DeleteFunc(r.dirsWith(track, "lesson.yaml"), func(dir string) bool {
		return r.src.only != "" && r.src.only != path.Join(track, dir)
	})
}

// lessons reads the lessons of all tracks, several at a time.
func (r *reader) lessons(c *Course) {
	work := make(chan *Lesson)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			mine := reader{src: r.src, fsys: r.fsys, notes: notes{prefix: r.prefix}, whole: r.whole}
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
	r.head(l)
	r.asks(l)
	if r.whole {
		l.kept = r.body(l)
	}
}

// head reads lesson.yaml.
func (r *reader) head(l *Lesson) {
	var f lessonFile
	d, ok := r.yaml(path.Join(l.Dir, "lesson.yaml"), &f)
	if ok {
		v := r.validator(d)
		v.lesson(f, l.ID)
		if r.whole {
			v.unlisted(r.labDirs(l), f.Labs, "labs")
		}
		r.take(v)
	} else if r.whole {
		f.Labs = r.labDirs(l) // look at them all the same
	}
	l.Title, l.Level, l.Minutes, l.After = f.Title, f.Level, f.Minutes, f.After
	l.Objectives, l.Sources, l.CheckedFor, l.LabIDs, l.Tags = f.Objectives, f.Sources, f.CheckedFor, clean(f.Labs), clean(f.Tags)
}

func (r *reader) labDirs(l *Lesson) []string { return r.dirsWith(path.Join(l.Dir, "labs"), "lab.yaml") }

// asks finds out what a lesson asks, and on which pages. Every question stands
// once in the text, which is read much faster than quiz.yaml.
// A text that cannot be read asks nothing: whoever opens the lesson hears of it.
func (r *reader) asks(l *Lesson) {
	src, err := readRegular(r.fsys, path.Join(l.Dir, string(English)+".md"), MaxText)
	if err != nil {
		return
	}
	pages := bare(strings.ReplaceAll(string(src), "\r\n", "\n"))
	l.PageCount = len(pages)
	for i, page := range pages {
		for _, p := range page.Parts {
			l.spots = append(l.spots, spotsOf(p, i)...)
		}
	}
	l.QuestionIDs, l.ClozeIDs = l.idsOf(QuestionItem), l.idsOf(ClozeItem)
}

// body reads pages, questions and labs.
func (r *reader) body(l *Lesson) *Body {
	b := &Body{Lesson: l}
	known := r.questions(b)
	for _, id := range l.LabIDs {
		r.lab(b, id)
	}
	r.texts(b, known)
	if r.whole {
		r.speaker(b) // for its faults
	}
	return b
}

// texts reads the pages. What stands in them is compared with the questions
// where these are known.
func (r *reader) texts(l *Body, known bool) {
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
		r.references(l)
	}
	if len(l.Pages) == len(Langs) {
		r.inStep(l)
		r.clozesInStep(l)
	}
}

// questions reads quiz.yaml, which a lesson need not have. It tells whether the
// questions are known: not where that file cannot be read.
func (r *reader) questions(l *Body) bool {
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

func (r *reader) lab(l *Body, id string) {
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
