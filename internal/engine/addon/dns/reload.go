package dns

import (
	"fmt"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/plugin"
)

// How often the Corefile is looked at. Upstream's default is 30 s, less or more by
// up to 7.5; here the kubelet brings a changed ConfigMap within seconds, and a
// learner waits for it. The rest is upstream's.
const (
	reloadDefault = 2 * time.Second
	reloadMin     = 2 * time.Second
	jitterMin     = time.Second
)

// setupReload lets the server look for a changed Corefile: "reload [INTERVAL]
// [JITTER]". The jitter, which keeps replicas from reloading at the same time, is
// read and not used.
func setupReload(c *caddy.Controller) error {
	i := instanceOf(c)
	c.Next()
	args := c.RemainingArgs()
	if len(args) > 2 {
		return plugin.Error("reload", c.ArgErr())
	}
	i.poll = reloadDefault
	limits := []struct {
		least time.Duration
		zero  bool
		text  string
	}{
		{reloadMin, false, "interval value must be greater or equal to %v"},
		{jitterMin, true, "jitter value must be 0 or greater or equal to %v"},
	}
	for n, arg := range args {
		d, err := time.ParseDuration(arg)
		if err != nil {
			return plugin.Error("reload", err)
		}
		if limit := limits[n]; d < limit.least && !(limit.zero && d == 0) {
			return plugin.Error("reload", fmt.Errorf(limit.text, limit.least))
		}
		if n == 0 {
			i.poll = d
		}
	}
	return nil
}
