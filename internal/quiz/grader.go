package quiz

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"kubetutor/internal/course"
)

// Grader grades answers. It may be used by many goroutines at once.
type Grader struct {
	kubectl *Kubectl
}

// New returns a grader that knows kubectl's flags and resources from data, the
// contents of assets/kubectl.json.
func New(data []byte) (*Grader, error) {
	k, err := ParseKubectl(data)
	if err != nil {
		return nil, err
	}
	return &Grader{kubectl: k}, nil
}

// Grade grades an answer to q, which was asked in lang. Whatever the learner
// gave is graded; an error means that the question is malformed, that the judge
// failed, or ErrNeedsEngine. Only questions of type manifest ask the judge; j
// may be nil.
func (g *Grader) Grade(ctx context.Context, q *course.Question, lang course.Lang, a Answer, j Judge) (Grade, error) {
	grade, err := g.grade(ctx, q, lang, a, j)
	if err != nil {
		return Grade{}, fmt.Errorf("grading the question %q: %w", q.ID, err)
	}
	return grade, nil
}

func (g *Grader) grade(ctx context.Context, q *course.Question, lang course.Lang, a Answer, j Judge) (Grade, error) {
	switch q.Type {
	case course.Single, course.Multi:
		return gradeChoice(q, a)
	case course.Order:
		return gradeOrder(q, a)
	case course.Cloze:
		return gradeCloze(q, lang, a)
	case course.Predict:
		return gradePredict(q, a)
	case course.Command:
		return g.kubectl.gradeCommand(q, a)
	case course.Manifest:
		return gradeManifest(ctx, q, a, j)
	}
	return Grade{}, fmt.Errorf("it has the unknown type %q", q.Type)
}

// settle makes a grade of which Score is 1 exactly when it is Right.
func settle(right bool, score float64, parts []Part) Grade {
	if right {
		return Grade{Right: true, Score: 1, Parts: parts}
	}
	return Grade{Score: min(max(score, 0), 0.99), Parts: parts}
}

// text returns the n-th text of an answer; empty where there is none.
func (a Answer) text(n int) string {
	if n >= len(a.Texts) {
		return ""
	}
	return a.Texts[n]
}

// Right returns a right answer to q, asked in lang, for showing it afterwards.
// A question may have others.
func Right(q *course.Question, lang course.Lang) Answer {
	switch q.Type {
	case course.Single, course.Multi:
		return Answer{Options: rightOptions(q)}
	case course.Order:
		return Answer{Options: itemIDs(q)}
	case course.Cloze:
		return Answer{Texts: firstAnswers(q, lang)}
	case course.Manifest:
		return Answer{Texts: []string{q.Sample}}
	}
	return Answer{Texts: slices.Clone(q.Answers[:min(1, len(q.Answers))])}
}

// Shuffle returns in which order to show the options or items of q: a
// permutation of their indexes, the same for the same seed. Items to be put in
// order are never shown in the right one.
func Shuffle(q *course.Question, seed uint64) []int {
	n := len(q.Options)
	if q.Type == course.Order {
		n = len(q.Items)
	}
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	order := r.Perm(n)
	if q.Type == course.Order && n > 1 && slices.IsSorted(order) {
		i := 1 + r.IntN(n-1)
		order[0], order[i] = order[i], order[0]
	}
	return order
}
