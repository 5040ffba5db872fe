package lab

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// engineSources are the files and directories, below the root of the source
// checkout, that make kubelab.
func engineSources() []string {
	return []string{"go.mod", "go.sum", "cmd/kubelab", "internal/course", "internal/engine", "internal/lab/protocol", "assets/addons", "assets/images"}
}

// EngineID identifies the sources that make kubelab: the first 16 hexadecimal
// digits of the SHA-256 of their names, lengths and contents. Tests and their
// data are left out.
func EngineID(source fs.FS) (string, error) {
	files, err := EngineFiles(source)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range files {
		data, err := fs.ReadFile(source, name)
		if err != nil {
			return "", fmt.Errorf("reading the engine's sources: %w", err)
		}
		fmt.Fprintf(sum, "%s\n%d\n", name, len(data))
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// EngineFiles lists the files that the engine's id is made of, in order.
func EngineFiles(source fs.FS) ([]string, error) {
	var files []string
	for _, root := range engineSources() {
		err := fs.WalkDir(source, root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && name == root:
				return nil
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "enginetest"):
				return fs.SkipDir
			case d.Type().IsRegular() && !strings.HasSuffix(name, "_test.go"):
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("listing the engine's sources: %w", err)
		}
	}
	slices.Sort(files)
	return files, nil
}

// sourceRoot is the source checkout that this program was compiled from, or ""
// where there is none: the compiler recorded a path that is not absolute (with
// -trimpath), or what is there now is something else.
func sourceRoot() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return ""
	}
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if !isSource(root) {
		return ""
	}
	return root
}

// isSource tells whether root holds our module and the engine's program.
func isSource(root string) bool {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(mod), "\n")
	if strings.TrimSpace(first) != "module "+program {
		return false
	}
	_, err = os.Stat(filepath.Join(root, "cmd", "kubelab", "main.go"))
	return err == nil
}

// ldflagsID finds the id in the linker flags that the go command records in
// what it builds.
var ldflagsID = regexp.MustCompile(`-X[= ]['"]?main\.id=([0-9a-zA-Z._-]+)`)

// idOf reads the id of an engine's program without running it. It is "" for a
// program that is another one or carries none.
func idOf(file string) (string, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the build information of %s: %w", file, err)
	}
	if info.Path != program+"/cmd/kubelab" {
		return "", nil
	}
	for _, s := range info.Settings {
		if s.Key != "-ldflags" {
			continue
		}
		if m := ldflagsID.FindStringSubmatch(s.Value); m != nil {
			return m[1], nil
		}
	}
	return "", nil
}
