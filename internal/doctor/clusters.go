package doctor

import (
	"strconv"

	"kubetutor/internal/lab"
)

// clusters tells of each that runs, sleeps or was left behind.
func (f Facts) clusters() []Finding {
	var found []Finding
	for _, r := range f.Clusters {
		found = append(found, f.Engine.cluster(r)...)
	}
	if f.Engine.Known && found == nil {
		found = append(found, of("cluster-none", Fine))
	}
	return found
}

func (e Engine) cluster(r lab.Remains) []Finding {
	name := []string{"name", r.Name}
	switch {
	case r.Err != nil:
		return []Finding{of("cluster-mute", Problem, append(name, "error", r.Err.Error())...)}
	case r.Hello != nil && e.Site.Wanted != "" && !e.Site.Explicit && r.Hello.Engine != e.Site.Wanted:
		return []Finding{of("cluster-stale", Problem, append(name, "id", r.Hello.Engine)...)}
	case r.Hello != nil:
		return []Finding{of("cluster", Fine, append(name, "kubernetes", r.Hello.Kubernetes, "id", r.Hello.Engine)...)}
	case r.Dead:
		return []Finding{of("cluster-dead", Note, name...)}
	case r.Taken:
		return []Finding{of("cluster-port", Note, append(name, "port", strconv.Itoa(r.Port))...)}
	}
	return []Finding{of("cluster-asleep", Fine, name...)}
}
