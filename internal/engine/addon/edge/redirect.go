package edge

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Redirect sends a client elsewhere. What is left out stays as the client asked
// for it.
type Redirect struct {
	Scheme string      `json:"scheme,omitempty"`
	Host   string      `json:"host,omitempty"`
	Port   int         `json:"port,omitempty"`
	Path   *PathChange `json:"path,omitempty"`
	Status int         `json:"status,omitempty"` // 0: 302
}

// Location is where a request is sent. Matched is the prefix that its path was
// matched by; port is the one that it came to. Without a port of its own the
// redirect goes to the well-known one of a scheme that it names, else to port.
// Well-known ports are left out.
func (d *Redirect) Location(r *http.Request, matched string, port int) string {
	to := url.URL{Scheme: "http", Host: d.Host, RawQuery: r.URL.RawQuery}
	if r.TLS != nil {
		to.Scheme = "https"
	}
	switch {
	case d.Port != 0:
		port = d.Port
	case d.Scheme != "":
		port = wellKnown(d.Scheme)
	}
	if d.Scheme != "" {
		to.Scheme = strings.ToLower(d.Scheme)
	}
	if to.Host == "" {
		to.Host = Hostname(r.Host)
	}
	if port != 0 && port != wellKnown(to.Scheme) {
		to.Host = net.JoinHostPort(to.Host, strconv.Itoa(port))
	}
	to.Path = d.Path.Apply(r.URL.Path, matched)
	if d.Path == nil {
		to.RawPath = r.URL.RawPath
	}
	return to.String()
}

// Answer sends the client to where Location says.
func (d *Redirect) Answer(w http.ResponseWriter, r *http.Request, matched string, port int) {
	status := d.Status
	if status == 0 {
		status = http.StatusFound
	}
	w.Header().Set("Location", d.Location(r, matched, port))
	w.WriteHeader(status)
}

func wellKnown(scheme string) int {
	switch strings.ToLower(scheme) {
	case "http":
		return 80
	case "https":
		return 443
	}
	return 0
}
