package course

import (
	"regexp"
	"slices"
	"strings"
)

// shapes says which fields each type of question must have; no other of them
// may be there.
var shapes = map[QuestionType][]string{
	Single:   {"options"},
	Multi:    {"options"},
	Cloze:    nil,
	Order:    {"items"},
	Command:  {"answers"},
	Predict:  {"answers"},
	Manifest: {"checks", "sample"},
}

func (v validator) questions(all []Question) {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
		v.question(&all[i], "questions", i)
	}
	v.unique(ids, func(i int) []any { return []any{"questions", i, "id"} })
	if len(all) > maxPer {
		v.at([]any{"questions"}, "make several lessons of it", "at most %d are read", maxPer)
	}
}

func (v validator) question(q *Question, at ...any) {
	in := func(steps ...any) []any { return slices.Concat(at, steps) }
	v.id(q.ID, in("id")...)
	v.text(q.Ask, in("ask")...)
	v.text(q.Explain, in("explain")...)
	wanted, ok := shapes[q.Type]
	if !ok {
		v.at(in("type"), "write single, multi, cloze, order, command, manifest or predict", "%q is no type of question", q.Type)
		return
	}
	v.shape(q, wanted, in)
	switch q.Type {
	case Single, Multi:
		v.options(q, in)
	case Cloze:
		v.cloze(q, in)
	case Order:
		v.items(q, in)
	case Command, Predict:
		for i, answer := range q.Answers {
			v.word(answer, in("answers", i)...)
		}
	case Manifest:
		for i := range q.Checks {
			v.dryRunCheck(&q.Checks[i], in("checks", i))
		}
	}
}

// shape notes fields that are missing and fields of other types.
func (v validator) shape(q *Question, wanted []string, in func(...any) []any) {
	has := []struct {
		key   string
		there bool
	}{
		{"options", len(q.Options) > 0}, {"items", len(q.Items) > 0}, {"answers", len(q.Answers) > 0},
		{"checks", len(q.Checks) > 0}, {"sample", q.Sample != ""},
	}
	for _, field := range has {
		switch should := slices.Contains(wanted, field.key); {
		case should && !field.there:
			v.at(in(), "write "+field.key+":", "a question of type %s needs %s", q.Type, field.key)
		case !should && field.there:
			v.at(in(field.key), "take it away, or change the type", "a question of type %s has no %s", q.Type, field.key)
		}
	}
	if q.Start != "" && q.Type != Manifest {
		v.at(in("start"), "what a question is about stands under given", "only a manifest has a start")
	}
}

func (v validator) options(q *Question, in func(...any) []any) {
	ids := make([]string, len(q.Options))
	right := 0
	for i, o := range q.Options {
		ids[i] = o.ID
		v.id(o.ID, in("options", i, "id")...)
		v.text(o.Text, in("options", i, "text")...)
		v.optional(o.Why, in("options", i, "why")...)
		if o.Right {
			right++
		}
	}
	v.unique(ids, func(i int) []any { return in("options", i, "id") })
	switch wrong := len(q.Options) - right; {
	case len(q.Options) == 0: // noted already
	case q.Type == Single && right != 1:
		v.at(in("options"), "mark one with `right: true`", "exactly one option must be right, not %d", right)
	case right == 0:
		v.at(in("options"), "mark them with `right: true`", "no option is right")
	case wrong == 0:
		v.at(in("options"), "add one that is wrong", "every option is right, so that ticking all would pass")
	}
}

func (v validator) items(q *Question, in func(...any) []any) {
	ids := make([]string, len(q.Items))
	for i, item := range q.Items {
		ids[i] = item.ID
		v.id(item.ID, in("items", i, "id")...)
		v.text(item.Text, in("items", i, "text")...)
	}
	v.unique(ids, func(i int) []any { return in("items", i, "id") })
	if n := len(q.Items); n > 0 && n < 3 {
		v.at(in("items"), "add some", "an order of %d items is guessed too easily; 3 are wanted", n)
	}
}

var blank = regexp.MustCompile(`\{\{(.*?)\}\}`)

// cloze checks that both languages have the same number of blanks.
func (v validator) cloze(q *Question, in func(...any) []any) {
	for _, lang := range Langs {
		blanks := blank.FindAllStringSubmatch(q.Ask.In(lang), -1)
		if len(blanks) == 0 {
			v.at(in("ask", string(lang)), "write {{right|also right}}", "the sentence has no blank in %s", langName(lang))
		}
		for _, b := range blanks {
			for answer := range strings.SplitSeq(b[1], "|") {
				v.word(answer, in("ask", string(lang))...)
			}
		}
	}
	en, zh := len(blank.FindAllString(q.Ask.EN, -1)), len(blank.FindAllString(q.Ask.ZH, -1))
	if en != zh {
		v.at(in("ask"), "leave out the same words", "the sentence has %d blanks in English and %d in Chinese", en, zh)
	}
}
