package author

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"kubetutor/internal/course"
)

// RecordFile is where a course says which of its labs have been proven.
const RecordFile = "proven.yaml"

const recordFormat = 1

// Record says of labs, by LESSON/LAB, how they were when they were last proven.
type Record map[string]Proven

// Proven is a lab as it was proven.
type Proven struct {
	Digest string `yaml:"digest"` // see [Digest]
	On     string `yaml:"on"`     // the day, as 2006-01-02
}

// Digest names a lab by all that it says, its files included.
func Digest(lab *course.Lab) string {
	data, err := json.Marshal(lab)
	if err != nil {
		panic(fmt.Sprintf("a lab cannot be written as JSON: %v", err)) // it crosses the protocol so
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// ReadRecord reads the record of a course; one without has an empty record.
func ReadRecord(course fs.FS) (Record, error) {
	data, err := fs.ReadFile(course, RecordFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, nil
	}
	var file struct {
		Format int    `yaml:"format"`
		Labs   Record `yaml:"labs"`
	}
	if err == nil {
		err = yaml.Unmarshal(data, &file)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading which labs have been proven: %w", err)
	case file.Format != recordFormat:
		return nil, fmt.Errorf("reading which labs have been proven: format is %d, not %d", file.Format, recordFormat)
	case file.Labs == nil:
		return Record{}, nil
	}
	return file.Labs, nil
}

// Holds tells whether a lab has been proven as it is.
func (r Record) Holds(lab *course.Lab) bool { return r[lab.Path()].Digest == Digest(lab) }

// Add notes the labs whose proofs hold. One that failed is no longer proven.
func (r Record) Add(labs []*course.Lab, proofs []Proof, now time.Time) {
	for i, p := range proofs {
		if delete(r, p.Lab); p.OK {
			r[p.Lab] = Proven{Digest: Digest(labs[i]), On: now.Format(time.DateOnly)}
		}
	}
}

// Keep forgets all labs but these.
func (r Record) Keep(labs []*course.Lab) {
	for path := range r {
		if !slices.ContainsFunc(labs, func(l *course.Lab) bool { return l.Path() == path }) {
			delete(r, path)
		}
	}
}

// Write writes the record into the directory of a course, a line for each lab, so
// that changes of several people can be joined.
func (r Record) Write(dir string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# How labs were when they were last proven; written by `kubetutor author prove --record`.\nformat: %d\nlabs:\n", recordFormat)
	paths := make([]string, 0, len(r))
	for path := range r {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		fmt.Fprintf(&b, "  %s: {digest: %q, on: %q}\n", path, r[path].Digest, r[path].On)
	}
	if err := os.WriteFile(filepath.Join(dir, RecordFile), []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("writing which labs have been proven: %w", err)
	}
	return nil
}
