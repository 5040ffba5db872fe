package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown"
	"kubetutor/internal/markdown/block"
)

// errTurned ends what is asked on a page: the learner goes elsewhere in the
// lesson.
var errTurned = errors.New("the learner turns the page")

// turn asks where to go from the end of the page.
func (v *visit) turn(ctx context.Context) error {
	about := v.Words.About
	_, err := v.put(ctx, prompt{text: fmt.Sprintf(v.Words.AtPage, v.page+1, v.pages()), answer: v.number, choices: []choice{
		{"next", "n", about["next"], v.going(v.page + 1)},
		{"back", "b", about["back"], v.going(max(v.page-1, 0))},
		{"again", "r", about["again"], leads(errAgain)},
		{"outline", "o", about["outline"], alone(v.outline)},
		{"home", "h", about["home"], leads(errHome)},
	}})
	return err
}

// around is what can be typed at all prompts of the page.
func (v *visit) around() []choice {
	about := v.Words.About
	return []choice{
		{"next", "", about["next"], v.going(v.page + 1)},
		{"back", "", about["back"], v.going(max(v.page-1, 0))},
		{"page", "", about["page"], v.goTo},
		{"outline", "", about["outline"], alone(v.outline)},
		{"find", "", about["find"], v.find},
		{"copy", "", about["copy"], v.copy},
		{"quiz", "", about["quiz here"], v.quizzes},
	}
}

func (v *visit) pages() int { return len(v.lesson.Pages[v.Lang]) }

func (v *visit) going(page int) func(context.Context, string) error {
	return func(context.Context, string) error { v.to = page; return errTurned }
}

// number takes the number of a page.
func (v *visit) number(typed string) bool {
	n, ok := numbered(typed, v.pages())
	if ok {
		v.to = n - 1
	}
	return ok
}

// goTo goes to the page with a number.
func (v *visit) goTo(_ context.Context, number string) error {
	if !v.number(number) {
		v.say(v.Words.NoPage, v.pages())
		return nil
	}
	return errTurned
}

// outline lists the pages.
func (v *visit) outline(ctx context.Context) error {
	return v.show(ctx, func(w io.Writer) error {
		for i, p := range v.lesson.Pages[v.Lang] {
			fmt.Fprintf(w, "%3d  %s\n", i+1, p.Title)
		}
		return nil
	})
}

// find lists where words stand in the lesson, block by block.
func (v *visit) find(ctx context.Context, words string) error {
	found := 0
	err := v.show(ctx, func(w io.Writer) error {
		for i, p := range v.lesson.Pages[v.Lang] {
			for _, said := range saidOn(p) {
				if words != "" && strings.Contains(strings.ToLower(said), strings.ToLower(words)) {
					found++
					v.Style.indented(w, fmt.Sprintf(v.Words.FoundOn, i+1, strings.Join(strings.Fields(said), " ")))
				}
			}
		}
		return nil
	})
	if found == 0 && err == nil {
		v.say(v.Words.NotInLesson, clip(words))
	}
	return err
}

// saidOn is what the blocks of a page say.
func saidOn(p course.Page) (said []string) {
	for _, part := range p.Parts {
		doc, err := markdown.Render(part.Markdown, markdown.Options{Width: 80, Plain: true})
		if err != nil {
			continue // the page has said so
		}
		for _, b := range doc.Blocks {
			if b.Kind == block.Figure {
				b.Said = b.Info
			}
			said = append(said, b.Said)
		}
	}
	return said
}

// copy lists the code of the page, or puts one piece into the clipboard; where
// there is none, it is written by itself, from the first column on.
func (v *visit) copy(ctx context.Context, number string) error {
	code := codeOn(v.lesson.Pages[v.Lang][v.page])
	n, ok := numbered(number, len(code))
	if !ok {
		return v.listCode(ctx, code)
	}
	if v.Clipboard != nil && v.Clipboard(code[n-1]) == nil {
		v.say("%s", v.Words.Copied)
		return nil
	}
	return v.show(ctx, func(w io.Writer) error { _, err := io.WriteString(w, code[n-1]); return err })
}

func (v *visit) listCode(ctx context.Context, code []string) error {
	if len(code) == 0 {
		v.say("%s", v.Words.NoCode)
	}
	return v.show(ctx, func(w io.Writer) error {
		for i, c := range code {
			first, _, _ := strings.Cut(c, "\n")
			fmt.Fprintf(w, "%3d  %s\n", i+1, first)
		}
		return nil
	})
}

// codeOn are the pieces of code on a page.
func codeOn(p course.Page) (code []string) {
	for _, part := range p.Parts {
		doc, err := markdown.Render(part.Markdown, markdown.Options{Width: 80, Plain: true})
		if err != nil {
			continue
		}
		for _, b := range doc.Blocks {
			if b.Kind == block.Code {
				code = append(code, strings.TrimRight(b.Said, "\n")+"\n")
			}
		}
	}
	return code
}

// quizzes asks the questions of this lesson, or of another.
func (v *visit) quizzes(ctx context.Context, named string) error {
	if named != "" {
		return v.quiz(ctx, named)
	}
	return afterwards(v.askAll(ctx, v.lesson))
}
