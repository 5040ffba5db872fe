package course_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"kubetutor/internal/course"
)

func glossary(t *testing.T) *course.Glossary {
	t.Helper()
	c, err := course.Open(pack(t))
	if err != nil {
		t.Fatal(err)
	}
	g, err := c.Glossary()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func termIDs(terms []*course.Term) string {
	ids := make([]string, len(terms))
	for i, t := range terms {
		ids[i] = t.ID
	}
	return strings.Join(ids, " ")
}

func TestGlossary(t *testing.T) {
	t.Parallel()
	g := glossary(t)
	if got := termIDs(g.Terms()); got != "persistent-volume persistent-volume-claim policy" {
		t.Errorf("terms: %s", got)
	}
	for name, want := range map[string]string{
		"pv": "persistent-volume", "PVs": "persistent-volume", " PersistentVolumeClaim ": "persistent-volume-claim",
		"持久卷": "persistent-volume", "policies": "policy", "persistent-volume": "persistent-volume", "polic": "", "": "", "s": "", "ies": "",
	} {
		term, ok := g.Find(name)
		if ok != (want != "") || ok && term.ID != want {
			t.Errorf("%q finds %v", name, term)
		}
	}
	if got := g.Nearest("polcy", 1); len(got) != 1 || got[0] != "policy" {
		t.Errorf("nearest: %v", got)
	}
}

func TestTermsInAText(t *testing.T) {
	t.Parallel()
	g := glossary(t)
	for text, want := range map[string]string{
		"A policy for persistent volume claims and their PVs": "policy persistent-volume-claim persistent-volume",
		"申领持久卷申领之后，持久卷就绑定了":                                   "persistent-volume-claim persistent-volume",
		"no spv, no pvx, no mypolicy":                         "",
		"kubectl get pvc,pv":                                  "persistent-volume-claim persistent-volume",
		"用pv存储":                                               "persistent-volume",
		"":                                                    "",
		strings.Repeat("x", 100) + " policy":                  "policy",
		"\xff pv \xff":                                        "persistent-volume",
	} {
		if got := termIDs(g.In(text)); got != want {
			t.Errorf("%q names %q, not %q", text, got, want)
		}
	}
}

func TestWithoutAGlossary(t *testing.T) {
	t.Parallel()
	files := pack(t)
	delete(files, "glossary.yaml")
	c, err := course.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	g, err := c.Glossary()
	if err != nil || len(g.Terms()) != 0 {
		t.Errorf("%v, %v", g, err)
	}
	if _, ok := g.Find("pv"); ok || g.In("pv") != nil {
		t.Error("a term was found")
	}
	if g, err := (&course.Course{}).Glossary(); err != nil || g.Terms() != nil || g.In("pv") != nil {
		t.Errorf("of no course: %v, %v", g, err)
	}
}

// TestFaultsOfTheGlossary wants them from loading all of a course, and from the
// glossary of one that is only opened.
func TestFaultsOfTheGlossary(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ old, new, want string }{
		{"lesson: first", "lesson: frist", `glossary.yaml:7:11: there is no lesson "frist" — do you mean "first"?`},
		{"also: [PersistentVolumeClaim, pvc]", "also: [PV]", `glossary.yaml:8:3: "PV" is a name of the term "persistent-volume" already`},
		{"id: policy", "id: Policy", `glossary.yaml:12:7: "Policy" cannot be an id`},
		{", zh: 规则。", "", "glossary.yaml:14:9: text is missing in Chinese"},
		{"format: 1", "format: 2", "glossary.yaml:1:9: this version reads format 1, not 2"},
		{"also: [PersistentVolume, pv]", "also: ['']", "glossary.yaml:5:10: also is missing"},
	} {
		files := pack(t)
		text := string(files["glossary.yaml"].Data)
		if !strings.Contains(text, tc.old) {
			t.Fatalf("no %q", tc.old)
		}
		files["glossary.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(text, tc.old, tc.new, 1))}
		wantFault(t, files, tc.want)
	}
	files := pack(t)
	files["glossary.yaml"] = &fstest.MapFile{Data: []byte("format: 1\nterm: []\n")}
	c, err := course.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Glossary(); err == nil || !strings.HasPrefix(err.Error(), "glossary.yaml:2:1: unknown key") {
		t.Errorf("the glossary of an opened course: %v", err)
	}
}
