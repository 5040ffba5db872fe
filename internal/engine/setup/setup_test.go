package setup

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
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

func TestReadiness(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{kind: Deployment, metadata: {generation: 2}, status: {observedGeneration: 2, conditions: [{type: Available, status: "True"}]}}`:  true,
		`{kind: Deployment, metadata: {generation: 2}, status: {observedGeneration: 1, conditions: [{type: Available, status: "True"}]}}`:  false,
		`{kind: Deployment, metadata: {generation: 2}, status: {observedGeneration: 2, conditions: [{type: Available, status: "False"}]}}`: false,
		`{kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 3, numberReady: 3}}`:         true,
		`{kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 3, numberReady: 2}}`:         false,
		`{kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1}}`:                                                    false,
		`{kind: Job, status: {conditions: [{type: Complete, status: "True"}]}}`:                                                            true,
		`{kind: Job, status: {conditions: [{type: Failed, status: "True"}]}}`:                                                              false,
		`{kind: Service, spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{ip: 172.30.200.1}]}}}`:                             true,
		`{kind: Service, spec: {type: LoadBalancer}, status: {loadBalancer: {}}}`:                                                          false,
		`{kind: Service, spec: {type: ClusterIP}}`:                                                                                         true,
		`{kind: ConfigMap}`: true,
	} {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
			t.Fatal(err)
		}
		ready := readiness(o)
		if got := ready == nil || ready(o); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
