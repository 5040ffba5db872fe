package node

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/kubernetes/pkg/kubelet"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// nodeOS is the operating system as the kubelet's runtime manager sees it. That
// has the path /var/log/containers built in; here it is the node's.
type nodeOS struct {
	kubecontainer.RealOS
	containerLogs string
}

// here is where a path of the kubelet is on the machine.
func (o nodeOS) here(path string) string {
	rest, ok := strings.CutPrefix(path, kubelet.DefaultContainerLogsDir)
	if !ok {
		return path
	}
	return filepath.Join(o.containerLogs, rest)
}

// Symlink implements container.OSInterface. The link is relative, so that it
// also leads to the log in a container that has the node's /var/log mounted.
func (o nodeOS) Symlink(target, link string) error {
	link = o.here(link)
	relative, err := filepath.Rel(filepath.Dir(link), target)
	if err != nil {
		return fmt.Errorf("linking the log %s: %w", target, err)
	}
	return os.Symlink(relative, link)
}

// Glob implements container.OSInterface.
func (o nodeOS) Glob(pattern string) ([]string, error) { return filepath.Glob(o.here(pattern)) }

// Stat implements container.OSInterface.
func (o nodeOS) Stat(path string) (os.FileInfo, error) { return os.Stat(o.here(path)) }

// Remove implements container.OSInterface.
func (o nodeOS) Remove(path string) error { return os.Remove(o.here(path)) }

// useLogs makes the kubelet show the node's /var/log below /logs/, instead of
// the machine's.
func useLogs(k *kubelet.Kubelet, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the node's logs: %w", err)
	}
	var handler http.Handler = http.StripPrefix("/logs/", http.FileServerFS(root.FS()))
	return inside(k).field("logServer").set(handler)
}
