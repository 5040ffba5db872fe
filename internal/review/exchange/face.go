package exchange

import (
	"fmt"
	"hash/fnv"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/quiz"
)

// text makes the two sides of a card, as Markdown.
type text struct {
	*Exporter
	open func(q quiz.Segment) string // what stands for a blank on the front
}

// newText shows blanks as gaps.
func newText(x *Exporter) *text {
	return &text{x, func(quiz.Segment) string { return "[…]" }}
}

func (t *text) sides(i item) (front, back string) {
	if i.Lab != nil {
		return t.lab(i.Lab)
	}
	return t.question(i)
}

func (t *text) question(i item) (front, back string) {
	q := i.Question
	ask := q.Ask.In(t.Lang)
	explain := q.Explain.In(t.Lang)
	switch q.Type {
	case course.Cloze:
		return paragraphs(t.blanks(ask, t.open), fence(q.Given)), paragraphs(t.blanks(ask, filled), explain)
	case course.Single, course.Multi:
		if q.Type == course.Multi {
			ask = paragraphs(ask, t.Words.DeckSeveral)
		}
		return paragraphs(ask, fence(q.Given), t.options(q, i)), paragraphs(t.right(q), explain)
	case course.Order:
		return paragraphs(ask, fence(q.Given), t.items(q, i)), paragraphs(t.ordered(q), explain)
	case course.Manifest:
		return paragraphs(ask, fence(q.Given), fence(q.Start)), paragraphs(fence(q.Sample), explain)
	}
	return paragraphs(ask, fence(q.Given)), paragraphs(t.answers(q), explain)
}

// blanks writes a sentence with something for each of its blanks.
func (t *text) blanks(sentence string, write func(quiz.Segment) string) string {
	var b strings.Builder
	for _, s := range quiz.Blanks(sentence) {
		if s.Blank == 0 {
			b.WriteString(s.Text)
		} else {
			b.WriteString(write(s))
		}
	}
	return b.String()
}

func filled(s quiz.Segment) string { return s.Answers[0] }

// options lists them in an order that does not tell which is right.
func (t *text) options(q *course.Question, i item) string {
	var list []string
	for _, n := range quiz.Shuffle(q, seed(i)) {
		list = append(list, bullet("- ", q.Options[n].Text.In(t.Lang)))
	}
	return strings.Join(list, "\n")
}

func (t *text) items(q *course.Question, i item) string {
	var list []string
	for _, n := range quiz.Shuffle(q, seed(i)) {
		list = append(list, bullet("- ", q.Items[n].Text.In(t.Lang)))
	}
	return strings.Join(list, "\n")
}

// seed gives a card the same order in every deck.
func seed(i item) uint64 {
	h := fnv.New64a()
	h.Write([]byte(i.ID))
	return h.Sum64()
}

// right lists the right options, and why the others are wrong where the question
// says it of them.
func (t *text) right(q *course.Question) string {
	var right, wrong []string
	for _, o := range q.Options {
		why := o.Why.In(t.Lang)
		switch {
		case o.Right:
			right = append(right, bullet("- ✓ ", paragraphs(o.Text.In(t.Lang), why)))
		case why != "":
			wrong = append(wrong, bullet("- ✗ ", paragraphs(o.Text.In(t.Lang), why)))
		}
	}
	return strings.Join(append(right, wrong...), "\n")
}

func (t *text) ordered(q *course.Question) string {
	list := make([]string, len(q.Items))
	for i, item := range q.Items {
		list[i] = bullet(fmt.Sprintf("%d. ", i+1), item.Text.In(t.Lang))
	}
	return strings.Join(list, "\n")
}

// answers are those of a command or of an output.
func (t *text) answers(q *course.Question) string {
	if len(q.Answers) == 0 {
		return ""
	}
	list := []string{fence(q.Answers[0])}
	if len(q.Answers) > 1 {
		list = append(list, t.Words.DeckAlso)
	}
	for _, a := range q.Answers[1:] {
		list = append(list, fence(a))
	}
	return paragraphs(list...)
}

// lab has the task in front, with the values of a first attempt, and the solution
// behind.
func (t *text) lab(l *course.Lab) (front, back string) {
	vars := course.Draw(l.Vars, 1)
	say := func(s string) string { return course.Substitute(s, vars) }
	front = paragraphs("**"+l.Title.In(t.Lang)+"**", say(l.Task.In(t.Lang)), fmt.Sprintf(t.Words.DeckLab, l.Path()))
	return front, paragraphs(fence(say(l.Files[l.Solution])), say(l.Debrief.In(t.Lang)))
}

// source says where a card is from.
func (t *text) source(i item) string {
	return i.Lesson.Track.Title.In(t.Lang) + " › " + i.Lesson.Title.In(t.Lang)
}

// paragraphs joins those that say something.
func paragraphs(list ...string) string {
	var said []string
	for _, p := range list {
		if p = strings.Trim(p, "\n"); strings.TrimSpace(p) != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "\n\n")
}

// bullet is an item of a list, its further lines indented.
func bullet(mark, text string) string {
	indent := "\n" + strings.Repeat(" ", len([]rune(mark[:strings.Index(mark, " ")+1])))
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", indent)
	return mark + strings.ReplaceAll(text, indent+"\n", "\n\n")
}

// fence puts code between fences that are longer than any in it.
func fence(code string) string {
	if strings.TrimSpace(code) == "" {
		return ""
	}
	marks := "```"
	for strings.Contains(code, marks) {
		marks += "`"
	}
	return marks + "\n" + strings.TrimRight(code, "\n") + "\n" + marks
}
