package course

import (
	"fmt"
	"maps"
	"path"
	"slices"
)

// references checks that every question and every lab stands exactly once in
// the text of each language, and that nothing else does.
func (r *reader) references(l *Body) {
	questions := make([]string, len(l.Questions))
	for i, q := range l.Questions {
		questions[i] = q.ID
	}
	for _, lang := range Langs {
		file := path.Join(l.Dir, string(lang)+".md")
		quiz, lab := map[string]int{}, map[string]int{}
		for _, p := range parts(l.Pages[lang]) {
			for _, id := range p.Quiz {
				r.reference(file, p.Line, id, "question", questions, quiz)
			}
			if p.Lab != "" {
				r.reference(file, p.Line, p.Lab, "lab", l.LabIDs, lab)
			}
		}
		r.missing(file, "quiz", "question", questions, quiz)
		r.missing(file, "lab", "lab", l.LabIDs, lab)
	}
}

func parts(pages []Page) []Part {
	var all []Part
	for _, p := range pages {
		all = append(all, p.Parts...)
	}
	return all
}

func (r *reader) reference(file string, line int, id, kind string, known []string, seen map[string]int) {
	at := place{line, 1}
	if !slices.Contains(known, id) {
		mend := fmt.Sprintf("write the %s first, or take the directive away", kind)
		if near := nearest(id, known, 1); len(near) == 1 {
			mend = fmt.Sprintf("do you mean %q?", near[0])
		}
		r.add(file, at, mend, "there is no %s %q", kind, id)
		return
	}
	if first, twice := seen[id]; twice {
		r.add(file, at, "keep one of the two", "the %s %q stands in line %d already", kind, id, first)
		return
	}
	seen[id] = line
}

func (r *reader) missing(file, directive, kind string, known []string, seen map[string]int) {
	for _, id := range known {
		if _, ok := seen[id]; !ok && validID.MatchString(id) {
			r.add(file, place{}, fmt.Sprintf("write `<!-- %s: %s -->` where it belongs", directive, id), "the %s %q stands nowhere in the text", kind, id)
		}
	}
}

// inStep checks that both languages have the same pages with the same kinds of
// parts in the same order. Only the first difference is noted: what comes after
// it differs as well.
func (r *reader) inStep(l *Body) {
	en, zh := l.Pages[English], l.Pages[Chinese]
	file := path.Join(l.Dir, string(Chinese)+".md")
	for i := range min(len(en), len(zh)) {
		at, message, differ := pageDiffers(en[i], zh[i])
		if differ {
			r.add(file, place{at, 1}, "both languages go in step", "%s", message)
			return
		}
	}
	if len(en) != len(zh) {
		longer := slices.MaxFunc(slices.Collect(maps.Keys(l.Pages)), func(a, b Lang) int { return len(l.Pages[a]) - len(l.Pages[b]) })
		first := l.Pages[longer][min(len(en), len(zh))]
		r.add(path.Join(l.Dir, string(longer)+".md"), place{first.Line, 1}, "both languages go in step",
			"this page is not there in the other language (%d pages in English, %d in Chinese)", len(en), len(zh))
	}
}

// pageDiffers finds the first part of the page zh that is not what the page en
// has in its place.
func pageDiffers(en, zh Page) (line int, message string, differ bool) {
	for i := range max(len(en.Parts), len(zh.Parts)) {
		switch {
		case i >= len(en.Parts):
			return zh.Parts[i].Line, fmt.Sprintf("%s stands here, where the English page ends", zh.Parts[i].kind()), true
		case i >= len(zh.Parts):
			return zh.Line, fmt.Sprintf("this page ends before %s of line %d in English", en.Parts[i].kind(), en.Parts[i].Line), true
		case en.Parts[i].kind() != zh.Parts[i].kind():
			return zh.Parts[i].Line, fmt.Sprintf("%s stands here, and in English, in line %d, %s", zh.Parts[i].kind(), en.Parts[i].Line, en.Parts[i].kind()), true
		}
	}
	return 0, "", false
}

// kind is what must be the same in both languages: text, or a directive.
func (p Part) kind() string {
	switch {
	case p.Lab != "":
		return "the lab " + p.Lab
	case len(p.Quiz) > 0:
		return fmt.Sprintf("the quiz %v", p.Quiz)
	}
	return "text"
}

// clozesInStep checks that both languages have the same clozes on the same pages.
func (r *reader) clozesInStep(l *Body) {
	file := func(lang Lang) string { return path.Join(l.Dir, string(lang)+".md") }
	en, zh := standing(l.Pages[English]), standing(l.Pages[Chinese])
	for id, c := range en {
		if _, ok := zh[id]; !ok {
			r.add(file(English), place{c.Line, c.Column}, "write it in the same block there, or take it away", "the cloze %q is not there in Chinese", id)
		}
	}
	for id, c := range zh {
		switch other, ok := en[id]; {
		case !ok:
			r.add(file(Chinese), place{c.Line, c.Column}, "write it in the same block there, or take it away", "the cloze %q is not there in English", id)
		case other.page != c.page:
			r.add(file(Chinese), place{c.Line, c.Column}, "both languages go in step", "the cloze %q stands on another page than in English, where it is in line %d", id, other.Line)
		}
	}
}

// clozeOn is a cloze and the page that it stands on.
type clozeOn struct {
	ClozeMark
	page int
}

func standing(pages []Page) map[string]clozeOn {
	all := map[string]clozeOn{}
	for i, page := range pages {
		for _, p := range page.Parts {
			for _, c := range p.Clozes {
				all[c.ID] = clozeOn{c, i}
			}
		}
	}
	return all
}
