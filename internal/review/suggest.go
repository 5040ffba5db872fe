package review

import (
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/quiz"
)

// usualTime is how long a card takes of whose learner nothing is known.
const usualTime = 15 * time.Second

// Suggest gives the rating that an answer speaks for. usual is how long the
// learner usually takes for such a question; where that is 0, it is guessed from
// the question.
//
// A wrong answer is Again. A right one is Good; Hard if it took more than twice
// the usual time, Easy if less than half of it. Choosing among a few options is
// never Easy: it may have been luck.
func Suggest(q *course.Question, g quiz.Grade, took, usual time.Duration) Rating {
	if usual <= 0 {
		usual = usualFor(q)
	}
	switch {
	case !g.Right:
		return Again
	case took > 2*usual:
		return Hard
	case took > 0 && took < usual/2 && q.Type != course.Single:
		return Easy
	}
	return Good
}
