package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"kubetutor/internal/course"
)

// Hash identifies the content of a lab as it was sent, files included: 32
// hexadecimal digits of the SHA-256 of its JSON form.
func Hash(lab *course.Lab) string {
	data, err := json.Marshal(lab)
	if err != nil { // a Lab holds strings, numbers and maps of them only
		panic(fmt.Sprintf("encoding lab %s: %v", lab.Path(), err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// substituted returns the check with the variables put into every field that
// is not an expression.
func substituted(c course.Check, vars map[string]string) course.Check {
	c.Object, c.Absent = filled(c.Object, vars, objectFields), filled(c.Absent, vars, objectFields)
	c.List = filled(c.List, vars, func(l *course.ListRef) []*string {
		return []*string{&l.APIVersion, &l.Kind, &l.Namespace, &l.LabelSelector, &l.FieldSelector}
	})
	c.Access = filled(c.Access, vars, accessFields)
	c.File = filled(c.File, vars, func(f *course.FileRef) []*string { return []*string{&f.Path} })
	c.Audit = filled(c.Audit, vars, func(a *course.AuditRef) []*string {
		return []*string{&a.Verb, &a.Group, &a.Resource, &a.Subresource, &a.Namespace, &a.Name}
	})
	c.Exec = filled(c.Exec, vars, execFields)
	c.Logs = filled(c.Logs, vars, func(l *course.LogsRef) []*string {
		return []*string{&l.Namespace, &l.Pod, &l.LabelSelector, &l.Container}
	})
	c.Request = filled(c.Request, vars, requestFields)
	c.Resolve = filled(c.Resolve, vars, func(r *course.ResolveRef) []*string { return append(fromFields(&r.From), &r.Name) })
	if c.Request != nil {
		c.Request.Headers = substitutedHeaders(c.Request.Headers, vars)
	}
	c.With = substitutedRefs(c.With, vars)
	c.Want = *filled(&c.Want, vars, func(t *course.Text) []*string { return []*string{&t.EN, &t.ZH} })
	return c
}

func substitutedRefs(refs map[string]course.ObjectRef, vars map[string]string) map[string]course.ObjectRef {
	out := make(map[string]course.ObjectRef, len(refs))
	for name, ref := range refs {
		out[name] = *filled(&ref, vars, objectFields)
	}
	return out
}

// filled returns a copy of a part of a check with the variables put into some
// of its fields; nil of nil.
func filled[T any](part *T, vars map[string]string, fields func(*T) []*string) *T {
	if part == nil {
		return nil
	}
	made := *part
	for _, f := range fields(&made) {
		*f = course.Substitute(*f, vars)
	}
	return &made
}

func objectFields(o *course.ObjectRef) []*string {
	return []*string{&o.APIVersion, &o.Kind, &o.Namespace, &o.Name}
}

// accessFields gives a the list of groups for its own.
func accessFields(a *course.AccessRef) []*string {
	a.Groups = slices.Clone(a.Groups)
	return append(each(a.Groups), &a.User, &a.Verb, &a.Group, &a.Resource, &a.Subresource, &a.Name, &a.Namespace, &a.Path)
}

// execFields gives e the command for its own.
func execFields(e *course.ExecRef) []*string {
	e.Command = slices.Clone(e.Command)
	return append(each(e.Command), &e.Namespace, &e.Pod, &e.LabelSelector, &e.Container, &e.Stdin)
}

func each(list []string) []*string {
	all := make([]*string, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

func substitutedHeaders(headers, vars map[string]string) map[string]string {
	out := make(map[string]string, len(headers))
	for name, value := range headers {
		out[name] = course.Substitute(value, vars)
	}
	return out
}

// requestFields gives r the trust for its own.
func requestFields(r *course.RequestRef) []*string {
	fields := append(fromFields(&r.From), &r.URL, &r.To, &r.Host, &r.Body)
	if r.TLS != nil {
		own := *r.TLS
		r.TLS = &own
		fields = append(fields, &own.Secret, &own.Namespace)
	}
	return fields
}

func fromFields(f *course.FromRef) []*string {
	return []*string{&f.Namespace, &f.Pod, &f.LabelSelector}
}
