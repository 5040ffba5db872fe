package fleet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// skeleton are the directories of a node's root that are there when it has never
// run a Pod of a learner. The files in etc are the machine's own, and kube-proxy's
// lock is of the baseline. What the kubelet keeps in its logs' directories it takes
// away itself.
func skeleton() []string {
	return []string{"etc", "etc/kubernetes", "etc/kubernetes/manifests", "lib", "lib/modules", "run", "tmp", "var", "var/log"}
}

// proxyLock is the file that kube-proxy and others lock iptables with.
const proxyLock = "run/xtables.lock"

// Tidy removes what Pods and learners left on the nodes' disks: manifests of
// static Pods, what hostPath volumes hold, and the data of volumes.
func (f *Fleet) Tidy() error {
	errs := []error{empty(f.paths.volumes(), "", nil)}
	for _, m := range f.all() {
		errs = append(errs, empty(f.paths.root(m.record.Name), "", skeleton()))
	}
	return errors.Join(errs...)
}

// empty removes all that is in dir, below root, but for the directories in keep
// and the machine's own files. Logs are not looked at.
func empty(root, dir string, keep []string) error {
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tidying up a node's disk: %w", err)
	}
	var errs []error
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch {
		case name == filepath.FromSlash("var/log/pods") || name == filepath.FromSlash("var/log/containers"):
		case dir == "etc" && e.Type().IsRegular(), name == filepath.FromSlash(proxyLock):
		case e.IsDir() && slices.Contains(keep, filepath.ToSlash(name)):
			errs = append(errs, empty(root, name, keep))
		default:
			errs = append(errs, removeAll(filepath.Join(root, name)))
		}
	}
	return errors.Join(errs...)
}
