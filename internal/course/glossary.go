package course

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Term is a word that learners meet, and what it means.
type Term struct {
	ID     string   `yaml:"id" json:"id"`
	Term   Text     `yaml:"term" json:"term"`
	Also   []string `yaml:"also,omitempty" json:"also,omitempty"` // other names of any language, such as the short one of kubectl
	Text   Text     `yaml:"text" json:"text"`                     // one to three sentences
	Lesson string   `yaml:"lesson,omitempty" json:"lesson,omitempty"`
	Avoid  Wordings `yaml:"avoid,omitempty" json:"-"` // what authors are not to write for it
}

// Wordings are words and phrases of each language.
type Wordings struct {
	EN []string `yaml:"en,omitempty"`
	ZH []string `yaml:"zh,omitempty"`
}

// In returns those of one language.
func (w Wordings) In(lang Lang) []string {
	if lang == Chinese {
		return w.ZH
	}
	return w.EN
}

// Names are all words that mean the term, its own first.
func (t *Term) Names() []string { return slices.Concat([]string{t.Term.EN, t.Term.ZH}, t.Also) }

// Glossary explains terms. A nil Glossary explains none.
type Glossary struct {
	terms  []*Term
	byName map[string]*Term // by every name, folded
}

// glossaryFile stands at the root of a course, beside course.yaml.
const glossaryFileName = "glossary.yaml"

type glossaryFile struct {
	Format int     `yaml:"format"`
	Terms  []*Term `yaml:"terms"`
}

func newGlossary(terms []*Term) *Glossary {
	g := &Glossary{byName: map[string]*Term{}}
	for _, t := range terms {
		if g.byName[t.ID] != nil {
			continue // another course of several explains it
		}
		g.terms = append(g.terms, t)
		for _, name := range append(t.Names(), t.ID) {
			if name = fold(name); g.byName[name] == nil {
				g.byName[name] = t
			}
		}
	}
	slices.SortStableFunc(g.terms, func(a, b *Term) int { return strings.Compare(fold(a.Term.EN), fold(b.Term.EN)) })
	return g
}

// Terms lists all terms, by their English names. The caller must not change it.
func (g *Glossary) Terms() []*Term {
	if g == nil {
		return nil
	}
	return g.terms
}

// Find finds a term by its id or one of its names, in any case, in singular or
// plural.
func (g *Glossary) Find(name string) (*Term, bool) {
	if g == nil {
		return nil, false
	}
	name = fold(name)
	if t, ok := g.byName[name]; ok {
		return t, true
	}
	for _, end := range [...]struct{ plural, singular string }{{"ies", "y"}, {"es", ""}, {"s", ""}} {
		if stem, ok := strings.CutSuffix(name, end.plural); ok && g.byName[stem+end.singular] != nil {
			return g.byName[stem+end.singular], true
		}
	}
	return nil, false
}

// Nearest returns at most n English names, the most similar to a word first:
// what somebody who mistyped it may have meant.
func (g *Glossary) Nearest(word string, n int) []string {
	names := make([]string, len(g.Terms()))
	for i, t := range g.Terms() {
		names[i] = t.Term.EN
	}
	return nearest(word, names, n)
}

// In lists the terms that a text names, in the order in which it first does.
// Where one name lies within another, the longer one counts.
func (g *Glossary) In(text string) []*Term {
	if g == nil {
		return nil
	}
	var found []*Term
	text = strings.ToLower(text)
	for at := 0; at < len(text); {
		t, n := g.at(text, at)
		if t != nil && !slices.Contains(found, t) {
			found = append(found, t)
		}
		at += n
	}
	return found
}

// at finds the longest name that begins at a place of a text, and how far to go
// on from there.
func (g *Glossary) at(text string, at int) (found *Term, next int) {
	_, next = utf8.DecodeRuneInString(text[at:])
	if inWord(text, at) {
		return nil, next
	}
	rest := text[at:]
	for end := range ends(rest) {
		if t, ok := g.Find(rest[:end]); ok {
			found, next = t, end
		}
	}
	return found, next
}

// longestName bounds the names that are looked for in a text, in bytes.
const longestName = 48

// ends are the places in a text at which a name that begins with it may end.
func ends(text string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for end := range text {
			if end > longestName || end > 0 && !inWord(text, end) && !yield(end) {
				return
			}
		}
		if len(text) <= longestName {
			yield(len(text))
		}
	}
}

// inWord tells whether a place is within a word that is written with spaces
// around it.
func inWord(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return spaced(before) && spaced(after)
}

// spaced tells whether a character belongs to such a word. Chinese does not.
func spaced(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r)
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// Glossary explains the terms of the course. It is read when it is asked for
// first; what is wrong in it is returned as [Faults], each time. Of several
// courses that are joined, the others' terms are there all the same. Without a
// file glossary.yaml it is empty.
func (c *Course) Glossary() (*Glossary, error) {
	if c.glossary == nil {
		return nil, nil
	}
	return c.glossary()
}

// glossary reads glossary.yaml, which a course need not have. Where lessons are
// known, terms must be taught in one of them.
func (r *reader) glossary(c *Course) []*Term {
	if _, err := fs.Stat(r.fsys, glossaryFileName); err != nil {
		return nil
	}
	var f glossaryFile
	d, ok := r.yamlUpTo(glossaryFileName, maxGlossary, &f)
	if !ok {
		return nil
	}
	v := r.validator(d)
	v.format(f.Format)
	v.terms(f.Terms)
	if c != nil {
		v.taught(f.Terms, c)
	}
	r.take(v)
	return f.Terms
}

// terms checks that every term is explained, and that no name means two.
func (v validator) terms(terms []*Term) {
	names := map[string]*Term{}
	for i, t := range terms {
		v.id(t.ID, "terms", i, "id")
		v.text(t.Term, "terms", i, "term")
		v.text(t.Text, "terms", i, "text")
		for _, name := range append(t.Names(), t.ID) {
			if other := names[fold(name)]; other != nil && other != t {
				v.at([]any{"terms", i}, "a name means one thing", "%q is a name of the term %q already", name, other.ID)
			}
			names[fold(name)] = t
		}
		for k, name := range t.Also {
			v.word(name, "terms", i, "also", k)
		}
	}
	for i, t := range terms {
		v.avoided(t.Avoid, names, i)
	}
}

// avoided checks what is not to be written: it is no name of a term.
func (v validator) avoided(w Wordings, names map[string]*Term, i int) {
	for _, lang := range Langs {
		for k, wording := range w.In(lang) {
			v.word(wording, "terms", i, "avoid", string(lang), k)
			if t := names[fold(wording)]; t != nil {
				v.at([]any{"terms", i, "avoid", string(lang), k}, "take it away here or there", "%q is a name of the term %q", wording, t.ID)
			}
		}
	}
}

func (v validator) taught(terms []*Term, c *Course) {
	for i, t := range terms {
		if _, ok := c.Lesson(t.Lesson); ok || t.Lesson == "" {
			continue
		}
		mend := "name one of this course"
		for _, near := range c.Nearest(t.Lesson, 1) {
			mend = fmt.Sprintf("do you mean %q?", near)
		}
		v.at([]any{"terms", i, "lesson"}, mend, "there is no lesson %q", t.Lesson)
	}
}
