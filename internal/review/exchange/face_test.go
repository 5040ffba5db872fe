package exchange

import (
	"regexp"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/review"
	"kubetutor/internal/review/anki"
)

// asks is a card that asks a question of a lesson of ours.
func (w *world) asks(q *course.Question) item {
	l := w.desk.Course.Lessons()[0]
	card := review.Card{ID: review.NewID(review.Question, l.ID, q.ID), Track: l.Track.ID, Lesson: l, Tags: []string{"cka"}}
	return item{review.Item{Card: card, Question: q}, review.Entry{Card: card}}
}

func (w *world) fields(q *course.Question) (anki.Model, [4]string) {
	w.Helper()
	model, fields, err := newHTML(w.exporter()).fields(w.asks(q))
	if err != nil {
		w.Fatal(err)
	}
	return model, fields
}

func TestFieldsOfQuestions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	say := course.Same
	for name, c := range map[string]struct {
		ask         *course.Question
		front, back string
	}{
		"single": {
			&course.Question{ID: "q", Type: course.Single, Ask: say("Which `one`?"), Given: "a < b\n", Options: []course.Option{
				{ID: "x", Text: say("the *first*"), Right: true}, {ID: "y", Text: say("the second"), Why: say("It comes later.")},
			}, Explain: say("So it is.")},
			"<p>Which <code>one</code>?</p>\n<pre><code>a &lt; b\n</code></pre>\n<ul>\n<li>the <em>first</em></li>\n<li>the second</li>\n</ul>",
			"<ul>\n<li>\n<p>✓ the <em>first</em></p>\n</li>\n<li>\n<p>✗ the second</p>\n<p>It comes later.</p>\n</li>\n</ul>\n<p>So it is.</p>",
		},
		"command": {
			&course.Question{ID: "q", Type: course.Command, Ask: say("List them,\nall of them."), Answers: []string{"kubectl get po", "kubectl get pods"}, Explain: say("Done.")},
			"<p>List them,\nall of them.</p>",
			"<pre><code>kubectl get po\n</code></pre>\n<p>Also right:</p>\n<pre><code>kubectl get pods\n</code></pre>\n<p>Done.</p>",
		},
		"order": {
			&course.Question{ID: "q", Type: course.Order, Ask: say("In order?"), Items: []course.Item{{ID: "a", Text: say("one")}, {ID: "b", Text: say("two")}}, Explain: say("Yes.")},
			"<p>In order?</p>\n<ul>\n<li>two</li>\n<li>one</li>\n</ul>",
			"<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n<p>Yes.</p>",
		},
		"manifest": {
			&course.Question{ID: "q", Type: course.Manifest, Ask: say("Repair it."), Start: "```\nkind: Pod\n", Sample: "kind: Job\n", Explain: say("Good.")},
			"<p>Repair it.</p>\n<pre><code>```\nkind: Pod\n</code></pre>",
			"<pre><code>kind: Job\n</code></pre>\n<p>Good.</p>",
		},
	} {
		model, fields := w.fields(c.ask)
		if model != anki.Basic || fields[0] != c.front || fields[1] != c.back {
			t.Errorf("%s:\n%s\n---\n%s\nwant\n%s\n---\n%s", name, fields[0], fields[1], c.front, c.back)
		}
	}
}

func TestFieldsOfClozes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for ask, want := range map[string]string{
		"It gets the {{default|standard}} class.":      "<p>It gets the {{c1::default}} class.</p>",
		"Write `{{a::b}}` and {{c}}.":                  "<p>Write <code>{{c1::a&#58;&#58;b}}</code> and {{c1::c}}.</p>",
		"`storageClassName: {{\"\"}}`, {{{x}}}":        "<p><code>storageClassName: {{c1::&#34;&#34;}}</code>, {{c1::{x}}}</p>",
		"A field {{c1::x}} of Anki's, {{<b>&*_}} too.": "<p>A field {{c1::c1&#58;&#58;x}} of Anki's, {{c1::&lt;b&gt;&amp;*_}} too.</p>",
		"A brace {{ that nobody closes, after {{one}}": "<p>A brace {{c1::that nobody closes, after {{one}}</p>",
	} {
		model, fields := w.fields(&course.Question{ID: "q", Type: course.Cloze, Ask: course.Same(ask), Explain: course.Same("Why.")})
		if model != anki.Cloze || fields[0] != want || fields[1] != "<p>Why.</p>" {
			t.Errorf("%q becomes\n%q, want\n%q; behind %q", ask, fields[0], want, fields[1])
		}
	}
}

// Nothing in a text is obeyed in Anki: no markup, no script, no media, no LaTeX.
func TestFieldsAreHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := "<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n<div onclick=x>\n\n![a picture](../x.png) [a link](javascript:alert(1)) [here](lesson:x) [web](https://kubernetes.io/\"x)\n\n" +
		"[sound:x.mp3] [latex]\\input{/etc/passwd}[/latex] [$]x[/$] \x1f{{c1::open::hint}} [anki:play:q:0]"
	_, fields := w.fields(&course.Question{ID: "q", Type: course.Predict, Ask: course.Same(text), Answers: []string{text}, Explain: course.Same(text)})
	live := regexp.MustCompile(`(?i)<(script|img|div|iframe)|href="javascript:|href="lesson|\[sound:|\[latex\]|\[\$|\[anki:`)
	for _, f := range fields {
		if found := live.FindString(f); found != "" {
			t.Errorf("%q is in\n%s", found, f)
		}
	}
	if !strings.Contains(fields[0], `<a href="https://kubernetes.io/%22x">web</a>`) {
		t.Errorf("the link is lost:\n%s", fields[0])
	}
	_, fields = w.fields(&course.Question{ID: "q", Type: course.Cloze, Ask: course.Same("{{gap}} and \\{\\{c1::no gap}}"), Explain: course.Same(text)})
	if n := strings.Count(fields[0], "{{c1::"); n != 1 {
		t.Errorf("%d clozes in\n%s", n, fields[0])
	}
}

// Every card of the project's lessons has a front and a back, in both languages.
func TestEveryCardOfTheLessonsHasTwoSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reads()
	for _, lang := range course.Langs {
		x := w.exporter()
		x.Lang = lang
		h, kinds := newHTML(x), map[review.Kind]int{}
		err := x.items(t.Context(), review.Filter{}, func(i item) error {
			kinds[i.ID.Kind()]++
			model, fields, err := h.fields(i)
			if err != nil || fields[0] == "" || fields[2] == "" || (fields[1] == "") != (i.ID.Kind() == review.Cloze) {
				t.Errorf("%s: %q, %v", i.ID, fields, err)
			}
			if strings.Contains(fields[0], "{{c1::") != (model == anki.Cloze) || strings.ContainsAny(fields[0], "\ue000\ue001") {
				t.Errorf("%s: %q", i.ID, fields[0])
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if kinds[review.Question] == 0 || kinds[review.Cloze] == 0 || kinds[review.Lab] == 0 {
			t.Errorf("the cards are %v", kinds)
		}
	}
}
