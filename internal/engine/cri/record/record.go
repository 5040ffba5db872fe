// Package record keeps small JSON files, one for each thing that must be known
// again after a restart. A file is replaced as a whole: whoever is killed while
// writing leaves the old one.
package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const suffix = ".json"

// Dir is a directory of records. Different records may be written and removed
// at the same time; for one record the caller keeps the order.
type Dir struct{ path string }

// Open makes the directory (mode 0700) and removes what was being written when
// its last user died.
func Open(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of records: %w", err)
	}
	left, _ := filepath.Glob(filepath.Join(path, ".*"+suffix+"-*"))
	for _, file := range left {
		_ = os.Remove(file)
	}
	return &Dir{path}, nil
}

// Put writes the record called id, a plain file name. A process' death loses
// nothing; a machine's may, and takes the containers along.
func (d *Dir) Put(id string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	f, err := os.CreateTemp(d.path, "."+id+suffix+"-*")
	if err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), d.file(id))
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("recording %s: %w", id, err)
	}
	return nil
}

// Remove forgets a record; one that is not there is no error.
func (d *Dir) Remove(id string) error {
	if err := os.Remove(d.file(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forgetting %s: %w", id, err)
	}
	return nil
}

// Clear forgets all records and removes the directory.
func (d *Dir) Clear() error { return os.RemoveAll(d.path) }

// Load reads every record into a new T. One that cannot be read is removed and
// given in the error, which is no reason not to use the others.
func Load[T any](d *Dir) ([]*T, error) {
	files, err := filepath.Glob(filepath.Join(d.path, "*"+suffix))
	var list []*T
	for _, file := range files {
		v := new(T)
		if bad := read(file, v); bad != nil {
			err = errors.Join(err, bad, os.Remove(file))
			continue
		}
		list = append(list, v)
	}
	return list, err
}

func read(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading the record %s: %w", strings.TrimSuffix(filepath.Base(file), suffix), err)
	}
	return nil
}

func (d *Dir) file(id string) string { return filepath.Join(d.path, id+suffix) }
