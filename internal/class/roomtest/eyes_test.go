package roomtest

import (
	"slices"
	"testing"

	"kubetutor/internal/course"
)

const asking = ` Storage › Claims                                │ 1/2 │ en
─────────────────────────────────────────────────
   Question 1 of 2  Pick all that apply.

   Which of these ` + "keep" + ` a claim
   from its volume?                               │  Lab: one

     [ ] The access mode                          │
   ▸ [x] The size, which is larger than what the
         claim asks for                           │  text
     [ ] The class
─────────────────────────────────────────────────
 enter answer   esc text`

// TestEyes holds what is seen on a screen.
func TestEyes(t *testing.T) {
	t.Parallel()
	b := &course.Body{Questions: []*course.Question{
		{ID: "other", Ask: course.Same("Which of these keep a volume?")},
		{ID: "mine", Ask: course.Same("Which of these **keep** a claim from its volume?")},
	}}
	if q := question(asking, "Pick all that apply.", b, course.English); q == nil || q.ID != "mine" {
		t.Errorf("the question is taken for %+v", q)
	}
	if q := question(asking, "Pick one.", b, course.English); q != nil {
		t.Errorf("without the line that says how, it is taken for %+v", q)
	}
	texts := []string{"The `class`", "The size, which is larger than what the claim asks for", "The access mode"}
	if got := shownOptions(asking, texts); !slices.Equal(got, []int{2, 1, 0}) {
		t.Errorf("the options are taken for %v", got)
	}
	if got := shownOptions(asking, append(texts, "One more")); got != nil {
		t.Errorf("an option is not on the screen, and yet they are taken for %v", got)
	}
	if got := selected(asking); got != "   ▸ [x] The size, which is larger than what the\n" {
		t.Errorf("the cursor's line is %q", got)
	}
	if got := header(asking) + "|" + footer(asking); got != " Storage › Claims                                │ 1/2 │ en| enter answer   esc text" {
		t.Errorf("the ends are %q", got)
	}
}

// TestCloze holds that the numbers of blanks are seen where they stand.
func TestCloze(t *testing.T) {
	t.Parallel()
	q := &course.Question{Type: course.Cloze, Ask: course.Same("A {{Pod|pod}} has `{{phase}}`.")}
	if got := beginning(asked(q, course.English), 40); got != "a1has2" {
		t.Errorf("%q", got)
	}
}
