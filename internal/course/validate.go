package course

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// validator checks what a YAML file says. A place in the file is a path of
// keys and indices.
type validator struct{ *document }

func (r *reader) validator(d *document) validator { return validator{d} }

// take moves the faults of a validator to the reader.
func (r *reader) take(v validator) {
	r.faults = append(r.faults, v.faults...)
	v.faults = nil
}

func (v validator) format(have int) {
	if have != Format {
		v.at([]any{"format"}, "the first line is `format: 1`", "this version reads format %d, not %d", Format, have)
	}
}

// head checks what stands at the beginning of a file whose directory is named
// after its id.
func (v validator) head(format int, id, dir string) {
	v.format(format)
	v.id(id, "id")
	if id != dir {
		v.at([]any{"id"}, "call both by the same name", "the id %q is not the directory's name %q", id, dir)
	}
}

// text checks that a text exists in every language.
func (v validator) text(t Text, at ...any) {
	for _, lang := range Langs {
		if text := map[Lang]string{English: t.EN, Chinese: t.ZH}[lang]; strings.TrimSpace(text) == "" {
			v.at(at, "write "+string(lang)+":", "%s is missing in %s", name(at), langName(lang))
		}
	}
}

// optional checks that a text exists in every language or in none.
func (v validator) optional(t Text, at ...any) {
	if !t.IsZero() {
		v.text(t, at...)
	}
}

func langName(l Lang) string {
	return map[Lang]string{English: "English", Chinese: "Chinese"}[l]
}

// name is the last key of a path: what a fault is about.
func name(at []any) string {
	for _, step := range slices.Backward(at) {
		if key, ok := step.(string); ok {
			return key
		}
	}
	return "this"
}

func (v validator) word(text string, at ...any) {
	if strings.TrimSpace(text) == "" {
		v.at(at, "write it", "%s is missing", name(at))
	}
}

func (v validator) id(id string, at ...any) {
	if !validID.MatchString(id) {
		v.at(at, "use a-z, 0-9 and -, and begin with a letter or digit", "%q cannot be an id", id)
	}
}

// list checks ids that are listed below a key.
func (v validator) list(ids []string, most int, at ...any) {
	for i, id := range ids {
		v.id(id, slices.Concat(at, []any{i})...)
	}
	v.unique(ids, func(i int) []any { return slices.Concat(at, []any{i}) })
	if len(ids) > most {
		v.at(at, "make several of it", "at most %d are read", most)
	}
}

// unique notes every id that stands twice.
func (v validator) unique(ids []string, at func(int) []any) {
	seen := map[string]bool{}
	for i, id := range ids {
		if seen[id] && id != "" {
			v.at(at(i), "choose another", "%q stands here twice", id)
		}
		seen[id] = true
	}
}

// unlisted notes directories that exist and are not in the list.
func (v validator) unlisted(found, listed []string, at ...any) {
	for _, dir := range found {
		if !slices.Contains(listed, dir) {
			v.at(at, "add it to "+name(at), "the directory %q is not in the list", dir)
		}
	}
}

// files checks names of files beside this one.
func (v validator) files(names []string, extensions []string, at ...any) {
	for i, file := range names {
		v.fileName(file, extensions, slices.Concat(at, []any{i})...)
	}
	v.unique(names, func(i int) []any { return slices.Concat(at, []any{i}) })
}

func (v validator) fileName(file string, extensions []string, at ...any) {
	switch {
	case file == "":
		v.at(at, "name a file beside this one", "%s is missing", name(at))
	case !fs.ValidPath(file) || file == "." || strings.ContainsAny(file, `\:`):
		v.at(at, "no .., no leading or trailing slash, no backslash, no colon", "%q does not name a file beside this one", file)
	case len(extensions) > 0 && !slices.Contains(extensions, path.Ext(file)):
		v.at(at, "give the file that ending", "%q should end in %s", file, strings.Join(extensions, " or "))
	}
}

var version = regexp.MustCompile(`^1\.\d+$`)

func (v validator) lesson(f lessonFile, id string) {
	v.head(f.Format, f.ID, id)
	v.text(f.Title, "title")
	if !slices.Contains([]Level{Intro, Core, Advanced}, f.Level) {
		v.at([]any{"level"}, "write intro, core or advanced", "%q is no level", f.Level)
	}
	if f.Minutes < 1 || f.Minutes > 600 {
		v.at([]any{"minutes"}, "say how long the lesson takes, labs included", "%d minutes cannot be", f.Minutes)
	}
	if !version.MatchString(f.CheckedFor) {
		v.at([]any{"checked_for"}, `name the Kubernetes version that the facts were checked for, such as "1.37"`, "%q is no version", f.CheckedFor)
	}
	v.list(f.After, maxPer, "after")
	v.list(f.Labs, maxPer, "labs")
	v.list(f.Tags, maxTags, "tags")
	if len(f.Objectives) == 0 {
		v.at([]any{"objectives"}, "say what one can do afterwards", "the lesson has no objective")
	}
	for i, o := range f.Objectives {
		v.text(o, "objectives", i)
	}
	for i, s := range f.Sources {
		v.word(s.Notes, "sources", i, "notes")
		if s.Lines[0] < 1 || s.Lines[1] < s.Lines[0] {
			v.at([]any{"sources", i, "lines"}, "write [first, last]", "lines %d to %d cannot be", s.Lines[0], s.Lines[1])
		}
	}
}
