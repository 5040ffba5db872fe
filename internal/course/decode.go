package course

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a YAML file as it was read: for saying where something stands.
type document struct {
	file   string
	source string
	root   *yaml.Node
	notes
}

// yaml reads a YAML file into out, a pointer to a structure with yaml tags.
// Other than [yaml.Unmarshal], it notes every fault with line and column.
func (r *reader) yaml(name string, out any) (*document, bool) { return r.yamlUpTo(name, MaxYAML, out) }

func (r *reader) yamlUpTo(name string, limit int64, out any) (*document, bool) {
	text, ok := r.text(name, limit)
	if !ok {
		return nil, false
	}
	d := &document{file: name, notes: notes{prefix: r.prefix}}
	d.read(text, out)
	r.faults = append(r.faults, d.faults...)
	ok = len(d.faults) == 0
	d.faults = nil
	return d, ok
}

func (d *document) read(text string, out any) {
	d.source = text
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var doc, second yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		d.add(d.file, place{}, "begin with `format: 1`", "the file is empty")
		return
	case err != nil:
		d.syntax(err)
		return
	}
	d.root = doc.Content[0] // a document always has one, if only a null
	if err := decoder.Decode(&second); err == nil {
		d.fault(&second, "one file is one document", "a second YAML document begins here")
	}
	walk := decoding{document: d}
	walk.value(d.root, reflect.ValueOf(out).Elem(), 0)
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax notes an error of the parser, which knows the line only.
func (d *document) syntax(err error) {
	message, line := err.Error(), 0
	if m := syntaxLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	d.add(d.file, place{line: line}, "look at this line and the one before it", "this is not YAML: %s", message)
}

func (d *document) fault(n *yaml.Node, mend, format string, args ...any) {
	if len(d.faults) < maxFaults {
		d.add(d.file, place{n.Line, n.Column}, mend, format, args...)
	}
}

// at notes a fault of the value at path (keys and indices from the root), or
// of the nearest value above that is there.
func (d *document) at(path []any, mend, format string, args ...any) {
	n := Locate(d.root, path...)
	d.fault(n, mend, format, args...)
}

// Locate finds the value at path (keys and indices) below a YAML node, or the
// nearest value above it that is there.
func Locate(root *yaml.Node, path ...any) *yaml.Node {
	for _, step := range path {
		next := child(root, step)
		if next == nil {
			break
		}
		root = next
	}
	return root
}

// child finds a value below a node, through aliases; merged keys are not looked
// through.
func child(n *yaml.Node, step any) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch step := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		if n.Kind != yaml.MappingNode {
			return nil
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// decoding is one walk over a document.
type decoding struct {
	*document
	nodes int
}

// value sets out from n. A value of the wrong kind is noted and left out.
func (d *decoding) value(n *yaml.Node, out reflect.Value, depth int) {
	if d.nodes++; d.nodes == maxNodes || depth == maxDepth {
		d.fault(n, "make several files of it, or write it flatter", "the file has too many values, or is nested too deeply")
	}
	if d.nodes >= maxNodes || depth >= maxDepth {
		return
	}
	if n.Kind == yaml.AliasNode {
		d.value(n.Alias, out, depth+1)
		return
	}
	switch out.Kind() {
	case reflect.Pointer:
		if out.IsNil() {
			out.Set(reflect.New(out.Type().Elem()))
		}
		d.value(n, out.Elem(), depth+1)
	case reflect.Struct:
		d.structure(n, out, depth)
	case reflect.Map:
		d.mapping(n, out, depth)
	case reflect.Slice, reflect.Array:
		d.sequence(n, out, depth)
	default:
		d.scalar(n, out)
	}
}

func (d *decoding) sequence(n *yaml.Node, out reflect.Value, depth int) {
	if n.Kind != yaml.SequenceNode {
		d.wrongKind(n, "a list")
		return
	}
	if out.Kind() == reflect.Slice {
		out.Set(reflect.MakeSlice(out.Type(), len(n.Content), len(n.Content)))
	} else if len(n.Content) != out.Len() {
		d.fault(n, "write as many", "%d values are wanted here, not %d", out.Len(), len(n.Content))
		return
	}
	for i, item := range n.Content {
		d.value(item, out.Index(i), depth+1)
	}
}

func (d *decoding) mapping(n *yaml.Node, out reflect.Value, depth int) {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(n, "a mapping")
		return
	}
	out.Set(reflect.MakeMap(out.Type()))
	d.keys(n, func(key, value *yaml.Node) {
		v := reflect.New(out.Type().Elem()).Elem()
		d.value(value, v, depth+1)
		out.SetMapIndex(reflect.ValueOf(key.Value), v)
	}, depth)
}

// worded is a structure that can also be written as one word. It returns false
// for a word that it does not know.
type worded interface{ word(w string) bool }

func (d *decoding) structure(n *yaml.Node, out reflect.Value, depth int) {
	if w, ok := out.Addr().Interface().(worded); ok && n.Kind == yaml.ScalarNode && w.word(n.Value) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongKind(n, "a mapping with "+strings.Join(keysOf(out.Type()), ", "))
		return
	}
	d.keys(n, func(key, value *yaml.Node) {
		if field, ok := fieldOf(out, key.Value); ok {
			d.value(value, field, depth+1)
		} else {
			d.unknownKey(key, out.Type())
		}
	}, depth)
}

func (d *decoding) unknownKey(key *yaml.Node, t reflect.Type) {
	known := keysOf(t)
	mend := "known here: " + strings.Join(known, ", ")
	if near := nearest(key.Value, known, 1); len(near) == 1 && distance(key.Value, near[0]) <= 2 {
		mend = fmt.Sprintf("do you mean %q?", near[0])
	}
	d.fault(key, mend, "unknown key %q", key.Value)
}

// keys calls each for the keys of a mapping, the merged ones (<<) first, so
// that the mapping's own win.
func (d *decoding) keys(n *yaml.Node, each func(key, value *yaml.Node), depth int) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; isMerge(key) {
			d.merge(n.Content[i+1], each, depth+1)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch line, twice := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			d.fault(key, "write one word before the colon", "a key must be a word")
		case twice:
			d.fault(key, "keep one of the two", "the key %q stands here already, in line %d", key.Value, line)
		case !isMerge(key):
			each(key, n.Content[i+1])
		}
		seen[key.Value] = key.Line
	}
}

// merge gives the keys of a merged mapping, or of several.
func (d *decoding) merge(n *yaml.Node, each func(key, value *yaml.Node), depth int) {
	if d.nodes++; d.nodes >= maxNodes || depth >= maxDepth {
		d.fault(n, "make several files of it, or write it flatter", "the file has too many values, or is nested too deeply")
		return
	}
	switch n.Kind {
	case yaml.AliasNode:
		d.merge(n.Alias, each, depth+1)
	case yaml.MappingNode:
		d.keys(n, each, depth+1)
	case yaml.SequenceNode:
		for _, item := range slices.Backward(n.Content) { // the first one wins
			d.merge(item, each, depth+1)
		}
	default:
		d.fault(n, "name it with *, such as <<: *name", "<< wants a mapping, or a list of them")
	}
}

func isMerge(key *yaml.Node) bool { return key.Tag == "!!merge" }

func (d *decoding) scalar(n *yaml.Node, out reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.wrongKind(n, plainName(out.Kind()))
		return
	}
	var err error
	switch out.Kind() {
	case reflect.Int:
		err = setInt(n, out)
	case reflect.Bool:
		err = setBool(n, out)
	case reflect.String:
		err = setString(n, out)
	default:
		err = fmt.Errorf("a field of type %s cannot be read", out.Type())
	}
	if err != nil {
		d.fault(n, "write it as the schema in assets/schema says", "%v", err)
	}
}

func setInt(n *yaml.Node, out reflect.Value) error {
	var value int
	if n.ShortTag() != "!!int" || n.Decode(&value) != nil {
		return fmt.Errorf("a whole number is wanted here, not %q", n.Value)
	}
	out.SetInt(int64(value))
	return nil
}

func setBool(n *yaml.Node, out reflect.Value) error {
	var value bool
	if n.ShortTag() != "!!bool" || n.Decode(&value) != nil {
		return fmt.Errorf("true or false is wanted here, not %q", n.Value)
	}
	out.SetBool(value)
	return nil
}

// setString takes numbers and true as they are written. A null is no text,
// unless it was written as a word: then quotes are missing.
func setString(n *yaml.Node, out reflect.Value) error {
	switch n.ShortTag() {
	case "!!null":
		if n.Value != "" {
			return fmt.Errorf("%s means nothing at all in YAML: put it in quotes", n.Value)
		}
	case "!!binary":
		return errors.New("binary values are not read")
	}
	if why, bad := hasBadChar(n.Value); bad {
		return errors.New(why)
	}
	out.SetString(n.Value)
	return nil
}

func (d *decoding) wrongKind(n *yaml.Node, want string) {
	have := map[yaml.Kind]string{yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list", yaml.ScalarNode: "a single value"}[n.Kind]
	d.fault(n, "write it as the schema in assets/schema says", "%s is wanted here, not %s", want, have)
}

func plainName(k reflect.Kind) string {
	switch k {
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	}
	return "a text"
}

// tag is the key of a field; inline fields have their own fields' keys.
func tag(f reflect.StructField) (key string, inline bool) {
	key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key, options == "inline"
}

// fieldOf finds the field for a key.
func fieldOf(out reflect.Value, key string) (reflect.Value, bool) {
	t := out.Type()
	for i := range t.NumField() {
		name, inline := tag(t.Field(i))
		if inline {
			if field, ok := fieldOf(out.Field(i), key); ok {
				return field, true
			}
		}
		if name == key && name != "-" && name != "" {
			return out.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// keysOf lists the keys of a structure in the order of its fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		switch name, inline := tag(t.Field(i)); {
		case inline:
			keys = append(keys, keysOf(t.Field(i).Type)...)
		case name != "-" && name != "":
			keys = append(keys, name)
		}
	}
	return keys
}
