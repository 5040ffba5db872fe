package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"kubetutor/internal/engine/cri/control"
)

// layout names the files of a fleet.
type layout struct{ dir, sockets string }

func (l layout) volumes() string { return filepath.Join(l.dir, "volumes") }
func (l layout) logs() string    { return filepath.Join(l.dir, "logs") }
func (l layout) records() string { return filepath.Join(l.dir, "nodes.json") }
func (l layout) control() string { return filepath.Join(l.sockets, control.SocketName) }

func (l layout) log(process string) string { return filepath.Join(l.logs(), process+".log") }

// node is the directory of a node, which goes with it.
func (l layout) node(name string) string { return filepath.Join(l.dir, "nodes", name) }

func (l layout) root(name string) string    { return filepath.Join(l.node(name), "root") }
func (l layout) kubelet(name string) string { return filepath.Join(l.node(name), "kubelet") }
func (l layout) config(name string) string  { return filepath.Join(l.node(name), "node.json") }

// joined is the kubeconfig of a node that joined by a token.
func (l layout) joined(name string) string { return filepath.Join(l.node(name), "kubeconfig") }

func (l layout) cri(number int) string { return filepath.Join(l.sockets, numbered(number)+".sock") }

// short is a link to the kubelet's directory. The kubelet opens sockets in it, and
// the path of a socket has at most 108 bytes on Linux and 104 on macOS.
func (l layout) short(number int) string { return filepath.Join(l.sockets, numbered(number)) }

func numbered(number int) string { return "n" + strconv.Itoa(number) }

// make makes a node's directories and the short name of the kubelet's.
func (l layout) make(r record) error {
	for _, dir := range []string{l.root(r.Name), l.kubelet(r.Name)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making a directory of node %s: %w", r.Name, err)
		}
	}
	if err := os.Chmod(l.node(r.Name), 0o700); err != nil {
		return err
	}
	link := l.short(r.Number)
	if to, err := os.Readlink(link); err == nil && to == l.kubelet(r.Name) {
		return nil
	}
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replacing the short name of node %s's directory: %w", r.Name, err)
	}
	return os.Symlink(l.kubelet(r.Name), link)
}

// remove removes all of a node's files.
func (l layout) remove(r record) error {
	err := removeAll(l.node(r.Name))
	for _, path := range []string{l.short(r.Number), l.cri(r.Number)} {
		if e := os.Remove(path); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return fmt.Errorf("removing the files of node %s: %w", r.Name, err)
	}
	return nil
}

// removeAll removes a tree in which there may be directories that we own and may
// not write to: volumes have the modes that their pods gave them.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) // RemoveAll tells what could not be done
		}
		return nil
	})
	return os.RemoveAll(dir)
}

// record is what is remembered of a node.
type record struct {
	Number  int               `json:"number"` // from 1; decides address and zone
	Name    string            `json:"name"`
	Zone    string            `json:"zone"`
	Added   bool              `json:"added,omitempty"`   // beyond the profile's; joined by a token
	Stopped bool              `json:"stopped,omitempty"` // its plug is pulled
	Labels  map[string]string `json:"labels,omitempty"`
	Taints  []string          `json:"taints,omitempty"`
	// Pressure are the resources of which the node runs short.
	Pressure []string `json:"pressure,omitempty"`
}

// freshRecords are the nodes of a profile.
func freshRecords(n int) []record {
	out := make([]record, n)
	for i := range out {
		out[i] = freshRecord(i + 1)
	}
	return out
}

func freshRecord(number int) record {
	return record{Number: number, Name: "node" + strconv.Itoa(number), Zone: zoneOf(number)}
}

// load reads the records of an earlier fleet; none is no error.
func (l layout) load() ([]record, error) {
	data, err := os.ReadFile(l.records())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var records []record
	if err == nil {
		err = json.Unmarshal(data, &records)
	}
	if err != nil {
		return nil, fmt.Errorf("reading which nodes there are: %w", err)
	}
	return records, nil
}

// save replaces the records in one step.
func (l layout) save(records []record) error {
	data, err := json.MarshalIndent(records, "", "  ")
	if err != nil {
		return err
	}
	next := l.records() + ".new"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return fmt.Errorf("remembering which nodes there are: %w", err)
	}
	return os.Rename(next, l.records())
}
