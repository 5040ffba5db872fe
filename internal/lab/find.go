package lab

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// finder looks for the engine's program. It looks at three places and no
// other; never at the PATH and never at the working directory.
type finder struct {
	explicit   string // --kubelab: used whatever its id
	executable string // this program: a release has the engine beside it
	cache      string // engines that were built here
	id         string // wanted; "" where it is not known
}

// find returns the engine's program, or ok false where there is none with the
// wanted id. An error means that an explicit one cannot be used.
func (f finder) find() (e Engine, ok bool, err error) {
	if f.explicit != "" {
		return f.findExplicit()
	}
	if f.id == "" {
		return Engine{}, false, nil
	}
	for _, file := range []string{f.beside(), f.cached()} {
		if f.matches(file) {
			return Engine{State: EngineReady, File: file, ID: f.id}, true, nil
		}
	}
	return Engine{}, false, nil
}

// findExplicit takes the program that the user named. Its id is only shown; the
// protocol's version is verified in hello.
func (f finder) findExplicit() (Engine, bool, error) {
	file, err := filepath.Abs(f.explicit)
	if err != nil {
		return Engine{}, false, fmt.Errorf("finding the engine %s: %w", f.explicit, err)
	}
	if err := executable(file); err != nil {
		return Engine{}, false, fmt.Errorf("the engine named by --kubelab cannot be used: %w", err)
	}
	id, _ := idOf(file)
	return Engine{State: EngineReady, File: file, ID: id}, true, nil
}

// matches tells whether file is an engine of the wanted id.
func (f finder) matches(file string) bool {
	if file == "" || executable(file) != nil {
		return false
	}
	id, err := idOf(file)
	return err == nil && id == f.id
}

func (f finder) beside() string {
	if f.executable == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(f.executable), "kubelab"+exe())
}

func (f finder) cached() string { return filepath.Join(f.cache, "kubelab-"+f.id+exe()) }

// executable refuses what is no program.
func executable(file string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", file)
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		return &fs.PathError{Op: "exec", Path: file, Err: fs.ErrPermission}
	}
	return nil
}

// exe is how names of programs end.
func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
