package quiz

import (
	"testing"

	"kubetutor/internal/course"
	"kubetutor/lessons"
)

// TestEveryQuestionOfTheCourse says that each question's own answer is right,
// in both languages, and that an empty one is not. Manifests are proven against
// an API server elsewhere.
func TestEveryQuestionOfTheCourse(t *testing.T) {
	t.Parallel()
	c, err := course.Load(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Tracks) == 0 {
		t.Fatal("the course is empty")
	}
	g := newGrader(t)
	for _, track := range c.Tracks {
		for _, lesson := range track.Lessons {
			body, err := lesson.Body()
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range body.Questions {
				checkQuestion(t, g, lesson.ID, q)
			}
		}
	}
}

func checkQuestion(t *testing.T, g *Grader, lesson string, q *course.Question) {
	t.Helper()
	for _, lang := range course.Langs {
		right, empty := Right(q, lang), Answer{}
		got, err := g.Grade(t.Context(), q, lang, right, nil)
		if q.Type != course.Manifest && (err != nil || !got.Right) {
			t.Errorf("%s/%s in %s: its own answer %q is wrong: %+v, %v", lesson, q.ID, lang, right, got, err)
		}
		if got, err := g.Grade(t.Context(), q, lang, empty, nil); err != nil || got.Right {
			t.Errorf("%s/%s in %s: an empty answer: %+v, %v", lesson, q.ID, lang, got, err)
		}
	}
}
