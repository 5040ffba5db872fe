package tui

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/quiz"
	"kubetutor/internal/tui/keymap"
)

// gaps replaces the blanks of a cloze by their numbers. A blank is not bold: the
// stars would stay between brackets and Chinese characters.
func gaps(ask string) string {
	var b strings.Builder
	for _, s := range quiz.Blanks(ask) {
		b.WriteString(s.Text)
		if s.Blank > 0 {
			b.WriteString("[" + strconv.Itoa(s.Blank) + "]")
		}
	}
	return boldGap.ReplaceAllString(b.String(), "$1")
}

var boldGap = regexp.MustCompile(`\*\*(\[\d+\])\*\*`)

// Sources of the texts of a question.

func (p *quizPanel) askSource() string {
	q := p.question()
	ask := q.Ask.In(p.c.lang)
	if q.Type == course.Cloze {
		ask = gaps(ask)
	}
	if q.Given != "" {
		ask += "\n\n" + fenced(q.Given, "")
	}
	return ask
}

func (p *quizPanel) explainSource() string {
	q := p.question()
	text := q.Explain.In(p.c.lang)
	if q.Type == course.Manifest && q.Sample != "" {
		text += "\n\n" + p.c.words.Sample + "\n\n" + fenced(q.Sample, "yaml")
	}
	return text
}

func (p *quizPanel) optionWidth() int { return p.columns() - 9 }

func (p *quizPanel) wants() []docKey {
	keys := []docKey{p.c.doc(p.askSource(), p.columns())}
	for _, source := range p.choices() {
		keys = append(keys, p.c.doc(source, p.optionWidth()))
	}
	if p.phase == answered {
		keys = append(keys, p.c.doc(p.explainSource(), p.columns()))
	}
	return keys
}

// choices are the texts of the options or items, as they are shown.
func (p *quizPanel) choices() (list []string) {
	q := p.question()
	for _, i := range p.order {
		if q.Type == course.Order {
			list = append(list, q.Items[i].Text.In(p.c.lang))
		} else {
			list = append(list, q.Options[i].Text.In(p.c.lang))
		}
	}
	return list
}

// drawnQuiz is a question as lines, and where in them the learner is.
type drawnQuiz struct {
	rows    []string
	at      int         // the line that must be on the screen
	cursor  *tea.Cursor // relative to the first line
	answers map[int]int // which option or input is in a row
}

func (p *quizPanel) draw() (d drawnQuiz) {
	d.answers = map[int]int{}
	if p.phase == finished {
		text := fmt.Sprintf(p.c.words.AllDone, p.right, len(p.list))
		d.rows = []string{"", p.c.styles.Strong.Render(text)}
		return d
	}
	d.rows = append(p.heading(), "")
	d.rows = append(append(d.rows, p.c.docs.lines(p.c.doc(p.askSource(), p.columns()))...), "")
	p.drawAnswer(&d)
	if lines := p.verdict(); len(lines) > 0 {
		d.rows = append(append(d.rows, ""), lines...)
	}
	return d
}

// heading says which question it is, and how it is answered.
func (p *quizPanel) heading() []string {
	head := p.c.words.OneQuestion
	switch {
	case p.use.heading != nil:
		head = p.use.heading(p.columns() - width(p.how()) - 2)
	case len(p.list) > 1:
		head = fmt.Sprintf(p.c.words.QuestionOf, p.at+1, len(p.list))
	}
	return []string{p.c.styles.Title.Render(head) + "  " + p.c.styles.Dim.Render(p.how())}
}

// how says what kind of answer is wanted.
func (p *quizPanel) how() string {
	w := p.c.words
	return map[course.QuestionType]string{
		course.Single: w.PickOne, course.Multi: w.PickAll, course.Cloze: w.FillIn, course.Order: w.PutRight,
		course.Command: w.TypeCommand, course.Predict: w.TypeOutput, course.Manifest: w.WriteYAML,
	}[p.question().Type]
}

func (p *quizPanel) drawAnswer(d *drawnQuiz) {
	switch {
	case len(p.inputs) > 0:
		p.drawInputs(d)
	case p.question().Type == course.Manifest:
		p.drawArea(d)
	default:
		p.drawChoices(d)
	}
}

func (p *quizPanel) drawChoices(d *drawnQuiz) {
	for n, source := range p.choices() {
		lines := p.c.docs.lines(p.c.doc(source, p.optionWidth()))
		if len(lines) == 0 {
			lines = []string{""}
		}
		if n == p.cursor && p.phase == asking {
			d.at = len(d.rows)
		}
		note := p.note(n)
		if width(lines[len(lines)-1])+width(note) > p.optionWidth() {
			lines = append(lines, strings.TrimLeft(note, " "))
		} else {
			lines[len(lines)-1] += note
		}
		for i := range lines {
			d.answers[len(d.rows)+i] = n
		}
		d.rows = append(d.rows, p.lead(n)+lines[0])
		d.rows = append(d.rows, indent(lines[1:], strings.Repeat(" ", 7))...)
	}
}

// lead is what stands before an option: the cursor, and its box or number.
func (p *quizPanel) lead(n int) string {
	cursor := " "
	if n == p.cursor && p.phase == asking {
		cursor = p.c.styles.Accent.Render(p.c.signs.cursor)
	}
	return " " + cursor + " " + p.box(n) + " "
}

func (p *quizPanel) box(n int) string {
	on := p.ticked[p.order[n]]
	switch t := p.question().Type; {
	case t == course.Order:
		return fmt.Sprintf("%2d.", n+1)
	case t == course.Single && on:
		return p.c.styles.Strong.Render(p.c.signs.picked)
	case t == course.Single:
		return p.c.signs.unpicked
	case on:
		return p.c.styles.Strong.Render(p.c.signs.ticked)
	}
	return p.c.signs.open
}

// note is the verdict on one option, after it: only where the learner ticked it
// or should have.
func (p *quizPanel) note(n int) string {
	if p.phase != answered || p.pending {
		return ""
	}
	q, i := p.question(), p.order[n]
	part := p.part(n, i)
	switch {
	case q.Type == course.Order:
		return "   " + p.tickSign(part.Right)
	case part.Chosen || !part.Right: // a right one that was missed has the sign of right ones
		return "   " + p.tickSign(part.Right || !part.Chosen) + p.why(part, q.Options[i])
	}
	return ""
}

func (p *quizPanel) why(part quiz.Part, o course.Option) string {
	text := part.Note.In(p.c.lang)
	if text == "" {
		text = o.Why.In(p.c.lang)
	}
	if text == "" && !part.Right && !part.Chosen {
		text = p.c.words.Missed
	}
	if text == "" {
		return ""
	}
	return "  " + p.c.styles.Dim.Render(clean(strings.ReplaceAll(text, "`", ""), maxText))
}

func (p *quizPanel) tickSign(right bool) string {
	if right {
		return p.c.styles.Good.Render(p.c.signs.pass)
	}
	return p.c.styles.Bad.Render(p.c.signs.fail)
}

// part is the grade of the option or item that is shown as n-th.
func (p *quizPanel) part(n, i int) quiz.Part {
	q := p.question()
	id := ""
	if q.Type == course.Order {
		id = q.Items[i].ID
	} else {
		id = q.Options[i].ID
	}
	for _, part := range p.grade.Parts {
		if part.ID == id {
			return part
		}
	}
	if p.shown { // a right option has its sign, and items are in order
		return quiz.Part{ID: id, Right: q.Type == course.Order || !q.Options[i].Right}
	}
	return quiz.Part{ID: id, Chosen: p.ticked[i], Right: p.grade.Right}
}

func (p *quizPanel) drawInputs(d *drawnQuiz) {
	for n, in := range p.inputs {
		lead := "   " + p.c.styles.Accent.Render(p.c.signs.cursor) + " "
		if p.question().Type == course.Cloze {
			lead = "  " + p.c.styles.Accent.Render("["+strconv.Itoa(n+1)+"]") + " "
		}
		text, x := drawInput(in, p.columns()-8)
		if n == p.cursor && p.phase == asking {
			d.at = len(d.rows)
			d.cursor = tea.NewCursor(width(lead)+x, d.at)
		}
		if p.phase == answered {
			text = clip(clean(in.Value(), maxInput), p.columns()-8) + p.inputNote(n)
		}
		d.answers[len(d.rows)] = n
		d.rows = append(d.rows, lead+text)
	}
}

// inputNote is the verdict on one input.
func (p *quizPanel) inputNote(n int) string {
	if p.pending || p.shown {
		return ""
	}
	right, note := p.grade.Right, ""
	if n < len(p.grade.Parts) {
		right, note = p.grade.Parts[n].Right, p.grade.Parts[n].Note.In(p.c.lang)
	}
	if note != "" {
		note = "  " + p.c.styles.Dim.Render(clean(note, maxText))
	}
	return "   " + p.tickSign(right) + note
}

func (p *quizPanel) drawArea(d *drawnQuiz) {
	if p.phase == answered {
		for _, line := range strings.Split(clean(p.area.Value(), maxText), "\n") {
			d.rows = append(d.rows, p.c.styles.Dim.Render(clip(line, p.columns())))
		}
		return
	}
	if d.cursor = p.area.Cursor(); d.cursor != nil {
		d.cursor.Y += len(d.rows)
		d.at = d.cursor.Y
	}
	d.rows = append(d.rows, strings.Split(p.area.View(), "\n")...)
}

// verdict is what stands under the answer.
func (p *quizPanel) verdict() []string {
	w, s := p.c.words, p.c.styles
	switch {
	case p.phase == grading:
		return []string{s.Dim.Render(w.Grading)}
	case p.phase == asking && p.err != nil:
		return wrapped(p.failure(), p.columns(), s.Bad)
	case p.phase == asking && p.hint != "":
		return []string{s.Wait.Render(p.hint)}
	case p.phase != answered:
		return nil
	case p.pending:
		return p.unjudged()
	}
	return p.judgement()
}

// unjudged says that nobody can judge the answer yet. A learner who is to rate it
// sees what there is to compare it with.
func (p *quizPanel) unjudged() []string {
	if p.use.unjudged == nil {
		return wrapped(p.c.words.Kept, p.columns(), p.c.styles.Wait)
	}
	return append(append(wrapped(p.use.unjudged(), p.columns(), p.c.styles.Wait), ""), p.explanation()...)
}

func (p *quizPanel) explanation() []string {
	return p.c.docs.lines(p.c.doc(p.explainSource(), p.columns()))
}

func (p *quizPanel) failure() string {
	if errors.Is(p.err, quiz.ErrNeedsEngine) {
		return p.c.words.Kept
	}
	return fmt.Sprintf(p.c.words.NotSaved, p.err, p.c.keys.Label(string(p.Scopes()[0])+"/"+string(keymap.Submit)))
}

func (p *quizPanel) judgement() []string {
	w, s := p.c.words, p.c.styles
	word := s.Bad.Bold(true).Render(p.c.signs.fail + " " + w.NotQuite)
	if p.grade.Right {
		word = s.Good.Bold(true).Render(p.c.signs.pass + " " + w.Right)
	}
	if p.shown {
		word = s.Strong.Render(w.AnswerIs)
	}
	lines := append([]string{word}, p.comesBack()...)
	if right := p.rightAnswer(); right != "" {
		lines = append(lines, wrapped(w.RightAnswer+right, p.columns(), s.Text)...)
	}
	if p.grade.Rejection != "" {
		lines = append(append(lines, w.Rejected), wrapped(p.grade.Rejection, p.columns(), s.Bad)...)
	}
	lines = append(lines, p.checks()...)
	lines = append(lines, "")
	return append(lines, p.explanation()...)
}

// comesBack says that a wrong answer is asked again another day.
func (p *quizPanel) comesBack() []string {
	if p.grade.Right || p.use.missed == nil || p.use.missed() == "" {
		return nil
	}
	return wrapped(p.use.missed(), p.columns(), p.c.styles.Dim)
}

// rightAnswer is a right text, where the learner's was wrong. Options show it
// themselves, and a manifest's sample stands in the explanation.
func (p *quizPanel) rightAnswer() string {
	if p.grade.Right || len(p.inputs) == 0 {
		return ""
	}
	return strings.Join(quiz.Right(p.question(), p.c.lang).Texts, ", ")
}

// checks are the verdicts on a manifest.
func (p *quizPanel) checks() (lines []string) {
	for _, v := range p.grade.Verdicts {
		title := v.Check
		for _, ch := range p.question().Checks {
			if ch.ID == v.Check && !ch.Title.IsZero() {
				title = ch.Title.In(p.c.lang)
			}
		}
		lines = append(lines, p.tickSign(v.Result == protocol.Pass)+" "+title)
		if v.Result != protocol.Pass {
			lines = append(lines, p.c.difference(v, p.columns())...)
		}
	}
	return lines
}

// placed decides which lines are on the screen.
func (p *quizPanel) placed() (d drawnQuiz, top int) {
	d = p.draw()
	h := p.height - 1
	top = max(min(p.top, len(d.rows)-h), 0)
	if p.phase == asking {
		top = follow(top, d.at, h, len(d.rows))
	}
	return d, top
}

func (p *quizPanel) lines() []string {
	d, top := p.placed()
	return append([]string{""}, indent(window(d.rows, top, p.height-1), strings.Repeat(" ", textMargin))...)
}

// Cursor is the terminal's cursor in the panel; nil hides it.
func (p *quizPanel) Cursor() *tea.Cursor {
	d, top := p.placed()
	if d.cursor == nil || d.cursor.Y < top || d.cursor.Y-top >= p.height-1 {
		return nil
	}
	d.cursor.X += textMargin
	d.cursor.Y += 1 - top
	return d.cursor
}
