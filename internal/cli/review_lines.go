package cli

import (
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/plain"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
)

// The lines of `review --json`. Fields are added, never taken away or changed.
type (
	// turnJSON is a card that is asked: a question, which a cloze is too, or a lab.
	turnJSON struct {
		Type     string        `json:"type"` // card
		Card     cardJSON      `json:"card"`
		Recall   float64       `json:"recall"` // how likely it is known now, 0 to 1
		Choices  [4]choiceJSON `json:"choices"`
		Left     leftJSON      `json:"left"` // this card included
		Question *questionJSON `json:"question,omitempty"`
		Lab      *labJSON      `json:"lab,omitempty"`
	}
	// choiceJSON is a rating and what it leads to.
	choiceJSON struct {
		Rating  string    `json:"rating"` // again, hard, good or easy
		Due     time.Time `json:"due"`
		Seconds int64     `json:"seconds"` // until then
	}
	leftJSON struct {
		Learning int `json:"learning"`
		Due      int `json:"due"`
		New      int `json:"new"`
		HandsOn  int `json:"handsOn"`
	}
	questionJSON struct {
		Type    course.QuestionType `json:"type"`
		Ask     string              `json:"ask"`             // a blank is ____(1)
		Given   string              `json:"given,omitempty"` // what it is about
		Blanks  int                 `json:"blanks,omitempty"`
		Options []partJSON          `json:"options,omitempty"` // or the items to be put in order
		Start   string              `json:"start,omitempty"`   // what a manifest begins with
	}
	partJSON struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	}
	labJSON struct {
		Path  string `json:"path"` // for lab start
		Title string `json:"title"`
		Task  string `json:"task"` // Markdown
	}
	// gradeJSON is how right an answer was. Suggested is empty where nothing speaks
	// for a rating: compare the answer yourself.
	gradeJSON struct {
		Type      string        `json:"type"` // grade
		Card      review.ID     `json:"card"`
		Judged    bool          `json:"judged"` // false: only looked at, or only a cluster could judge
		Right     bool          `json:"right"`
		Score     float64       `json:"score"`
		Parts     []gradedJSON  `json:"parts"`
		Rejection string        `json:"rejection,omitempty"`
		Explain   string        `json:"explain,omitempty"` // Markdown
		Answer    *quiz.Answer  `json:"answer,omitempty"`  // a right one
		Suggested string        `json:"suggested,omitempty"`
		Choices   [4]choiceJSON `json:"choices"`
	}
	gradedJSON struct {
		ID     string `json:"id"`
		Chosen bool   `json:"chosen"`
		Right  bool   `json:"right"` // what was done with it
		Note   string `json:"note,omitempty"`
	}
	tallyJSON struct {
		Type     string              `json:"type"` // tally, or done where nothing is left
		Rated    int                 `json:"rated"`
		Recalled int                 `json:"recalled"`
		New      int                 `json:"new"`
		Spent    float64             `json:"spentSeconds"`
		Kinds    map[review.Kind]int `json:"kinds"`
		Leeches  []review.ID         `json:"leeches"`
	}
)

// ratingName is empty for what is no rating.
func ratingName(r review.Rating) string {
	if !r.Valid() {
		return ""
	}
	return [...]string{"again", "hard", "good", "easy"}[r-1]
}

func ratingOf(name string) (review.Rating, bool) {
	for _, r := range review.Ratings() {
		if ratingName(r) == name {
			return r, true
		}
	}
	return 0, false
}

func newChoiceJSON(c review.Choice) choiceJSON {
	return choiceJSON{ratingName(c.Rating), c.Due, int64(c.Interval.Seconds())}
}

func newChoicesJSON(t review.Turn) (list [4]choiceJSON) {
	for i, c := range t.Choices {
		list[i] = newChoiceJSON(c)
	}
	return list
}

func newTurnJSON(t review.Turn, item review.Item, lang course.Lang) turnJSON {
	j := turnJSON{
		Type: "card", Card: stateJSON(t.Card, t.State), Recall: t.Recall, Choices: newChoicesJSON(t),
		Left: leftJSON{t.Left.Learning, t.Left.Due, t.Left.New, t.Left.HandsOn},
	}
	if item.Lab != nil {
		j.Lab = &labJSON{item.Lab.Path(), item.Lab.Title.In(lang), item.Lab.Task.In(lang)}
		return j
	}
	j.Question = newQuestionJSON(item.Question, plain.Shown(item.Question, t), lang)
	return j
}

// newQuestionJSON is a question, its options or items in an order.
func newQuestionJSON(q *course.Question, order []int, lang course.Lang) *questionJSON {
	j := &questionJSON{Type: q.Type, Ask: plain.Blanked(q, lang), Given: q.Given, Start: q.Start}
	if q.Type == course.Cloze {
		j.Blanks = len(quiz.Right(q, lang).Texts)
	}
	for _, i := range order {
		if len(q.Options) > 0 {
			j.Options = append(j.Options, partJSON{q.Options[i].ID, q.Options[i].Text.In(lang)})
		} else {
			j.Options = append(j.Options, partJSON{q.Items[i].ID, q.Items[i].Text.In(lang)})
		}
	}
	return j
}

// newGradeJSON is what is said of a question once it was answered; nothing has
// judged the answer yet.
func newGradeJSON(t review.Turn, item review.Item, lang course.Lang) gradeJSON {
	j := gradeJSON{Type: "grade", Card: t.Card.ID, Parts: []gradedJSON{}, Choices: newChoicesJSON(t)}
	if q := item.Question; q != nil {
		right := quiz.Right(q, lang)
		j.Explain, j.Answer = q.Explain.In(lang), &right
	}
	return j
}

// judged takes over how an answer was graded.
func (j *gradeJSON) judged(g quiz.Grade, lang course.Lang) {
	j.Judged, j.Right, j.Score, j.Rejection = true, g.Right, g.Score, g.Rejection
	j.Parts = each(g.Parts, func(p quiz.Part) gradedJSON { return gradedJSON{p.ID, p.Chosen, p.Right, p.Note.In(lang)} })
}

func newTallyJSON(kind string, t review.Tally) tallyJSON {
	j := tallyJSON{kind, t.Rated, t.Recalled, t.New, t.Time.Seconds(), t.Kinds, append([]review.ID{}, t.Leeches...)}
	if j.Kinds == nil {
		j.Kinds = map[review.Kind]int{}
	}
	return j
}
