package settings_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"kubetutor/internal/settings"
)

// schema compiles the schema of the settings and returns it as a document too.
func schema(t *testing.T) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	c := jsonschema.NewCompiler()
	var document map[string]any
	for _, name := range []string{"settings.schema.json", "keys.schema.json"} {
		data, err := os.ReadFile("../../assets/schema/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if document == nil {
			document = doc.(map[string]any)
		}
		if err := c.AddResource("mem:///"+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("mem:///settings.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s, document
}

func TestSchemaNamesTheSettings(t *testing.T) {
	t.Parallel()
	_, document := schema(t)
	properties := document["properties"].(map[string]any)
	want := slices.Sorted(slices.Values(append(settings.Keys(), "format")))
	if have := slices.Sorted(maps.Keys(properties)); !slices.Equal(have, want) {
		t.Errorf("the schema has %v, there are %v", have, want)
	}
	for name, p := range properties {
		if p.(map[string]any)["description"] == nil {
			t.Errorf("%s has no description", name)
		}
	}
}

// What the schema takes has no faults, and what it refuses has some.
func TestSchemaAndLoadAgree(t *testing.T) {
	t.Parallel()
	s, _ := schema(t)
	for text, good := range map[string]bool{
		"": true, "format: 1\n": true, "lang: zh\ntheme: dark\nmouse: true\nplain: false\nascii: true\n": true,
		"packs: one\n": true, "packs: [a, b]\n": true, "keys: {home: {up: w, down: [s, down]}}\n": true,
		"format: 2\n": false, "lang: fr\n": false, "theme: 3\n": false, "mouse: 1\n": false, "mouse: yes it is\n": false,
		"review: {new: 10, limit: 200, labs: 2, retention: 0.9, steps: [1m, 10m], relearning: 10m, rollover: 4, leech: 8, bury: true}\n": true,
		"review: {steps: []}\n": true, "review: {retention: 0.98}\n": false, "review: {new: 1.5}\n": false, "review: {steps: [soon]}\n": false, "review: {steps: [10]}\n": false, "review: {news: 1}\n": false, "review: []\n": false,
		"packs: {a: b}\n": false, "colour: red\n": false, "keys: [a]\n": false, "keys: {home: up}\n": false, "keys: {nowhere: {up: w}}\n": false, "- a\n": false,
	} {
		if err := s.Validate(asJSON(t, text)); (err == nil) != good {
			t.Errorf("%q: the schema says %v", text, err)
		}
		if f := settings.Load(file(t, text), vocabulary()); (len(f.Faults) == 0) != good {
			t.Errorf("%q: the faults are %+v", text, f.Faults)
		}
	}
}

// asJSON turns YAML into what the validator knows.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
