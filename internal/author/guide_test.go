package author_test

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"kubetutor/internal/author"
	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
)

// example is a block of code of the guide; file is the name that stands before
// it, if one does.
type example struct {
	file, language, text string
	line                 int
}

func examples(t *testing.T) (list []example) {
	t.Helper()
	guide, err := os.ReadFile("../../lessons/GUIDE.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("^`([a-z0-9./-]+)`:$")
	last := ""
	for _, b := range block.Parse(string(guide)) {
		if b.Kind == block.Code {
			list = append(list, example{last, b.Info, b.Text, b.Line})
		}
		last = ""
		if m := named.FindStringSubmatch(b.Source); m != nil {
			last = m[1]
		}
	}
	return list
}

// smallest is the pack that the guide begins with.
func smallest(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, e := range examples(t) {
		if e.file != "" {
			files[e.file] = &fstest.MapFile{Data: []byte(e.text)}
		}
	}
	return files
}

func TestTheSmallestPack(t *testing.T) {
	t.Parallel()
	files := smallest(t)
	c, err := course.Load(files)
	if err != nil || len(files) != 4 || len(c.Lessons()) != 1 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	r := lint(t, author.Options{FS: files})
	for _, f := range r.Faults {
		if path.Base(f.File) != "quiz.yaml" { // it has no questions yet
			t.Error(f)
		}
	}
}

// TestExamplesOfTheGuide loads every YAML example in the place where it belongs.
func TestExamplesOfTheGuide(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	setup := ""
	for _, e := range examples(t) {
		if e.file != "" || e.language != "yaml" {
			continue
		}
		var keys map[string]yaml.Node
		if err := yaml.Unmarshal([]byte(e.text), &keys); err != nil {
			t.Errorf("GUIDE.md:%d: %v", e.line, err)
			continue
		}
		files := smallest(t)
		kind := "a part of a lab"
		_, isQuiz := keys["questions"]
		_, isGlossary := keys["terms"]
		_, isLab := keys["solution"]
		_, isManifest := keys["kind"]
		switch {
		case isManifest:
			setup = e.text
			continue
		case isQuiz:
			kind = "questions"
			withQuestions(files, e.text)
		case isGlossary:
			kind = "a glossary"
			files["glossary.yaml"] = &fstest.MapFile{Data: []byte(e.text)}
		case isLab:
			kind = "a lab"
			withLab(t, files, e.text)
		default:
			withLab(t, files, wholeLab(e.text, keys))
		}
		seen[kind]++
		t.Run(fmt.Sprintf("line %d, %s", e.line, kind), func(t *testing.T) {
			if _, err := course.Load(files); err != nil {
				t.Errorf("it does not load:\n%v", err)
			}
		})
	}
	if !strings.Contains(setup, "kind: Namespace") || seen["questions"] != 1 || seen["a lab"] != 1 || seen["a glossary"] != 1 || seen["a part of a lab"] < 2 {
		t.Errorf("examples: %v", seen)
	}
}

// TestClozesOfTheGuide wants every form of a cloze in the guide's example.
func TestClozesOfTheGuide(t *testing.T) {
	t.Parallel()
	files := smallest(t)
	for _, e := range examples(t) {
		if e.file == "" && e.language == "markdown" {
			withLine(files, e.text)
		}
	}
	c, err := course.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Lessons()[0]
	b, err := l.Body()
	if err != nil || len(l.ClozeIDs) != 4 {
		t.Fatalf("clozes %v, %v", l.ClozeIDs, err)
	}
	for id, want := range map[string]string{
		"class": "A claim without a class gets the {{default}} class. Its `spec.storageClassName` says so.",
		"field": "A claim without a class gets the default class. Its `spec.{{storageClassName}}` says so.",
		"once":  "Mode: `ReadWriteOnce`; Short: {{RWO}}",
		"waits": "It stays {{Pending|pending}} (which phase) until a volume fits.",
	} {
		if q, ok := b.Cloze(id); !ok || q.Ask.EN != want {
			t.Errorf("%s asks %+v", id, q)
		}
	}
}

// TestTheGuideNamesEverything wants an example of every type of question and of
// every subject of a check.
func TestTheGuideNamesEverything(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, e := range examples(t) {
		all.WriteString(e.text)
	}
	types := []course.QuestionType{course.Single, course.Multi, course.Cloze, course.Order, course.Command, course.Manifest, course.Predict}
	for _, q := range types {
		if !strings.Contains(all.String(), "type: "+string(q)) {
			t.Errorf("no question of type %s", q)
		}
	}
	for _, key := range []string{"object", "list", "absent", "access", "file", "audit", "exec", "logs", "request", "resolve", "addons", "with", "always", "when", "vars", "near_misses", "settled", "want", "have"} {
		if !regexp.MustCompile(`(?m)^\s*`+key+`: `).MatchString(all.String()) && !strings.Contains(all.String(), "\n"+key+":\n") {
			t.Errorf("no example has %s", key)
		}
	}
}

const helloPod = "basics/hello-pod/"

// withQuestions asks all questions at the end of both texts.
func withQuestions(files fstest.MapFS, quiz string) {
	files[helloPod+"quiz.yaml"] = &fstest.MapFile{Data: []byte(quiz)}
	for _, m := range regexp.MustCompile(`(?m)^- id: (.*)$`).FindAllStringSubmatch(quiz, -1) {
		withLine(files, "<!-- quiz: "+m[1]+" -->")
	}
}

func withLine(files fstest.MapFS, line string) {
	for _, lang := range course.Langs {
		f := files[helloPod+string(lang)+".md"]
		f.Data = append(slices.Clip(f.Data), "\n"+line+"\n"...)
	}
}

// wholeLab is a part of a lab with what else a lab must have.
func wholeLab(part string, keys map[string]yaml.Node) string {
	whole := "format: 1\nid: part\ntitle: {en: T, zh: T}\ntask: {en: T, zh: T}\nsolution: solution.console\n" + part
	if _, ok := keys["checks"]; !ok {
		whole += "checks:\n- {id: object, title: {en: T, zh: T}, object: {apiVersion: v1, kind: Pod, name: a}}\n"
	}
	return whole
}

// withLab puts a lab into the lesson, with the files that it names.
func withLab(t *testing.T, files fstest.MapFS, text string) {
	t.Helper()
	var lab struct{ ID string }
	if err := yaml.Unmarshal([]byte(text), &lab); err != nil {
		t.Fatal(err)
	}
	dir := helloPod + "labs/" + lab.ID + "/"
	files[dir+"lab.yaml"] = &fstest.MapFile{Data: []byte(text)}
	for _, name := range append(regexp.MustCompile(`[a-z]+\.console`).FindAllString(text, -1), "setup.yaml") {
		files[dir+name] = &fstest.MapFile{Data: []byte("true\n")}
	}
	lesson := files[helloPod+"lesson.yaml"]
	lesson.Data = fmt.Appendf(slices.Clip(lesson.Data), "labs: [%s]\n", lab.ID)
	withLine(files, "<!-- lab: "+lab.ID+" -->")
}
