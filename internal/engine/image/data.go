package image

import (
	"bytes"
	"fmt"
	"io/fs"
	"time"

	"go.yaml.in/yaml/v3"

	"kubetutor/assets/images"
)

// data is assets/images/catalogue.yaml.
type data struct {
	Format     int              `yaml:"format"`
	Registries []registry       `yaml:"registries"`
	Mirrors    []mirror         `yaml:"mirrors"`
	Layers     map[string]layer `yaml:"layers"`
	Images     []family         `yaml:"images"`
}

// mirror is a name under which repositories of another prefix can be pulled too.
type mirror struct {
	Prefix string `yaml:"prefix"`
	Of     string `yaml:"of"`
}

// layer is a set of files. "@VERSION@" in a file's text, a link's target or an
// environment variable stands for the version of the image or, in a base, of
// the base.
type layer struct {
	From    string            `yaml:"from"`    // the layer below
	Version string            `yaml:"version"` // of a base
	Files   string            `yaml:"files"`   // directory below assets/images/files
	Modes   map[string]string `yaml:"modes"`   // path: octal mode, and "uid:gid" after a space
	Dirs    map[string]string `yaml:"dirs"`    // likewise; missing parents are made
	Links   map[string]string `yaml:"links"`
	Text    map[string]string `yaml:"text"`     // small files written here
	Passwd  []string          `yaml:"passwd"`   // lines added to /etc/passwd
	Group   []string          `yaml:"group"`    // and to /etc/group
	Run     map[string]string `yaml:"programs"` // path: program
	Tools   map[string]string `yaml:"tools"`    // directory: names of programs, as far as they exist
	Applets map[string]string `yaml:"applets"`  // likewise, as links to /bin/busybox
	Remove  []string          `yaml:"remove"`   // paths of lower layers
}

// family is a repository with its versions.
type family struct {
	Repository string            `yaml:"repository"`
	Copies     []string          `yaml:"copies"` // further repositories with the same images
	About      map[string]string `yaml:"about"`
	Layers     []string          `yaml:"layers"` // on top of the version's base
	Config     Config            `yaml:"config"`
	Versions   []version         `yaml:"versions"`
}

// version is one image of a family.
type version struct {
	Version string    `yaml:"version"`
	Base    string    `yaml:"base"` // a layer
	Tags    []string  `yaml:"tags"`
	Size    float64   `yaml:"size"` // megabytes, compressed
	Created time.Time `yaml:"created"`
	Layers  []string  `yaml:"layers"` // beyond the family's
	Config  *Config   `yaml:"config"` // instead of the family's
	Digest  string    `yaml:"digest"` // instead of the computed one: tests pull by it
}

const (
	dataFile  = "catalogue.yaml"
	fileRoot  = "files/"
	megabytes = 1_000_000
)

// load reads the catalogue's data. They are part of the program, so an error is
// a mistake of whoever changed them; the package's tests find it.
func load() (*data, error) {
	raw, err := fs.ReadFile(images.FS, dataFile)
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue of images: %w", err)
	}
	var d data
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("reading %s: %w", dataFile, err)
	}
	if d.Format != 1 {
		return nil, fmt.Errorf("reading %s: format %d is not known", dataFile, d.Format)
	}
	return &d, nil
}
