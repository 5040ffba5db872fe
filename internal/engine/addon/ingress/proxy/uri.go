package proxy

import (
	"errors"
	"net/url"
	"strings"
)

// errURI means that a request's target is none that nginx takes.
var errURI = errors.New("client sent invalid request")

// normalize is the path of a request as locations are matched: decoded, without
// "." and "..", repeated slashes made one (merge_slashes).
func normalize(target string) (path, args string, err error) {
	if !strings.HasPrefix(target, "/") { // absolute form
		parsed, err := url.Parse(target)
		if err != nil || parsed.Host == "" {
			return "", "", errURI
		}
		target = parsed.RequestURI()
	}
	raw, args, _ := strings.Cut(target, "?")
	raw, _, _ = strings.Cut(raw, "#")
	decoded, err := url.PathUnescape(raw)
	if err != nil || strings.ContainsRune(decoded, 0) {
		return "", "", errURI
	}
	path, ok := clean(decoded)
	if !ok {
		return "", "", errURI
	}
	return path, args, nil
}

// clean removes empty elements, "." and ".."; false if the path leads above the root.
func clean(path string) (string, bool) {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path, true
	}
	elements := strings.Split(path[1:], "/")
	var kept []string
	for i, element := range elements {
		last := i == len(elements)-1
		switch {
		case element == "..":
			if len(kept) == 0 {
				return "", false
			}
			kept = kept[:len(kept)-1]
		case element != "" && element != ".":
			kept = append(kept, element)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/"), true
}

// escape encodes a path that a rewrite has made.
func escape(path string) string {
	u := url.URL{Path: path}
	return u.EscapedPath()
}
