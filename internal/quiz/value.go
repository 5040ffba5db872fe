package quiz

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// value returns the values of a flag in a form in which equal meanings are equal
// texts, and whether the flag matters: at its default it does not.
func (k *Kubectl) value(command string, f *flag, values []string) (text string, matters bool) {
	if f.Type == "bool" || f.Type == "tristate" {
		on, err := parseBool(values)
		if err != nil {
			return strings.Join(values, ","), true
		}
		text = strconv.FormatBool(on)
		return text, text != f.Default || command == "api-resources"
	}
	if f.Repeatable {
		values = k.list(f, values)
	}
	values = each(values, func(s string) string { return k.single(command, f, s) })
	slices.Sort(values)
	text = strings.Join(values, "\x00")
	return text, !f.isDefault(text)
}

// isDefault tells whether a value says what would hold without it. Where the
// default is a number that is no sensible value, giving it says something else:
// `scale --replicas=0`. (For switches api-resources makes that difference too.)
func (f *flag) isDefault(value string) bool {
	switch f.Type {
	case "string":
		return value == f.Default && value != ""
	case "int", "int32", "int64":
		return value == f.Default && value != "0" && value != "-1"
	}
	return false
}

// parseBool reads the last value as a switch.
func parseBool(values []string) (bool, error) {
	if len(values) == 0 {
		return false, nil
	}
	return strconv.ParseBool(values[len(values)-1])
}

// list splits the values of flags that take several at once.
func (k *Kubectl) list(f *flag, values []string) []string {
	if f.Type == "stringArray" {
		return values
	}
	var all []string
	for _, v := range values {
		all = append(all, strings.Split(v, ",")...)
	}
	return all
}

// single brings one value into a standard form, by the flag's type or name.
func (k *Kubectl) single(command string, f *flag, v string) string {
	switch f.Type {
	case "duration":
		return duration(v)
	case "int", "int32", "int64":
		return number(v)
	}
	switch f.Name {
	case "selector", "field-selector":
		return selector(v)
	case "labels", "limits", "requests", "hard":
		return strings.Join(set(strings.Split(v, ",")), ",")
	case "filename", "kustomize", "from-file", "from-env-file":
		return file(v)
	case "resource":
		return k.permission(v)
	case "sort-by":
		return strings.TrimPrefix(strings.Trim(v, "{}"), ".")
	case "patch", "overrides":
		return document(v)
	case "for":
		return k.awaited(command, v)
	}
	return v
}

func duration(v string) string {
	if d, err := time.ParseDuration(v); err == nil {
		return d.String()
	}
	return v
}

func number(v string) string {
	if n, err := strconv.ParseInt(v, 0, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return v
}

// selector sorts the requirements of a label or field selector:
// a=b,c in (d,e),!f.
func selector(v string) string {
	var list []string
	for _, req := range splitOutside(v) {
		req = strings.Join(strings.Fields(strings.ReplaceAll(req, "==", "=")), " ")
		if before, inside, ok := strings.Cut(req, "("); ok {
			values := set(each(strings.Split(strings.TrimSuffix(inside, ")"), ","), strings.TrimSpace))
			req = strings.TrimSpace(before) + " (" + strings.Join(values, ",") + ")"
		} else if strings.Contains(req, "=") {
			req = strings.ReplaceAll(req, " ", "")
		}
		list = append(list, strings.TrimSpace(req))
	}
	return strings.Join(set(list), ",")
}

// splitOutside splits at commas that are not within parentheses.
func splitOutside(v string) []string {
	depth := 0
	return strings.FieldsFunc(v, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		return r == ',' && depth <= 0
	})
}

// file cleans a path, also behind KEY=.
func file(v string) string {
	if v == "" || v == "-" || strings.Contains(v, "://") {
		return v
	}
	if key, p, ok := strings.Cut(v, "="); ok && p != "" {
		return key + "=" + path.Clean(p)
	}
	return path.Clean(v)
}

// permission reads RESOURCE[/SUBRESOURCE] of a role's rule.
func (k *Kubectl) permission(v string) string {
	typ, sub, _ := strings.Cut(v, "/")
	return strings.TrimSuffix(k.kind(typ)+"/"+sub, "/")
}

// document brings JSON or YAML into one form of JSON.
func document(v string) string {
	var doc any
	if err := yaml.Unmarshal([]byte(v), &doc); err != nil {
		return v
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return v
	}
	return string(out)
}

// awaited reads `events --for OBJECT` and `wait --for condition=NAME[=VALUE]`,
// where the condition's case does not count and its value is true if not given.
func (k *Kubectl) awaited(command, v string) string {
	if command == "events" {
		return k.reference(v, "")
	}
	if cond, ok := strings.CutPrefix(v, "condition="); ok {
		return "condition=" + strings.TrimSuffix(strings.ToLower(cond), "=true")
	}
	return v
}
