package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"kubetutor/internal/xdg"
)

// program is the name below which the tutor keeps its sockets.
const program = "kubetutor"

// maxSocketPath keeps paths of sockets, those of the engine's own children
// included, below what every system accepts (104 bytes on macOS, 108 on Linux).
const maxSocketPath = 100

// validName is what a cluster may be called: it becomes part of file names.
var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,29}[a-z0-9])?$`)

// dirs are the places where clusters and engines live.
type dirs struct {
	cache    string // engines that were built
	clusters string // one directory of state per cluster
	sockets  string // not checked yet: see socketDir
}

// findDirs works the places out from the environment (XDG base directories).
func findDirs(env func(string) string) (dirs, error) {
	cache, err := xdg.Dir(env, "XDG_CACHE_HOME", ".cache")
	if err != nil {
		return dirs{}, err
	}
	state, err := xdg.Dir(env, "XDG_STATE_HOME", ".local/state")
	if err != nil {
		return dirs{}, err
	}
	return dirs{cache: cache, clusters: filepath.Join(state, "clusters"), sockets: socketBase(env)}, nil
}

// socketBase is $XDG_RUNTIME_DIR/kubetutor, else /tmp/kubetutor-UID; also where
// the former would make paths of sockets too long.
func socketBase(env func(string) string) string {
	if dir := env("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		own := filepath.Join(dir, program)
		if len(own)+len("/a-name-of-thirty-letters-and-one.sock") < maxSocketPath {
			return own
		}
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(os.TempDir(), program)
	}
	return "/tmp/" + program + "-" + userID()
}

// makeSocketDir makes the directory of the sockets and verifies that nobody
// else can have a hand in it: a real directory, owned by this user, closed to
// all others. Somebody may have been there first, in /tmp above all.
func makeSocketDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fmt.Errorf("making the directory of the engine's sockets: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return fmt.Errorf("making the directory of the engine's sockets: %w", err)
	}
	return checkSocketDir(dir)
}

// MakePrivateDir makes a directory that is for this user alone, or verifies one, as
// that of sockets must be. Those above it are made too, if need be.
func MakePrivateDir(dir string) error { return makeSocketDir(dir) }

// checkSocketDir verifies the directory of the sockets without making it.
func checkSocketDir(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("looking at the directory of the engine's sockets: %w", err)
	case info.Mode()&os.ModeSymlink != 0:
		return fmt.Errorf("%s is a link: it cannot be trusted with the engine's sockets; remove it", dir)
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory: the engine's sockets cannot live there; remove it", dir)
	}
	return verifyOwn(dir, info)
}

// socketPath is where the daemon of a cluster listens.
func socketPath(dir, name string) (string, error) {
	path := filepath.Join(dir, name+".sock")
	if len(path) >= maxSocketPath {
		return "", fmt.Errorf("the path %s is too long for a socket (%d bytes, at most %d): choose a shorter name", path, len(path), maxSocketPath-1)
	}
	return path, nil
}

// checkName refuses names that could not be part of a file's name.
func checkName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("%q cannot be the name of a cluster: use 1 to 31 lower-case letters, digits and dashes", name)
	}
	return nil
}

// lookup reads variables from an environment of the form of os.Environ, where
// the last of two equal names counts.
func lookup(environ []string) func(string) string {
	return func(name string) string {
		for i := len(environ) - 1; i >= 0; i-- {
			if value, ok := strings.CutPrefix(environ[i], name+"="); ok {
				return value
			}
		}
		return ""
	}
}
