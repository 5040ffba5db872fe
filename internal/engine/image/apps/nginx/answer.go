package nginx

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/apps/htpasswd"
)

// statusText is the reason phrase as nginx has it.
func statusText(code int) string {
	if text, ok := map[int]string{
		302: "Moved Temporarily", 408: "Request Time-out", 413: "Request Entity Too Large", 414: "Request-URI Too Large",
		416: "Requested Range Not Satisfiable", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out",
	}[code]; ok {
		return text
	}
	return http.StatusText(code)
}

// document is nginx's own page for a status.
func (r *request) document(code int) string {
	title := fmt.Sprintf("%d %s", code, statusText(code))
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n<hr><center>" +
		r.n.banner(r.scope) + "</center>\r\n</body>\r\n</html>\r\n"
}

// fail answers with an error, by way of error_page if there is one for it.
func (r *request) fail(code int, _ string) {
	if !r.failed {
		for _, page := range r.scope.errorPages {
			if slices.Contains(page.codes, code) {
				r.errorPage(page, code)
				return
			}
		}
	}
	r.page(code)
}

func (r *request) errorPage(page errorPage, code int) {
	r.failed = true
	target := r.expand(page.uri)
	if strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") {
		r.redirect(http.StatusFound, target)
		return
	}
	switch page.code {
	case 0:
		r.status = code
	case -1:
		r.status = 0
	default:
		r.status = page.code
	}
	r.goTo(target)
}

// page answers with nginx's own page.
func (r *request) page(code int) {
	if code == 444 || code == http.StatusNoContent || code == 0 {
		r.header(code)
		r.w.WriteHeader(max(code, 200))
		return
	}
	if r.status != 0 && code == http.StatusNotFound {
		code = r.status // the error page itself is missing
	}
	if text := statusText(code); text == "" || code < 300 {
		r.text(code, "")
		return
	}
	r.w.Header()["Content-Type"] = []string{"text/html"}
	r.body(code, r.document(code))
}

// text answers with a text that the configuration holds.
func (r *request) text(code int, text string) {
	if r.w.Header().Get("Content-Type") == "" {
		r.w.Header()["Content-Type"] = []string{r.typeOf(r.uri)}
	}
	r.body(code, text)
}

// body sends a whole answer.
func (r *request) body(code int, text string) {
	if r.answered {
		return
	}
	r.answered = true
	r.header(code)
	r.w.Header()["Content-Length"] = []string{strconv.Itoa(len(text))}
	r.w.WriteHeader(code)
	if r.req.Method != http.MethodHead {
		r.w.Write([]byte(text))
	}
}

// redirect sends the client elsewhere; a path becomes a URL of this server.
func (r *request) redirect(code int, target string) {
	if strings.HasPrefix(target, "/") {
		target = r.scheme() + "://" + r.req.Host + target
	}
	r.w.Header()["Location"] = []string{target}
	r.w.Header()["Content-Type"] = []string{"text/html"}
	r.body(code, r.document(code))
}

func (r *request) scheme() string {
	if r.req.TLS != nil {
		return "https"
	}
	return "http"
}

// typeOf is the media type of a file's extension.
func (r *request) typeOf(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	if dot := strings.LastIndexByte(base, '.'); dot >= 0 {
		if found, ok := r.scope.types[strings.ToLower(base[dot+1:])]; ok {
			return found
		}
	}
	return r.scope.defaultType
}

// stub is the status page.
func (r *request) stub() {
	total := r.n.requests.Load()
	active := r.n.active.Load()
	r.w.Header()["Content-Type"] = []string{"text/plain"}
	r.body(http.StatusOK, fmt.Sprintf("Active connections: %d \nserver accepts handled requests\n %d %d %d \nReading: 0 Writing: 1 Waiting: %d \n",
		active, r.n.accepted.Load(), r.n.accepted.Load(), total, max(active-1, 0)))
}

// known asks for a password where the scope wants one. It reports whether the
// request may go on.
func (r *request) known() bool {
	if r.scope.realm == "" {
		return true
	}
	user, password, ok := r.req.BasicAuth()
	if ok {
		r.user = user
		switch err := r.n.verify(r, user, password); {
		case err == nil:
			return true
		default:
			r.errorLog(levelError, "%v", err)
		}
	}
	r.w.Header()["Www-Authenticate"] = []string{fmt.Sprintf("Basic realm=%q", r.expand(r.scope.realm))}
	r.fail(http.StatusUnauthorized, "")
	return false
}

// verify looks a user up in a file of htpasswd's.
func (n *instance) verify(r *request, user, password string) error {
	data, err := r.files().ReadFile(r.expand(r.scope.passwords))
	if err != nil {
		return fmt.Errorf("open() %q failed (%s)", r.scope.passwords, errno(err))
	}
	switch hash, ok := htpasswd.Find(data, user); {
	case !ok:
		return fmt.Errorf("user %q was not found in %q", user, r.scope.passwords)
	case !htpasswd.Matches(hash, password):
		return fmt.Errorf("user %q: password mismatch", user)
	}
	return nil
}
