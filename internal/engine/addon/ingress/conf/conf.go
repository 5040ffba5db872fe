// Package conf writes nginx.conf: what the proxy does, in the words of nginx, for
// those who look into the container. Servers and locations are complete; of the
// rest there is what the ConfigMap can change.
package conf

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
)

// Writer writes configurations.
type Writer struct{ template *template.Template }

// New returns a writer.
func New() *Writer {
	functions := template.FuncMap{
		"quote": func(text string) string { return fmt.Sprintf("%q", text) }, "serverName": serverName, "path": path, "rewrite": rewrite,
		"set": headerDirective, "pass": pass, "locationKey": locationKey, "sorted": sorted, "origins": origins, "regex": (*model.Server).Regex,
		"errors": errors, "limitZones": limitZones, "limits": limits, "nextUpstream": nextUpstream, "redirects": redirects,
	}
	return &Writer{template.Must(template.New("nginx.conf").Funcs(functions).Parse(text))}
}

// Write is the file of a configuration.
func (w *Writer) Write(c *model.Configuration, checksum string) ([]byte, error) {
	var raw bytes.Buffer
	if err := w.template.Execute(&raw, map[string]any{"C": c, "S": c.Settings, "O": c.Options, "Checksum": checksum}); err != nil {
		return nil, fmt.Errorf("writing nginx.conf: %w", err)
	}
	return indent(raw.String()), nil
}

// indent indents by braces, and leaves one empty line where there were several.
func indent(raw string) []byte {
	var out bytes.Buffer
	depth, empty := 0, true
	for line := range strings.Lines(raw) {
		line = strings.TrimSpace(line)
		if line == "" {
			if !empty {
				out.WriteByte('\n')
			}
			empty = true
			continue
		}
		empty = false
		if line == "}" {
			depth--
		}
		out.WriteString(strings.Repeat("\t", max(depth, 0)) + line + "\n")
		if strings.HasSuffix(line, "{") && !strings.HasPrefix(line, "#") {
			depth++
		}
	}
	return out.Bytes()
}

// serverName is the name of a server; a wildcard is an expression for one label.
func serverName(host string) string {
	suffix, ok := strings.CutPrefix(host, "*.")
	if !ok {
		return host
	}
	return `~^(?<subdomain>[\w-]+)\.` + strings.ReplaceAll(suffix, ".", `\.`) + "$"
}

// escaped is a path between quotes.
func escaped(path string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path) }

// path is what follows the word location.
func path(s *model.Server, l *model.Location) string {
	switch {
	case s.Regex():
		return `~* "^` + escaped(l.Path) + `"`
	case l.Type == networkingv1.PathTypeExact:
		return `= "` + escaped(l.Path) + `"`
	}
	return `"` + escaped(l.Path) + `"`
}

func rewrite(l *model.Location) string {
	if !l.Rewrites() {
		return ""
	}
	return fmt.Sprintf(`rewrite "(?i)%s" %s break;`, escaped(l.Path), l.Config.Rewrite.Target)
}

// redirects is what proxy_redirect changes.
func redirects(l *model.Location) string {
	p := l.Config.Proxy
	if p.RedirectFrom == "off" || p.RedirectFrom == "default" {
		return p.RedirectFrom
	}
	return p.RedirectFrom + " " + p.RedirectTo
}

// headerDirective sets a header of the request that goes on.
func headerDirective(l *model.Location) string {
	if strings.HasPrefix(l.Config.BackendProtocol, "GRPC") {
		return "grpc_set_header"
	}
	return "proxy_set_header"
}

func pass(l *model.Location) string {
	directive, scheme := "proxy_pass", "http://"
	if l.Upstream != model.DefaultUpstream {
		switch l.Config.BackendProtocol {
		case "HTTPS":
			scheme = "https://"
		case "GRPC":
			directive, scheme = "grpc_pass", "grpc://"
		case "GRPCS":
			directive, scheme = "grpc_pass", "grpcs://"
		case "AUTO_HTTP":
			scheme = "$scheme://"
		}
	}
	return directive + " " + scheme + "upstream_balancer;"
}

// locationKey is the path as the Ingress has it.
func locationKey(l *model.Location) string {
	if l.IngressPath == "" {
		return "/"
	}
	return strings.ReplaceAll(l.IngressPath, "$", "${literal_dollar}")
}

func sorted(m map[string]string) []string {
	list := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, fmt.Sprintf("%s %q", name, m[name]))
	}
	return list
}

// origins is the condition by which CORS knows its own.
func origins(c annotation.CORS) string {
	if slices.Equal(c.Origins, []string{"*"}) {
		return "set $http_origin *;\nset $cors 'true';"
	}
	var list []string
	for _, origin := range c.Origins {
		quoted := strings.NewReplacer(".", `\.`, "*", `[A-Za-z0-9\-]+`).Replace(origin)
		list = append(list, "("+quoted+")")
	}
	return "if ($http_origin ~* (" + strings.Join(list, "|") + ")$ ) { set $cors 'true'; }"
}

// errors are the statuses of a server's locations that other backends answer.
func errors(s *model.Server) map[string][]int {
	all := map[string][]int{}
	for _, l := range s.Locations {
		for _, code := range l.Config.CustomHTTPErrors {
			if !slices.Contains(all[l.DefaultUpstream], code) {
				all[l.DefaultUpstream] = append(all[l.DefaultUpstream], code)
			}
		}
	}
	for _, codes := range all {
		slices.Sort(codes)
	}
	return all
}

func limitZones(c *model.Configuration) []string {
	var list []string
	for _, s := range c.Servers {
		for _, l := range s.Locations {
			r := l.Config.RateLimit
			if r.Connections.Limit > 0 {
				list = append(list, fmt.Sprintf("limit_conn_zone $limit_%s zone=%s:5m;", r.ID, r.Connections.Name))
			}
			if r.PerSecond.Limit > 0 {
				list = append(list, fmt.Sprintf("limit_req_zone $limit_%s zone=%s:5m rate=%dr/s;", r.ID, r.PerSecond.Name, r.PerSecond.Limit))
			}
			if r.PerMinute.Limit > 0 {
				list = append(list, fmt.Sprintf("limit_req_zone $limit_%s zone=%s:5m rate=%dr/m;", r.ID, r.PerMinute.Name, r.PerMinute.Limit))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func limits(r annotation.RateLimit) []string {
	var list []string
	if r.Connections.Limit > 0 {
		list = append(list, fmt.Sprintf("limit_conn %s %d;", r.Connections.Name, r.Connections.Limit))
	}
	for _, zone := range []annotation.Zone{r.PerSecond, r.PerMinute} {
		if zone.Limit > 0 {
			list = append(list, fmt.Sprintf("limit_req zone=%s burst=%d nodelay;", zone.Name, zone.Burst))
		}
	}
	return list
}

func nextUpstream(l *model.Location, nonIdempotent bool) string {
	words := slices.DeleteFunc(strings.Fields(l.Config.Proxy.NextUpstream), func(w string) bool { return w == "non_idempotent" })
	if nonIdempotent || len(words) < len(strings.Fields(l.Config.Proxy.NextUpstream)) {
		words = append(words, "non_idempotent")
	}
	return strings.Join(words, " ")
}
