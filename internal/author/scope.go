package author

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"kubetutor/assets"
	"kubetutor/internal/course"
)

// wholeCluster returns the kinds that belong to no namespace, as GROUP/KIND,
// from the resources that upstream's kubectl knows.
func wholeCluster() (map[string]bool, error) {
	data, err := assets.FS.ReadFile("kubectl.json")
	if err != nil {
		return nil, fmt.Errorf("reading the kinds of objects: %w", err)
	}
	var known struct {
		Resources []struct {
			Kind       string `json:"kind"`
			Group      string `json:"group"`
			Namespaced bool   `json:"namespaced"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(data, &known); err != nil {
		return nil, fmt.Errorf("reading the kinds of objects: %w", err)
	}
	kinds := map[string]bool{}
	for _, r := range known.Resources {
		kinds[r.Group+"/"+r.Kind] = !r.Namespaced
	}
	return kinds, nil
}

// scope checks that a lab that promises to touch nothing outside its namespace
// is set up with, and judged by, objects of namespaces only.
func (l *linter) scope(lesson *course.Lesson, lab *course.Lab) error {
	if lab.Scope != "namespace" {
		return nil
	}
	cluster, err := wholeCluster()
	if err != nil {
		return err
	}
	dir := path.Join(lesson.Dir, "labs", lab.ID)
	refuse := func(file string, line, column int, apiVersion, kind string) {
		if cluster[groupOf(apiVersion)+"/"+kind] {
			l.add(file, line, column, "leave it out, or write `scope: cluster`", "the lab's scope is its namespace, and %s belongs to the whole cluster", kind)
		}
	}
	for _, name := range lab.Setup {
		if path.Ext(name) == ".yaml" {
			file := path.Join(dir, name)
			l.eachManifest(file, func(m manifest) { refuse(file, m.line, m.column, m.APIVersion, m.Kind) })
		}
	}
	file := l.yaml(path.Join(dir, "lab.yaml"))
	for key, checks := range map[string][]course.Check{"checks": lab.Checks, "settled": lab.Settled} {
		for i, c := range checks {
			at := course.Locate(&file.root, key, i)
			for _, ref := range refsOf(c) {
				refuse(file.name, at.Line, at.Column, ref.APIVersion, ref.Kind)
			}
		}
	}
	return nil
}

// groupOf is the group of an apiVersion; empty for the core group.
func groupOf(apiVersion string) string {
	if group, _, ok := strings.Cut(apiVersion, "/"); ok {
		return group
	}
	return ""
}

// refsOf lists what a check looks at.
func refsOf(c course.Check) []course.ObjectRef {
	var refs []course.ObjectRef
	for _, ref := range []*course.ObjectRef{c.Object, c.Absent} {
		if ref != nil {
			refs = append(refs, *ref)
		}
	}
	if c.List != nil {
		refs = append(refs, course.ObjectRef{APIVersion: c.List.APIVersion, Kind: c.List.Kind})
	}
	for _, ref := range c.With {
		refs = append(refs, ref)
	}
	return refs
}
