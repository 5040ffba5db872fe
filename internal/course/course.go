// Package course says what a course is: tracks of lessons, each with its pages
// in two languages, its questions and its labs. It loads a course from files,
// reports every fault with its place (file, line and column), and looks things
// up. It knows nothing of terminals, storage or clusters.
//
// A course is data. Nothing in it is ever executed on the learner's machine,
// control characters and escape sequences in it are refused, and its sizes are
// limited.
package course

import (
	"sync"
	"weak"
)

// Format is the version of the file format that this package reads. Every YAML
// file of a course says `format: 1`.
const Format = 1

// Course is everything that can be learnt, in learning order.
type Course struct {
	Tracks []*Track

	lessons  map[string]*Lesson
	order    []*Lesson
	glossary func() (*Glossary, error)
}

// Track is a series of lessons on one subject.
type Track struct {
	ID      string
	Title   Text
	Summary Text
	Lessons []*Lesson
}

// Level says whom a lesson is meant for.
type Level string

// The levels, from the first lesson that a learner meets to the last.
const (
	Intro    Level = "intro"
	Core     Level = "core"
	Advanced Level = "advanced"
)

// Lesson is 10 to 25 minutes of text, questions and labs. Its ID is unique in
// the whole course and stable for ever: progress hangs on it. What a learner
// reads and does in it is its [Body].
type Lesson struct {
	ID          string
	Track       *Track
	Title       Text
	Level       Level
	Minutes     int      // how long it takes, labs included
	After       []string // lessons that should come first; some may not be written yet
	Objectives  []Text
	Sources     []Source
	CheckedFor  string // the Kubernetes minor version that the facts were checked for
	PageCount   int    // the same in every language
	QuestionIDs []string
	ClozeIDs    []string // in the order of the English text
	LabIDs      []string
	Tags        []string // what it is about, and for which exams: words in lower case
	Dir         string   // where its files are, below the course's root

	spots  []spot
	src    source
	kept   *Body // of a course that was loaded whole
	mu     sync.Mutex
	lately weak.Pointer[Body]
}

// Body is a lesson with everything in it.
type Body struct {
	*Lesson
	Pages     map[Lang][]Page
	Questions []*Question
	Labs      []*Lab
}

// Source names the lines of the study notes that a lesson carries.
type Source struct {
	Notes string `yaml:"notes" json:"notes"` // number of the file, such as "001"
	Lines [2]int `yaml:"lines" json:"lines"` // first and last line, 1-based, inclusive
}

// Page is what a learner reads at one go: a section of the lesson's Markdown
// that begins at a heading of level 2. The text before the first one (the
// lesson's title) belongs to no page.
type Page struct {
	Title string
	Parts []Part
	Line  int // of its heading in the file, 1-based
}

// Part is a piece of a page; exactly one of Markdown, Quiz and Lab is set. Both
// languages of a lesson have the same kinds of parts in the same order.
type Part struct {
	Markdown string      // text as readers see it, without the page's heading
	Clozes   []ClozeMark // of the text, in order
	Quiz     []string    // questions asked here, by ID
	Lab      string      // the lab that belongs here, by ID
	Line     int         // of its beginning in the file, 1-based

	cuts []cut
}
