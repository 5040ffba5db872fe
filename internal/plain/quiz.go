package plain

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
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
func (t *Tutor) Quiz(ctx context.Context, l *course.Body) error { return t.ended(t.askAll(ctx, l)) }

func (t *Tutor) askAll(ctx context.Context, l *course.Body) error {
	if len(l.Questions) == 0 {
		t.say("%s", t.Words.NoQuestions)
		return nil
	}
	t.say("%s", l.Title.In(t.Lang))
	for _, q := range l.Questions {
		if err := t.question(ctx, l, q); err != nil {
			return err
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
	t.say(t.Words.QuizEnd, right, len(l.Questions))
	return nil
}

// question asks until the learner goes on.
func (t *Tutor) question(ctx context.Context, l *course.Body, q *course.Question) error {
	for try := 0; ; {
		again, err := t.once(ctx, l, q, try)
		switch {
		case errors.Is(err, errAgain): // the same, in the language of now
		case err != nil || !again:
			return err
		default:
			try++
		}
	}
}

// once asks a question and grades the answer; again means that the learner
// wants another try.
func (t *Tutor) once(ctx context.Context, l *course.Body, q *course.Question, try int) (again bool, err error) {
	put := asked{t, q, quiz.Shuffle(q, showing(l.ID+"/"+q.ID, try)), t.Words.EnterPasses}
	if err := put.show(ctx); err != nil {
		return false, err
	}
	begun := time.Now()
	a, given, err := put.answer(ctx)
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
		t.say("%s", t.Words.AnswerKept)
		return false, nil
	}
	return t.graded(ctx, q, g)
}

// showing seeds the order of the options: another one at each try.
func showing(path string, try int) uint64 {
	sum := fnv.New64a()
	fmt.Fprintf(sum, "%s#%d", path, try)
	return sum.Sum64()
}

// asked is a question that is put to the learner.
type asked struct {
	*Tutor
	q     *course.Question
	order []int  // of the options or items, as they are shown
	enter string // what Enter alone does, for the prompts
}

func (k asked) show(ctx context.Context) error {
	return k.Tutor.show(ctx, func(w io.Writer) error {
		fmt.Fprintln(w)
		k.Style.wrapped(w, k.Words.Question+strings.TrimSpace(Blanked(k.q, k.Lang)), "")
		if k.q.Given != "" {
			fmt.Fprintf(w, "\n%s\n\n", indented(k.q.Given))
		}
		k.showParts(w)
		if k.q.Start != "" {
			fmt.Fprintf(w, "%s\n%s\n", k.Words.StartsWith, indented(k.q.Start))
		}
		return nil
	})
}

// showParts lists the options behind letters, the items behind numbers.
func (k asked) showParts(w io.Writer) {
	for i, at := range k.order {
		switch {
		case len(k.q.Options) > 0:
			k.Style.wrapped(w, fmt.Sprintf("  %c) %s", 'a'+i, k.q.Options[at].Text.In(k.Lang)), "     ")
		case len(k.q.Items) > 0:
			k.Style.wrapped(w, fmt.Sprintf("  %d) %s", i+1, k.q.Items[at].Text.In(k.Lang)), "     ")
		}
	}
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// answer reads an answer in the form that suits the question; given is false
// where the learner passes over it.
func (k asked) answer(ctx context.Context) (a quiz.Answer, given bool, err error) {
	switch k.q.Type {
	case course.Single, course.Multi:
		return k.options(ctx)
	case course.Order:
		return k.numbers(ctx)
	case course.Cloze:
		return k.blanks(ctx)
	case course.Manifest:
		return k.text(ctx, k.says(k.Words.AnswerManifest), k.q.Start)
	case course.Predict:
		if slices.ContainsFunc(k.q.Answers, func(s string) bool { return strings.Contains(strings.TrimSpace(s), "\n") }) {
			return k.text(ctx, k.says(k.Words.AnswerLines), "")
		}
	}
	typed, err := k.put(ctx, prompt{text: k.says(k.Words.AtText), free: true, answer: anything})
	return quiz.Answer{Texts: []string{typed}}, typed != "", err
}

// says completes a prompt with what Enter alone does.
func (k asked) says(prompt string) string { return fmt.Sprintf(prompt, k.enter) }

// anything takes any text for an answer.
func anything(string) bool { return true }

// options reads letters, until they are letters of options.
func (k asked) options(ctx context.Context) (a quiz.Answer, given bool, err error) {
	p := prompt{text: k.says(either(k.q.Type == course.Multi, k.Words.AtOptions, k.Words.AtOption))}
	p.answer = func(typed string) bool {
		picked, ok := letters(typed, len(k.order))
		if !ok || k.q.Type == course.Single && len(picked) != 1 {
			return false
		}
		for _, i := range picked {
			a.Options = append(a.Options, k.q.Options[k.order[i]].ID)
		}
		return true
	}
	typed, err := k.put(ctx, p)
	return a, typed != "", err
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

// numbers reads all numbers in the learner's order.
func (k asked) numbers(ctx context.Context) (a quiz.Answer, given bool, err error) {
	typed, err := k.put(ctx, prompt{text: k.says(k.Words.AtOrder), answer: func(typed string) bool {
		picked, ok := numbers(typed, len(k.order))
		for _, i := range picked {
			a.Options = append(a.Options, k.q.Items[k.order[i]].ID)
		}
		return ok
	}})
	return a, typed != "", err
}

// numbers reads each number from 1 to n once, as indices.
func numbers(typed string, n int) (picked []int, ok bool) {
	for _, word := range strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(" ,;、，\t", r) }) {
		i, ok := numbered(word, n)
		if !ok || slices.Contains(picked, i-1) {
			return nil, false
		}
		picked = append(picked, i-1)
	}
	if len(picked) != n {
		return nil, false
	}
	return picked, true
}

// blanks reads the words for all gaps.
func (k asked) blanks(ctx context.Context) (a quiz.Answer, given bool, err error) {
	for _, s := range quiz.Blanks(k.q.Ask.In(k.Lang)) {
		if s.Blank == 0 {
			continue
		}
		typed, err := k.put(ctx, prompt{text: fmt.Sprintf(k.Words.AtGap, s.Blank), free: true, answer: anything})
		if err != nil {
			return a, false, err
		}
		given = given || typed != ""
		a.Texts = append(a.Texts, typed)
	}
	return a, given, nil
}

// graded tells how right the answer was, why, and asks how to go on.
func (t *Tutor) graded(ctx context.Context, q *course.Question, g quiz.Grade) (again bool, err error) {
	try := choice{"try", "r", t.Words.About["try"], func(context.Context, string) error { again = true; return errTurned }}
	for {
		err := t.show(ctx, func(w io.Writer) error { return t.showLessonGrade(w, q, g) })
		if err == nil && !g.Right {
			_, err = t.put(ctx, prompt{text: t.Words.AtEnd, choices: []choice{try}})
		}
		switch {
		case errors.Is(err, errTurned):
			return again, nil
		case !errors.Is(err, errAgain):
			return false, err
		}
	}
}

// showLessonGrade also says that a wrong answer is asked again another day.
func (t *Tutor) showLessonGrade(w io.Writer, q *course.Question, g quiz.Grade) error {
	err := t.showGrade(w, q, g)
	if err == nil && !g.Right && t.Reviews != nil {
		fmt.Fprintln(w, t.Words.ComesBack)
	}
	return err
}

// showGrade writes how right the answer was, and why.
func (t *Tutor) showGrade(w io.Writer, q *course.Question, g quiz.Grade) error {
	if g.Right {
		fmt.Fprintln(w, t.Words.Right)
	} else {
		fmt.Fprintf(w, t.Words.Wrong+"\n", int(g.Score*100))
	}
	t.showParts(w, q, g)
	if g.Rejection != "" {
		fmt.Fprintf(w, t.Words.Rejected+"\n", g.Rejection)
	}
	if err := t.Style.text(w, q.Explain.In(t.Lang), t.Lang); err != nil {
		return err
	}
	if !g.Right {
		t.showRight(w, q)
	}
	return nil
}

// showRight shows a right answer where the explanation may not spell it out.
func (t *Tutor) showRight(w io.Writer, q *course.Question) {
	right := quiz.Right(q, t.Lang).Texts
	switch text := strings.TrimSpace(strings.Join(right, ", ")); {
	case text == "":
	case strings.Contains(text, "\n"):
		fmt.Fprintf(w, t.Words.RightAnswer+"\n", "\n"+indented(text))
	default:
		fmt.Fprintf(w, t.Words.RightAnswer+"\n", text)
	}
}

// showParts says in words what the learner did with each part of the question,
// and why that was right or wrong. What went without saying is left out.
func (t *Tutor) showParts(w io.Writer, q *course.Question, g quiz.Grade) {
	for _, p := range g.Parts {
		note := p.Note.In(t.Lang)
		if note == "" && (p.Right || textual(q)) {
			continue
		}
		said := fmt.Sprintf(t.partWords(q, p), partName(q, p.ID, t.Lang))
		switch {
		case textual(q):
			said = note
		case note != "":
			said = fmt.Sprintf(t.Words.PartNote, strings.TrimRight(said, ".。"), note)
		}
		t.Style.wrapped(w, "  "+said, "  ")
	}
	for _, c := range g.Verdicts {
		fmt.Fprintf(w, "  "+t.Words.CheckSaid+"\n", t.Words.Result(string(c.Result)), verdictTitle(q, c.Check, t.Lang))
	}
}

// partWords say what was done with a part, given its name. An option that is
// rightly left alone is not one that is right.
func (t *Tutor) partWords(q *course.Question, p quiz.Part) string {
	w := t.Words
	switch {
	case q.Type == course.Cloze:
		return either(p.Right, w.GapRight, w.GapWrong)
	case q.Type == course.Order:
		return either(p.Right, w.RightPlace, w.WrongPlace)
	case p.Chosen:
		return either(p.Right, w.ChosenRight, w.ChosenWrong)
	}
	return either(p.Right, w.LeftRight, w.MissedRight)
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
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
