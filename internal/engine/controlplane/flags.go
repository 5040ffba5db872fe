package controlplane

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
)

// parseFlags sets a component's options by its documented flags. The
// components' commands cannot be used: a second one in a process fails on its
// logging flags, and they take over the process's signals.
func parseFlags(component string, sets *cliflag.NamedFlagSets, values map[string]string) error {
	all := pflag.NewFlagSet(component, pflag.ContinueOnError)
	for _, s := range sets.FlagSets {
		all.AddFlagSet(s)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := all.Set(name, values[name]); err != nil {
			return fmt.Errorf("setting --%s of %s: %w", name, component, err)
		}
	}
	return nil
}
