package tui

import (
	"fmt"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown"
)

// Where text stands in its panel.
const (
	textMargin = 2
	textWidth  = 80 // longer lines are hard to follow
)

// reader shows one page of a lesson. What stands at its top is kept as a block
// and a line in it, so that it stays there in the other language and at another
// width.
type reader struct {
	c      *common
	lesson *course.Body
	reading
	marker        marker // what is marked in the text; nil: nothing
	chasing       bool   // the marker's target is kept in sight
	width, height int
}

// reading is where a learner reads.
type reading struct {
	page        int
	block, line int // at the top
	shift       int // columns by which wide code is scrolled
}

// row is one line of a page.
type row struct {
	text  string
	block int    // counted over the whole page: its title, every block of text, every card
	part  int    // of the page; -1 for the title
	said  string // what all of the block says
	spans []markdown.Span
}

// pages are those of the present language.
func (r *reader) pages() []course.Page { return r.lesson.Pages[r.c.lang] }

// current is the page being read; an empty one where the lesson has none.
func (r *reader) current() course.Page {
	pages := r.pages()
	if len(pages) == 0 {
		return course.Page{}
	}
	return pages[max(min(r.page, len(pages)-1), 0)]
}

func (r *reader) columns() int { return min(r.width-textMargin-1, textWidth) }

func (r *reader) key(source string) docKey {
	k := r.c.doc(source, r.columns())
	k.options.Shift = r.shifted()
	return k
}

func (r *reader) wants() (keys []docKey) {
	for _, p := range r.current().Parts {
		if p.Markdown != "" {
			keys = append(keys, r.key(p.Markdown))
		}
	}
	return keys
}

// rows are all lines of the page; ready is false while its text is being
// rendered.
func (r *reader) rows() (rows []row, ready bool) {
	page := r.current()
	rows = []row{{r.c.styles.Title.Render(page.Title), 0, -1, page.Title, []markdown.Span{{To: len(page.Title)}}}, {part: -1}}
	block := 1
	for i, p := range page.Parts {
		if p.Markdown == "" {
			rows = append(rows, row{text: r.card(p), block: block, part: i}, row{block: block, part: i})
			block++
			continue
		}
		doc, ok := r.c.docs.near(r.key(p.Markdown))
		if !ok {
			return nil, false
		}
		last := 0
		for _, l := range doc.Lines {
			said := ""
			if l.Block >= 0 {
				last, said = l.Block, doc.Blocks[l.Block].Said
			}
			rows = append(rows, row{l.Styled, block + last, i, said, l.Spans})
		}
		block += max(len(doc.Blocks), 1)
		rows = append(rows, row{block: block - 1, part: i})
	}
	return rows, true
}

// card stands for questions or a lab in the text.
func (r *reader) card(p course.Part) string {
	bar := r.c.styles.Accent.Render(r.c.signs.bar) + " "
	if p.Lab != "" {
		return bar + r.labCard(p.Lab)
	}
	words := r.c.words.OneQuestion
	if len(p.Quiz) > 1 {
		words = fmt.Sprintf(r.c.words.ManyQuestions, len(p.Quiz))
	}
	var marks []string
	for _, id := range p.Quiz {
		marks = append(marks, r.c.questionSign(r.lesson.ID+"/"+id))
	}
	return bar + r.c.styles.Strong.Render(words) + "  " + strings.Join(marks, " ") + "   " + r.c.styles.Dim.Render(r.c.words.EnterAnswers)
}

func (r *reader) labCard(id string) string {
	title, about := id, r.c.words.EnterStarts
	if l, ok := r.lesson.Lab(id); ok {
		title = l.Title.In(r.c.lang)
		if !r.c.known.Labs[l.Path()].Passed.IsZero() {
			about = r.c.styles.Good.Render(r.c.signs.pass) + " " + r.c.words.Passed
		}
	}
	return r.c.styles.Strong.Render(fmt.Sprintf(r.c.words.LabTitle, title)) + "   " + r.c.styles.Dim.Render(about)
}

// questionSign says how a question stands.
func (c *common) questionSign(path string) string {
	switch s := c.known.Questions[path]; {
	case s.Ever:
		return c.styles.Good.Render(c.signs.pass)
	case s.Pending:
		return c.styles.Wait.Render(c.signs.wait)
	case s.Tries > 0:
		return c.styles.Bad.Render(c.signs.fail)
	}
	return c.styles.Dim.Render(c.signs.dot)
}

// top is the row at the top of the panel.
func (r *reader) top(rows []row) int {
	top := r.anchored(rows)
	at, ok := r.sought(rows)
	if !ok || at >= top && at < top+r.height {
		return top
	}
	return r.bounded(at-r.height/3, rows)
}

// anchored is the row of what is remembered as standing at the top.
func (r *reader) anchored(rows []row) int {
	first, count := -1, 0
	for i, row := range rows {
		if row.block == r.block {
			if first < 0 {
				first = i
			}
			count++
		}
	}
	if first < 0 {
		first = 0
	}
	return r.bounded(first+min(r.line, max(count-1, 0)), rows)
}

// bounded keeps the last screen full.
func (r *reader) bounded(top int, rows []row) int {
	return max(min(top, len(rows)-r.height), 0)
}

// scroll moves the text by n lines and tells whether it moved.
func (r *reader) scroll(n int) bool {
	rows, ready := r.rows()
	if !ready {
		return false
	}
	old := r.top(rows)
	now := r.bounded(old+n, rows)
	r.anchor(rows, now)
	return now != old
}

// anchor remembers what stands at the top.
func (r *reader) anchor(rows []row, top int) {
	r.block, r.line, r.chasing = 0, 0, false
	for i := 0; i <= top && i < len(rows); i++ {
		if rows[i].block == r.block {
			r.line++
			continue
		}
		r.block, r.line = rows[i].block, 1
	}
	r.line = max(r.line-1, 0)
}

// show puts a part of the page on the screen.
func (r *reader) show(part int) {
	rows, ready := r.rows()
	if !ready {
		return
	}
	for i, row := range rows {
		if row.part == part {
			r.anchor(rows, follow(r.top(rows), i, r.height, len(rows)))
			return
		}
	}
}

// visible lists the parts with a card on the screen.
func (r *reader) visible() (parts []int) {
	rows, _ := r.rows()
	top := r.top(rows)
	for i := top; i < min(top+r.height, len(rows)); i++ {
		p := rows[i].part
		if p >= 0 && r.current().Parts[p].Markdown == "" && (len(parts) == 0 || parts[len(parts)-1] != p) {
			parts = append(parts, p)
		}
	}
	return parts
}

// turn goes to a page and tells whether there is one.
func (r *reader) turn(page int) bool {
	if page < 0 || page >= len(r.pages()) {
		return false
	}
	r.reading, r.chasing = reading{page: page}, false
	return true
}

// end shows the last lines of the page.
func (r *reader) end() {
	if rows, ready := r.rows(); ready {
		r.anchor(rows, r.bounded(len(rows), rows))
	}
}

// cut tells whether some code on the page goes on to the right.
func (r *reader) cut() bool {
	for _, k := range r.wants() {
		for _, l := range r.c.docs.doc(k).Lines {
			if l.Cut {
				return true
			}
		}
	}
	return false
}

// pan scrolls wide code sideways.
func (r *reader) pan(n int) {
	if n > 0 && !r.cut() {
		return
	}
	shift := r.shifted()
	if rows, ready := r.rows(); ready {
		r.anchor(rows, r.top(rows))
	}
	r.shift, r.chasing = max(shift+n, 0), false
}

func (r *reader) lines() []string {
	rows, ready := r.rows()
	if !ready {
		return window([]string{"", "  " + r.c.words.Loading}, 0, r.height)
	}
	top := r.top(rows)
	return window(r.drawn(rows[top:min(top+r.height, len(rows))]), 0, r.height)
}
