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
// is set up with, and judged by, what stands in it. The namespace itself may be
// among that.
func (l *linter) scope(lesson *course.Body, lab *course.Lab) error {
	if lab.Scope != course.ScopeNamespace {
		return nil
	}
	cluster, err := wholeCluster()
	if err != nil {
		return err
	}
	dir := path.Join(lesson.Dir, "labs", lab.ID)
	s := scoped{l, lab.Namespace, cluster}
	for _, name := range lab.Setup {
		if path.Ext(name) == ".yaml" {
			file := path.Join(dir, name)
			l.eachManifest(file, func(m manifest) { s.object(file, m.line, m.column, m.ref()) })
		}
	}
	file := l.yaml(path.Join(dir, "lab.yaml"))
	for key, checks := range map[string][]course.Check{"checks": lab.Checks, "settled": lab.Settled} {
		for i, c := range checks {
			at := course.Locate(&file.root, key, i)
			s.check(file.name, at.Line, at.Column, c)
		}
	}
	for i, h := range lab.Hints {
		for name, ref := range h.With {
			at := course.Locate(&file.root, "hints", i, "with", name)
			s.object(file.name, at.Line, at.Column, ref)
		}
	}
	return nil
}

// scoped notes what reaches out of a lab's namespace.
type scoped struct {
	l         *linter
	namespace string
	cluster   map[string]bool // see wholeCluster
}

func (s scoped) object(file string, line, column int, ref course.ObjectRef) {
	const mend = "leave it out, or write `scope: cluster`"
	switch {
	case ref.Kind == "Namespace" && groupOf(ref.APIVersion) == "" && ref.Name == s.namespace:
	case s.cluster[groupOf(ref.APIVersion)+"/"+ref.Kind]:
		s.l.add(file, line, column, mend, "the lab's scope is its namespace, and %s belongs to the whole cluster", ref.Kind)
	case ref.Namespace != "" && ref.Namespace != s.namespace:
		s.l.add(file, line, column, mend, "the lab's scope is its namespace, %s, and this %s stands in %s", s.namespace, ref.Kind, ref.Namespace)
	}
}

func (s scoped) check(file string, line, column int, c course.Check) {
	for _, ref := range refsOf(c) {
		s.object(file, line, column, ref)
	}
	switch {
	case c.Audit != nil:
		s.l.add(file, line, column, "judge by another subject, or write `scope: cluster`",
			"the lab's scope is its namespace, so it is also done on clusters of learners, where requests cannot be seen: it could never be passed there")
	case c.Request != nil || c.Resolve != nil:
		s.l.add(file, line, column, "judge by another subject, or write `scope: cluster`",
			"the lab's scope is its namespace, so it is also done on clusters of learners, whose network cannot be entered: it could never be passed there")
	case c.List != nil && c.List.AllNamespaces:
		s.l.add(file, line, column, "leave out allNamespaces, or write `scope: cluster`", "the lab's scope is its namespace, and this looks into all")
	}
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
		refs = append(refs, course.ObjectRef{APIVersion: c.List.APIVersion, Kind: c.List.Kind, Namespace: c.List.Namespace})
	}
	if c.Exec != nil {
		refs = append(refs, course.ObjectRef{APIVersion: "v1", Kind: "Pod", Namespace: c.Exec.Namespace, Name: c.Exec.Pod})
	}
	if c.Logs != nil {
		refs = append(refs, course.ObjectRef{APIVersion: "v1", Kind: "Pod", Namespace: c.Logs.Namespace, Name: c.Logs.Pod})
	}
	for _, ref := range c.With {
		refs = append(refs, ref)
	}
	return refs
}
