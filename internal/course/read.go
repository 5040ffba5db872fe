package course

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Limits of what is read. A course beyond them is refused, not cut.
const (
	MaxText     = 256 << 10 // bytes of a lesson's Markdown or of a file given to the learner
	MaxYAML     = 64 << 10  // bytes of a YAML file
	maxGlossary = 512 << 10 // bytes of glossary.yaml
	maxNodes    = 50_000    // YAML nodes of a file, aliases followed
	maxDepth    = 40        // nesting of a YAML file
	maxTracks   = 100
	maxTags     = 20  // tags of a lesson
	maxPer      = 500 // lessons of a track, questions and labs of a lesson, files of a lab
	maxFaults   = 200 // faults of one file; the rest is most likely the same
)

// notes collects faults.
type notes struct {
	faults Faults
	prefix string // stands before every file's name
}

func (n *notes) add(file string, at place, mend, format string, args ...any) {
	n.faults = append(n.faults, Fault{
		File: path.Join(n.prefix, file), Line: at.line, Column: at.column,
		Message: fmt.Sprintf(format, args...), Mend: mend,
	})
}

// reader reads the files of one part of a course and notes what is wrong.
type reader struct {
	src   source
	fsys  fs.FS
	whole bool // read every file and note every fault
	notes
}

// text reads a file of at most limit bytes and checks its characters. CR LF
// counts as LF.
func (r *reader) text(name string, limit int64) (string, bool) {
	data, err := readRegular(r.fsys, name, limit)
	if err != nil {
		r.unreadable(name, limit, err)
		return "", false
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	clean, found := true, 0
	bad := func(at place, message string) {
		clean = false
		if found++; found <= maxFaults {
			r.add(name, at, "remove it", "%s", message)
		}
	}
	badChars(text, bad)
	if path.Ext(name) == ".md" { // of YAML the values are looked at: a string may be written in many ways
		badReferences(text, bad)
	}
	return text, clean
}

func (r *reader) unreadable(name string, limit int64, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.add(name, place{}, "write it, or take its name away where it is used", "there is no such file")
	case errors.Is(err, errTooLarge):
		r.add(name, place{}, "split it", "the file is larger than %d KiB", limit>>10)
	case errors.Is(err, errNotRegular):
		r.add(name, place{}, "only plain files are read", "this is not a file")
	default:
		r.add(name, place{}, "see that you may read it, and that it does not lead out of the course", "cannot be read: %v", err)
	}
}

var (
	errTooLarge   = errors.New("too large")
	errNotRegular = errors.New("not a regular file")
)

// readRegular never opens what could block or never end, such as a named pipe.
func readRegular(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), limit)) + bytes.MinRead)
	n, err := data.ReadFrom(io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		err = errTooLarge
	}
	return data.Bytes(), err
}
