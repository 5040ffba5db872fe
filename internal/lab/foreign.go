package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// foreign is a cluster of the learner's own: a file and a context in it. The zero
// value is none.
type foreign struct {
	file    string // absolute
	context string
}

// readForeign finds the context that is meant. The engine reads the file for
// itself; this is the way to say at once what it would say after it was built.
func readForeign(file, context string) (foreign, error) {
	if file == "" {
		return foreign{}, nil
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return foreign{}, fmt.Errorf("finding the kubeconfig %s: %w", file, err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return foreign{}, fmt.Errorf("reading the kubeconfig that --kubeconfig names: %w", err)
	}
	var config kubeconfig
	if err := yaml.Unmarshal(data, &config); err != nil {
		return foreign{}, fmt.Errorf("reading the kubeconfig %s: this is not YAML: %w", file, err)
	}
	if context == "" {
		context = config.CurrentContext
	}
	return foreign{file, context}, config.check(file, context)
}

// kubeconfig is what must be known of one here.
type kubeconfig struct {
	CurrentContext string `yaml:"current-context"`
	Contexts       []struct {
		Name string `yaml:"name"`
	} `yaml:"contexts"`
}

// check tells why a context cannot be used, and what to do.
func (k kubeconfig) check(file, context string) error {
	names := make([]string, 0, len(k.Contexts))
	for _, c := range k.Contexts {
		names = append(names, c.Name)
	}
	switch slices.Sort(names); {
	case len(names) == 0:
		return fmt.Errorf("the kubeconfig %s has no contexts: name another file, or leave --kubeconfig out for a cluster that kubetutor brings along", file)
	case context == "":
		return fmt.Errorf("the kubeconfig %s has no current context: name one with --context: %s", file, strings.Join(names, ", "))
	case !slices.Contains(names, context):
		return fmt.Errorf("the kubeconfig %s has no context %q: name one of these with --context: %s", file, context, strings.Join(names, ", "))
	}
	return nil
}

// defaultName keeps the engines for the learner's own clusters apart from ours
// and each other.
func (f foreign) defaultName() string {
	if f.context == "" {
		return "main"
	}
	sum := sha256.Sum256([]byte(f.file + "\n" + f.context))
	return "own-" + hex.EncodeToString(sum[:4])
}

// args are the daemon's.
func (f foreign) args() []string {
	if f.context == "" {
		return nil
	}
	return []string{"--kubeconfig", f.file, "--context", f.context}
}
