package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// choice is something that can be typed at a prompt.
type choice struct {
	word string // never translated; a beginning that no other word has is enough
	key  string // typed instead, or ""
	text string // what it does, for help
	do   func(ctx context.Context, rest string) error
}

// alone is something to do that takes no words.
func alone(do func(context.Context) error) func(context.Context, string) error {
	return func(ctx context.Context, _ string) error { return do(ctx) }
}

// leads makes a choice end what is asked with an error: one of the ways below.
func leads(to error) func(context.Context, string) error {
	return func(context.Context, string) error { return to }
}

// The ways to leave a prompt that are no errors.
var (
	errQuit  = errors.New("the learner quits")
	errHome  = errors.New("the learner goes home")
	errAgain = errors.New("the learner wants to hear again what is asked")
)

// prompt asks for something.
type prompt struct {
	text    string
	choices []choice // beside those that can be typed everywhere
	// answer takes what was typed, unless it is no answer; nil: only commands are
	// understood.
	answer func(typed string) bool
	free   bool // any text is an answer: commands begin with a colon
}

// put asks until there is an answer or an empty line, and does what is typed
// besides. It returns what was typed.
func (t *Tutor) put(ctx context.Context, p prompt) (string, error) {
	for {
		typed, err := t.ask(ctx, p.text)
		if err != nil || typed == "" {
			return "", err
		}
		command, colon := strings.CutPrefix(typed, ":")
		if p.answer != nil && !colon && !t.commands(p, typed) && p.answer(typed) {
			return typed, nil
		}
		if err := t.obey(ctx, command, p); err != nil {
			return "", err
		}
	}
}

// commands tells whether what was typed begins with the whole word of a choice,
// or its key, which come before any answer. Where any text is an answer, the ways
// out are commands nevertheless: no question asks for them.
func (t *Tutor) commands(p prompt, typed string) bool {
	if p.free {
		return typed == "help" || typed == "?" || typed == "quit"
	}
	word, _, _ := strings.Cut(strings.ToLower(typed), " ")
	return word == "help" || slices.ContainsFunc(t.choices(p), func(c choice) bool { return c.word == word || c.key != "" && c.key == word })
}

// obey does what was typed. What is no command is said to be none.
func (t *Tutor) obey(ctx context.Context, typed string, p prompt) error {
	typed = strings.TrimSpace(typed)
	if typed == "?" || typed == "help" {
		return t.help(ctx, p)
	}
	word, rest, _ := strings.Cut(typed, " ")
	c, like := find(t.choices(p), strings.ToLower(word))
	switch {
	case c.do != nil:
		return c.do(ctx, strings.TrimSpace(rest))
	case len(like) > 1:
		t.say(t.Words.Ambiguous, clip(word), strings.Join(like, t.Words.ListSeparator))
	default:
		t.say(t.Words.Unclear, clip(typed))
	}
	return nil
}

// find finds the choice that is meant by a word, its key, or the beginning of a
// word; or else the words that begin so.
func find(choices []choice, typed string) (found choice, like []string) {
	for _, c := range choices {
		if c.word == typed || c.key != "" && c.key == typed {
			return c, nil
		}
		if typed != "" && strings.HasPrefix(c.word, typed) {
			found, like = c, append(like, c.word)
		}
	}
	if len(like) == 1 {
		return found, nil
	}
	return choice{}, like
}

// choices are all that can be typed at a prompt. What it has of its own comes
// first.
func (t *Tutor) choices(p prompt) []choice {
	list := slices.Clone(p.choices)
	further := t.everywhere()
	if t.around != nil {
		further = append(t.around(), further...)
	}
	for _, c := range further {
		if !slices.ContainsFunc(list, func(has choice) bool { return has.word == c.word }) {
			list = append(list, c)
		}
	}
	return list
}

// everywhere is what can be typed at every prompt.
func (t *Tutor) everywhere() []choice {
	about := t.Words.About
	return append(t.further(), []choice{
		{"again", "", about["again"], leads(errAgain)},
		{"course", "", about["course"], t.courseList},
		{"search", "", about["search"], t.search},
		{"glossary", "", about["glossary"], t.glossary},
		{"stats", "", about["stats"], t.statistics},
		{"network", "", t.Words.NetworkSay, t.network},
		{"settings", "", about["settings"], t.settings},
		{"language", "l", about["language"], alone(t.switchLanguage)},
		{"home", "", about["home"], leads(errHome)},
		{"quit", "q", about["quit"], leads(errQuit)},
	}...)
}

// further are the commands of [Options.Further].
func (t *Tutor) further() (list []choice) {
	for _, c := range t.Further {
		list = append(list, choice{c.Word, "", c.Text, func(ctx context.Context, rest string) error { return c.Do(ctx, rest, t.Out) }})
	}
	return list
}

// help lists what can be typed.
func (t *Tutor) help(ctx context.Context, p prompt) error {
	return t.show(ctx, func(w io.Writer) error {
		fmt.Fprintln(w, t.Words.HelpHead)
		for _, c := range t.choices(p) {
			word := c.word
			if c.key != "" {
				word += t.Words.ListSeparator + c.key
			}
			fmt.Fprintf(w, "  %-12s %s\n", word, c.text)
		}
		fmt.Fprintf(w, "  %-12s %s\n", "help"+t.Words.ListSeparator+"?", t.Words.About["help"])
		fmt.Fprintln(w, t.Words.HelpEnter)
		if p.free {
			fmt.Fprintln(w, t.Words.HelpFree)
		}
		return nil
	})
}

// say writes one line.
func (t *Tutor) say(format string, args ...any) { fmt.Fprintf(t.Out, format+"\n", args...) }

// maxTyped is how many characters of a line count. More is no answer, and would
// only fill the learner's progress.
const maxTyped = 4096

// ask writes a prompt and reads a line. Where there is no terminal that shows
// what is typed, the line of the prompt ends there.
func (t *Tutor) ask(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(t.Out, prompt)
	line, err := t.lines.Read(ctx)
	if t.Terminal == nil || err != nil {
		fmt.Fprintln(t.Out)
	}
	t.screen.rows = 0
	if runes := []rune(line); len(runes) > maxTyped {
		line = string(runes[:maxTyped])
	}
	return strings.TrimSpace(line), err
}

// maxQuoted is how much of what was typed is said again.
const maxQuoted = 40

// clip quotes what was typed, so that it can be told from the words around it.
func clip(typed string) string {
	if runes := []rune(typed); len(runes) > maxQuoted {
		typed = string(runes[:maxQuoted]) + "…"
	}
	return fmt.Sprintf("%q", typed)
}

// switchLanguage changes between English and Chinese, and says in the new
// language what was asked.
func (t *Tutor) switchLanguage(context.Context) error {
	if t.Lang == course.Chinese {
		t.setLang(course.English)
	} else {
		t.setLang(course.Chinese)
	}
	return errAgain
}

func (t *Tutor) setLang(l course.Lang) { t.Lang, t.Words = l, i18n.CLIWords(l) }
