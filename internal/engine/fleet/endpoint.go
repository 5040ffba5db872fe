package fleet

import "path/filepath"

// Endpoint is where a node's container runtime is to be found, for crictl.
type Endpoint struct {
	Node   string
	Socket string // path
	Logs   string // directory of the containers' logs
}

// Endpoints lists those of the present nodes, in order.
func (f *Fleet) Endpoints() []Endpoint {
	var all []Endpoint
	for _, m := range f.all() {
		r := m.snapshot()
		all = append(all, Endpoint{Node: r.Name, Socket: f.paths.cri(r.Number), Logs: filepath.Join(f.paths.root(r.Name), "var", "log")})
	}
	return all
}
