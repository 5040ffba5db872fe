package quiz

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Kubectl is what kubectl's command lines are made of: its commands with their
// flags, and the names that resources go by.
type Kubectl struct {
	commands  map[string]*command // by path, such as "create configmap"
	aliases   map[string]string   // path with an alias at its end to the path
	global    map[string]*flag    // by name
	resources map[string]string   // every name of a resource, in lower case, to RESOURCE.GROUP
	scoped    map[string]bool     // RESOURCE.GROUP to: it is in a namespace
}

// command is a command of kubectl.
type command struct {
	Path    string   `json:"path"`
	Aliases []string `json:"aliases"`
	Flags   []*flag  `json:"flags"`

	byName map[string]*flag
}

// flag is a flag of a command.
type flag struct {
	Name           string `json:"name"`
	Short          string `json:"short"`
	Type           string `json:"type"`
	Value          bool   `json:"value"` // it always takes a value
	Repeatable     bool   `json:"repeatable"`
	Default        string `json:"default"`
	NoValueDefault string `json:"noValueDefault"` // what it means without a value
}

type resource struct {
	Name       string   `json:"name"`
	Singular   string   `json:"singular"`
	Kind       string   `json:"kind"`
	Group      string   `json:"group"`
	Version    string   `json:"version"`
	Namespaced bool     `json:"namespaced"`
	Short      []string `json:"short"`
}

// ParseKubectl reads assets/kubectl.json, which is generated from upstream.
func ParseKubectl(data []byte) (*Kubectl, error) {
	var file struct {
		Commands    []*command `json:"commands"`
		GlobalFlags []*flag    `json:"globalFlags"`
		Resources   []resource `json:"resources"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("reading kubectl's flags: %w", err)
	}
	k := &Kubectl{
		commands:  map[string]*command{"": {}},
		aliases:   map[string]string{},
		global:    flagsByName(file.GlobalFlags),
		resources: map[string]string{},
		scoped:    map[string]bool{},
	}
	for _, c := range file.Commands {
		k.addCommand(c)
	}
	for _, r := range file.Resources {
		k.addResource(r)
	}
	return k, nil
}

func flagsByName(flags []*flag) map[string]*flag {
	m := make(map[string]*flag, len(flags))
	for _, f := range flags {
		m[f.Name] = f
	}
	return m
}

func (k *Kubectl) addCommand(c *command) {
	c.byName = flagsByName(c.Flags)
	k.commands[c.Path] = c
	parent := ""
	if i := strings.LastIndex(c.Path, " "); i >= 0 {
		parent = c.Path[:i]
	}
	for _, alias := range c.Aliases {
		k.aliases[join(parent, alias)] = c.Path
	}
}

func join(path, word string) string {
	if path == "" {
		return word
	}
	return path + " " + word
}

// addResource notes every name of a resource. The first resource of a name
// keeps it, as with kubectl, where the core group comes first.
func (k *Kubectl) addResource(r resource) {
	full := r.Name + "." + r.Group
	k.scoped[full] = r.Namespaced
	for _, name := range append([]string{r.Name, r.Singular, r.Kind}, r.Short...) {
		name = strings.ToLower(name)
		for _, form := range []string{name, name + "." + r.Group, name + "." + r.Version + "." + r.Group} {
			if _, taken := k.resources[form]; !taken && name != "" {
				k.resources[form] = full
			}
		}
	}
}

// kind returns RESOURCE.GROUP for any name of a resource; a name that is not
// known (of a custom resource, or a category such as "all") in lower case.
func (k *Kubectl) kind(name string) string {
	name = strings.ToLower(name)
	if full, ok := k.resources[name]; ok {
		return full
	}
	return name
}

// sub returns the path of the command that word leads to below path.
func (k *Kubectl) sub(path, word string) (string, bool) {
	next := join(path, word)
	if _, ok := k.commands[next]; ok {
		return next, true
	}
	next, ok := k.aliases[next]
	return next, ok
}

// flag finds a flag by its name.
func (k *Kubectl) flag(path, name string) *flag {
	if f := k.commands[path].byName[name]; f != nil {
		return f
	}
	return k.global[name]
}

// short finds a flag by its letter.
func (k *Kubectl) short(path, letter string) *flag {
	for _, f := range k.commands[path].Flags {
		if f.Short == letter {
			return f
		}
	}
	for _, f := range k.global {
		if f.Short == letter {
			return f
		}
	}
	return nil
}

// wantsWord tells whether the next word is the flag's value: it always is,
// unless the flag means something without one.
func (f *flag) wantsWord() bool { return f.NoValueDefault == "" }
