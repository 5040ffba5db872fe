package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Edit changes one setting: a key of [Keys] or [ReviewKeys], or
// keys.SCOPE.ACTION. Without values the setting is taken out of the file.
type Edit struct {
	Key    string
	Values []string
}

// FaultError is a setting that cannot be what it was to be, or a file that
// cannot be changed until it is mended.
type FaultError struct {
	Path string
	Fault
	Values []string // what was asked for; nil where the fault was there before
}

// Error says it in English; [Fault.In] knows other languages.
func (e *FaultError) Error() string { return e.In(e.Path, "en") }

// Update makes changes to the file as it is now and returns what it says then.
// Comments and faults that have nothing to do with them stay. All of them are
// made, or none: a value that is no good is a *FaultError.
func Update(path string, v Vocabulary, edits ...Edit) (*File, error) {
	data, err := read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	before, doc := parse(path, data, v)
	if doc == nil {
		if len(before.Faults) > 0 {
			return nil, &FaultError{Path: path, Fault: before.Faults[0]}
		}
		doc = empty(data)
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, &FaultError{Path: path, Fault: before.Faults[0]}
	}
	for _, e := range edits {
		set(doc.Content[0], strings.SplitN(e.Key, ".", 3), value(e))
	}
	text, err := encode(doc)
	if err != nil {
		return nil, fmt.Errorf("writing the settings: %w", err)
	}
	after, doc := parse(path, text, v)
	if doc == nil { // an anchor went that something else names
		return nil, &FaultError{Path: path, Fault: after.Faults[0]}
	}
	if err := refused(after, edits); err != nil {
		return nil, err
	}
	after.Exists = true
	return after, save(path, text)
}

// refused finds the first edit that the file would not take. Its place is where
// it would have stood, which says nothing, so it is left out.
func refused(after *File, edits []Edit) error {
	for _, f := range after.Faults {
		for _, e := range edits {
			if f.Key == e.Key && len(e.Values) > 0 {
				f.Line, f.Column = 0, 0
				return &FaultError{Path: after.Path, Fault: f, Values: e.Values}
			}
		}
	}
	return nil
}

// empty is a document without settings, with the comments of what was there.
func empty(data []byte) *yaml.Node {
	root := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	root.Content = []*yaml.Node{scalar("format"), {Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprint(Format)}}
	doc := &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{root}}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			doc.HeadComment += line
		}
	}
	return doc
}

// value is the node of an edit; nil to take the setting out.
func value(e Edit) *yaml.Node {
	if len(e.Values) == 0 {
		return nil
	}
	if isReview(e.Key) {
		return reviewValue(e)
	}
	if e.Key != "packs" && !strings.HasPrefix(e.Key, "keys.") {
		return plainScalar(strings.Join(e.Values, " "))
	}
	return flow(e.Values)
}

// flow is a list on one line.
func flow(values []string) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, v := range values {
		list.Content = append(list.Content, scalar(v))
	}
	return list
}

// plainScalar is text as a person would write it: true is a bool.
func plainScalar(text string) *yaml.Node {
	if text == "true" || text == "false" {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: text}
	}
	return scalar(text)
}

// scalar is text; the encoder quotes what would be something else.
func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// set puts a value at a path of keys, or takes it out, and with it the mappings
// that become empty.
func set(n *yaml.Node, path []string, v *yaml.Node) {
	at := find(n, path[0])
	switch {
	case at < 0 && v == nil:
		return
	case at < 0:
		at = len(n.Content)
		n.Content = append(n.Content, scalar(path[0]), &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"})
	}
	switch {
	case len(path) > 1:
		inner(n, at, path[1:], v)
	case v == nil:
		n.Content = slices.Delete(n.Content, at, at+2)
	default:
		old := n.Content[at+1]
		v.HeadComment, v.LineComment, v.FootComment = old.HeadComment, old.LineComment, old.FootComment
		n.Content[at+1] = v
	}
}

// find returns the index of a key in a mapping, -1 where it is not there.
func find(n *yaml.Node, key string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// inner goes on below the key at an index.
func inner(n *yaml.Node, at int, path []string, v *yaml.Node) {
	below := n.Content[at+1]
	if below.Kind != yaml.MappingNode {
		if v == nil {
			return
		}
		below = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		n.Content[at+1] = below
	}
	set(below, path, v)
	if len(below.Content) == 0 {
		n.Content = slices.Delete(n.Content, at, at+2)
	}
}

func encode(doc *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// save replaces the file at once: whoever reads it sees the old text or the new
// one. A link stays a link, and what it names is replaced.
func save(path string, text []byte) (err error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing the settings: %w", err)
		}
	}()
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".settings-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails once it has been renamed
	_, err = file.Write(text)
	if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
