package addon_test

import (
	"encoding/json"
	"slices"
	"testing"

	"kubetutor/assets"
	"kubetutor/internal/engine/addon"
)

// TestLabsCanNameAddOns holds the schema of labs to the add-ons that there are.
func TestLabsCanNameAddOns(t *testing.T) {
	t.Parallel()
	data, err := assets.FS.ReadFile("schema/lab.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]struct {
			Items struct {
				Enum []string `json:"enum"`
			} `json:"items"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	if named, have := schema.Properties["addons"].Items.Enum, addon.Optional(); !slices.Equal(named, have) {
		t.Errorf("the schema names %v, there are %v", named, have)
	}
}
