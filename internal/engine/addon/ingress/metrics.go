package ingress

import (
	"fmt"
	"net/http"
)

// metrics says whether the configuration is served, in the text form of Prometheus.
func (c *controller) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	reloaded := map[bool]int{true: 1}[c.ready.Load()]
	labels := fmt.Sprintf("controller_class=%q,controller_namespace=%q,controller_pod=%q", c.flags.classController, c.pod.Namespace, c.pod.Name)
	fmt.Fprintf(w, "# HELP nginx_ingress_controller_config_last_reload_successful Whether the last configuration reload attempt was successful\n"+
		"# TYPE nginx_ingress_controller_config_last_reload_successful gauge\nnginx_ingress_controller_config_last_reload_successful{%s} %d\n", labels, reloaded)
}
