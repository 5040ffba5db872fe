package plain

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"kubetutor/internal/course"
)

func TestHelpListsWhatCanBeTyped(t *testing.T) {
	t.Parallel()
	l := sit(t, "?\n\nhelp\n:quit\n")
	b := asking()
	b.Pages = map[course.Lang][]course.Page{course.English: {{Title: "Page", Parts: []course.Part{{Quiz: []string{"single", "command"}}}}}}
	b.Track = &course.Track{}
	b.Questions = []*course.Question{b.Questions[0], b.Questions[4]}
	if err := l.Read(soon(t), b); !errors.Is(err, errQuit) {
		t.Fatal(err)
	}
	l.says(t, "Which one?", "What can be typed here", "next ", "page ", "search ", "quit, q", "Enter alone goes on.", "List pods.",
		"What can be typed here", "put a colon before a command")
}

func TestEveryCommandSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	for _, lang := range course.Langs {
		l := sit(t, "")
		l.setLang(lang)
		v := &visit{Tutor: l.Tutor, lesson: lesson()}
		k := &work{t: l.Tutor}
		home, err := l.homeChoices(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]bool{}
		for _, c := range append(append(append(home, l.everywhere()...), v.around()...), k.choices()...) {
			if c.text == "" || c.do == nil {
				t.Errorf("%s in %s: %+v", c.word, lang, c)
			}
			words[c.word] = true
		}
		if len(words) < 20 {
			t.Errorf("only %d commands", len(words))
		}
	}
}

func TestABeginningIsEnoughWhereItIsOne(t *testing.T) {
	t.Parallel()
	list := []choice{{word: "hint", key: "h", do: leads(nil)}, {word: "hints", do: leads(nil)}, {word: "home", do: leads(nil)}, {word: "stop", do: leads(nil)}}
	for typed, want := range map[string]string{
		"hint": "hint []", "h": "hint []", "hi": " [hint hints]", "ho": "home []", "s": "stop []", "stops": " []", "": " []", "x": " []",
	} {
		c, like := find(list, typed)
		if got := fmt.Sprint(c.word, " ", like); got != want && !(like == nil && want == c.word+" []") {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
}

func TestTextsStopAtEachScreen(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"\n\n": "1234567890+", "\ns\n": "12345678+", "s\n": "1234+", "help\n\n\n\n\n\n\n": "1234567890+"} {
		l := sit(t, typed)
		l.Rows = func() int { return 5 }
		err := l.show(soon(t), func(w io.Writer) error {
			for i := range 10 {
				fmt.Fprintf(w, "line %d.\n", (i+1)%10)
			}
			return nil
		})
		l.say("line +.")
		var got strings.Builder
		for line := range strings.Lines(l.out.String()) {
			for part := range strings.SplitSeq(line, "line ") {
				if rest, ok := strings.CutSuffix(part, ".\n"); ok && len(rest) == 1 {
					got.WriteString(rest)
				}
			}
		}
		if err != nil || got.String() != want {
			t.Errorf("typing %q: %v, shown %s, want %s in\n%s", typed, err, got.String(), want, l.out)
		}
	}
}

func TestRubbishIsAnsweredInALine(t *testing.T) {
	t.Parallel()
	l := sit(t, strings.Repeat("é\x1b[2J\x00", 1<<18)+"\n\xff\xfe\nx\n:quit\n")
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	if l.out.Len() > 4000 || strings.ContainsAny(l.out.String(), "\x1b\x00") {
		t.Errorf("%d bytes: %.2000q", l.out.Len(), l.out)
	}
	l.says(t, "…\" is not understood", `"x" is not understood`, "Your place is saved")
}

func TestTheLanguageChangesAtEveryPrompt(t *testing.T) {
	t.Parallel()
	l := sit(t, "language\nl\n\n\nlanguage\nq\n")
	if err := l.Read(soon(t), lesson()); !errors.Is(err, errQuit) {
		t.Fatal(err)
	}
	l.says(t, "Lab: Try it", "实验：试试", "Lab: Try it", "Page 1 of 2", "Second, page 2 of 2", "第 2 页，共 2 页")
}

func TestOptionsInWords(t *testing.T) {
	t.Parallel()
	l := sit(t, "")
	shown := l.out.String
	l.lines = NewLines(&typist{answers: []fmt.Stringer{pick{shown, []string{"ex", "why"}}, text("")}})
	b := asking()
	b.Questions = b.Questions[1:2]
	b.Questions[0].Options[3].Why = course.Same("never")
	if err := l.Quiz(soon(t), b); err != nil {
		t.Fatal(err)
	}
	l.says(t, "Not chosen, but right: double u", "Chosen, but wrong: why. because", "Not chosen, and rightly so: zed. never")
	if strings.ContainsAny(l.out.String(), "✓✗") {
		t.Errorf("a sign stands for a word in\n%s", l.out)
	}
}

func TestAnEditorNeedsATerminal(t *testing.T) {
	t.Parallel()
	l := sit(t, "kind: Pod\n:edit\n.\n")
	b := asking()
	b.Questions = b.Questions[6:]
	if err := l.Quiz(soon(t), b); err != nil {
		t.Fatal(err)
	}
	l.says(t, "An editor needs a terminal", "kept and judged later")
}

func TestWhatWasFoundCanBeCopied(t *testing.T) {
	t.Parallel()
	l := sit(t, "next\ncopy\ncopy 1\nfind ZWEI\nfind drei\n2\nq\n")
	copied := ""
	l.Clipboard = func(text string) error { copied = text; return nil }
	b := lesson()
	b.Pages[course.English] = []course.Page{{Title: "P", Parts: []course.Part{{Markdown: "eins"}}},
		{Title: "Q", Parts: []course.Part{{Markdown: "zwei `x`\n\n```\nkubectl get\n  all\n```\n"}}}}
	if err := l.Read(soon(t), b); !errors.Is(err, errQuit) {
		t.Fatal(err)
	}
	if copied != "kubectl get\n  all\n" {
		t.Errorf("copied %q", copied)
	}
	l.says(t, "1  kubectl get", "in the clipboard", "Page 2: zwei", `does not have "drei"`, "Q, page 2 of 2")
}

func TestInterruptedStartsComeBack(t *testing.T) {
	t.Parallel()
	l := sit(t, "start\n\n:quit\n")
	l.Divert = func(f func()) func() { f(); return func() {} }
	l.cluster.missing = os.ErrDeadlineExceeded
	if err := l.Read(soon(t), lesson()); !errors.Is(err, errQuit) {
		t.Fatal(err)
	}
	l.says(t, "Interrupted; the lab was not started.", "lab > ", "Page 1 of 2")
}
