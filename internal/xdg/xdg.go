// Package xdg finds the directories in which kubetutor keeps its files, by the
// XDG base directory specification
// (https://specifications.freedesktop.org/basedir-spec/latest/).
package xdg

import (
	"cmp"
	"fmt"
	"path/filepath"
)

// Home is the user's home directory by the environment, "" where none is known.
func Home(env func(string) string) string { return cmp.Or(env("HOME"), env("USERPROFILE")) }

// Dir is kubetutor's directory in the one that a variable names, such as
// XDG_DATA_HOME, by default in fallback below the home directory, such as
// .local/share. As the specification says, a relative path in the environment is
// ignored. The error says what to set.
func Dir(env func(string) string, variable, fallback string) (string, error) {
	base := env(variable)
	if !filepath.IsAbs(base) {
		home := Home(env)
		if !filepath.IsAbs(home) {
			return "", fmt.Errorf("neither %s nor HOME names a directory: set one of them", variable)
		}
		base = filepath.Join(home, filepath.FromSlash(fallback))
	}
	return filepath.Join(base, "kubetutor"), nil
}
