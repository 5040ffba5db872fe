package plain

import (
	"context"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/search"
)

// seeker is a learner with a course that can be searched.
func seeker(t *testing.T, typed string) *learner {
	t.Helper()
	l := sit(t, typed)
	c, err := course.LoadDir("../search/testdata/course")
	if err != nil {
		t.Fatal(err)
	}
	l.Course = c
	l.Search = func(ctx context.Context) (*search.Index, error) { return search.Open(ctx, "", c) }
	return l
}

func TestSearchOpensWhatWasFound(t *testing.T) {
	t.Parallel()
	l := seeker(t, "search forbidden: User\n1\nq\n")
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	l.says(t, "  1  Basics › Claims and volumes, page 2: Who answers", `pods is forbidden: User "kim"`, "Which of the 1 shall be opened?",
		"Who answers, page 2 of 2", "Error from server")
}

// TestSearchOpensAQuestion wants the part that asks it, and not what stands above.
func TestSearchOpensAQuestion(t *testing.T) {
	t.Parallel()
	l := seeker(t, "search\ncrate avail\n1\n\nq\n")
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	l.says(t, "What are you looking for?", "  1  Question in Basics › Claims and volumes, page 1: Who asks", "Who asks, page 1 of 2", "Question: The claim is bound to ____(1)")
	if _, after, _ := strings.Cut(l.out.String(), "Who asks, page 1 of 2"); strings.Contains(after, "asks for storage") {
		t.Error("the text above is read again")
	}
}

func TestSearchInChinese(t *testing.T) {
	t.Parallel()
	l := seeker(t, "search 绑定一个申领\n\nq\n")
	l.Lang = course.Chinese
	_ = l.switchLanguage(soon(t))
	_ = l.switchLanguage(soon(t))
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	l.says(t, "  1  实验，基础 › 申领与卷：绑定一个申领（claims/bind）")
}

func TestSearchWithoutHits(t *testing.T) {
	t.Parallel()
	l := seeker(t, "search zzzzqq\nsearch claim\n99\nsearch\n\nq\n")
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	l.says(t, "Nothing is found for \"zzzzqq\".", "Glossary: PersistentVolumeClaim", `"99" is not understood`, "What are you looking for?")
}

func TestGlossary(t *testing.T) {
	t.Parallel()
	l := seeker(t, "glossary pvcs\ngloss\n\nglossary pvk\nsearch pvc\n1\nq\n")
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	l.says(t, "PersistentVolumeClaim, 持久卷申领, pvc, claim, 申领", "     A request for storage.", "     Lesson: claims  Claims and volumes",
		"Which word?", "back-off", "PersistentVolumeClaim", `does not explain "pvk"; the nearest terms are: back-off`,
		"  1  Glossary: PersistentVolumeClaim", "Which of the", "     A request for storage.")
}

// TestHitsStandOut shows marks where they are seen.
func TestHitsStandOut(t *testing.T) {
	t.Parallel()
	text, marks := "one two", [][2]int{{4, 7}}
	if got := (Style{}).marked(text, marks); got != "one \x1b[1mtwo\x1b[m" {
		t.Errorf("%q", got)
	}
	if got := (Style{Plain: true}).marked(text, marks); got != text {
		t.Errorf("%q", got)
	}
}
