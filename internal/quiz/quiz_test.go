package quiz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

func grade(t *testing.T, q *course.Question, lang course.Lang, a Answer) Grade {
	t.Helper()
	var g Grader // only commands need data
	got, err := g.Grade(t.Context(), q, lang, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func choice(typ course.QuestionType, right ...bool) *course.Question {
	q := &course.Question{ID: "q", Type: typ}
	for i, r := range right {
		id := string(rune('a' + i))
		q.Options = append(q.Options, course.Option{ID: id, Right: r, Why: course.Same("why " + id)})
	}
	return q
}

func TestChoice(t *testing.T) {
	t.Parallel()
	single, multi := choice(course.Single, false, true, false), choice(course.Multi, true, true, false, false)
	tests := []struct {
		q     *course.Question
		given string
		right bool
		score float64
	}{
		{single, "b", true, 1},
		{single, "bb", true, 1},
		{single, "", false, 0},
		{single, "a", false, 0},
		{single, "ab", false, 0},
		{single, "x", false, 0},
		{multi, "ba", true, 1},
		{multi, "a", false, 0.5},
		{multi, "abc", false, 0.5},
		{multi, "abcd", false, 0},
		{multi, "abx", false, 0.5},
		{multi, "cd", false, 0},
		{multi, "", false, 0},
	}
	for _, tt := range tests {
		got := grade(t, tt.q, course.English, Answer{Options: strings.Split(tt.given, "")})
		if got.Right != tt.right || got.Score != tt.score {
			t.Errorf("%s %q: %v %v, want %v %v", tt.q.Type, tt.given, got.Right, got.Score, tt.right, tt.score)
		}
	}
	got := grade(t, multi, course.English, Answer{Options: []string{"a", "c"}})
	want := []Part{
		{ID: "a", Chosen: true, Right: true, Note: course.Same("why a")},
		{ID: "b", Note: course.Same("why b")},
		{ID: "c", Chosen: true, Note: course.Same("why c")},
		{ID: "d", Right: true, Note: course.Same("why d")},
	}
	if !reflect.DeepEqual(got.Parts, want) {
		t.Errorf("parts: %+v", got.Parts)
	}
}

func TestTickingAllNeverPasses(t *testing.T) {
	t.Parallel()
	for bits := range 1 << 5 {
		var right []bool
		for i := range 5 {
			right = append(right, bits>>i&1 == 1)
		}
		var g Grader
		got, err := g.Grade(t.Context(), choice(course.Multi, right...), course.English, Answer{Options: strings.Split("abcde", "")}, nil)
		if got.Right || bits == 1<<5-1 && err == nil {
			t.Errorf("%v: %+v, %v", right, got, err)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	q := &course.Question{Type: course.Order, Items: []course.Item{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}, {ID: "e"}}}
	tests := []struct {
		given string
		right bool
		score float64
	}{
		{"abcde", true, 1}, {"bcdea", false, 0.75}, {"edcba", false, 0}, {"abc", false, 0.5}, {"", false, 0}, {"abcdee", false, 0.99}, {"xyz", false, 0},
	}
	for _, tt := range tests {
		if got := grade(t, q, course.English, Answer{Options: strings.Split(tt.given, "")}); got.Right != tt.right || got.Score != tt.score {
			t.Errorf("%q: %+v", tt.given, got)
		}
	}
}

func TestBlanks(t *testing.T) {
	t.Parallel()
	tests := map[string][]Segment{
		"no blank":       {{Text: "no blank"}},
		"a {{x|y}} b":    {{Text: "a "}, {Blank: 1, Answers: []string{"x", "y"}}, {Text: " b"}},
		"`k: {{\"\"}}`!": {{Text: "`k: "}, {Blank: 1, Answers: []string{`""`}, Code: true}, {Text: "`!"}},
		"{{a}}`b`{{c}}":  {{Blank: 1, Answers: []string{"a"}}, {Text: "`b`"}, {Blank: 2, Answers: []string{"c"}}},
		`{{a \| b}}`:     {{Blank: 1, Answers: []string{"a | b"}}},
		"open {{a":       {{Text: "open {{a"}},
		"":               nil,
	}
	for text, want := range tests {
		if got := Blanks(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestCloze(t *testing.T) {
	t.Parallel()
	q := func(ask string) *course.Question {
		return &course.Question{Type: course.Cloze, Ask: course.Same(ask)}
	}
	class := "`storageClassName: {{\"\"|''}}`"
	tests := []struct {
		ask, given string
		right      bool
	}{
		{class, `""`, true}, {class, `''`, true}, {class, `“”`, true}, {class, "", false}, {class, `" "`, false},
		{"A {{Pod}} runs.", "pod", true}, {"A {{Pod}} runs.", " POD ", true}, {"A {{Pod}} runs.", "pods", false},
		{"Kind `{{Pod}}`.", "pod", false}, {"Kind `{{Pod}}`.", "Pod", true}, {"Kind `{{Pod}}`.", "Ｐｏｄ", true},
		{"它是{{命名空间 级别的}}。", "命名空间级别的", true}, {"用 {{API 服务器}}。", "api服务器", true},
		{"{{caf\u00e9}}", "cafe\u0301", true}, {"{{two words}}", "two   words", true}, {"{{two words}}", "twowords", false},
		{"{{a}} and {{b}}", "a", false},
	}
	for _, tt := range tests {
		if got := grade(t, q(tt.ask), course.English, Answer{Texts: []string{tt.given}}); got.Right != tt.right {
			t.Errorf("%q, %q: %+v", tt.ask, tt.given, got)
		}
	}
	if got := grade(t, q("{{a}} and {{b}}"), course.English, Answer{Texts: []string{"x", "B", "c"}}); got.Score != 0.5 || got.Parts[0].Right || !got.Parts[1].Right || got.Parts[1].ID != "2" {
		t.Errorf("%+v", got)
	}
}

func TestClozeInTheLearnersLanguage(t *testing.T) {
	t.Parallel()
	q := &course.Question{Type: course.Cloze, Ask: course.Text{EN: "a {{claim}}", ZH: "一个{{申领}}"}}
	for lang, text := range map[course.Lang]string{course.English: "claim", course.Chinese: "申领"} {
		if got := grade(t, q, lang, Answer{Texts: []string{text}}); !got.Right {
			t.Errorf("%s: %+v", lang, got)
		}
	}
}

func TestPredict(t *testing.T) {
	t.Parallel()
	table := "NAME   READY\nweb    1/1\n"
	tests := []struct {
		answer, given string
		right         bool
	}{
		{"loft", " loft \n", true}, {"loft", "Loft", false}, {"loft", "", false}, {"loft", "shelf", false},
		{table, "NAME READY\r\nweb 1/1", true}, {table, "\n\n NAME  READY\n web\t1/1\n\n", true}, {table, "NAME READY", false},
		{"a:\n  b: 1", "a:\n  b:   1", true}, {"a:\n  b: 1", "a:\nb: 1", false}, {"a:\n  b: 1", "  a:\n    b: 1", true},
		{"a\n\nb", "a\n   \nb", true}, {"a\n\nb", "a\nb", false},
	}
	for _, tt := range tests {
		q := &course.Question{Type: course.Predict, Answers: []string{"something else", tt.answer}}
		if got := grade(t, q, course.English, Answer{Texts: []string{tt.given}}); got.Right != tt.right {
			t.Errorf("%q, %q: %+v", tt.answer, tt.given, got)
		}
	}
	q := &course.Question{Type: course.Predict, Answers: []string{"Pending"}}
	if got := grade(t, q, course.English, Answer{Texts: []string{"pending"}}); got.Parts[0].Note.ZH == "" {
		t.Error("the learner is not told that only the case differs")
	}
	q.Answers = []string{"a\nb\nc\nd"}
	if got := grade(t, q, course.English, Answer{Texts: []string{"a\nb\nx"}}); got.Score != 0.5 {
		t.Errorf("half of the lines: %v", got.Score)
	}
}

// judge answers with what it holds.
type judge struct {
	result protocol.Judgement
	err    error
	asked  *protocol.Judge
}

func (j *judge) Judge(_ context.Context, req protocol.Judge) (protocol.Judgement, error) {
	j.asked = &req
	return j.result, j.err
}

func TestManifest(t *testing.T) {
	t.Parallel()
	q := &course.Question{ID: "m", Type: course.Manifest, Checks: []course.Check{{ID: "a"}, {ID: "b"}}}
	verdicts := func(results ...protocol.Result) protocol.Judgement {
		var j protocol.Judgement
		for _, r := range results {
			j.Verdicts = append(j.Verdicts, protocol.Verdict{Result: r})
		}
		return j
	}
	tests := map[string]struct {
		result protocol.Judgement
		right  bool
		score  float64
	}{
		"all pass":         {verdicts(protocol.Pass, protocol.Pass), true, 1},
		"one fails":        {verdicts(protocol.Pass, protocol.Fail), false, 0.5},
		"one is not there": {verdicts(protocol.Pass), false, 0.5},
		"waiting":          {verdicts(protocol.Waiting, protocol.Unjudged), false, 0},
		"rejected":         {protocol.Judgement{Rejection: "no"}, false, 0},
	}
	var g Grader
	for name, tt := range tests {
		j := &judge{result: tt.result}
		got, err := g.Grade(t.Context(), q, course.English, Answer{Texts: []string{"kind: Pod"}}, j)
		if err != nil || got.Right != tt.right || got.Score != tt.score || got.Rejection != tt.result.Rejection {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if j.asked.Manifest != "kind: Pod" || len(j.asked.Checks) != 2 {
			t.Errorf("%s: asked %+v", name, j.asked)
		}
	}
}

func TestManifestWithoutAJudge(t *testing.T) {
	t.Parallel()
	var g Grader
	q := &course.Question{Type: course.Manifest}
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		j    Judge
		want error
	}{
		"none":          {nil, ErrNeedsEngine},
		"no cluster":    {&judge{err: &protocol.Error{Code: protocol.CodeConflict, Message: "no cluster is up"}}, ErrNeedsEngine},
		"needs engine":  {&judge{err: ErrNeedsEngine}, ErrNeedsEngine},
		"something bad": {&judge{err: broken}, broken},
	} {
		if _, err := g.Grade(t.Context(), q, course.English, Answer{Texts: []string{"kind: Pod"}}, tt.j); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", " \n", strings.Repeat("x", maxManifest+1)} {
		j := &judge{}
		if got, err := g.Grade(t.Context(), q, course.English, Answer{Texts: []string{text}}, j); err != nil || got.Right || j.asked != nil || got.Parts[0].Note.ZH == "" {
			t.Errorf("%.10q: %+v, %v", text, got, err)
		}
	}
}

// samples has a question of each type that needs no judge.
func samples() []*course.Question {
	return []*course.Question{
		choice(course.Single, false, true), choice(course.Multi, true, false, true),
		{Type: course.Order, Items: []course.Item{{ID: "a"}, {ID: "b"}, {ID: "c"}}},
		{Type: course.Cloze, Ask: course.Text{EN: "`{{x|y}}` {{Z}}", ZH: "{{申领}}"}},
		{Type: course.Predict, Answers: []string{"NAME\nweb", "web"}},
		commandQuestion("kubectl get pods -n shop", "kubectl -n shop get po"),
	}
}

func TestRightIsRight(t *testing.T) {
	t.Parallel()
	g := newGrader(t)
	for _, q := range samples() {
		for _, lang := range course.Langs {
			got, err := g.Grade(t.Context(), q, lang, Right(q, lang), nil)
			if err != nil || !got.Right || got.Score != 1 {
				t.Errorf("%s in %s: %+v, %v", q.Type, lang, got, err)
			}
		}
	}
	q := &course.Question{Type: course.Manifest, Sample: "kind: Pod"}
	if got := Right(q, course.English); !reflect.DeepEqual(got, Answer{Texts: []string{"kind: Pod"}}) {
		t.Errorf("manifest: %+v", got)
	}
}

func TestMalformedQuestions(t *testing.T) {
	t.Parallel()
	var g Grader
	for _, q := range []*course.Question{
		{}, {Type: "essay"}, {Type: course.Single}, {Type: course.Multi}, {Type: course.Order}, {Type: course.Cloze}, {Type: course.Predict},
		choice(course.Single, true, true, false), choice(course.Multi, true, true), choice(course.Single, false, false),
		{Type: course.Order, Items: []course.Item{{ID: "only"}}},
	} {
		if got, err := g.Grade(t.Context(), q, course.English, Answer{}, nil); err == nil {
			t.Errorf("%+v was graded: %+v", q, got)
		}
	}
}

func TestShuffle(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		n, seed := r.IntN(7), r.Uint64()
		q := &course.Question{Type: course.Order, Items: make([]course.Item, n), Options: make([]course.Option, 3)}
		order := Shuffle(q, seed)
		if n > 1 && slices.IsSorted(order) {
			t.Fatalf("%d items are shown in the right order", n)
		}
		if !slices.Equal(order, Shuffle(q, seed)) {
			t.Fatal("the same seed gives another order")
		}
		slices.Sort(order)
		for i, v := range order {
			if i != v || len(order) != n {
				t.Fatalf("no permutation: %v", order)
			}
		}
	}
	seen := map[string]bool{}
	for seed := range uint64(200) {
		seen[fmt.Sprint(Shuffle(choice(course.Single, true, false, false), seed))] = true
	}
	if len(seen) != 6 {
		t.Errorf("200 seeds give %d of 6 orders", len(seen))
	}
}

func FuzzGrade(f *testing.F) {
	g := newGrader(f)
	f.Add("a", "x", "{{a|b}}")
	f.Add("a\x00b", "“\xff", "`{{}} {{|}}`")
	f.Fuzz(func(t *testing.T, options, text, ask string) {
		a := Answer{Options: strings.Split(options, "\x00"), Texts: []string{text, options}}
		for _, q := range append(samples(), &course.Question{Type: course.Cloze, Ask: course.Same(ask)}, &course.Question{Type: course.Predict, Answers: []string{ask}}) {
			got, err := g.Grade(t.Context(), q, course.English, a, nil)
			if err == nil && (got.Right != (got.Score == 1) || got.Score < 0) {
				t.Errorf("%s: %+v", q.Type, got)
			}
			if got, err := g.Grade(t.Context(), q, course.English, Right(q, course.English), nil); err == nil && !got.Right {
				t.Errorf("%s: %q is not right for itself", q.Type, ask)
			}
		}
	})
}
