package plain

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
)

// Blanked is a question's sentence, its blanks as numbered gaps.
func Blanked(q *course.Question, lang course.Lang) string {
	ask := q.Ask.In(lang)
	if q.Type != course.Cloze {
		return ask
	}
	var b strings.Builder
	for _, s := range quiz.Blanks(ask) {
		if s.Blank > 0 {
			fmt.Fprintf(&b, "____(%d)", s.Blank)
			continue
		}
		b.WriteString(s.Text)
	}
	return b.String()
}

// Quiz asks all questions of a lesson and counts.
func (t *Tutor) Quiz(ctx context.Context, l *course.Body) error {
	if len(l.Questions) == 0 {
		fmt.Fprintln(t.Out, t.Words.NoQuestions)
		return nil
	}
	fmt.Fprintf(t.Out, "%s\n", l.Title.In(t.Lang))
	for _, q := range l.Questions {
		if err := t.question(ctx, l, q); err != nil {
			return t.ended(err)
		}
	}
	states, err := t.Store.Questions(ctx)
	if err != nil {
		return err
	}
	right := 0
	for _, q := range l.Questions {
		if states[l.ID+"/"+q.ID].Right {
			right++
		}
	}
	fmt.Fprintf(t.Out, t.Words.QuizEnd+"\n", right, len(l.Questions))
	return nil
}

// question asks until the learner goes on.
func (t *Tutor) question(ctx context.Context, l *course.Body, q *course.Question) error {
	for try := 0; ; try++ {
		again, err := t.once(ctx, l, q, try)
		if err != nil || !again {
			return err
		}
	}
}

// once asks a question and grades the answer; again means that the learner
// wants another try.
func (t *Tutor) once(ctx context.Context, l *course.Body, q *course.Question, try int) (again bool, err error) {
	order := quiz.Shuffle(q, showing(l.ID+"/"+q.ID, try))
	t.showQuestion(q, order)
	begun := time.Now()
	a, given, err := t.answer(ctx, q, order)
	if err != nil || !given {
		return false, err
	}
	g, err := t.Grader.Grade(ctx, q, t.Lang, a, t.Labs)
	pending := errors.Is(err, quiz.ErrNeedsEngine)
	if err != nil && !pending {
		return false, err
	}
	record := progress.Answer{
		Question: l.ID + "/" + q.ID, Given: a, Right: g.Right, Score: g.Score, Pending: pending,
		Took: time.Since(begun).Round(time.Millisecond),
	}
	if _, err := t.Store.Record(ctx, record); err != nil {
		return false, err
	}
	if pending {
		fmt.Fprintln(t.Out, t.Words.AnswerKept)
		return false, nil
	}
	return t.showGrade(ctx, q, g)
}

// showing seeds the order of the options: another one at each try.
func showing(path string, try int) uint64 {
	sum := fnv.New64a()
	fmt.Fprintf(sum, "%s#%d", path, try)
	return sum.Sum64()
}

func (t *Tutor) showQuestion(q *course.Question, order []int) {
	fmt.Fprintf(t.Out, "\n%s%s\n", t.Words.Question, strings.TrimSpace(Blanked(q, t.Lang)))
	if q.Given != "" {
		fmt.Fprintf(t.Out, "\n%s\n\n", indented(q.Given))
	}
	for i, at := range order {
		switch {
		case len(q.Options) > 0:
			fmt.Fprintf(t.Out, "  %c) %s\n", 'a'+i, q.Options[at].Text.In(t.Lang))
		case len(q.Items) > 0:
			fmt.Fprintf(t.Out, "  %d) %s\n", i+1, q.Items[at].Text.In(t.Lang))
		}
	}
	if q.Start != "" {
		fmt.Fprintf(t.Out, "%s\n%s\n", t.Words.StartsWith, indented(q.Start))
	}
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// answer reads an answer in the form that suits the question; given is false
// where the learner passes over it.
func (t *Tutor) answer(ctx context.Context, q *course.Question, order []int) (a quiz.Answer, given bool, err error) {
	switch q.Type {
	case course.Single, course.Multi:
		return t.options(ctx, q, order)
	case course.Order:
		return t.order(ctx, q, order)
	case course.Cloze:
		return t.blanks(ctx, q)
	case course.Manifest:
		return t.text(ctx, t.Words.AnswerManifest)
	case course.Predict:
		if slices.ContainsFunc(q.Answers, func(s string) bool { return strings.Contains(strings.TrimSpace(s), "\n") }) {
			return t.text(ctx, t.Words.AnswerLines)
		}
	}
	typed, err := t.ask(ctx, t.Words.AnswerLine)
	return quiz.Answer{Texts: []string{typed}}, typed != "", err
}

// options reads letters, until they are letters of options.
func (t *Tutor) options(ctx context.Context, q *course.Question, order []int) (a quiz.Answer, given bool, err error) {
	prompt := t.Words.AnswerOne
	if q.Type == course.Multi {
		prompt = t.Words.AnswerSome
	}
	for {
		typed, err := t.ask(ctx, prompt)
		if err != nil || typed == "" {
			return a, false, err
		}
		picked, ok := letters(typed, len(order))
		if ok && (q.Type == course.Multi || len(picked) == 1) {
			for _, i := range picked {
				a.Options = append(a.Options, q.Options[order[i]].ID)
			}
			return a, true, nil
		}
		if err := leaves(typed); err != nil {
			return a, false, err
		}
		fmt.Fprintf(t.Out, t.Words.NotUnderstood+"\n", typed)
	}
}

// leaves tells whether what was typed, which is no answer, is a wish to leave.
func leaves(typed string) error {
	switch strings.ToLower(typed) {
	case "q", "quit":
		return errQuit
	case "home":
		return errHome
	}
	return nil
}

// letters reads letters from a on, with or without anything between them, as
// indices below n.
func letters(typed string, n int) (picked []int, ok bool) {
	for _, r := range strings.ToLower(typed) {
		switch i := int(r - 'a'); {
		case strings.ContainsRune(" ,;、，\t", r):
		case i < 0 || i >= n:
			return nil, false
		case !slices.Contains(picked, i):
			picked = append(picked, i)
		}
	}
	return picked, len(picked) > 0
}

// order reads all numbers in the learner's order.
func (t *Tutor) order(ctx context.Context, q *course.Question, order []int) (a quiz.Answer, given bool, err error) {
	for {
		typed, err := t.ask(ctx, t.Words.AnswerOrder)
		if err != nil || typed == "" {
			return a, false, err
		}
		if picked, ok := numbers(typed, len(order)); ok {
			for _, i := range picked {
				a.Options = append(a.Options, q.Items[order[i]].ID)
			}
			return a, true, nil
		}
		if err := leaves(typed); err != nil {
			return a, false, err
		}
		fmt.Fprintf(t.Out, t.Words.NotUnderstood+"\n", typed)
	}
}

// numbers reads each number from 1 to n once, as indices.
func numbers(typed string, n int) (picked []int, ok bool) {
	for _, word := range strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(" ,;、，\t", r) }) {
		i, err := strconv.Atoi(word)
		if err != nil || i < 1 || i > n || slices.Contains(picked, i-1) {
			return nil, false
		}
		picked = append(picked, i-1)
	}
	return picked, len(picked) == n
}

// blanks reads the words for all gaps.
func (t *Tutor) blanks(ctx context.Context, q *course.Question) (a quiz.Answer, given bool, err error) {
	for _, s := range quiz.Blanks(q.Ask.In(t.Lang)) {
		if s.Blank == 0 {
			continue
		}
		typed, err := t.ask(ctx, fmt.Sprintf(t.Words.AnswerBlank, s.Blank))
		if err != nil {
			return a, false, err
		}
		given = given || typed != ""
		a.Texts = append(a.Texts, typed)
	}
	return a, given, nil
}

// text reads several lines, up to one that holds only a dot.
func (t *Tutor) text(ctx context.Context, prompt string) (a quiz.Answer, given bool, err error) {
	fmt.Fprintln(t.Out, prompt)
	var text strings.Builder
	for {
		line, err := t.lines.Read(ctx)
		if err != nil {
			return a, false, err
		}
		if strings.TrimSpace(line) == "." {
			break
		}
		text.WriteString(line + "\n")
	}
	return quiz.Answer{Texts: []string{text.String()}}, strings.TrimSpace(text.String()) != "", nil
}

// showGrade tells how right the answer was, why, and asks how to go on.
func (t *Tutor) showGrade(ctx context.Context, q *course.Question, g quiz.Grade) (again bool, err error) {
	if g.Right {
		fmt.Fprintln(t.Out, t.Words.Right)
	} else {
		fmt.Fprintf(t.Out, t.Words.Wrong+"\n", int(g.Score*100))
	}
	t.showParts(q, g)
	if g.Rejection != "" {
		fmt.Fprintf(t.Out, t.Words.Rejected+"\n", g.Rejection)
	}
	if err := t.Style.text(t.Out, q.Explain.In(t.Lang), t.Lang); err != nil {
		return false, err
	}
	if g.Right {
		return false, nil
	}
	t.showRight(q)
	typed, err := t.ask(ctx, t.Words.TryAgain)
	return strings.HasPrefix(strings.ToLower(typed), "r"), err
}

// showRight shows a right answer where the explanation may not spell it out.
func (t *Tutor) showRight(q *course.Question) {
	right := quiz.Right(q, t.Lang).Texts
	switch text := strings.TrimSpace(strings.Join(right, ", ")); {
	case text == "":
	case strings.Contains(text, "\n"):
		fmt.Fprintf(t.Out, t.Words.RightAnswer+"\n", "\n"+indented(text))
	default:
		fmt.Fprintf(t.Out, t.Words.RightAnswer+"\n", text)
	}
}

// showParts says what was right and wrong, and why.
func (t *Tutor) showParts(q *course.Question, g quiz.Grade) {
	for _, p := range g.Parts {
		note := p.Note.In(t.Lang)
		if note == "" && (p.Right || textual(q)) {
			continue
		}
		fmt.Fprintf(t.Out, "  %s %s", mark(p.Right), partName(q, p.ID, t.Lang))
		if note != "" {
			fmt.Fprintf(t.Out, ": %s", note)
		}
		fmt.Fprintln(t.Out)
	}
	for _, c := range g.Verdicts {
		fmt.Fprintf(t.Out, "  %s %s\n", sign(c.Result), verdictTitle(q, c.Check, t.Lang))
	}
}

func mark(right bool) string {
	if right {
		return "✓"
	}
	return "✗"
}

// textual tells whether the answer is one text, of which nothing is a part.
func textual(q *course.Question) bool {
	return q.Type == course.Command || q.Type == course.Predict || q.Type == course.Manifest
}

// partName is the text of an option or an item, the number of a blank.
func partName(q *course.Question, id string, lang course.Lang) string {
	for _, o := range q.Options {
		if o.ID == id {
			return o.Text.In(lang)
		}
	}
	for _, i := range q.Items {
		if i.ID == id {
			return i.Text.In(lang)
		}
	}
	return id
}

func verdictTitle(q *course.Question, id string, lang course.Lang) string {
	for _, c := range q.Checks {
		if c.ID == id && !c.Title.IsZero() {
			return c.Title.In(lang)
		}
	}
	return id
}
