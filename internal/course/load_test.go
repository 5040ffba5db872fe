package course_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/lessons"
)

// pack is a small course that is right.
func pack(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("testdata/pack")
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBuiltInCourseLoads(t *testing.T) {
	t.Parallel()
	c, err := course.Load(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Lessons() {
		l := inside(t, l)
		if len(l.Pages[course.English]) == 0 || len(l.Questions) == 0 || len(l.Labs) == 0 {
			t.Errorf("%s has %d pages, %d questions, %d labs", l.ID, len(l.Pages[course.English]), len(l.Questions), len(l.Labs))
		}
	}
}

func TestWhatIsLoaded(t *testing.T) {
	t.Parallel()
	c, err := course.LoadDir("testdata/pack")
	if err != nil {
		t.Fatal(err)
	}
	l, ok := c.Lesson("first")
	if !ok || l.Track.ID != "basics" || l.Minutes != 12 || l.Level != course.Intro || l.Sources[0].Lines != [2]int{10, 20} {
		t.Fatalf("lesson: %+v", l)
	}
	want := []course.Page{
		{Title: "One", Line: 3, Parts: []course.Part{
			{Markdown: "Some text, and code:\n\n```\n## not a page\n<!-- quiz: not a directive -->\n```\n", Line: 5},
			{Quiz: []string{"one", "several"}, Line: 12},
		}},
		{Title: "Two", Line: 14, Parts: []course.Part{
			{Lab: "make", Line: 16},
			{Markdown: "More text.\n", Line: 18},
			{Quiz: []string{"blank", "steps"}, Line: 20},
			{Quiz: []string{"say", "show", "write"}, Line: 21},
		}},
	}
	if got := inside(t, l).Pages[course.English]; !reflect.DeepEqual(got, want) {
		t.Errorf("pages:\n%+v\nwant\n%+v", got, want)
	}
	q, ok := c.Question("first/one")
	if !ok || q.Options[1].Text != (course.Text{EN: "B", ZH: "甲"}) {
		t.Errorf("a merged text: %+v", q)
	}
	lab, ok := inside(t, l).Lab("make")
	if !ok || lab.Path() != "first/make" || *lab.Checks[1].Object != *lab.Checks[0].Object {
		t.Fatalf("lab: %+v", lab)
	}
	for _, name := range []string{"setup.yaml", "notes/hello.txt", "solution.console", "almost.console"} {
		if lab.Files[name] == "" {
			t.Errorf("the lab has no file %s", name)
		}
	}
}

// TestFaults changes one thing of a course that is right, and wants the fault
// with its place.
func TestFaults(t *testing.T) {
	t.Parallel()
	const (
		lesson = "basics/first/lesson.yaml"
		quiz   = "basics/first/quiz.yaml"
		lab    = "basics/first/labs/make/lab.yaml"
		en     = "basics/first/en.md"
		zh     = "basics/first/zh.md"
	)
	for _, tc := range []struct{ file, old, new, want string }{
		// YAML
		{lesson, "minutes:", "minuts:", `lesson.yaml:5:1: unknown key "minuts" — do you mean "minutes"?`},
		{lesson, "minutes: 12", "minutes: soon", `lesson.yaml:5:10: a whole number is wanted here, not "soon"`},
		{lesson, "level: intro", "level: [intro]", "lesson.yaml:4:8: a text is wanted here, not a list"},
		{lesson, "level: intro", "level: intro\nlevel: core", `lesson.yaml:5:1: the key "level" stands here already, in line 4`},
		{lesson, "lines: [10, 20]", "lines: [10]", "lesson.yaml:10:25: 2 values are wanted here, not 1"},
		{lesson, "title: {en: The first lesson, zh: 第一课}", "title: The first lesson", "lesson.yaml:3:8: a mapping with en, zh is wanted here, not a single value"},
		{lesson, "{en: Make an object., zh: 创建一个对象。}", "{en: Make an object, zh: 创建一个对象。", "lesson.yaml:7: this is not YAML: "},
		{lesson, "labs: [make]", "labs: [make]\n---\nformat: 1", "lesson.yaml:13:1: a second YAML document begins here"},
		{lesson, "The first lesson", `"\e[31mred"`, "lesson.yaml:3:13: U+001B is the beginning of an escape sequence"},
		{lesson, "The first lesson", "null", "lesson.yaml:3:13: null means nothing at all in YAML: put it in quotes"},
		{quiz, "*same", "*other", "quiz.yaml: this is not YAML: unknown anchor 'other' referenced"},
		{quiz, "right: true", "right: maybe", `quiz.yaml:7:20: true or false is wanted here, not "maybe"`},
		// characters
		{en, "Some text", "Some\x1b[31mtext", "en.md:5:5: U+001B is the beginning of an escape sequence — remove it"},
		{en, "Some text", "Some &amp; &#27;[31mtext", "en.md:5:12: this stands for U+001B, which is the beginning of an escape sequence — remove it"},
		{en, "Some text", "Some\n&amp;amp;#x1b text", "en.md:6:1: this stands for U+001B"},
		{en, "Some text", "Some &rlm; text", "en.md:5:6: this stands for U+200F, which is a character that changes the direction of text"},
		{lesson, "The first lesson", `"\x26#27;[31mred"`, "lesson.yaml:3:13: this stands for U+001B"},
		{en, "Some text", "Some\x00text", "en.md:5:5: U+0000 is a control character"},
		{zh, "一些文字", "一些\u202e文字", "zh.md:5:3: U+202E is a character that changes the direction of text"},
		{zh, "一些文字", "一些\u200b文字", "zh.md:5:3: U+200B is a character that cannot be seen"},
		{zh, "一些文字", "一些\u0085文字", "zh.md:5:3: U+0085 is a control character"},
		{zh, "一些文字", "一些\xff文字", "zh.md:5:3: this is not UTF-8"},
		{"basics/first/labs/make/almost.console", "size=0", "size=0\x07", "almost.console:1:49: U+0007 is a control character"},
		// heads
		{"course.yaml", "format: 1", "format: 2", "course.yaml:1:9: this version reads format 1, not 2"},
		{"course.yaml", "[basics]", "[]", `course.yaml:2:9: the directory "basics" is not in the list`},
		{"course.yaml", "[basics]", "[basics, more]", "more/track.yaml: there is no such file"},
		{"course.yaml", "[basics]", "[basics, ../x]", `course.yaml:2:18: "../x" cannot be an id`},
		{"basics/track.yaml", "[first]", "[first, first]", `basics/track.yaml:5:18: "first" stands here twice`},
		{"basics/track.yaml", "id: basics", "id: base", `basics/track.yaml:2:5: the id "base" is not the directory's name "basics"`},
		{"basics/track.yaml", ", zh: 基础", "", "basics/track.yaml:3:8: title is missing in Chinese — write zh:"},
		{lesson, "intro", "easy", `lesson.yaml:4:8: "easy" is no level`},
		{lesson, "minutes: 12", "minutes: 0", "lesson.yaml:5:10: 0 minutes cannot be"},
		{lesson, `"1.37"`, "now", `lesson.yaml:11:14: "now" is no version`},
		{lesson, "[10, 20]", "[20, 10]", "lesson.yaml:10:25: lines 20 to 10 cannot be"},
		{lesson, "labs: [make]", "labs: [make, mend]", "labs/mend/lab.yaml: there is no such file"},
		{lesson, "labs: [make]", "labs: [make]\ntags: [cka, CKAD]", `lesson.yaml:13:13: "CKAD" cannot be an id — use a-z, 0-9 and -`},
		{lesson, "labs: [make]", "labs: [make]\ntags: [cka, cka]", `lesson.yaml:13:13: "cka" stands here twice`},
		// text
		{en, "# The first lesson", "The first lesson", "en.md:1:1: the text has no title"},
		{en, "## Two", "##", "en.md:14:1: the heading is empty"},
		{en, "# The first lesson", "# The first lesson\n<!-- lab: make -->", "en.md:2:1: a directive must stand on a page"},
		{en, "<!-- lab: make -->", "<!-- lab: make it -->", "en.md:16:1: a directive names one lab"},
		{en, "<!-- lab: make -->", "<!-- laboratory: make -->", "en.md:16:1: this is not a directive"},
		{en, "More text.", "```\nMore text.", "en.md:18:1: this block of code never ends — close it with ```"},
		{en, "quiz: one several", "quiz: on several", `en.md:12:1: there is no question "on" — do you mean "one"?`},
		{en, "quiz: one several", "quiz: several", `en.md: the question "one" stands nowhere in the text`},
		{en, "quiz: one several", "quiz: one several one", `en.md:12:1: the question "one" stands in line 12 already`},
		{zh, "quiz: one several", "quiz: several one", "zh.md:11:1: the quiz [several one] stands here, and in English, in line 12, the quiz [one several]"},
		{zh, "还有文字。", "", "zh.md:19:1: the quiz [blank steps] stands here, and in English, in line 18, text"},
		{zh, "还有文字。", "## 三", "zh.md:13:1: this page ends before text of line 18 in English"},
		// clozes
		{en, "Some text", "Some {{Word::text}}", `en.md:5:6: "Word" cannot be the id of a cloze — write {{id::answer}}, an id of a-z, 0-9 and -, or \{{`},
		{en, "Some text", "Some `{{std ::text}}`", `en.md:5:7: "std " cannot be the id of a cloze`},
		{en, "Some text", "Some {{::text}}", `en.md:5:6: "" cannot be the id of a cloze`},
		{en, "Some text", "Some {{word::}}", `en.md:5:6: an answer of the cloze "word" is empty`},
		{en, "Some text", "Some {{word::a| }}", `en.md:5:6: an answer of the cloze "word" is empty — write {{id::answer}}, or {{id::answer|also right}}`},
		{en, "Some text", "Some {{word::`text`}}", "en.md:5:6: there are marks of code or braces in the cloze \"word\" — put the marks around it: `{{id::answer}}`"},
		{en, "Some text", "Some {{word::{text}}}", "en.md:5:6: there are marks of code or braces"},
		{en, "Some text", "Some {{word::text::}}", `en.md:5:6: the cloze "word" is not an answer and a hint`},
		{en, "Some text", "Some {{word::text::a::b}}", `en.md:5:6: the cloze "word" is not an answer and a hint`},
		{en, "Some text", "Some {{word::text\n}}", "en.md:5:6: this cloze never ends — close it with }} on its line"},
		{en, "Some text", "Some {{word::text}}, `{{ .Values }}`", `en.md:5:6: braces stand in the paragraph of the cloze "word"`},
		{en, "Some text", "Some {{a::text}}\n\nand {{a::b}}", `en.md:7:5: the cloze "a" stands in line 5 already`},
		{en, "Some text", "Some {{word::text}}", `en.md:5:6: the cloze "word" is not there in Chinese`},
		{zh, "一些文字", "一些{{word::文字}}", `zh.md:5:3: the cloze "word" is not there in English — write it in the same block there, or take it away`},
		{en, "## Two", "## {{word::Two}}", "en.md:14:4: a heading has no clozes"},
		{en, "More text.", "### {{word::More}} text", "en.md:18:5: a heading has no clozes"},
		{en, "# The first lesson", "# The first {{word::lesson}}", "en.md:1:13: a heading has no clozes"},
		{en, "# The first lesson", "# The first lesson\n\n{{word::Text}}", "en.md:3:1: a cloze must stand on a page"},
		// questions
		{quiz, "type: single", "type: simple", `quiz.yaml:4:9: "simple" is no type of question`},
		{quiz, "{id: b, text: {<<", "{id: b, right: true, text: {<<", "quiz.yaml:7:3: exactly one option must be right, not 2"},
		{quiz, "{id: b, text: {en: B, zh: 乙}}", "{id: b, right: true, text: {en: B, zh: 乙}}", "quiz.yaml:14:3: every option is right"},
		{quiz, "{id: b, text: {en: B, zh: 乙}}", "{id: a, text: {en: B, zh: 乙}}", `quiz.yaml:15:10: "a" stands here twice`},
		{quiz, "{{是}}", "是", "quiz.yaml:19:37: the sentence has no blank in Chinese"},
		{quiz, "{{是}}", "{{是}}{{的}}", "quiz.yaml:19:8: the sentence has 1 blanks in English and 2 in Chinese"},
		{quiz, "  - {id: c, text: {en: Last, zh: 最后}}\n", "", "quiz.yaml:25:3: an order of 2 items is guessed too easily"},
		{quiz, "  answers: [kubectl get pods]\n", "", "quiz.yaml:29:3: a question of type command needs answers"},
		{quiz, "answers: [a]", "answers: [a]\n  sample: b", "quiz.yaml:41:11: a question of type predict has no sample"},
		{quiz, "    expect: object", "    object: {apiVersion: v1, kind: Pod, name: a}\n    expect: object", "quiz.yaml:49:13: a check of a manifest has no subject of its own"},
		{quiz, "explain: {en: So., zh: 如此。}", "explain: {en: So.}", "quiz.yaml:9:12: explain is missing in Chinese"},
		{quiz, "id: several", "id: one", `quiz.yaml:10:7: "one" stands here twice`},
		// labs
		{lab, "one_of: [ann, bob]", "one_of: [ann]", `lab.yaml:7:9: the variable "name" does not vary`},
		{lab, "min: 1, max: 5", "min: 5, max: 5", "lab.yaml:8:9: min must be below max"},
		{lab, "Make @{name}", "Make @{nam}", `lab.yaml:14:18: there is no variable "nam"`},
		{lab, "  size: {min: 1, max: 5}\n", "", `solution.console:1:48: there is no variable "size"`},
		{lab, "[setup.yaml]", "[../setup.yaml]", `lab.yaml:9:9: "../setup.yaml" does not name a file beside this one`},
		{lab, "[setup.yaml]", "[/etc/passwd]", `lab.yaml:9:9: "/etc/passwd" does not name a file beside this one`},
		{lab, "[setup.yaml]", "[setup.sh]", `lab.yaml:9:9: "setup.sh" should end in .yaml or .console`},
		{lab, "notes/hello.txt", "notes/bye.txt", "labs/make/notes/bye.txt: there is no such file"},
		{lab, "  object: *it\n", "", "lab.yaml:19:3: the check has no subject"},
		{lab, "  object: *it\n", "  object: *it\n  file: {path: a}\n", "lab.yaml:22:9: a check has one subject, not object and file"},
		{lab, "  expect: object", "  never: a\n  expect: object", "lab.yaml:19:3: a check has at most one of expect, always and never"},
		{lab, "  object: *it\n", "  exec: {pod: web, command: [ls]}\n", "lab.yaml:4:8: a check has exec, and the lab does not say that it needs it — add exec"},
		{lab, "  object: *it\n", "  logs: {pod: web, labelSelector: app=web}\n", "lab.yaml:21:9: one Pod is named, or a selector finds several"},
		{lab, "  object: *it\n", "  exec: {pod: web, any: true, command: [ls]}\n", "lab.yaml:21:25: any of one Pod is that Pod"},
		{lab, "  object: *it\n", "  exec: {pod: web}\n", "lab.yaml:21:9: there is no command"},
		{lab, "  object: *it\n", "  exec: {pod: web, command: []}\n", "lab.yaml:21:29: there is no command"},
		{lab, "  object: *it\n  with: {other: {apiVersion: v1, kind: ConfigMap, name: b}}\n  expect:", "  logs: {pod: web}\n  never:", "lab.yaml:19:3: this is looked at now and then"},
		{lab, "[control-plane]", "[contol-plane]", `lab.yaml:4:9: "contol-plane" is nothing that an engine can do — do you mean "control-plane"?`},
		{lab, "namespace: shop", "namespace: shop\nprofile: node", `lab.yaml:6:10: there is no profile "node"`},
		{lab, "with: {other:", "with: {object:", `lab.yaml:22:18: "object" cannot be the name of an object`},
		{lab, "kind: ConfigMap, name: a}", "kind: ConfigMap}", "lab.yaml:18:11: name is missing"},
		{lab, "id: right", "id: there", `lab.yaml:19:7: "there" stands here twice`},
		{lab, "fails: [right]", "fails: [rigth]", `lab.yaml:29:11: there is no check "rigth" — do you mean "right"?`},
		{lab, "fails: [right]", "fails: []", "lab.yaml:29:10: a near miss must fail a check"},
		{lab, "{en: Think., zh: 想一想。}", "{en: Think.}", "lab.yaml:25:3: hints is missing in Chinese"},
		{lab, "{en: Think., zh: 想一想。}", "{en: Think., zh: 想一想。, with: {it: {apiVersion: v1, kind: Node, name: a}}}", "lab.yaml:25:32: nothing looks at these objects — write the condition in `when:`, or take it away"},
		{lab, "{en: Think., zh: 想一想。}", `{en: Think., zh: 想一想。, when: "true", with: {checks: {apiVersion: v1, kind: Node, name: a}}}`, `lab.yaml:25:55: "checks" cannot be the name of an object`},
		{lab, "{en: Think., zh: 想一想。}", `{en: Think., zh: 想一想。, when: "true", with: {it: {apiVersion: v1, kind: Node}}}`, "lab.yaml:25:51: name is missing"},
		{lab, "title: {en: ", "title: {en: \"@{size}\", zh: x} # ", "lab.yaml:3:8: a title is shown before values are drawn — say it without the value"},
		{lab, "solution: solution.console", "", "lab.yaml:1:1: solution is missing"},
		{lab, "  name: {one_of", "  1x: {one_of", `lab.yaml:7:7: "1x" cannot be a variable`},
		{lab, "[ann, bob]}", "[ann, bob], max: 3}", "lab.yaml:7:9: a variable is one of a list or a number, not both"},
		{lab, "  expect: items.size() == 1\n", "  never: items.size() == 1\n", "lab.yaml:12:3: what is settled is so at one moment: always and never begin later"},
		{lab, "  object: &it {", "  expect: \"true\"\n  absent: &it {", "lab.yaml:16:3: what is absent has nothing that an expression could be about"},
		{lab, "object: *it", "file: {path: a, as: xml}", `lab.yaml:21:23: a file cannot be read as "xml"`},
		{lab, "kind: ConfigMap}\n  expect", "kind: ConfigMap, namespace: a, allNamespaces: true}\n  expect", "lab.yaml:12:54: a list is of one namespace or of all"},
		{lab, "object: *it", "access: {user: a, verb: get}", "lab.yaml:21:11: access is to a resource or to a path, one of them"},
		{quiz, "- id: say\n", "- id: say\n  start: x\n", "quiz.yaml:30:10: only a manifest has a start"},
		{quiz, "right: true, text: {en: A, zh: 甲}", "text: {en: A, zh: 甲}", "quiz.yaml:14:3: no option is right"},
		{quiz, "- {id: b, text: {en: B, zh: 乙}}", "- {id: b, right: true, text: {en: B, zh: 乙}}", "quiz.yaml:14:3: every option is right, so that ticking all would pass"},
		{quiz, "    expect: object.kind == \"ConfigMap\"\n", "", "quiz.yaml:48:5: a check of a manifest needs an expression"},
		{en, "More text.", "<!-- More text. -->", "en.md:18:1: this is not a directive, and other comments are not allowed"},
		{zh, "<!-- quiz: say show write -->", "<!-- quiz: say show write -->\n\n## 三\n", "zh.md:22:1: this page is not there in the other language"},
		{lesson, "objectives:\n- {en: Make an object., zh: 创建一个对象。}\n", "objectives: []\n", "lesson.yaml:7:13: the lesson has no objective"},
		{lesson, "minutes: 12", "minutes: 12\n? [a]\n: 12", "lesson.yaml:6:3: a key must be a word"},
		{lesson, "minutes: 12", "minutes: 12\n<<: 12", "lesson.yaml:6:5: << wants a mapping, or a list of them"},
		{"basics/track.yaml", "[first]", "[first" + manyIDs(501) + "]", "track.yaml:5:10: at most 500 are read"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			files := pack(t)
			before := string(files[tc.file].Data)
			after := strings.Replace(before, tc.old, tc.new, 1)
			if before == after {
				t.Fatalf("%s has no %q", tc.file, tc.old)
			}
			files[tc.file] = &fstest.MapFile{Data: []byte(after)}
			wantFault(t, files, tc.want)
		})
	}
}

// manyIDs are as many ids, each after a comma.
func manyIDs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", x%d", i)
	}
	return b.String()
}

// TestFaultsOfFiles changes what files there are.
func TestFaultsOfFiles(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for want, change := range map[string]func(fstest.MapFS){
		`the directory "Bad" cannot be a track: its name is no id`: func(f fstest.MapFS) {
			delete(f, "course.yaml")
			f["Bad/track.yaml"] = file("")
		},
		`there is another lesson "first" in basics`: func(f fstest.MapFS) {
			for name, data := range maps.Clone(f) {
				if below, ok := strings.CutPrefix(name, "basics/"); ok {
					f["more/"+below] = data
				}
			}
			f["more/track.yaml"] = file(strings.Replace(string(f["basics/track.yaml"].Data), "id: basics", "id: more", 1))
			f["course.yaml"] = file("format: 1\ntracks: [basics, more]\n")
		},
		"en.md:3:1: the text has no page": func(f fstest.MapFS) { f["basics/first/en.md"] = file("# T\n\n") },
		"quiz.yaml: this is not a file": func(f fstest.MapFS) {
			delete(f, "basics/first/quiz.yaml")
			f["basics/first/quiz.yaml/x"] = file("")
		},
		"the lab checks nothing": func(f fstest.MapFS) {
			f["basics/first/labs/make/lab.yaml"] = file("format: 1\nid: make\n")
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			files := pack(t)
			change(files)
			_, err := course.Load(files)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("not there: %s\n%v", want, err)
			}
		})
	}
}

// wantFault wants a fault whose text contains want, at the end of a name or
// from its beginning.
func wantFault(t *testing.T, fsys fs.FS, want string) {
	t.Helper()
	_, err := course.Load(fsys)
	var faults course.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("no faults: %v", err)
	}
	for _, f := range faults {
		if f.Mend == "" {
			t.Errorf("it is not said how to mend this: %v", f)
		}
	}
	for _, f := range faults {
		text := f.Error()
		if strings.HasPrefix(text, want) || strings.Contains(text, "/"+want) {
			return
		}
	}
	t.Errorf("not there: %s\nfaults:\n%v", want, faults)
}

// TestEveryMessageIsWanted keeps the tables above complete.
func TestEveryMessageIsWanted(t *testing.T) {
	t.Parallel()
	for _, message := range coursetest.Unprovoked(t, ".") {
		t.Errorf("no test provokes: %s", message)
	}
}

func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	files := pack(t)
	change := func(file, old, new string) {
		files[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(files[file].Data), old, new, 1))}
	}
	change("basics/first/lesson.yaml", "intro", "easy")
	change("basics/first/lesson.yaml", "labs:", "lab:")
	change("basics/first/quiz.yaml", "single", "simple")
	change("basics/first/quiz.yaml", "zh: 如此。", "")
	change("basics/first/en.md", "More", "\x1b")
	change("basics/first/labs/make/lab.yaml", "- id: right", "- id: wrong")
	change("basics/track.yaml", "zh: 第一步。", "")
	_, err := course.Load(files)
	want, readErr := os.ReadFile("testdata/faults.txt")
	if readErr != nil {
		t.Fatal(readErr)
	}
	if err == nil || err.Error()+"\n" != string(want) {
		t.Errorf("have\n%v\nwant\n%s", err, want)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("# a comment\n", course.MaxYAML/10)
	bomb := "format: 1\nx: &a [x, x]\n"
	for i := range 30 {
		bomb += fmt.Sprintf("x%d: &a%d [*a%s, *a%s]\n", i, i, previous(i), previous(i))
	}
	itself := "format: 1\ntitle: &t {en: a, zh: *t}\nsummary: &s\n  <<: *s\n"
	for name, tc := range map[string]struct{ data, want string }{
		"size":   {big, "course.yaml: the file is larger than 64 KiB"},
		"bomb":   {bomb, `course.yaml:2:1: unknown key "x"`},
		"itself": {"format: 1\ntracks: &t [*t]\n", "course.yaml:2:9: a text is wanted here, not a list"},
		"deep":   {"format: 1\ntracks: " + strings.Repeat("[", 20_000), "course.yaml"},
		"empty":  {"", "course.yaml: the file is empty"},
		"merge":  {itself, `course.yaml:2:1: unknown key "title"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := pack(t)
			files["course.yaml"] = &fstest.MapFile{Data: []byte(tc.data)}
			wantFault(t, files, tc.want)
		})
	}
}

func previous(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint(i - 1)
}

func TestAliasesAreLimited(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("format: 1\nquestions:\n- &q\n  options: &o\n")
	for range 1000 {
		b.WriteString("  - {id: a}\n")
	}
	for range 4000 {
		b.WriteString("- *q\n")
	}
	files := pack(t)
	files["basics/first/quiz.yaml"] = &fstest.MapFile{Data: []byte(b.String())}
	wantFault(t, files, "basics/first/quiz.yaml:")
	_, err := course.Load(files)
	if !strings.Contains(err.Error(), "the file has too many values, or is nested too deeply") {
		t.Errorf("no word of a limit")
	}
}

func TestLinksDoNotLeave(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.CopyFS(dir, pack(t)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outside, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	given := filepath.Join(dir, "basics/first/labs/make/notes/hello.txt")
	if err := errors.Join(os.Remove(given), os.Symlink(outside, given)); err != nil {
		t.Fatal(err)
	}
	_, err := course.LoadDir(dir)
	if err == nil || !strings.HasPrefix(err.Error(), filepath.ToSlash(given)+": cannot be read: ") {
		t.Errorf("a link that leads out was followed: %v", err)
	}
}

func TestWhatIsNoCourse(t *testing.T) {
	t.Parallel()
	wantFault(t, fstest.MapFS{}, ": there is no course here")
	if _, err := course.LoadDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestNamesCannotUpsetATerminal(t *testing.T) {
	t.Parallel()
	files := pack(t)
	delete(files, "course.yaml")
	files["\x1b[31m/track.yaml"] = files["basics/track.yaml"]
	wantFault(t, files, `: the directory "\x1b[31m" cannot be a track`)
	f := course.Fault{File: "a\x1b[31m", Line: 1, Message: "wrong"}
	if got := f.Error(); got != `"a\x1b[31m":1: wrong` {
		t.Errorf("have %q", got)
	}
}

func TestLineEndsOfWindows(t *testing.T) {
	t.Parallel()
	files := pack(t)
	for _, f := range files {
		f.Data = []byte(strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
	}
	if _, err := course.Load(files); err != nil {
		t.Error(err)
	}
}

func TestTracksWithoutOrderAreAlphabetical(t *testing.T) {
	t.Parallel()
	files := many(t, 6)
	delete(files, "course.yaml")
	c, err := course.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(c.Tracks); i++ {
		if c.Tracks[i-1].ID >= c.Tracks[i].ID {
			t.Errorf("%s stands before %s", c.Tracks[i-1].ID, c.Tracks[i].ID)
		}
	}
}

// many is a course of n lessons, ten to a track.
func many(t testing.TB, n int) fstest.MapFS {
	one := pack(t)
	files := fstest.MapFS{}
	lists := map[string][]string{}
	for i := range n {
		track, id := fmt.Sprintf("t%d", i/10), fmt.Sprintf("lesson-%d", i)
		lists[track] = append(lists[track], id)
		for name, f := range one {
			if below, ok := strings.CutPrefix(name, "basics/first/"); ok {
				files[path.Join(track, id, below)] = f
			}
		}
		own := strings.Replace(string(one["basics/first/lesson.yaml"].Data), "id: first", "id: "+id, 1)
		files[path.Join(track, id, "lesson.yaml")] = &fstest.MapFile{Data: []byte(own)}
	}
	for track, ids := range lists {
		own := strings.NewReplacer("id: basics", "id: "+track, "[first]", "["+strings.Join(ids, ", ")+"]").
			Replace(string(one["basics/track.yaml"].Data))
		files[path.Join(track, "track.yaml")] = &fstest.MapFile{Data: []byte(own)}
	}
	return files
}

// BenchmarkLoad loads the built-in course, all of it.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := course.Load(lessons.FS); err != nil {
			b.Fatal(err)
		}
	}
}
