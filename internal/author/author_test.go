package author_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/author"
	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/lab/protocol"
	"kubetutor/lessons"
)

// pack copies the course of testdata, in which nothing is wrong, and changes
// one text in one file of it.
func pack(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/pack")); err != nil {
		t.Fatal(err)
	}
	if file != "" {
		change(t, filepath.Join(dir, file), old, new)
	}
	return dir
}

func change(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	after := strings.Replace(string(data), old, new, 1)
	if after == string(data) {
		t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(file, []byte(after), 0o600); err != nil {
		t.Fatal(err)
	}
}

func lint(t *testing.T, o author.Options) author.Report {
	t.Helper()
	r, err := author.Lint(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNothingWrong(t *testing.T) {
	t.Parallel()
	r := lint(t, author.Options{Dir: pack(t, "", "", "")})
	if len(r.Faults) > 0 || r.Lessons != 1 {
		t.Error(r.Format())
	}
	if !strings.Contains(r.Format(), "not looked at: the expressions of checks: there is no engine") {
		t.Errorf("what was left out is not said:\n%s", r.Format())
	}
}

// TestRules breaks one rule at a time and wants one fault, at its place.
func TestRules(t *testing.T) {
	t.Parallel()
	const dir = "basics/first/"
	long := strings.Repeat("-", 57)
	var page strings.Builder
	for i := range 40 {
		fmt.Fprintf(&page, "Paragraph %d.\n\n", i)
	}
	for _, tc := range []struct{ file, old, new, want string }{
		{"lesson.yaml", "minutes: 12", "minutes: 31", "lesson.yaml:5:10: 31 minutes; a lesson takes 5 to 30"},
		{"lesson.yaml", `"1.37"`, `"1.30"`, "lesson.yaml:11:14: checked for 1.30; now it is 1.37 — check the facts again"},
		{"lesson.yaml", "minutes: 12", "minutes: 12  ", "lesson.yaml:5:12: white space at the end of the line"},
		{"quiz.yaml", "说 {{是}}", "说,{{是}}", "quiz.yaml:19:1: a mark of ASCII stands in a Chinese sentence"},
		{"quiz.yaml", "说 {{是}}", "说 {{是}}, zh: 不", `quiz.yaml:19:1: the text goes on into the next key: ", zh: "`},
		{"quiz.yaml", "    NAME\n", "    " + strings.Repeat("x", 77) + "\n", "quiz.yaml:37:1: code is 77 columns wide; 76 fit"},
		{"en.md", "some code", "some [code](here)", `en.md:5:17: the link "here" leads nowhere`},
		{"en.md", "some code", "some [code](lesson:nosuch)", `en.md:5:17: the link "lesson:nosuch" leads nowhere`},
		{"en.md", " a box\n", " " + long + "\n", "en.md:12:57: this line of the figure is 58 columns wide; 56 fit"},
		{"zh.md", " 盒子\n", " " + strings.Repeat("盒", 28) + "\n", "zh.md:12:57: this line of the figure is 57 columns wide; 56 fit"},
		{"en.md", ` alt="A box."`, "", "en.md:11:1: the figure has no description"},
		{"en.md", "echo", "echo " + strings.Repeat("x", 80), "en.md:8:77: this line of the code is 88 columns wide; 76 fit"},
		{"zh.md", "还有文字", "- 还有文字", "zh.md:21:1: item stands here, and in English, in line 21, paragraph"},
		{"zh.md", "还有文字。", "还有文字。\n\n还有。", "zh.md:23:1: paragraph stands here, where the English text has ended"},
		{"en.md", "More text.", "More text.\n\nAnd more.", "zh.md:21:1: the text from here on ends before paragraph of line 23 in English"},
		{"zh.md", "```sh", "```yaml", "zh.md:7:1: code yaml stands here, and in English, in line 7, code sh"},
		{"zh.md", "一些文字，", "一些文字,", "zh.md:5:5: a mark of ASCII stands in a Chinese sentence"},
		{"zh.md", "一些文字，", "一些文字(a)，", "zh.md:5:5: a mark of ASCII stands in a Chinese sentence"},
		{"zh.md", "一些文字，", "一些 Pod的文字，", "zh.md:5:7: Chinese and Latin stand without a space"},
		{"zh.md", "一些文字，", "一些`code`，", "zh.md:5:3: Chinese and Latin stand without a space"},
		{"zh.md", "一些文字，", "一些**Pod** 文字，", "zh.md:5:3: Chinese and Latin stand without a space"},
		{"labs/make/lab.yaml", "- {en: Think., zh: 想一想。}\n", "", "lab.yaml:25:1: 2 hints; at least 3 are wanted"},
		{"labs/make/lab.yaml", "given: [notes/hello.txt]\n", "", "labs/make/notes/hello.txt:1:1: this file is not used"},
		{"labs/make/lab.yaml", "- script: none.console\n  fails: [there, right]\n  why: {en: It is not there., zh: 它不在。}\n", "", "lab.yaml:30:1: 1 near misses; at least 2 are wanted"},
		{"labs/make/setup.yaml", "kind: ConfigMap\n", "", "setup.yaml:1:1: this is no object of Kubernetes"},
		{"en.md", "Some text", "TODO: Some text", "en.md:5:1: this is not written yet: Some text, some code: — write it, and take TODO: away"},
		{"zh.md", " 盒子", " TODO: 盒子", "zh.md:12:2: this is not written yet: 盒子"},
		{"lesson.yaml", "minutes: 12", "minutes: 12 # TODO: measure", "lesson.yaml:5:15: this is not written yet: measure"},
		{"labs/make/solution.console", "kubectl", "# TODO: a better way\nkubectl", "solution.console:1:3: this is not written yet: a better way"},
		{"labs/make/setup.yaml", "kind: ConfigMap", "kind: [", "setup.yaml:1:1: this is not YAML: "},
		{"lesson.yaml", "level: intro", "level: easy", `lesson.yaml:4:8: "easy" is no level`},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			wantFault(t, lint(t, author.Options{Dir: pack(t, dir+tc.file, tc.old, tc.new)}), tc.want)
		})
	}
	t.Run("long page", func(t *testing.T) {
		t.Parallel()
		r := lint(t, author.Options{Dir: pack(t, dir+"en.md", "More text.", page.String())})
		wantFault(t, r, "en.md:17:1: the page has 8")
	})
}

// TestEveryMessageIsWanted keeps the tables complete.
func TestEveryMessageIsWanted(t *testing.T) {
	t.Parallel()
	for _, message := range coursetest.Unprovoked(t, ".") {
		if !strings.HasPrefix(message, "cannot be ") { // a file that goes while it is looked at
			t.Errorf("no test provokes: %s", message)
		}
	}
}

// TestTooLittle leaves the questions out, and something to do.
func TestTooLittle(t *testing.T) {
	t.Parallel()
	dir := pack(t, "", "", "")
	lesson := filepath.Join(dir, "basics", "first")
	for _, lang := range []string{"en", "zh"} {
		for _, ids := range []string{"one several", "blank steps", "say show write"} {
			change(t, filepath.Join(lesson, lang+".md"), "<!-- quiz: "+ids+" -->", "")
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(lesson, "quiz.yaml")), os.WriteFile(filepath.Join(lesson, "TODO.md"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	r := lint(t, author.Options{Dir: dir})
	wantFault(t, r, "quiz.yaml:1:1: 0 questions; a lesson has 3 to 8")
	few := "format: 1\nquestions:\n- {id: one, type: predict, ask: {en: A, zh: A}, answers: [a], explain: {en: A, zh: A}}\n"
	if err := os.WriteFile(filepath.Join(lesson, "quiz.yaml"), []byte(few), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "zh"} {
		change(t, filepath.Join(lesson, lang+".md"), "<!-- lab: make -->", "<!-- lab: make -->\n<!-- quiz: one -->")
	}
	wantFault(t, lint(t, author.Options{Dir: dir}), "quiz.yaml:1:1: 1 types of questions; at least 3 are wanted")
	wantFault(t, r, "TODO.md:1:1: this file says what is left to do — do what it says, then delete it")
}

func TestScope(t *testing.T) {
	t.Parallel()
	const lab = "basics/first/labs/make/"
	dir := pack(t, lab+"lab.yaml", "namespace: shop", "namespace: shop\nscope: namespace")
	if r := lint(t, author.Options{Dir: dir}); len(r.Faults) > 0 {
		t.Error(r.Format())
	}
	change(t, filepath.Join(dir, lab, "setup.yaml"), "apiVersion: v1\nkind: ConfigMap", "apiVersion: storage.k8s.io/v1\nkind: StorageClass")
	change(t, filepath.Join(dir, lab, "lab.yaml"), "other: {apiVersion: v1, kind: ConfigMap", "other: {apiVersion: v1, kind: Node")
	change(t, filepath.Join(dir, lab, "lab.yaml"), "{en: Think., zh: 想一想。}", `{en: Think., zh: 想一想。, when: "true", with: {all: {apiVersion: v1, kind: PersistentVolume, name: p}}}`)
	r := lint(t, author.Options{Dir: dir})
	wantFault(t, r, "lab.yaml:26:52: the lab's scope is its namespace, and PersistentVolume belongs to the whole cluster")
	wantFault(t, r, "setup.yaml:1:1: the lab's scope is its namespace, and StorageClass belongs to the whole cluster")
	wantFault(t, r, "lab.yaml:20:3: the lab's scope is its namespace, and Node belongs to the whole cluster")
}

// TestScopeInside lets a set-up make the lab's namespace, and nothing beside it.
func TestScopeInside(t *testing.T) {
	t.Parallel()
	const lab = "basics/first/labs/make/"
	own := pack(t, lab+"lab.yaml", "namespace: shop", "namespace: shop\nscope: namespace")
	change(t, filepath.Join(own, lab, "setup.yaml"), "apiVersion", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion")
	if r := lint(t, author.Options{Dir: own}); len(r.Faults) > 0 {
		t.Error(r.Format())
	}
	change(t, filepath.Join(own, lab, "setup.yaml"), "{name: shop}", "{name: stage}")
	change(t, filepath.Join(own, lab, "setup.yaml"), "{name: seed}", "{name: seed, namespace: stage}")
	change(t, filepath.Join(own, lab, "lab.yaml"), "object: *it", "audit: {verb: create}")
	change(t, filepath.Join(own, lab, "lab.yaml"), "object: &it {apiVersion: v1, kind: ConfigMap, name: a}", "exec: {namespace: stage, pod: web, command: [ls]}")
	change(t, filepath.Join(own, lab, "lab.yaml"), "needs: [control-plane]", "needs: [exec]")
	change(t, filepath.Join(own, lab, "lab.yaml"), "list: {apiVersion: v1, kind: ConfigMap}", "list: {apiVersion: v1, kind: ConfigMap, allNamespaces: true}")
	r := lint(t, author.Options{Dir: own})
	wantFault(t, r, "setup.yaml:1:1: the lab's scope is its namespace, and Namespace belongs to the whole cluster")
	wantFault(t, r, "setup.yaml:4:1: the lab's scope is its namespace, shop, and this ConfigMap stands in stage")
	wantFault(t, r, "where requests cannot be seen")
	wantFault(t, r, "and this Pod stands in stage")
	wantFault(t, r, "and this looks into all")
}

func wantFault(t *testing.T, r author.Report, want string) {
	t.Helper()
	for _, f := range r.Faults {
		if f.Mend == "" || f.Line == 0 || f.Column == 0 {
			t.Errorf("a fault without a place or a way to mend it: %v", f)
		}
	}
	for _, f := range r.Faults {
		if strings.Contains(f.Error(), want) {
			return
		}
	}
	t.Errorf("not there: %s\n%s", want, r.Format())
}

func TestUnder(t *testing.T) {
	t.Parallel()
	dir := pack(t, "basics/first/lesson.yaml", "minutes: 12", "minutes: 31")
	if r := lint(t, author.Options{Dir: dir, Under: "basics/first/labs"}); len(r.Faults) > 0 {
		t.Errorf("told of what is not below the path:\n%s", r.Format())
	}
	for _, under := range []string{"", ".", "basics", "basics/first", "basics/first/lesson.yaml"} {
		if r := lint(t, author.Options{Dir: dir, Under: under}); len(r.Faults) != 1 {
			t.Errorf("below %q: %s", under, r.Format())
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := pack(t, "", "", "")
	for _, under := range []string{".", "basics", "basics/first", "basics/first/labs/make/lab.yaml"} {
		gotDir, gotUnder, err := author.Find(filepath.Join(dir, under))
		if err != nil || gotDir != dir || gotUnder != under {
			t.Errorf("%s: %q, %q, %v", under, gotDir, gotUnder, err)
		}
	}
	if _, _, err := author.Find(t.TempDir()); err == nil {
		t.Error("a course was found where none is")
	}
	if _, _, err := author.Find(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// committed is a directory course in a repository of git, with changes to the
// files of its lesson.
func committed(t *testing.T, changes map[string][2]string) (root string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here")
	}
	root = t.TempDir()
	dir := filepath.Join(root, "course")
	if err := os.CopyFS(dir, os.DirFS("testdata/pack")); err != nil {
		t.Fatal(err)
	}
	for name, c := range changes {
		change(t, filepath.Join(dir, "basics/first", name), c[0], c[1])
	}
	git(t, root, "init", "-q")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "a course")
	return root
}

func TestIDsAreForEver(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(committed(t, nil), "course")
	if r := lint(t, author.Options{Dir: dir}); len(r.Faults) > 0 {
		t.Fatal(r.Format())
	}
	change(t, filepath.Join(dir, "basics/first/quiz.yaml"), "id: several", "id: some")
	for _, lang := range []string{"en", "zh"} {
		change(t, filepath.Join(dir, "basics/first", lang+".md"), "several", "some")
	}
	wantFault(t, lint(t, author.Options{Dir: dir}), `quiz.yaml:1:1: the question "several" of the last commit is gone`)
	renames := map[string]string{"track.yaml": "[first]", "first/lesson.yaml": "id: first"}
	for file, old := range renames {
		change(t, filepath.Join(dir, "basics", file), old, strings.Replace(old, "first", "start", 1))
	}
	if err := os.Rename(filepath.Join(dir, "basics/first"), filepath.Join(dir, "basics/start")); err != nil {
		t.Fatal(err)
	}
	wantFault(t, lint(t, author.Options{Dir: dir}), `track.yaml:1:1: the lesson "first" of the last commit is gone`)
}

// TestStale warns of what changed in one language alone, until the other does.
func TestStale(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here")
	}
	dir := filepath.Join(pack(t, "", "", ""), "course")
	if err := os.CopyFS(dir, os.DirFS("testdata/pack")); err != nil {
		t.Fatal(err)
	}
	commit := func() {
		git(t, dir, "add", ".")
		git(t, dir, "commit", "-q", "-m", "a change")
	}
	warned := func(when, want string) {
		t.Helper()
		r := lint(t, author.Options{Dir: dir})
		if len(r.Faults) > 0 || (want == "") != (len(r.Warnings) == 0) || want != "" && !strings.Contains(r.Warnings[0].Error(), want) {
			t.Errorf("%s:\n%s", when, r.Format())
		}
	}
	git(t, filepath.Dir(dir), "init", "-q")
	warned("nothing is committed", "")
	commit()
	warned("nothing has changed", "")
	en, zh := filepath.Join(dir, "basics/first/en.md"), filepath.Join(dir, "basics/first/zh.md")
	const changed = "en.md:21:1: this changed after the other language did: Other text. — see that basics/first/zh.md says the same"
	change(t, en, "More text.", "Other text.")
	warned("changed, not committed", changed)
	commit()
	warned("changed and committed", changed)
	change(t, filepath.Join(dir, "course.yaml"), "format: 1", "# A comment.\nformat: 1")
	commit()
	warned("something else was committed", changed)
	if r := lint(t, author.Options{Dir: dir}); !strings.Contains(r.Format(), "\nwarning: ") && !strings.HasPrefix(r.Format(), "warning: ") || !strings.HasSuffix(r.Format(), "1 lesson, 0 faults, 1 warning\n") {
		t.Errorf("as text:\n%s", r.Format())
	}
	if r := lint(t, author.Options{Dir: dir, Under: "basics/track.yaml"}); len(r.Warnings) > 0 {
		t.Errorf("warned of what was not asked for: %v", r.Warnings)
	}
	change(t, zh, "还有文字。", "别的文字。")
	warned("the other language follows", "")
	commit()
	warned("both are committed", "")
	change(t, zh, "一些文字，", "几个文字，")
	commit()
	warned("then it changes elsewhere", "zh.md:5:1: this changed after the other language did: 几个文字")
}

// compiler finds fault with every expression that says broken.
type compiler struct{ err error }

func (c compiler) Judge(_ context.Context, req protocol.Judge) (protocol.Judgement, error) {
	var out protocol.Judgement
	for _, check := range req.Checks {
		if strings.Contains(check.Expect, "broken") && req.Compile {
			out.Verdicts = append(out.Verdicts, protocol.Verdict{Check: check.ID, Result: protocol.Fail})
		}
	}
	for i, h := range req.Hints {
		if strings.Contains(h.When, "broken") && req.Compile {
			out.Hints = append(out.Hints, protocol.HintFault{Hint: i + 1, Key: "when"})
		}
	}
	return out, c.err
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	for file, tc := range map[string]struct{ old, want string }{
		"basics/first/labs/make/lab.yaml": {"object.data.size ==", "lab.yaml:23:11: an expression does not compile"},
		"basics/first/quiz.yaml":          {"object.kind ==", "quiz.yaml:49:13: an expression does not compile"},
	} {
		dir := pack(t, file, tc.old, "broken ==")
		wantFault(t, lint(t, author.Options{Dir: dir, Judge: compiler{}}), tc.want)
	}
	const hint = "{en: Think., zh: 想一想。}"
	dir := pack(t, "basics/first/labs/make/lab.yaml", hint, `{en: Think., zh: 想一想。, when: "broken"}`)
	wantFault(t, lint(t, author.Options{Dir: dir, Judge: compiler{}}), "lab.yaml:25:32: the condition of a hint does not compile")
	dir = pack(t, "", "", "")
	if r := lint(t, author.Options{Dir: dir, Judge: compiler{}}); len(r.Faults)+len(r.Skipped) > 0 {
		t.Error(r.Format())
	}
	r := lint(t, author.Options{Dir: dir, Judge: compiler{&protocol.Error{Message: "no cluster is up"}}})
	if len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0], "no cluster is up") {
		t.Errorf("left out: %v", r.Skipped)
	}
	if _, err := author.Lint(t.Context(), author.Options{Dir: dir, Judge: compiler{context.Canceled}}); !errors.Is(err, context.Canceled) {
		t.Errorf("a lost engine: %v", err)
	}
}

func TestKubernetesIsTheVersionInGoMod(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "k8s.io/kubernetes v"+author.Kubernetes+".") {
		t.Errorf("go.mod has another version of Kubernetes than %s", author.Kubernetes)
	}
}

// TestBuiltInCourse keeps the lessons as good as the rules demand.
func TestBuiltInCourse(t *testing.T) {
	t.Parallel()
	for _, o := range []author.Options{{Dir: "../../lessons"}, {FS: lessons.FS}} {
		if r := lint(t, o); len(r.Faults) > 0 || r.Lessons == 0 {
			t.Error(r.Format())
		}
	}
}
