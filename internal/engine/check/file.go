package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"kubetutor/internal/course"
)

// maxFile is the largest file that is judged, in bytes.
const maxFile = 1 << 20

// fileSource is a file of the workspace, as a check wants it read.
type fileSource struct {
	ref  course.FileRef
	last reading
}

func (s *session) file(ref course.FileRef) source {
	f := &fileSource{ref: ref, last: reading{pending: true}}
	if s.checker.options.Workspace == "" {
		f.last = reading{unjudged: textNoWorkspace()}
	}
	s.files = append(s.files, f)
	return f
}

// read implements source.
func (f *fileSource) read() reading { return f.last }

// followFiles reads the files again after every change in their directories.
func (s *session) followFiles(ctx context.Context) error {
	if len(s.files) == 0 || s.checker.options.Workspace == "" {
		return nil
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil { // a user may have 128 of them, and editors take many
		return s.pollFiles(ctx)
	}
	defer watcher.Close()
	for {
		s.watchDirectories(watcher)
		s.readFiles()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-watcher.Events:
		case <-watcher.Errors: // events were lost: look at everything, as after an event
		}
		if !pause(ctx, burst) { // a file is rarely written at once
			return ctx.Err()
		}
		drain(watcher)
	}
}

// filePoll is how often files are read where nobody tells of changes.
const filePoll = 500 * time.Millisecond

// pollFiles reads the files again and again.
func (s *session) pollFiles(ctx context.Context) error {
	for {
		s.readFiles()
		if !pause(ctx, filePoll) {
			return ctx.Err()
		}
	}
}

// drain drops the events of the burst: all files are read after it anyway.
func drain(w *fsnotify.Watcher) {
	for {
		select {
		case <-w.Events:
		default:
			return
		}
	}
}

// watchDirectories watches those directories above the files that exist now.
// Adding one a second time does nothing; one that is made later shows as an
// event of its parent.
func (s *session) watchDirectories(w *fsnotify.Watcher) {
	for _, f := range s.files {
		for dir := path.Dir(path.Clean(f.ref.Path)); ; dir = path.Dir(dir) {
			if filepath.IsLocal(dir) {
				_ = w.Add(filepath.Join(s.checker.options.Workspace, filepath.FromSlash(dir))) // absent: not yet
			}
			if dir == "." || dir == "/" {
				break
			}
		}
	}
}

// readFiles reads all files, and tells whether one has changed.
func (s *session) readFiles() (changed bool) {
	if s.checker.options.Workspace == "" {
		return false
	}
	s.reading.Lock() // else what was read first might be kept last
	defer s.reading.Unlock()
	for _, f := range s.files {
		r := readFile(s.checker.options.Workspace, f.ref)
		s.mu.Lock()
		if !reflect.DeepEqual(r, f.last) {
			f.last, changed = r, true
			s.moved()
		}
		s.mu.Unlock()
	}
	return changed
}

// readFile reads a file below a directory; links that lead out of it are not
// followed.
func readFile(directory string, ref course.FileRef) reading {
	data, err := readBelow(directory, ref.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return reading{}
	case err != nil:
		return reading{have: textUnreadable(ref.Path, err)}
	}
	value, err := decode(data, ref.As)
	if err != nil {
		return reading{have: textMalformed(ref.As, err)}
	}
	return reading{there: true, value: value}
}

func readBelow(directory, name string) ([]byte, error) {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		return nil, errors.New("not a regular file")
	}
	file, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	return data, err
}

// decode turns a file's text into the value that expressions see. Numbers are
// whole where they can be, as in an object of the API.
func decode(data []byte, as string) (any, error) {
	switch as {
	case "lines":
		return asLines(string(data)), nil
	case "json":
		return decodeJSON(data)
	case "yaml":
		data, err := yaml.YAMLToJSONStrict(data)
		if err != nil {
			return nil, err
		}
		return decodeJSON(data)
	}
	return strings.TrimSpace(string(data)), nil
}

func decodeJSON(data []byte) (any, error) {
	var value any
	err := utiljson.Unmarshal(data, &value)
	return value, err
}

// asLines splits a text into lines without their ends; an empty text has none.
func asLines(text string) []string {
	lines := []string{}
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, "\r\n"))
	}
	return lines
}
