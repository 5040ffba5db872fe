package settings

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Keys lists the settings that a file may have, in the order in which they are
// shown. Those of reviews are below review, see [ReviewKeys], and those of
// keyboards below keys: keys.SCOPE.ACTION.
func Keys() []string {
	return []string{"lang", "theme", "mouse", "plain", "ascii", "packs", "review", "keys"}
}

// place is where something stands in the file.
type place struct{ line, column int }

// parsing is one reading of a file.
type parsing struct {
	file *File
	v    Vocabulary
}

// parse returns what the text says and the tree of nodes; that is nil where the
// text is no YAML, and where it says nothing.
func parse(path string, data []byte, v Vocabulary) (*File, *yaml.Node) {
	p := &parsing{file: &File{Path: path}, v: v}
	var doc, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return p.file, nil
	} else if err != nil {
		p.syntax(err)
		return p.file, nil
	}
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		p.fault(&second, "", SecondDocument)
		return p.file, nil
	}
	root := doc.Content[0] // a document always has one, if only a null
	if root.Kind == yaml.ScalarNode && root.Value == "" || root.Tag == "!!null" {
		return p.file, nil
	}
	p.root(root)
	p.file.Faults = sorted(p.file.Faults)
	return p.file, &doc
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax notes an error of the parser, which knows the line only.
func (p *parsing) syntax(err error) {
	f := Fault{What: NotYAML}
	message := err.Error()
	if m := syntaxLine.FindStringSubmatch(message); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
	}
	f.Args = []any{message}
	p.file.Faults = append(p.file.Faults, f)
}

func (p *parsing) fault(n *yaml.Node, key string, what Kind, args ...any) {
	p.file.Faults = append(p.file.Faults, Fault{n.Line, n.Column, key, what, args})
}

func (p *parsing) root(n *yaml.Node) {
	p.mapping(n, "", func(key, value *yaml.Node) {
		switch key.Value {
		case "format":
			p.format(value)
		case "lang":
			p.file.Lang = p.oneOf(value, "lang", p.v.Langs)
		case "theme":
			p.file.Theme = p.oneOf(value, "theme", p.v.Themes)
		case "mouse":
			p.file.Mouse = p.boolean(value, "mouse")
		case "plain":
			p.file.Plain = p.boolean(value, "plain")
		case "ascii":
			p.file.ASCII = p.boolean(value, "ascii")
		case "packs":
			p.packs(value)
		case "review":
			p.review(value)
		case "keys":
			p.keys(value)
		default:
			p.fault(key, key.Value, UnknownKey, key.Value, strings.Join(Keys(), ", "))
		}
	})
}

// mapping calls each with every entry; a key that was there before is a fault.
func (p *parsing) mapping(n *yaml.Node, path string, each func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, path, NotMapping)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			p.fault(key, join(path, key.Value), Twice, key.Value)
			continue
		}
		seen[key.Value] = true
		each(key, n.Content[i+1])
	}
}

func join(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

func (p *parsing) format(n *yaml.Node) {
	if n.Value != strconv.Itoa(Format) {
		p.fault(n, "format", OtherFormat, n.Value, Format)
	}
}

// text is the value of a scalar: a word, a number or a bool as it was written.
func (p *parsing) text(n *yaml.Node, key string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.fault(n, key, NotText)
		return "", false
	}
	return n.Value, true
}

func (p *parsing) oneOf(n *yaml.Node, key string, known []string) string {
	value, ok := p.text(n, key)
	if ok && !slices.Contains(known, value) {
		p.fault(n, key, NotOneOf, value, strings.Join(known, ", "))
		return ""
	}
	return value
}

func (p *parsing) boolean(n *yaml.Node, key string) *bool {
	var b bool
	if n.Tag != "!!bool" || n.Decode(&b) != nil {
		p.fault(n, key, NotBool)
		return nil
	}
	return &b
}

// list is a list of texts, or one text in its place.
func (p *parsing) list(n *yaml.Node, key string) (texts []string, nodes []*yaml.Node) {
	all := n.Content
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		all = []*yaml.Node{n}
	} else if n.Kind != yaml.SequenceNode {
		p.fault(n, key, NotList)
		return nil, nil
	}
	for _, item := range all {
		if text, ok := p.text(item, key); ok {
			texts, nodes = append(texts, text), append(nodes, item)
		}
	}
	return texts, nodes
}

// packs are paths from the file's directory.
func (p *parsing) packs(n *yaml.Node) {
	list, _ := p.list(n, "packs")
	for _, pack := range list {
		if rest, ok := strings.CutPrefix(pack, "~/"); ok && p.v.Home != "" {
			pack = filepath.Join(p.v.Home, rest)
		}
		if !filepath.IsAbs(pack) {
			pack = filepath.Join(filepath.Dir(p.file.Path), pack)
		}
		p.file.Packs = append(p.file.Packs, filepath.Clean(pack))
	}
}

func (p *parsing) keys(n *yaml.Node) {
	var all []Rebinding
	p.mapping(n, "keys", func(scope, actions *yaml.Node) {
		p.mapping(actions, join("keys", scope.Value), func(action, keys *yaml.Node) {
			r := Rebinding{Scope: scope.Value, Action: action.Value, at: place{action.Line, action.Column}}
			list, nodes := p.list(keys, r.Path())
			r.Keys = list
			for _, k := range nodes {
				r.keys = append(r.keys, place{k.Line, k.Column})
			}
			if len(list) > 0 || keys.Kind == yaml.SequenceNode {
				all = append(all, r)
			}
		})
	})
	p.file.Keys = p.known(all)
}

// Path names the rebinding as a setting.
func (r Rebinding) Path() string { return "keys." + r.Scope + "." + r.Action }

// known drops what the interface cannot take.
func (p *parsing) known(all []Rebinding) []Rebinding {
	if p.v.Keys == nil {
		return all
	}
	bad := map[int]bool{}
	for _, f := range p.v.Keys(all) {
		r := all[f.Rebinding]
		at := r.at
		if f.Key >= 0 {
			at = r.keys[f.Key]
		}
		p.file.Faults = append(p.file.Faults, Fault{at.line, at.column, r.Path(), f.What, f.Args})
		bad[f.Rebinding] = true
	}
	var good []Rebinding
	for i, r := range all {
		if !bad[i] {
			good = append(good, r)
		}
	}
	return good
}
