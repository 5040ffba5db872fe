package crictl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"

	"github.com/docker/go-units"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/yaml"
)

// The output formats.
const (
	formatJSON     = "json"
	formatYAML     = "yaml"
	formatTable    = "table"
	formatTemplate = "go-template"
)

// shortID is how many characters of an id a table shows.
const shortID = 13

// table prints rows as upstream's do: columns of at least 20 characters.
func (o *options) table(rows [][]string) error {
	w := tabwriter.NewWriter(o.out, 20, 1, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// message prints an answer of the runtime as it is.
func (o *options) message(m proto.Message, format string) error {
	text, err := jsonOf(m)
	if err != nil {
		return err
	}
	return o.document([]byte(text), format)
}

// document prints JSON, or the same as YAML.
func (o *options) document(text []byte, format string) error {
	if format == formatYAML {
		converted, err := yaml.JSONToYAML(text)
		if err != nil {
			return fmt.Errorf("JSON result to YAML: %w", err)
		}
		text = converted
	}
	o.printf("%s\n", text)
	return nil
}

// jsonOf writes a message with all of its fields. The encoder varies its white
// space on purpose; it is made even here.
func jsonOf(m proto.Message) (string, error) {
	text, err := protojson.MarshalOptions{EmitDefaultValues: true, Indent: "  "}.Marshal(m)
	if err != nil {
		return "", err
	}
	return string(text), nil
}

// inFieldOrder writes a map as JSON with the fields of a message, in the order of
// its declaration, as upstream does for what it changes in a message.
func inFieldOrder(values map[string]any, message any) (string, error) {
	var fields []string
	t := reflect.TypeOf(message).Elem()
	for i := range t.NumField() {
		name := jsonName(t.Field(i).Tag)
		if name == "" || name == "-" {
			continue
		}
		value, err := json.Marshal(values[name])
		if err != nil {
			return "", err
		}
		fields = append(fields, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(fields, ",") + "}", nil
}

// jsonName is the name of a message's field in JSON.
func jsonName(tag reflect.StructTag) string {
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	for part := range strings.SplitSeq(tag.Get("protobuf"), ",") {
		if given, ok := strings.CutPrefix(part, "json="); ok {
			name = given
		}
	}
	return name
}

// status is what inspecting something gave.
type status struct {
	json  string // of the status itself
	extra map[string]string
	info  map[string]string
}

// statuses prints what inspecting gave: one object, or a list of several.
func (o *options) statuses(all []status, format, text string) error {
	if len(all) == 0 {
		return nil
	}
	values := make([]map[string]any, len(all))
	for i, s := range all {
		value, err := s.value()
		if err != nil {
			return err
		}
		values[i] = value
	}
	var result any = values
	if len(values) == 1 {
		result = values[0]
	}
	data, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("marshal result: %w", err)
	}
	switch format {
	case formatJSON, formatYAML:
		return o.document(data, format)
	case formatTemplate:
		return o.template(result, text)
	}
	return fmt.Errorf("unsupported format: %q", format)
}

// value joins the status with what the runtime tells besides.
func (s status) value() (map[string]any, error) {
	value := map[string]any{}
	decode := func(name, text string) error {
		var part any
		if err := json.Unmarshal([]byte(text), &part); err != nil {
			return fmt.Errorf("unmarshal %s JSON: %w", name, err)
		}
		if part != nil {
			value[name] = part
		}
		return nil
	}
	if err := decode("status", s.json); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.extra)) {
		if err := decode(name, s.extra[name]); err != nil {
			return nil, err
		}
	}
	for name, text := range s.info {
		if !strings.HasPrefix(text, "{") {
			value[name] = strings.Trim(text, `"`)
		} else if err := decode(name, text); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// template prints a value by a Go template. A field that there is not is an
// error.
func (o *options) template(value any, text string) error {
	t, err := template.New("tmplExecuteRawJSON").Funcs(template.FuncMap{
		"json":  templateJSON,
		"title": cases.Title(language.Und, cases.NoLower).String,
		"lower": cases.Lower(language.Und).String,
		"upper": cases.Upper(language.Und).String,
	}).Option("missingkey=error").Parse(text)
	if err != nil {
		return fmt.Errorf("execute template: failed to generate go-template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, value); err != nil {
		return fmt.Errorf("execute template: failed to template data: %w", err)
	}
	o.printf("%s\n", b.String())
	return nil
}

func templateJSON(v any) (string, error) {
	var b bytes.Buffer
	err := json.NewEncoder(&b).Encode(v)
	return b.String(), err
}

// ago says how long ago something was, as upstream does.
func (o *options) ago(nanoseconds int64) string {
	return units.HumanDuration(o.now().Sub(time.Unix(0, nanoseconds))) + " ago"
}

func truncated(id, prefix string) string {
	id = strings.TrimPrefix(id, prefix)
	return id[:min(len(id), shortID)]
}

// matches tells whether a regular expression finds something in a text. A wrong
// one finds nothing.
func matches(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	found, err := regexp.MatchString(pattern, text)
	return err == nil && found
}

// labelsOf reads --label KEY=VALUE.
func labelsOf(pairs []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, pair := range pairs {
		words := strings.Split(pair, "=")
		if len(words) != 2 {
			return nil, fmt.Errorf("incorrectly specified label: %v", pair)
		}
		labels[words[0]] = words[1]
	}
	return labels, nil
}

// pairs prints labels or annotations below a heading.
func (o *options) pairs(heading string, values map[string]string) {
	if values == nil {
		return
	}
	o.printf("%s:\n", heading)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		o.printf("\t%s -> %s\n", key, values[key])
	}
}

// first returns the first n of a list; all of it where neither is asked for.
func first[T any](list []T, latest bool, last int) []T {
	n := len(list)
	if latest {
		n = 1
	}
	if last > 0 {
		n = last
	}
	return list[:min(n, len(list))]
}
