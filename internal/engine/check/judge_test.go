package check

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

func TestParseManifest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, fault string
		kinds       []string
	}{
		"one":              {"apiVersion: v1\nkind: Pod", "", []string{"Pod"}},
		"JSON":             {`{"apiVersion": "v1", "kind": "Pod"}`, "", []string{"Pod"}},
		"several":          {"# first\n---\napiVersion: v1\nkind: Pod\n---\n---\napiVersion: v1\nkind: Secret\n", "", []string{"Pod", "Secret"}},
		"list":             {"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}, {apiVersion: v1, kind: Secret}]", "", []string{"Pod", "Secret"}},
		"items of no list": {"apiVersion: shop/v1\nkind: Basket\nitems: [1]", "", []string{"Basket"}},
		"empty":            {"# nothing\n", "empty", nil},
		"no map":           {"- a", "a manifest is a map", nil},
		"no kind":          {"apiVersion: v1", "kind not set", nil},
		"no version":       {"kind: Pod", "apiVersion not set", nil},
		"key twice":        {"apiVersion: v1\nkind: Pod\nkind: Pod", "already set", nil},
		"too deep":         {"apiVersion: v1\nkind: Pod\nspec: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "levels deep", nil},
		"too large":        {strings.Repeat("#", maxManifest+1), "larger than", nil},
		"too many":         {strings.Repeat("apiVersion: v1\nkind: Pod\n---\n", maxDocuments+1), "more than", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objects, err := parseManifest(c.text)
			if c.fault != "" {
				if err == nil || !strings.Contains(err.Error(), c.fault) {
					t.Errorf("got %v", err)
				}
				return
			}
			var kinds []string
			for _, o := range objects {
				kinds = append(kinds, o.GetKind())
			}
			if err != nil || !slices.Equal(kinds, c.kinds) {
				t.Errorf("got %v, %v", kinds, err)
			}
		})
	}
}

func FuzzParseManifest(f *testing.F) {
	for _, s := range []string{"", "a: &a [*a]", "apiVersion: v1\nkind: Pod\nmetadata: 3", "---\n---\n", "kind: List\nitems: {}", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		objects, err := parseManifest(text)
		if err == nil && (len(objects) == 0 || len(objects) > maxDocuments) {
			t.Errorf("%d objects", len(objects))
		}
		for _, o := range objects {
			if o = o.DeepCopy(); o.GetNamespace() == "" { // as a dry run does
				o.SetNamespace("x")
			}
			judgeStored([]course.Check{{Expect: `object.metadata.name == "x"`}}, []*unstructured.Unstructured{o})
		}
	})
}

func TestJudgeStored(t *testing.T) {
	t.Parallel()
	stored := []*unstructured.Unstructured{config(map[string]any{"port": "80"}), object("v1", "Secret", "shop", "key", nil)}
	verdicts := judgeStored([]course.Check{
		{ID: "first", Expect: `object.data.port == "8080"`},
		{ID: "all", Expect: `items.size() == 2`},
		{ID: "kind", Object: &course.ObjectRef{APIVersion: "v1", Kind: "Secret"}, Expect: `object.metadata.name == "key"`},
		{ID: "name", Object: &course.ObjectRef{APIVersion: "v1", Kind: "Secret", Name: "lock"}},
		{ID: "absent", Absent: &course.ObjectRef{APIVersion: "v1", Kind: "Pod"}},
		{ID: "file", File: &course.FileRef{Path: "answer"}},
	}, stored)
	if got := results(verdicts); !slices.Equal(got, []protocol.Result{fail, pass, pass, fail, pass, unknown}) {
		t.Fatalf("got %+v", verdicts)
	}
	if v := verdicts[0]; v.Check != "first" || v.Path != "data.port" || v.Want != course.Same(`"8080"`) || v.Have != course.Same(`"80"`) {
		t.Errorf("got %+v", v)
	}
}
