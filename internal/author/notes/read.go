package notes

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// path imports a file or a directory. Everything is read through a root, so that
// no link leads out of the directory.
func (im *importer) path(name string) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	dir, only := name, ""
	if !info.IsDir() {
		dir, only = filepath.Dir(name), filepath.Base(name)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	defer root.Close()
	full, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	track := slug(strings.TrimSuffix(filepath.Base(full), filepath.Ext(full)))
	if track == "" {
		track = "imported"
	}
	if only != "" {
		im.file(root.FS(), track, only)
		return nil
	}
	return im.dir(root.FS(), track)
}

// dir imports a directory: the scenarios in it, and all Markdown that is no part
// of one.
func (im *importer) dir(fsys fs.FS, track string) error {
	var files, scenarios []string
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			im.remark(clean(name), "cannot be read")
			return skipDir(e)
		case name != "." && strings.HasPrefix(e.Name(), ".") || e.IsDir() && e.Name() == "node_modules":
			return skipDir(e)
		case len(files)+len(scenarios) > maxFiles:
			return fmt.Errorf("there are more than %d files: import them in parts", maxFiles)
		case e.Name() == "index.json":
			scenarios = append(scenarios, name)
		case isMarkdown(name):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var in []string // directories of scenarios
	for _, name := range scenarios {
		if im.scenario(fsys, track, name) {
			in = append(in, path.Dir(name))
		}
	}
	for _, name := range files {
		if !isIn(name, in) {
			im.file(fsys, track, name)
		}
	}
	return nil
}

func skipDir(e fs.DirEntry) error {
	if e != nil && e.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdown":
		return true
	}
	return false
}

func isIn(name string, dirs []string) bool {
	for _, dir := range dirs {
		if dir == "." || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}

// file imports a Markdown file.
func (im *importer) file(fsys fs.FS, track, name string) {
	text, ok := im.read(fsys, name)
	if !ok {
		return
	}
	for _, d := range documents(name, text) {
		im.add(track, d)
	}
}

// read reads a text; why it cannot be is noted.
func (im *importer) read(fsys fs.FS, name string) (string, bool) {
	text, err := readText(fsys, name)
	if err != nil {
		im.remark(clean(name), "left out: %v", err)
		return "", false
	}
	return text, true
}

// Why a file is left out.
var (
	errOutside = errors.New("it is not in the directory that was named")
	errNoFile  = errors.New("it is not a plain file")
	errGone    = errors.New("there is no such file")
	errNoUTF8  = errors.New("it is not UTF-8: save it as that")
	errLarge   = fmt.Errorf("it is larger than %d KiB: split it", maxNote>>10)
)

// readText never opens what could block, and never reads more than maxNote.
func readText(fsys fs.FS, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", errOutside
	}
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errGone
	case err != nil:
		return "", errOutside
	case !info.Mode().IsRegular():
		return "", errNoFile
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", errOutside
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxNote+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxNote:
		return "", errLarge
	case !utf8.Valid(data):
		return "", errNoUTF8
	}
	return string(data), nil
}
