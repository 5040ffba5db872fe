package setup

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func names(objects []*unstructured.Unstructured) string {
	var all []string
	for _, o := range objects {
		all = append(all, o.GetName())
	}
	return strings.Join(all, " ")
}

func TestPhases(t *testing.T) {
	t.Parallel()
	objects, err := parse(`# a comment
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: first}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: kind}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: a}}
- {apiVersion: v1, kind: Secret, metadata: {name: second}}
---
---
{apiVersion: v1, kind: Namespace, metadata: {name: b}}
`)
	if err != nil {
		t.Fatal(err)
	}
	spaces, definitions, rest := phases(objects)
	if names(spaces) != "a b" || names(definitions) != "kind" || names(rest) != "first second" {
		t.Errorf("%s; %s; %s", names(spaces), names(definitions), names(rest))
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"kind: ConfigMap":                "document 1: an object needs",
		"{apiVersion: v1, kind: Secret}": "an object needs",
		"a: b: c":                        "document 1",
		"{apiVersion: v1, kind: X, metadata: {name: x}}\n---\n[1]": "document 2",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	o := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "x"}}}}
	label(o, map[string]string{AttemptKey: "a"})
	if l := o.GetLabels(); l["app"] != "x" || l[AttemptKey] != "a" {
		t.Errorf("labels %v", l)
	}
}

func TestServedVersions(t *testing.T) {
	t.Parallel()
	objects, err := parse(`
kind: CustomResourceDefinition
apiVersion: apiextensions.k8s.io/v1
metadata: {name: shelves.shop.example}
spec:
  group: shop.example
  names: {plural: shelves}
  versions: [{name: v1, served: true}, {name: v0, served: false}]
status: {conditions: [{type: NamesAccepted, status: "True"}, {type: Established, status: "False"}]}
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := served(objects[0]); len(got) != 1 || got[0].String() != "shop.example/v1, Resource=shelves" {
		t.Errorf("served %v", got)
	}
	if established(objects[0]) {
		t.Error("it is not established yet")
	}
}
