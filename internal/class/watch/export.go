package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
)

var (
	errGuest  = errors.New("there are no files of one's own here")
	errExists = errors.New("there is a file of this name")
)

// formats are those that a class can be exported as, by the ends of file names.
func formats() []string { return []string{"csv", "json"} }

// export asks for the file that attendance and results are written to.
func (r *roster) export() (*form, tea.Cmd) {
	switch {
	case r.o.Guest:
		return nil, say(doneMsg{err: errGuest})
	case r.lost():
		return nil, say(doneMsg{err: class.ErrLost})
	}
	f := r.form(r.words.LabelExport, r.words.AboutExport, func(path string) (tea.Cmd, string) {
		path = strings.TrimSpace(path)
		if !slices.Contains(formats(), format(path)) {
			return nil, r.words.AboutExport
		}
		return r.save(path, false), ""
	})
	f.input.SetValue(r.board.Class.Name + ".csv")
	return f, nil
}

func format(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

// save writes the export to a file. One that is there is replaced only if that
// was said.
func (s *shared) save(path string, replace bool) tea.Cmd {
	said := fmt.Sprintf(s.words.Exported, class.Clean(path, maxLine))
	return func() tea.Msg {
		err := write(s.ctx, s.o.Chair, path, replace)
		switch {
		case errors.Is(err, errExists):
			return existsMsg{path}
		case err != nil:
			return doneMsg{err: err}
		}
		return doneMsg{said: said}
	}
}

// write makes the file whole before it takes its name, so that there is never
// half an export, and readable by its owner only: it is about people.
func write(ctx context.Context, chair class.Chair, path string, replace bool) (err error) {
	if _, err := os.Lstat(path); !replace && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errExists, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return fmt.Errorf("exporting the class: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := errors.Join(chair.Export(ctx, format(path), f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("exporting the class: %w", err)
	}
	if replace {
		return os.Rename(f.Name(), path)
	}
	return linked(f.Name(), path)
}

// linked gives a file its name unless another has it by now.
func linked(from, to string) error {
	if err := os.Link(from, to); errors.Is(err, fs.ErrExist) {
		return errExists
	} else if err != nil {
		return os.Rename(from, to) // a file system without links
	}
	return os.Remove(from)
}
