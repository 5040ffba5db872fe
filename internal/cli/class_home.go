package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"kubetutor/internal/class/store"
)

// classHome is a class on this machine's disk. Beside what its store keeps there
// (class.db, learners/ID) it has
//
//	lock       held while the class is served
//	door.json  how commands of this user find its server, once it lets people in
type classHome struct{ name, dir string }

// door is what those commands must know. It stays where a server was killed, until
// the next one: the lock says whether there is one.
type door struct {
	Address     string `json:"address"`     // to dial, HOST:PORT
	Fingerprint string `json:"fingerprint"` // of the host key
	Code        string `json:"code"`        // the instructor's
	Link        string `json:"link"`        // what a camera is shown
}

var (
	errServed = errors.New("it is being served")
	className = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$`)
)

// classRoot holds the classes of this user.
func (f *Factory) classRoot() (string, error) {
	dir, err := f.dataDir()
	return filepath.Join(dir, "classes"), err
}

// classHome is where a class is kept, or would be.
func (f *Factory) classHome(name string) (classHome, error) {
	if !className.MatchString(name) {
		return classHome{}, usageError{fmt.Errorf(f.Words.ClassNameWrong, name)}
	}
	root, err := f.classRoot()
	return classHome{name, filepath.Join(root, name)}, err
}

// classHomes lists the classes that there are, by name.
func (f *Factory) classHomes() (list []classHome, err error) {
	root, err := f.classRoot()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing the classes: %w", err)
	}
	for _, e := range entries {
		if h := (classHome{e.Name(), filepath.Join(root, e.Name())}); e.IsDir() && h.there() {
			list = append(list, h)
		}
	}
	return list, nil
}

// theClass is the one of a name; without a name the one that is being served, or
// the only one.
func (f *Factory) theClass(name string) (classHome, error) {
	all, err := f.classHomes()
	if err != nil {
		return classHome{}, err
	}
	if name == "" {
		return f.onlyClass(all)
	}
	h, err := f.classHome(name)
	if err == nil && !h.there() {
		names := each(all, func(h classHome) string { return h.name })
		err = fmt.Errorf(f.Words.ClassUnknown, name, f.among(name, names))
	}
	return h, err
}

// among lists the names most similar to a word, or says that there are none.
func (f *Factory) among(word string, names []string) string {
	if len(names) == 0 {
		return f.Words.ClassNone
	}
	return f.similar(word, names)
}

func (f *Factory) onlyClass(all []classHome) (classHome, error) {
	if len(all) == 0 {
		return classHome{}, errors.New(f.Words.ClassNoneYet)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	served := slices.DeleteFunc(slices.Clone(all), func(h classHome) bool { return !h.served() })
	if len(served) == 1 {
		return served[0], nil
	}
	names := each(all, func(h classHome) string { return h.name })
	return classHome{}, usageError{fmt.Errorf(f.Words.ClassWhich, strings.Join(names, f.Words.ListSeparator))}
}

func (h classHome) file(name string) string { return filepath.Join(h.dir, name) }

// there tells whether such a class was ever made.
func (h classHome) there() bool { return store.Exists(h.dir) }

// take locks the class for a server. It is errServed where there is one.
func (h classHome) take() (free func(), err error) {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of the class: %w", err)
	}
	lock := flock.New(h.file("lock"), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("locking the class: %w", err)
	case !ok:
		return nil, errServed
	}
	return func() { _ = lock.Close() }, nil
}

// served tells whether a server has the class now, and lets people in.
func (h classHome) served() bool {
	free, err := h.take()
	if err == nil {
		free()
		return false
	}
	_, err = os.Stat(h.file(doorFile))
	return err == nil
}

const doorFile = "door.json"

// door reads how to reach the server.
func (h classHome) door() (d door, err error) {
	data, err := os.ReadFile(h.file(doorFile))
	if err == nil {
		err = json.Unmarshal(data, &d)
	}
	if err != nil {
		err = fmt.Errorf("finding the server of class %s: %w", h.name, err)
	}
	return d, err
}

// close says that there is none any more, or not yet.
func (h classHome) close() { _ = os.Remove(h.file(doorFile)) } // there may be none

// open says how to reach it.
func (h classHome) open(d door) error {
	data, err := json.Marshal(d)
	if err == nil {
		err = os.WriteFile(h.file(doorFile), data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing how class %s is reached: %w", h.name, err)
	}
	return nil
}
