package edge

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// CORS answers the questions that browsers ask before they send requests of one
// origin to another (https://fetch.spec.whatwg.org/#http-cors-protocol). A list
// of "*" alone means any; where credentials are allowed, browsers take "*" for
// itself, so what they asked for is sent instead.
type CORS struct {
	Origins     []string `json:"origins,omitempty"` // "https://*.example.com": * for any number of labels
	Methods     []string `json:"methods,omitempty"`
	Headers     []string `json:"headers,omitempty"`
	Expose      []string `json:"expose,omitempty"`
	Credentials bool     `json:"credentials,omitempty"`
	MaxAge      int      `json:"maxAge,omitempty"` // seconds; 0: not said
}

// Preflight answers a question of a browser; false if the request is none.
func (c *CORS) Preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Origin") == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	if h := w.Header(); c.Allow(h, r) {
		set(h, "Access-Control-Allow-Methods", c.list(c.Methods, r.Header.Get("Access-Control-Request-Method")))
		set(h, "Access-Control-Allow-Headers", c.list(c.Headers, r.Header.Get("Access-Control-Request-Headers")))
		if c.MaxAge > 0 {
			h.Set("Access-Control-Max-Age", strconv.Itoa(c.MaxAge))
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// Allow sets the headers of an answer to a request of another origin, in place of
// those that a backend set; false if the origin is not allowed.
func (c *CORS) Allow(h http.Header, r *http.Request) bool {
	for _, name := range [...]string{"Origin", "Credentials", "Methods", "Headers"} {
		h.Del("Access-Control-Allow-" + name)
	}
	h.Del("Access-Control-Expose-Headers")
	origin := r.Header.Get("Origin")
	if origin == "" || !c.allows(origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	if c.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if !c.Credentials || !slices.Contains(c.Expose, "*") {
		set(h, "Access-Control-Expose-Headers", strings.Join(c.Expose, ", "))
	}
	return true
}

// list is the value of a list, or what was asked for if that is any.
func (c *CORS) list(allowed []string, asked string) string {
	if slices.Contains(allowed, "*") {
		return asked
	}
	return strings.Join(allowed, ", ")
}

func (c *CORS) allows(origin string) bool {
	return slices.ContainsFunc(c.Origins, func(pattern string) bool {
		before, after, wild := strings.Cut(pattern, "*")
		if !wild {
			return withPort(pattern) == withPort(origin)
		}
		return before == "" && after == "" ||
			strings.HasPrefix(origin, before) && strings.HasSuffix(withPort(origin), withPortOf(before, after)) && len(origin) > len(before)+len(after)
	})
}

// withPort is an origin that says its port.
func withPort(origin string) string {
	scheme, host, _ := strings.Cut(strings.ToLower(origin), "://")
	return scheme + "://" + withPortOf(scheme, host)
}

func withPortOf(scheme, host string) string {
	if strings.Contains(host, ":") {
		return host
	}
	return host + ":" + strconv.Itoa(wellKnown(strings.TrimSuffix(scheme, "://")))
}

func set(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}
