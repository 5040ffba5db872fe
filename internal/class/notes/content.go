package notes

import (
	"fmt"
	"slices"
	"strings"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/markdown/block"
	"kubetutor/internal/quiz"
)

// lesson is what there is to say about a lesson.
type lesson struct {
	*course.Body
	said  map[course.Lang]course.Notes
	steps []step
}

// step is something that is spoken of at one go: the lesson as a whole, a page
// with its questions, or a lab.
type step struct {
	at      class.Place
	minutes float64 // that it is meant to take; of the lesson as a whole none
}

// How long things take, in minutes, before all is brought to what the lesson says
// it takes: only their relation counts. A page is read at 900 letters a minute,
// which is that of technical prose (some 180 words).
const (
	letterTime   = 1.0 / 900
	questionTime = 1.0
	labTime      = 5.0
	shortest     = 0.5 // of a page
)

const focusLab = "lab:"

func newLesson(b *course.Body, said map[course.Lang]course.Notes) *lesson {
	l := &lesson{Body: b, said: said, steps: []step{{at: class.Place{Lesson: b.ID}}}}
	for i, page := range b.Pages[course.English] {
		here := step{at: class.Place{Lesson: b.ID, Page: i + 1}}
		var labs []step
		for _, p := range page.Parts {
			here.minutes += float64(len(p.Markdown))*letterTime + float64(len(p.Quiz))*questionTime
			if p.Lab != "" {
				labs = append(labs, step{class.Place{Lesson: b.ID, Page: i + 1, Focus: focusLab + p.Lab}, labTime})
			}
		}
		here.minutes = max(here.minutes, shortest)
		l.steps = append(append(l.steps, here), labs...)
	}
	return l
}

// share brings the times of the steps to so many minutes in all.
func (l *lesson) share(minutes int) []float64 {
	total := 0.0
	for _, s := range l.steps {
		total += s.minutes
	}
	list := make([]float64, len(l.steps))
	for i, s := range l.steps {
		list[i] = s.minutes * float64(minutes) / max(total, 1)
	}
	return list
}

// index is the step of a place: that of its lab, else that of its page.
func (l *lesson) index(p class.Place) int {
	best := 0
	for i, s := range l.steps {
		if s.at == p || s.at.Focus == "" && s.at.Page == p.Page {
			best = i
			if s.at == p {
				return i
			}
		}
	}
	return best
}

// writer writes a step as Markdown.
type writer struct {
	*lesson
	lang  course.Lang
	words i18n.ClassNotes
	b     strings.Builder
}

// source is what is shown of a step.
func (l *lesson) source(n int, lang course.Lang, words i18n.ClassNotes) string {
	w := &writer{lesson: l, lang: lang, words: words}
	switch at := l.steps[n].at; {
	case at.Focus != "":
		if lab, ok := l.Lab(strings.TrimPrefix(at.Focus, focusLab)); ok {
			w.lab(lab)
		}
	case at.Page > 0:
		w.page(at.Page - 1)
	default:
		w.whole()
	}
	if w.b.Len() == 0 {
		w.para("*%s*", words.NothingHere)
	}
	return strings.TrimSpace(w.b.String())
}

func (w *writer) para(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n\n", args...) }

func (w *writer) heading(text string) { w.para("### %s", text) }

// whole is about the lesson: what is written of it, and what learners shall be
// able to do.
func (w *writer) whole() {
	said := w.said[w.lang]
	if said.IsZero() {
		w.para("*%s*", w.words.NoNotes)
	}
	if said.Whole != "" {
		w.para("%s", said.Whole)
	}
	w.heading(w.words.Objectives)
	for _, o := range w.Objectives {
		fmt.Fprintf(&w.b, "- %s\n", o.In(w.lang))
	}
	w.b.WriteString("\n")
	w.heading(w.words.Pages)
	for i, p := range w.Pages[w.lang] {
		fmt.Fprintf(&w.b, "%d. %s\n", i+1, p.Title)
	}
	w.b.WriteString("\n")
}

// page is what is written of it, what to look at, and its questions.
func (w *writer) page(n int) {
	if said := w.said[w.lang].Pages; n < len(said) && said[n] != "" {
		w.para("%s", said[n])
	}
	page := w.Pages[w.lang][n]
	w.attention(page)
	for _, part := range page.Parts {
		for _, id := range part.Quiz {
			if q, ok := w.Question(id); ok {
				w.question(q)
			}
		}
	}
}

// attention lists the figures, tables and headings of a page.
func (w *writer) attention(page course.Page) {
	var list []string
	for _, part := range page.Parts {
		for _, b := range block.Parse(part.Markdown) {
			switch b.Kind {
			case block.Figure:
				list = append(list, fmt.Sprintf(w.words.Figure, b.Info))
			case block.Heading:
				list = append(list, b.Text)
			case block.Table:
				named := slices.DeleteFunc(slices.Clone(b.Table[0]), func(heading string) bool { return heading == "" })
				list = append(list, fmt.Sprintf(w.words.Table, strings.Join(named, w.words.Comma)))
			}
		}
	}
	if len(list) == 0 {
		return
	}
	w.heading(w.words.Attention)
	for _, text := range list {
		fmt.Fprintf(&w.b, "- %s\n", text)
	}
	w.b.WriteString("\n")
}

// question is what is asked, the answer, and why the others are wrong.
func (w *writer) question(q *course.Question) {
	w.heading(fmt.Sprintf(w.words.Question, slices.Index(w.QuestionIDs, q.ID)+1, len(w.QuestionIDs)))
	w.para("%s", w.asked(q))
	if q.Given != "" {
		w.code(q.Given, "")
	}
	w.answer(q)
	if text := q.Explain.In(w.lang); text != "" {
		w.para("%s", text)
	}
}

// asked is the question, with the blanks of a cloze filled in.
func (w *writer) asked(q *course.Question) string {
	ask := q.Ask.In(w.lang)
	if q.Type != course.Cloze {
		return ask
	}
	text := ""
	for _, s := range quiz.Blanks(ask) {
		switch {
		case s.Blank == 0:
			text += s.Text
		case s.Code: // marks within a code span would be shown
			text += s.Answers[0]
		default:
			text += "**" + s.Answers[0] + "**"
		}
	}
	return text
}

// answer is what is right, and of options why the others are not.
func (w *writer) answer(q *course.Question) {
	switch q.Type {
	case course.Single, course.Multi:
		w.options(q)
	case course.Order:
		for i, item := range q.Items {
			fmt.Fprintf(&w.b, "%d. %s\n", i+1, item.Text.In(w.lang))
		}
		w.b.WriteString("\n")
	case course.Manifest:
		w.code(q.Sample, "yaml")
	case course.Command, course.Predict:
		w.para(w.words.Answer, "`"+strings.Join(q.Answers, "` `")+"`")
	}
}

// options are the right ones, then the wrong ones and what is wrong with them.
func (w *writer) options(q *course.Question) {
	for _, right := range []bool{true, false} {
		for _, o := range q.Options {
			if o.Right != right {
				continue
			}
			sign := w.words.Wrong
			if right {
				sign = "**" + w.words.Right + "**"
			}
			text := sign + w.words.Colon + o.Text.In(w.lang)
			if why := o.Why.In(w.lang); why != "" {
				text += w.words.Dash + why
			}
			fmt.Fprintf(&w.b, "- %s\n", text)
		}
	}
	w.b.WriteString("\n")
}

// lab is the task, the solution, what goes wrong, and the hints.
func (w *writer) lab(l *course.Lab) {
	w.para("%s", l.Task.In(w.lang))
	w.heading(w.words.Solution)
	w.code(l.Files[l.Solution], "sh")
	if len(l.NearMisses) > 0 {
		w.heading(w.words.NearMisses)
	}
	for _, m := range l.NearMisses {
		fmt.Fprintf(&w.b, "- %s\n", m.Why.In(w.lang)+fmt.Sprintf(w.words.Refused, w.titles(l, m.Fails)))
	}
	w.b.WriteString("\n")
	if len(l.Hints) > 0 {
		w.heading(w.words.Hints)
	}
	for i, h := range l.Hints {
		fmt.Fprintf(&w.b, "%d. %s\n", i+1, h.Text().In(w.lang))
	}
	w.b.WriteString("\n")
	if text := l.Debrief.In(w.lang); text != "" {
		w.heading(w.words.Debrief)
		w.para("%s", text)
	}
}

// titles are those of the checks that refuse.
func (w *writer) titles(l *course.Lab, ids []string) string {
	var list []string
	for _, c := range l.Checks {
		if slices.Contains(ids, c.ID) {
			list = append(list, c.Title.In(w.lang))
		}
	}
	return strings.Join(list, w.words.ListComma)
}

// code is a fenced block; its fence is longer than any in it.
func (w *writer) code(text, language string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	w.para("%s%s\n%s\n%s", fence, language, strings.TrimRight(text, "\n"), fence)
}
