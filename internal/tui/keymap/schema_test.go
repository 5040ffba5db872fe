package keymap_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"kubetutor/internal/tui/keymap"
)

var updateSchema = flag.Bool("update-schema", false, "write the scopes and actions into assets/schema/keys.schema.json")

// TestSchemaNamesTheKeys holds the schema of the settings to the actions that
// there are.
func TestSchemaNamesTheKeys(t *testing.T) {
	t.Parallel()
	const file = "../../../assets/schema/keys.schema.json"
	want := keySchema(t)
	if *updateSchema {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not up to date: go test ./internal/tui/keymap -run Schema -update-schema", file)
	}
}

func keySchema(t *testing.T) []byte {
	t.Helper()
	d := keymap.Default()
	scopes := map[string]any{}
	for _, s := range d.Scopes() {
		actions := map[string]any{}
		for _, b := range d.Bindings(s) {
			actions[string(b.Action)] = map[string]any{"$ref": "#/$defs/keys", "default": b.Keys}
		}
		scopes[string(s)] = map[string]any{"type": "object", "properties": actions, "additionalProperties": false}
	}
	text, err := json.MarshalIndent(map[string]any{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"title":                "Keys of the interface: SCOPE, ACTION, list of keys",
		"type":                 "object",
		"properties":           scopes,
		"additionalProperties": false,
		"$defs": map[string]any{"keys": map[string]any{
			"description": "One key or a list of keys, such as a, G, space, enter, ctrl+s, alt+x, f2; the first is the one that is shown.",
			"anyOf": []any{
				map[string]any{"type": "string", "minLength": 1},
				map[string]any{"type": "array", "items": map[string]any{"type": "string", "minLength": 1}, "minItems": 1},
			},
		}},
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}
