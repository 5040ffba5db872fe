// Package settings reads and changes the learner's settings: a YAML file that
// nothing writes unasked. What is wrong in it is said with line and column, and
// the rest of it counts: a faulty file never stops the tutor.
//
// The file is $XDG_CONFIG_HOME/kubetutor/settings.yaml, by default below
// ~/.config; assets/schema/settings.schema.json describes it. Flags and the
// environment come before it, which is the business of package cli.
package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"kubetutor/internal/xdg"
)

// Format is the version of the file that this package reads.
const Format = 1

// maxSize is how large the file may be, in bytes.
const maxSize = 256 << 10

// Settings are the values of a file. What is not in it is "" or nil.
type Settings struct {
	Lang   string
	Theme  string
	Mouse  *bool
	Plain  *bool
	ASCII  *bool
	Packs  []string // absolute paths
	Review Review
	Keys   []Rebinding
}

// Rebinding gives an action of the interface other keys.
type Rebinding struct {
	Scope, Action string
	Keys          []string

	at   place
	keys []place
}

// KeyFault is why a rebinding is not taken.
type KeyFault struct {
	Rebinding int // index
	Key       int // index of the key in it; -1 where it is about all of it
	What      Kind
	Args      []any
}

// Vocabulary is what the values are held against.
type Vocabulary struct {
	Langs  []string
	Themes []string
	Keys   func([]Rebinding) []KeyFault // nil: any keys will do
	Home   string                       // what ~ means in paths; "" leaves it as it is
}

// File is a file of settings as it was read.
type File struct {
	Path   string
	Exists bool
	Settings
	Faults []Fault
}

// Path is where the settings are, by XDG_CONFIG_HOME and HOME.
func Path(env func(string) string) (string, error) {
	dir, err := xdg.Dir(env, "XDG_CONFIG_HOME", ".config")
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "settings.yaml"), nil
}

// Load reads a file. One that is not there has no settings and no faults; one
// that cannot be read has a fault that says so.
func Load(path string, v Vocabulary) *File {
	data, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{Path: path}
	}
	if err != nil {
		return &File{Path: path, Exists: true, Faults: []Fault{{What: Unreadable, Args: []any{err}}}}
	}
	f, _ := parse(path, data, v)
	f.Exists = true
	return f
}

// read reads a regular file of a reasonable size: a pipe would never end.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = fmt.Errorf("%s is larger than %d KB", path, maxSize>>10)
	}
	return data, err
}
