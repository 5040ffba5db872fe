package edge

import (
	"net/http"
	"strings"
)

// Header is a name and a value.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Headers are changes to headers: what is removed, then set, then added.
type Headers struct {
	Remove []string `json:"remove,omitempty"`
	Set    []Header `json:"set,omitempty"`
	Add    []Header `json:"add,omitempty"`
}

// Apply changes headers.
func (c *Headers) Apply(h http.Header) {
	for _, name := range c.Remove {
		h.Del(name)
	}
	for _, x := range c.Set {
		h.Set(x.Name, x.Value)
	}
	for _, x := range c.Add {
		h.Add(x.Name, x.Value)
	}
}

// ApplyToRequest changes the headers of a request that goes out. Host, which Go
// keeps beside them, can be set only.
func (c *Headers) ApplyToRequest(r *http.Request) {
	c.Apply(r.Header)
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
		r.Header.Del("Host")
	}
	if len(r.Header.Values("User-Agent")) == 0 {
		r.Header["User-Agent"] = nil // Go would name itself
	}
}

// PathChange replaces a path, or the prefix of it by which it was matched.
type PathChange struct {
	Full   *string `json:"full,omitempty"`
	Prefix *string `json:"prefix,omitempty"`
}

// Apply is the changed path. Matched is the prefix by which path was matched, a
// number of whole segments.
func (c *PathChange) Apply(path, matched string) string {
	switch {
	case c == nil:
		return path
	case c.Full != nil:
		return *c.Full
	case c.Prefix != nil:
		return replacePrefix(path, matched, *c.Prefix)
	}
	return path
}

// replacePrefix replaces whole segments: /foo in /foo/bar by /xyz or /xyz/ makes
// /xyz/bar, and by / makes /bar.
func replacePrefix(path, matched, by string) string {
	rest := strings.TrimPrefix(path, strings.TrimSuffix(matched, "/"))
	if rest == "" {
		if by == "" {
			return "/"
		}
		return by
	}
	return strings.TrimSuffix(by, "/") + "/" + strings.TrimPrefix(rest, "/")
}
