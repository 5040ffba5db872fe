package author

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"kubetutor/assets"
	"kubetutor/internal/course"
)

// addOns are the add-ons that the schema of labs names. It is held to those that
// the engine has by a test of package engine/addon.
func addOns() ([]string, error) {
	data, err := assets.FS.ReadFile("schema/lab.schema.json")
	if err != nil {
		return nil, fmt.Errorf("reading the names of add-ons: %w", err)
	}
	var schema struct {
		Properties struct {
			AddOns struct {
				Items struct {
					Enum []string `json:"enum"`
				} `json:"items"`
			} `json:"addons"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		return nil, fmt.Errorf("reading the names of add-ons: %w", err)
	}
	return schema.Properties.AddOns.Items.Enum, nil
}

// network checks what a lab says of the network.
func (l *linter) network(lesson *course.Body, lab *course.Lab) error {
	known, err := addOns()
	if err != nil {
		return err
	}
	file := l.yaml(path.Join(lesson.Dir, "labs", lab.ID, "lab.yaml"))
	for i, name := range lab.AddOns {
		if at := course.Locate(&file.root, "addons", i); !slices.Contains(known, name) {
			l.add(file.name, at.Line, at.Column, "write one of "+strings.Join(known, ", "), "there is no add-on %q", name)
		}
	}
	if slices.ContainsFunc(slices.Concat(lab.Checks, lab.Settled), mustAnswer) {
		return nil
	}
	for i, c := range lab.Checks {
		if mustFail(c) {
			at := course.Locate(&file.root, "checks", i)
			l.warn(file.name, at.Line, "say in settled, or in another check, that the same server answers somebody",
				"this holds as well where the server is down or not there at all")
		}
	}
	return nil
}

// mustFail tells whether a request must have no answer.
func mustFail(c course.Check) bool {
	e := strings.ReplaceAll(c.Expect, " ", "")
	return c.Request != nil && strings.Contains(e, "response.error") && !strings.Contains(e, `response.error==""`)
}

// mustAnswer tells whether a request must have one.
func mustAnswer(c course.Check) bool { return c.Request != nil && !mustFail(c) }
