package notes

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
)

// scenarioFile is the index.json of a scenario, of which the texts and the names
// of scripts count (https://killercoda.com/creators; of Katacoda, its
// predecessor, courseData, code and answer).
type scenarioFile struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Details     struct {
		Intro  *stepFile  `json:"intro"`
		Steps  []stepFile `json:"steps"`
		Finish *stepFile  `json:"finish"`
	} `json:"details"`
}

type stepFile struct {
	Title      string `json:"title"`
	Text       string `json:"text"`
	Verify     string `json:"verify"`
	Foreground string `json:"foreground"`
	Background string `json:"background"`
	CourseData string `json:"courseData"`
	Code       string `json:"code"`
	Answer     string `json:"answer"`
}

// scripts lists the programs of a step, and what they are for.
func (s stepFile) scripts() []script {
	var all []script
	for _, x := range []script{
		{s.Verify, "verifies the step", ""}, {s.Background, "sets up, unseen", ""}, {s.CourseData, "sets up, unseen", ""},
		{s.Foreground, "sets up, in the terminal", ""}, {s.Code, "sets up, in the terminal", ""}, {s.Answer, "the answer", ""},
	} {
		if x.name != "" {
			all = append(all, x)
		}
	}
	return all
}

// scenario imports the scenario of an index.json, and tells whether it is one.
func (im *importer) scenario(fsys fs.FS, track, index string) bool {
	text, ok := im.read(fsys, index)
	if !ok {
		return false
	}
	var f scenarioFile
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		im.remark(clean(index), "left out: this is not the JSON of a scenario: %v", err)
		return false
	}
	s := &scenarioReader{im: im, fsys: fsys, dir: path.Dir(index), d: document{name: index}}
	if f.Details.Intro == nil && len(f.Details.Steps) == 0 && f.Details.Finish == nil {
		return false
	}
	s.d.title = (&scanner{}).titled(cmp.Or(f.Title, path.Base(path.Dir(index))))
	if f.Details.Intro != nil {
		s.step(*f.Details.Intro, cmp.Or(f.Details.Intro.Title, f.Title))
	}
	for i, step := range f.Details.Steps[:min(len(f.Details.Steps), maxFiles)] {
		s.step(step, cmp.Or(step.Title, fmt.Sprintf("Step %d", i+1)))
	}
	if f.Details.Finish != nil {
		s.step(*f.Details.Finish, cmp.Or(f.Details.Finish.Title, "Finish"))
	}
	im.add(track, s.d)
	return true
}

type scenarioReader struct {
	im   *importer
	fsys fs.FS
	dir  string
	d    document
}

// step adds a page, and quotes the scripts.
func (s *scenarioReader) step(f stepFile, title string) {
	title = (&scanner{}).titled(title)
	for _, x := range f.scripts() {
		if text, ok := s.im.read(s.fsys, path.Join(s.dir, x.name)); ok {
			x.text = text
			s.d.scripts = append(s.d.scripts, x)
		}
	}
	if f.Text == "" {
		return
	}
	text, ok := s.im.read(s.fsys, path.Join(s.dir, f.Text))
	if !ok {
		return
	}
	p := parse(text)
	s.d.remarks = append(s.d.remarks, p.remarks...)
	chunks := []string{}
	for i, piece := range p.pieces {
		if i == 0 && piece.level > 0 && piece.text == title {
			continue // said already
		}
		chunks = append(chunks, chunkOf(piece, highest(p.pieces)-1))
	}
	s.d.pages = append(s.d.pages, page{title, chunks})
}

// highest is the level of the highest heading.
func highest(pieces []piece) int {
	top := 7
	for _, p := range pieces {
		if p.level > 0 {
			top = min(top, p.level)
		}
	}
	return top
}
