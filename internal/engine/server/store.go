package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// record is the active attempt as lab.json keeps it: enough to go on with it, or
// to begin it again, without the lesson.
type record struct {
	Format  int              `json:"format"`
	ID      string           `json:"id"` // the cluster carries it too: see Cluster.Mark
	Seed    uint64           `json:"seed"`
	Lab     course.Lab       `json:"lab"`
	Attempt protocol.Attempt `json:"attempt"`
}

func (r *record) scene() scene { return scene{lab: &r.Lab, vars: r.Attempt.Vars, id: r.ID} }

// recordFormat changes when older records cannot be read any more.
const recordFormat = 1

// loadRecord returns the active attempt, nil where there is none. A record that
// cannot be read counts as none: the error says why.
func loadRecord(path string) (*record, error) {
	var r record
	if err := loadJSON(path, &r); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	if r.Format != recordFormat {
		return nil, fmt.Errorf("reading %s: format %d is not known here", path, r.Format)
	}
	return &r, nil
}

func (r *record) save(path string) error { return saveJSON(path, r) }

func loadJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// saveJSON replaces a file so that at every moment, also after a power loss,
// either the old or the new one is there, whole.
func saveJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// remove removes a file for good; one that is not there is no error.
func remove(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	return syncDir(filepath.Dir(path))
}
