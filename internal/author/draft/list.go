package draft

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var errNoList = errors.New("there is no list to add to: add it by hand")

// withEntry adds an entry at the end of a list at the top level of a YAML file,
// unless it is there, and leaves every other character as it is.
func withEntry(text, key, entry string) (string, error) {
	list, after, err := listOf(text, key)
	if err != nil {
		return text, err
	}
	if slices.Contains(values(list), entry) {
		return text, nil
	}
	with := withKey(text, key, entry)
	if list != nil {
		with = withItem(text, list, after, entry)
	}
	got, _, err := listOf(with, key)
	if err != nil || got == nil || !slices.Equal(values(got), append(values(list), entry)) {
		return text, errNoList
	}
	return with, nil
}

// listOf finds the list of a key, nil without one, and the node of the key.
func listOf(text, key string) (list, at *yaml.Node, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, nil, fmt.Errorf("this is not YAML: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil, errNoList
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if top[i].Value == key && top[i+1].Kind != yaml.SequenceNode {
			return nil, nil, errNoList
		} else if top[i].Value == key {
			return top[i+1], top[i], nil
		}
	}
	return nil, nil, nil
}

func values(list *yaml.Node) (all []string) {
	if list == nil {
		return nil
	}
	for _, n := range list.Content {
		all = append(all, n.Value)
	}
	return all
}

// withKey adds a key with a list of one.
func withKey(text, key, entry string) string {
	return strings.TrimRight(text, "\n") + "\n" + key + ": [" + entry + "]\n"
}

// withItem adds an item to a list in the style in which that is written.
func withItem(text string, list, key *yaml.Node, entry string) string {
	lines := strings.SplitAfter(text, "\n")
	n := len(list.Content)
	switch {
	case n == 0 && list.Style&yaml.FlowStyle != 0: // key: []
		return splice(lines, list.Line, list.Column, entry)
	case n == 0:
		return text
	}
	last := list.Content[n-1]
	if list.Style&yaml.FlowStyle != 0 {
		return splice(lines, last.Line, last.Column-1+len(written(last)), ", "+entry)
	}
	line := lines[last.Line-1]
	item := line[:strings.IndexByte(line, '-')+1] + " " + entry + "\n"
	lines[last.Line-1] = strings.TrimRight(line, "\n") + "\n"
	return strings.Join(slices.Insert(lines, last.Line, item), "")
}

// written is how a word stands in the file.
func written(n *yaml.Node) string {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0, n.Style&yaml.SingleQuotedStyle != 0:
		return "'" + n.Value + "'"
	}
	return n.Value
}

// splice puts a text into a line, behind so many of its bytes.
func splice(lines []string, line, behind int, text string) string {
	if at := line - 1; at < len(lines) && behind <= len(lines[at]) {
		lines[at] = lines[at][:behind] + text + lines[at][behind:]
	}
	return strings.Join(lines, "")
}
