package notes

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kubetutor/internal/author"
	"kubetutor/internal/author/draft"
	"kubetutor/internal/course"
)

// imported makes lessons of files.
func imported(files map[string]string, o Options) (Result, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o600}
	}
	o.Kubernetes = author.Kubernetes
	im := &importer{o: o, ids: map[string]bool{}}
	err := im.dir(fsys, "notes")
	return im.result, err
}

// asCourse puts lessons into a course.
func asCourse(r Result) fstest.MapFS {
	files := fstest.MapFS{}
	ids := map[string][]string{}
	for _, l := range r.Lessons {
		ids[l.Track] = append(ids[l.Track], l.ID)
		for name, text := range l.Files {
			files[l.Dir()+"/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	for track, lessons := range ids {
		files[track+"/track.yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, "format: 1\nid: %s\ntitle: {en: T, zh: T}\nsummary: {en: T, zh: T}\nlessons: [%s]\n", track, strings.Join(lessons, ", "))}
	}
	return files
}

// one imports a single note and returns the text of its first lesson in its own
// language and in the other.
func one(t *testing.T, text string) (own, other string, r Result) {
	t.Helper()
	r, err := imported(map[string]string{"note.md": text}, Options{Lang: course.English})
	if err != nil || len(r.Lessons) == 0 {
		t.Fatalf("%v %v", err, r.Remarks)
	}
	if _, err := course.Load(asCourse(r)); err != nil {
		t.Fatalf("it does not load:\n%v", err)
	}
	return r.Lessons[0].Files["en.md"], r.Lessons[0].Files["zh.md"], r
}

func TestNotes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ note, own, other string }{
		"headings": {
			"# A title\n\nBefore.\n\n## One ##\n\nText\nover lines.\n\n### Below {#id}\n\n## Two\n\nMore.\n",
			"# A title\n\n## A title\n\nBefore.\n\n## One\n\nText\nover lines.\n\n### Below\n\n## Two\n\nMore.\n",
			"# TODO: A title\n\n## TODO: A title\n\nTODO: Before.\n\n## TODO: One\n\nTODO: Text\nover lines.\n\n### TODO: Below\n\n## TODO: Two\n\nTODO: More.\n",
		},
		"underlined headings, and deeper ones only": {
			"A title\n=======\n\n#### Deep\n\nText.\n\n##### Deeper\n\nMore.\n",
			"# A title\n\n## Deep\n\nText.\n\n### Deeper\n\nMore.\n",
			"# TODO: A title\n\n## TODO: Deep\n\nTODO: Text.\n\n### TODO: Deeper\n\nTODO: More.\n",
		},
		"clozes of others": {
			"# A {{c1::b}}\n\nA {{c1::b::hint}} {{ c }} \\{{d::e}}\n\n- `{{e::f}} {{ .g }}` {{h\n\n```\n{{i::j}}\n```\n",
			"# A c1::b\n\n## A c1::b\n\nA \\{{c1::b::hint}} \\{{ c }} \\\\{{d::e}}\n\n- `\\{{e::f}} {{ .g }}` \\{{h\n\n```\n{{i::j}}\n```\n",
			"# TODO: A c1::b\n\n## TODO: A c1::b\n\nTODO: A \\{{c1::b::hint}} \\{{ c }} \\\\{{d::e}}\n\n- TODO: `\\{{e::f}} {{ .g }}` \\{{h\n\n```\n{{i::j}}\n```\n",
		},
		"front matter": {
			"---\ntitle: \"From the front\"\ntags: [a]\n---\n\n## One\n\nText.\n",
			"# From the front\n\n## One\n\nText.\n",
			"# TODO: From the front\n\n## TODO: One\n\nTODO: Text.\n",
		},
		"TOML, no heading": {
			"+++\ntitle = 'Hugo'\n+++\nText.\n",
			"# Hugo\n\n## Hugo\n\nText.\n",
			"# TODO: Hugo\n\n## TODO: Hugo\n\nTODO: Text.\n",
		},
		"code": {
			"# T\n\n## P\n\n```yaml title=\"x\" {1,3}\na: 1   \n# no heading\n<b>kept</b>\n```\n~~~\n```\n~~~\n```{.sh}\nls\n",
			"# T\n\n## P\n\n```yaml\na: 1\n# no heading\n<b>kept</b>\n```\n\n````\n```\n````\n\n```sh\nls\n```\n",
			"# TODO: T\n\n## TODO: P\n\n```yaml\na: 1\n# no heading\n<b>kept</b>\n```\n\n````\n```\n````\n\n```sh\nls\n```\n",
		},
		"lists, quotes, tables": {
			"# T\n\n## P\n\n- one\n- [ ] two\n  - three\n\n  ```sh\n  ls\n  ```\n\n1. first\n\n> [!NOTE]\n> Mind.\n\n> said\n> so\n\n| a | b |\n|---|---|\n| `c` | [d](https://e.org) |\n",
			"# T\n\n## P\n\n- one\n- [ ] two\n  - three\n\n  ```sh\n  ls\n  ```\n\n1. first\n\n> [!NOTE]\n> Mind.\n\n> said\n> so\n\n| a | b |\n|---|---|\n| `c` | [d](https://e.org) |\n",
			"# TODO: T\n\n## TODO: P\n\n- TODO: one\n- [ ] TODO: two\n  - TODO: three\n\n  ```sh\n  ls\n  ```\n\n1. TODO: first\n\n> [!NOTE]\n> TODO: Mind.\n\n> TODO: said\n> so\n\n| TODO: a | b |\n|---|---|\n| `c` | [d](https://e.org) |\n",
		},
		"pictures": {
			"# T\n\n## P\n\n![The \"flow\"](img/flow.png)\n\nSee ![a](data:image/png;base64,AAAA) here.\n",
			"# T\n\n## P\n\n```figure alt=\"TODO: The 'flow'\"\n TODO: draw flow.png\n```\n\nSee a here.\n\n```figure alt=\"TODO: a\"\n TODO: draw a picture\n```\n",
			"",
		},
		"HTML": {
			"# T\n\n## P\n\n<details><summary>More</summary>\n\nText<br/>and `<b>` and <pod-name> and <https://e.org>. a < b\n\n</details>\n<!-- quiz: a -->\n<script>alert(1)</script>\n<b>Bold</b> <a href=\"x\">y</a>\n<img alt=\"p\" src=\"p.png\">\n",
			"# T\n\n## P\n\n**More**\n\nText and `<b>` and \\<pod-name> and <https://e.org>. a < b\n\n**Bold** y\np\n\n```figure alt=\"TODO: p\"\n TODO: draw p.png\n```\n",
			"",
		},
		"links by reference": {
			"# T\n\n## P\n\nSee [the docs][d], [it] and [e][].\n\n[d]: https://d.org 'x'\n[e]: <https://e.org>\n",
			"# T\n\n## P\n\nSee [the docs](https://d.org), [it] and [e](https://e.org).\n",
			"",
		},
		"marks of Killercoda": {
			"# T\n\n## P\n\n`ls -lh`{{exec}} and `copy`{{}}\n\n```\nuname -r\n```{{exec interrupt}}\n\nGo to [it]({{TRAFFIC_HOST1_80}}/admin) or {{TRAFFIC_SELECTOR}}.\n",
			"# T\n\n## P\n\n`ls -lh` and `copy`\n\n```\nuname -r\n```\n\nGo to it (TODO: the address TRAFFIC_HOST1_80) or  (TODO: the address TRAFFIC_SELECTOR).\n",
			"",
		},
		"what could upset a terminal": {
			"\ufeff# T\u202e\r\n\r\n## P\r\n\r\nA\x1b[31m b&#27;]0;x\x07.\r\n",
			"# T\n\n## P\n\nA[31m b#27;]0;x.\n",
			"",
		},
		"what a lesson would take for something else": {
			"# T\n\n## P\n\n<b>```</b> no fence\n\n\\<!-- lab: x -->\n\nhard  \nbreak\n",
			"# T\n\n## P\n\n**```** no fence\n\n\\<!-- lab: x -->\n\nhard\\\nbreak\n",
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own, other, _ := one(t, tc.note)
			if own != tc.own {
				t.Errorf("it became\n%s\nwant\n%s", own, tc.own)
			}
			if tc.other != "" && other != tc.other {
				t.Errorf("the other language became\n%s\nwant\n%s", other, tc.other)
			}
		})
	}
}

func TestLongNotesAreDivided(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Long\n\n")
	for i := range 12 {
		fmt.Fprintf(&b, "## Page %d\n\n", i)
		for range 30 {
			b.WriteString(strings.Repeat("Some words here. ", 9) + "\n\n")
		}
	}
	_, _, r := one(t, b.String())
	if len(r.Lessons) != 3 || r.Lessons[0].Title.EN != "Long (1)" || r.Lessons[2].ID != "long-3" {
		t.Errorf("%d lessons: %+v", len(r.Lessons), r.Lessons)
	}
	report, err := author.Lint(context.Background(), author.Options{FS: asCourse(r)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Faults {
		if strings.Contains(f.Message, "lines at") {
			t.Error(f)
		}
	}
}

// TestWhatIsSaid wants all that was left out to be named.
func TestWhatIsSaid(t *testing.T) {
	t.Parallel()
	_, _, r := one(t, "---\ntitle: T\ndate: x\n---\n\n![a](b.png)\n\n<div>x</div>\x1b\n\n"+strings.Repeat("long ", maxChunk/4)+"\n")
	left := r.Lessons[0].Files[draft.Notes]
	for _, want := range []string{"made of note.md", "front matter: date", "upset a terminal: 1", "56 columns: 1", "removed: 2", "a paragraph of 39 KiB was left out"} {
		if !strings.Contains(left, want) {
			t.Errorf("%q is not said:\n%s", want, left)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	r, err := imported(map[string]string{
		"en.md": "# Pods\n\nA Pod has containers, 容器 in Chinese.\n", "zh.md": "# 容器组\n\nPod 由一个或多个容器组成，共享网络和存储。\n",
	}, Options{Taken: func(id string) bool { return id == "pods" }})
	if err != nil || len(r.Lessons) != 2 {
		t.Fatal(err, r)
	}
	en, zh := r.Lessons[0], r.Lessons[1]
	if en.Title.EN != "Pods" || en.Title.ZH != "TODO: Pods" || en.ID != "pods-2" {
		t.Errorf("%+v", en.Title)
	}
	if zh.Title.ZH != "容器组" || zh.Title.EN != "TODO: 容器组" || zh.ID != "zh" || !strings.Contains(zh.Files["en.md"], "TODO: Pod 由") {
		t.Errorf("%+v %s", zh.Title, zh.ID)
	}
}

var scenario = map[string]string{
	"s/index.json": `{"title": "Two steps", "description": "d", "details": {
		"intro": {"text": "intro.md", "background": "setup.sh"},
		"steps": [{"title": "Create a pod", "text": "step1/text.md", "verify": "step1/verify.sh"},
		          {"text": "step2.md", "verify": "../../../etc/passwd"}],
		"finish": {"text": "finish.md"}, "assets": {"host01": []}}, "backend": {"imageid": "ubuntu"}}`,
	"s/intro.md":        "<br>\n\n### Welcome\n\nHello.\n",
	"s/step1/text.md":   "# Create a pod\n\nRun `kubectl run x`{{exec}}.\n",
	"s/step1/verify.sh": "#!/bin/bash\nkubectl get pod x\x1b[31m\n\n```\n## no heading\n",
	"s/setup.sh":        "rm -rf /\n",
	"s/step2.md":        "Two.\n",
	"s/finish.md":       "Done.\n",
	"s/README.md":       "# Not a part\n",
	"other.md":          "# Another\n\nText.\n",
}

func TestScenario(t *testing.T) {
	t.Parallel()
	r, err := imported(scenario, Options{})
	if err != nil || len(r.Lessons) != 2 {
		t.Fatal(err, r)
	}
	l := r.Lessons[0]
	want := "# Two steps\n\n## Two steps\n\n### Welcome\n\nHello.\n\n## Create a pod\n\nRun `kubectl run x`.\n\n## Step 2\n\nTwo.\n\n## Finish\n\nDone.\n"
	if l.ID != "two-steps" || l.Files["en.md"] != want {
		t.Errorf("%s\n%s", l.ID, l.Files["en.md"])
	}
	left := l.Files[draft.Notes]
	for _, want := range []string{"### step1/verify.sh (verifies the step)", "    kubectl get pod x[31m\n", "    ## no heading\n", "### setup.sh (sets up, unseen)", "    rm -rf /\n"} {
		if !strings.Contains(left, want) {
			t.Errorf("%q is not quoted:\n%s", want, left)
		}
	}
	for name := range l.Files {
		if filepath.Ext(name) != ".md" && filepath.Ext(name) != ".yaml" {
			t.Errorf("%s was made", name)
		}
	}
	if len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "not in the directory") {
		t.Errorf("remarks: %v", r.Remarks)
	}
	if _, err := course.Load(asCourse(r)); err != nil {
		t.Error(err)
	}
}

// TestLinksOut reads nothing that a link leads to outside of the directory, and
// no file that never ends.
func TestLinksOut(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	dir := filepath.Join(above, "My notes")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"secret.md": "# Secret\n\nsecret\n", "My notes/a.md": "# A\n\nText.\n", "My notes/b.txt": "no",
		"My notes/big.md": "# Big\n\n" + strings.Repeat("x", maxNote), "My notes/latin.md": "# \xe9t\xe9\n",
		"My notes/index.json": `{"details": {"steps": [{"text": "../secret.md"}, {"text": "link.md", "verify": "/etc/passwd"}]}}`,
	} {
		if err := os.WriteFile(filepath.Join(above, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"link.md": "../secret.md", "abs.md": filepath.Join(above, "secret.md"), "zero.md": "/dev/zero", "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	r, err := Import([]string{dir, filepath.Join(dir, "a.md")}, Options{Kubernetes: author.Kubernetes})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range r.Lessons {
		if strings.Contains(fmt.Sprint(l.Files), "secret") || l.Track != "a" {
			t.Errorf("%s of %s: %v", l.ID, l.Track, l.Files)
		}
	}
	said := strings.Join(r.Remarks, "\n")
	if !strings.Contains(said, "not in the directory") || len(r.Lessons) != 1 {
		t.Errorf("%d lessons; remarks:\n%s", len(r.Lessons), said)
	}
	if err := os.Remove(filepath.Join(dir, "index.json")); err != nil {
		t.Fatal(err)
	}
	if r, err = Import([]string{dir}, Options{Kubernetes: author.Kubernetes}); err != nil {
		t.Fatal(err)
	}
	said = strings.Join(r.Remarks, "\n")
	for _, want := range []string{"abs.md: left out: it is not in the directory", "zero.md: left out: it is not in", "big.md: left out: it is larger than 1024 KiB", "latin.md: left out: it is not UTF-8"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said:\n%s", want, said)
		}
	}
	if len(r.Lessons) != 1 || r.Lessons[0].Track != "my-notes" {
		t.Errorf("%+v", r.Lessons)
	}
}

// TestHostile reads what was made to take for ever.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"quotes":      strings.Repeat(">", 500_000),
		"lists":       strings.Repeat("- ", 300_000),
		"brackets":    strings.Repeat("[", 500_000),
		"pictures":    strings.Repeat("![](", 100_000),
		"tags":        strings.Repeat("<b ", 200_000),
		"comments":    strings.Repeat("<!-- ", 100_000),
		"backticks":   strings.Repeat("` `` ", 100_000),
		"references":  strings.Repeat("&", 500_000) + "#27;",
		"definitions": strings.Repeat("[a]: b\n", 100_000) + "[a][a]",
		"lines":       strings.Repeat("a\n", 500_000),
		"headings":    strings.Repeat("## a\n", 100_000),
		"titles":      strings.Repeat("# a\n", 3000),
		"emphasis":    strings.Repeat("*a _b", 6000),
		"YAML":        "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\n---\n# T\n\nx\n",
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			r, _ := imported(map[string]string{"note.md": text}, Options{})
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if len(r.Lessons) > 0 && len(r.Lessons) <= maxFiles {
				if _, err := course.Load(asCourse(r)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// FuzzNotes wants whatever is imported to load, both languages in step, and the
// parts of a scenario likewise.
func FuzzNotes(f *testing.F) {
	err := fs.WalkDir(os.DirFS("../../.."), "lessons", func(name string, e fs.DirEntry, err error) error {
		if err == nil && isMarkdown(name) {
			data, err := os.ReadFile(filepath.Join("../../..", name))
			f.Add(string(data), false)
			return err
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		"a\n---\n\n---\n===\n# #\n##\n### ###\n", "- - > a\n\n1) ```\n  b\n", "<!--\n```\n-->\n## x\n", "| a\n|-\n| b <h2>c</h2>\n",
		"> ```\n> a\n\n    ```\n    b\n", "\\\n<p\n\n`<b>`<h1> `", "![a][b]\n\n[b]: c\n```x{{exec}}\n```{{copy}}\n", "  - a\n b\n\n\tc\n", "{{{", "{{a::b}} `{{a::b}}\n# {{a::b}}`\n- {{{{a::b}}\\{{c::\n|{{d::|}}|\n", "~~~`\n~~~~\n",
	} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, inScenario bool) {
		files := map[string]string{"note.md": text}
		if inScenario {
			files["index.json"] = `{"title": "T", "details": {"steps": [{"text": "note.md", "verify": "note.md"}]}}`
		}
		r, err := imported(files, Options{})
		if err != nil || len(r.Lessons) == 0 {
			return
		}
		report, err := author.Lint(context.Background(), author.Options{FS: asCourse(r)})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Faults {
			if report.Lessons == 0 || strings.Contains(f.Mend, "in step") || strings.HasPrefix(f.Message, "the cloze") || strings.HasPrefix(f.Message, "braces stand") || strings.Contains(f.Message, "white space") && !strings.Contains(text, "`") {
				t.Errorf("%v\n%s", f, r.Lessons[0].Files["en.md"])
			}
		}
	})
}
