package course

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"kubetutor/lessons"
)

const schemas = "../../assets/schema/"

// schema reads one of the schemas as plain data.
func schema(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(schemas + name)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// TestSchemasNameTheSameKeys compares the properties of each schema with the
// yaml tags of its structure.
func TestSchemasNameTheSameKeys(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file, at string
		keys     any
	}{
		{"course.schema.json", "", courseFile{}},
		{"track.schema.json", "", trackFile{}},
		{"lesson.schema.json", "", lessonFile{}},
		{"lesson.schema.json", "properties/sources/items", Source{}},
		{"quiz.schema.json", "", quizFile{}},
		{"quiz.schema.json", "$defs/question", Question{}},
		{"quiz.schema.json", "$defs/question/properties/options/items", Option{}},
		{"quiz.schema.json", "$defs/question/properties/items/items", Item{}},
		{"lab.schema.json", "", labFile{}},
		{"lab.schema.json", "$defs/var", Var{}},
		{"lab.schema.json", "$defs/hint", Hint{}},
		{"lab.schema.json", "$defs/nearMiss", NearMiss{}},
		{"glossary.schema.json", "", glossaryFile{}},
		{"glossary.schema.json", "properties/terms/items", Term{}},
		{"common.json", "$defs/text", Text{}},
		{"common.json", "$defs/check", Check{}},
		{"common.json", "$defs/object", ObjectRef{}},
		{"common.json", "$defs/list", ListRef{}},
		{"common.json", "$defs/access", AccessRef{}},
		{"common.json", "$defs/workspaceFile", FileRef{}},
		{"common.json", "$defs/audit", AuditRef{}},
		{"common.json", "$defs/exec", ExecRef{}},
		{"common.json", "$defs/logs", LogsRef{}},
		{"common.json", "$defs/request", RequestRef{}},
		{"common.json", "$defs/resolve", ResolveRef{}},
		{"common.json", "$defs/source", FromRef{}},
		{"common.json", "$defs/tls", TLSRef{}},
	} {
		node := schema(t, tc.file)
		for step := range strings.SplitSeq(tc.at, "/") {
			if step != "" {
				node, _ = node[step].(map[string]any)
			}
		}
		properties, _ := node["properties"].(map[string]any)
		var have []string
		for key, value := range properties {
			have = append(have, key)
			if p, _ := value.(map[string]any); p["description"] == nil && p["$ref"] == nil {
				t.Errorf("%s %s: %s has no description", tc.file, tc.at, key)
			}
		}
		want := keysOf(reflect.TypeOf(tc.keys))
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%s %s has %v, the structure has %v", tc.file, tc.at, have, want)
		}
		if node["additionalProperties"] != false {
			t.Errorf("%s %s allows other keys", tc.file, tc.at)
		}
	}
}

func compile(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	names := []string{"course", "track", "lesson", "quiz", "lab", "glossary"}
	for _, name := range append(names, "common") {
		file := name + ".schema.json"
		if name == "common" {
			file = "common.json"
		}
		if err := c.AddResource("mem:///"+file, any(schema(t, file))); err != nil {
			t.Fatal(err)
		}
	}
	compiled := map[string]*jsonschema.Schema{}
	for _, name := range names {
		s, err := c.Compile("mem:///" + name + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		compiled[name+".yaml"] = s
	}
	return compiled
}

func TestLessonsFollowTheSchemas(t *testing.T) {
	t.Parallel()
	compiled := compile(t)
	for _, root := range []fs.FS{lessons.FS, os.DirFS("testdata/pack")} {
		err := fs.WalkDir(root, ".", func(name string, _ fs.DirEntry, err error) error {
			s, ok := compiled[path.Base(name)]
			if err != nil || !ok {
				return err
			}
			data, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			if err := s.Validate(plain(t, data)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// plain turns YAML into what the validator knows: values of JSON.
func plain(t *testing.T, data []byte) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	compiled := compile(t)
	for name, text := range map[string]string{
		"course.yaml": "format: 1\ntracks: [A]\n",
		"track.yaml":  "format: 1\nid: a\n",
		"lesson.yaml": "format: 2\n",
		"quiz.yaml":   "format: 1\nquestions: [{id: a, type: single, ask: {en: a, zh: b}, explain: {en: a, zh: b}}]\n",
		"lab.yaml":    "format: 1\nlabel: a\n",

		"glossary.yaml": "format: 1\nterms: [{id: a, term: {en: a, zh: b}}]\n",
	} {
		if compiled[name].Validate(plain(t, []byte(text))) == nil {
			t.Errorf("%s: %q is accepted", name, text)
		}
	}
}
