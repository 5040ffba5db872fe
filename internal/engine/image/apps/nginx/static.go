package nginx

import (
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// etag is the header as nginx writes it; Go's library would write "Etag".
const etag = "ETag"

// file is the file that a URI stands for in the current scope.
func (r *request) file(uri string) string {
	s := r.scope
	if s.alias == "" {
		return r.expand(s.root) + uri
	}
	if s.aliased != nil && s.aliased.kind == byRegexp {
		return r.expand(s.alias)
	}
	rest := uri
	if s.aliased != nil {
		rest = strings.TrimPrefix(uri, s.aliased.pattern)
	}
	return r.expand(s.alias) + rest
}

// static serves files: the directives root, alias, index and autoindex.
func (r *request) static() {
	if r.req.Method != http.MethodGet && r.req.Method != http.MethodHead {
		r.fail(http.StatusMethodNotAllowed, "")
		return
	}
	if strings.HasSuffix(r.uri, "/") {
		r.index()
		return
	}
	name := r.file(r.uri)
	info, err := r.files().Stat(name)
	switch {
	case err != nil:
		r.missing(name, err)
	case info.IsDir():
		r.redirect(http.StatusMovedPermanently, r.withArgs(r.uri+"/"))
	default:
		r.send(name)
	}
}

// missing answers for a file that cannot be had.
func (r *request) missing(name string, err error) {
	r.errorLog(levelError, "open() %q failed (%s)", name, errno(err))
	if errors.Is(err, fs.ErrPermission) {
		r.fail(http.StatusForbidden, "")
		return
	}
	r.fail(http.StatusNotFound, "")
}

// index looks for an index file of a directory.
func (r *request) index() {
	dir := r.file(r.uri)
	for _, candidate := range r.scope.index {
		candidate = r.expand(candidate)
		if strings.HasPrefix(candidate, "/") {
			r.goTo(candidate)
			return
		}
		_, err := r.files().Stat(dir + candidate)
		switch {
		case err == nil:
			r.goTo(r.uri + candidate)
			return
		case errors.Is(err, fs.ErrPermission):
			r.errorLog(levelError, "%q is forbidden (%s)", dir+candidate, errno(err))
			r.fail(http.StatusForbidden, "")
			return
		}
	}
	r.directory(dir)
}

func (r *request) directory(dir string) {
	info, err := r.files().Stat(dir)
	switch {
	case err != nil || !info.IsDir():
		if err == nil {
			err = syscall.ENOTDIR
		}
		index := "index.html"
		if len(r.scope.index) > 0 {
			index = r.scope.index[len(r.scope.index)-1]
		}
		r.errorLog(levelError, "%q is not found (%s)", path.Join(dir, index), errno(err))
		r.fail(http.StatusNotFound, "")
	case r.scope.autoindex:
		r.list(dir)
	default:
		r.errorLog(levelError, "directory index of %q is forbidden", dir)
		r.fail(http.StatusForbidden, "")
	}
}

// list is the page of autoindex.
func (r *request) list(dir string) {
	entries, err := r.files().ReadDir(dir)
	if err != nil {
		r.missing(dir, err)
		return
	}
	var page strings.Builder
	title := "Index of " + html.EscapeString(r.uri)
	fmt.Fprintf(&page, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<h1>%s</h1><hr><pre><a href=\"../\">../</a>\r\n", title, title)
	for _, wantDir := range []bool{true, false} {
		for _, e := range entries {
			info, err := r.files().Stat(path.Join(dir, e.Name()))
			if err == nil && info.IsDir() == wantDir && !strings.HasPrefix(e.Name(), ".") {
				page.WriteString(listLine(e.Name(), info))
			}
		}
	}
	page.WriteString("</pre><hr></body>\r\n</html>\r\n")
	r.w.Header()["Content-Type"] = []string{"text/html"}
	r.body(http.StatusOK, page.String())
}

func listLine(name string, info fs.FileInfo) string {
	const width = 50
	link, size := url.PathEscape(name), strconv.FormatInt(info.Size(), 10)
	if info.IsDir() {
		link, name, size = link+"/", name+"/", "-"
	}
	shown := name
	if len(shown) > width {
		shown = shown[:width-3] + "..>"
	}
	return fmt.Sprintf("<a href=\"%s\">%s</a>%s %s %19s\r\n", link, html.EscapeString(shown), strings.Repeat(" ", width-len(shown)),
		info.ModTime().UTC().Format("02-Jan-2006 15:04"), size)
}

// tryFiles serves the first file that exists.
func (r *request) tryFiles() {
	candidates := r.scope.tryFiles
	for _, c := range candidates[:len(candidates)-1] {
		uri := r.expand(c)
		wantDir := strings.HasSuffix(uri, "/")
		info, err := r.files().Stat(strings.TrimSuffix(r.file(uri), "/"))
		if err != nil || info.IsDir() != wantDir {
			continue
		}
		r.uri = uri
		if r.scope.proxy != nil {
			r.forward()
			return
		}
		r.static()
		return
	}
	last := candidates[len(candidates)-1]
	if code, ok := strings.CutPrefix(last, "="); ok {
		if n, err := strconv.Atoi(code); err == nil {
			r.fail(n, "")
			return
		}
	}
	r.goTo(r.expand(last))
}

// send sends a file with its validators, honouring ranges and conditions.
func (r *request) send(name string) {
	f, err := r.files().OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		r.missing(name, err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		r.missing(name, err)
		return
	}
	h := r.w.Header()
	h["Content-Type"] = []string{r.typeOf(name)}
	r.answered = true
	if r.status != 0 { // an error page: no validators, the status of the error
		r.header(r.status)
		h["Content-Length"] = []string{strconv.FormatInt(info.Size(), 10)}
		r.w.WriteHeader(r.status)
		if r.req.Method != http.MethodHead {
			io.Copy(r.w, f)
		}
		return
	}
	tag := fmt.Sprintf("\"%x-%x\"", info.ModTime().Unix(), info.Size())
	h[etag] = []string{tag}
	r.header(http.StatusOK)
	r.serveContent(f, info, tag)
}

func (r *request) serveContent(f io.ReadSeeker, info fs.FileInfo, tag string) {
	if r.req.Header.Get("Range") == "" && r.req.Header.Get("If-None-Match") == "" && r.req.Header.Get("If-Modified-Since") == "" {
		h := r.w.Header()
		h["Content-Length"] = []string{strconv.FormatInt(info.Size(), 10)}
		h["Last-Modified"] = []string{info.ModTime().UTC().Format(http.TimeFormat)}
		h["Accept-Ranges"] = []string{"bytes"}
		r.w.WriteHeader(http.StatusOK)
		if r.req.Method != http.MethodHead {
			io.Copy(r.w, f)
		}
		return
	}
	h := r.w.Header()
	if match := r.req.Header.Get("If-None-Match"); match != "" && match == tag {
		delete(h, "Content-Type")
		r.w.WriteHeader(http.StatusNotModified)
		return
	}
	h[http.CanonicalHeaderKey(etag)] = []string{tag} // under the name by which the library looks for it
	delete(h, etag)
	http.ServeContent(r.w, r.req, "", info.ModTime().Truncate(time.Second), f)
}
