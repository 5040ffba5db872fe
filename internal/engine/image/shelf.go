package image

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kubetutor/internal/engine/image/apps"
	"kubetutor/internal/engine/kernel"
)

// arranger turns the data into a shelf.
type arranger struct {
	shelf    *shelf
	programs kernel.Programs // extended by the applications that images hold
	makers   map[string]apps.Maker
	prints   map[string]string // fingerprints of layers, by name and version
}

func arrange(programs kernel.Programs, makers map[string]apps.Maker) (*shelf, error) {
	d, err := load()
	if err != nil {
		return nil, err
	}
	a := &arranger{
		shelf:    &shelf{data: d, registries: map[string]registry{}, repositories: map[string][]*item{}},
		programs: programs, makers: makers, prints: map[string]string{},
	}
	for _, r := range d.Registries {
		a.shelf.registries[r.Host] = r
	}
	for i := range d.Images {
		if err := a.add(&d.Images[i]); err != nil {
			return nil, err
		}
	}
	return a.shelf, nil
}

func (a *arranger) add(f *family) error {
	for i := range f.Versions {
		made, err := a.item(f, &f.Versions[i])
		if err != nil {
			return fmt.Errorf("image %s: %w", f.Repository, err)
		}
		for _, repository := range slices.Concat([]string{f.Repository}, f.Copies) {
			a.shelf.repositories[repository] = append(a.shelf.repositories[repository], made)
		}
	}
	return nil
}

func (a *arranger) item(f *family, v *version) (*item, error) {
	layers, err := stack(a.shelf.data.Layers, f, v)
	if err != nil {
		return nil, err
	}
	i := &item{family: f, version: v, config: configOf(f, v)}
	if err := a.digest(i, layers); err != nil {
		return nil, err
	}
	a.register(layers)
	i.tree = sync.OnceValues(func() (*kernel.Tree, error) { return a.build(layers, v.Created) })
	return i, nil
}

// configOf is the configuration of a version, with the version filled in.
func configOf(f *family, v *version) Config {
	c := f.Config
	if v.Config != nil {
		c = *v.Config
	}
	c.Env = slices.Clone(c.Env)
	for i, variable := range c.Env {
		c.Env[i] = strings.ReplaceAll(variable, "@VERSION@", v.Version)
	}
	if !slices.ContainsFunc(c.Env, func(s string) bool { return strings.HasPrefix(s, "PATH=") }) {
		c.Env = slices.Insert(c.Env, 0, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	return c
}

// digest names an item by its content, in the way of OCI: a manifest names a
// configuration, which names the layers.
func (a *arranger) digest(i *item, layers []placed) error {
	config := []any{i.config, i.version.Created}
	for _, p := range layers {
		key := p.name + "@" + p.version
		if _, ok := a.prints[key]; !ok {
			print, err := p.fingerprint()
			if err != nil {
				return err
			}
			a.prints[key] = print
		}
		config = append(config, a.prints[key])
	}
	var err error
	if i.id, err = digestOf(config); err != nil {
		return err
	}
	i.digest, err = digestOf([]any{"manifest", i.id, i.version.Size})
	i.digest = firstOf(i.version.Digest, i.digest)
	return err
}

func digestOf(content any) (string, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// register makes the applications that layers hold, each in its version.
func (a *arranger) register(layers []placed) {
	for _, p := range layers {
		for _, program := range p.layer.Run {
			name := executable(a.makers, program, p.version)
			if maker, ok := a.makers[program]; ok && a.programs[name] == nil {
				a.programs[name] = maker(p.version)
			}
		}
	}
}

func (a *arranger) build(layers []placed, created time.Time) (*kernel.Tree, error) {
	b := builder{programs: a.programs, makers: a.makers, nodes: map[string]node{}}
	for _, p := range layers {
		if err := b.lay(p); err != nil {
			return nil, err
		}
	}
	return b.tree(created), nil
}
