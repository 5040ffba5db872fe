package proxy

import (
	"net/http"
	"strconv"
)

// statusClosed is what nginx's log says when the client went before the answer came.
const statusClosed = 499

// title is what nginx calls a status.
func title(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "Authorization Required"
	case http.StatusRequestEntityTooLarge:
		return "Request Entity Too Large"
	case http.StatusServiceUnavailable:
		return "Service Temporarily Unavailable"
	case http.StatusGatewayTimeout:
		return "Gateway Time-out"
	case http.StatusNotAcceptable:
		return "Not Acceptable"
	}
	return http.StatusText(status)
}

// page is nginx's own page for a status, without its version, as server_tokens off
// has it.
func page(status int) string {
	name := strconv.Itoa(status) + " " + title(status)
	return "<html>\r\n<head><title>" + name + "</title></head>\r\n<body>\r\n<center><h1>" + name +
		"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
}

// paged says whether nginx has a page for a status.
func paged(status int) bool { return status >= 300 && status != http.StatusNotModified }

// write answers with nginx's page.
func write(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Del("Content-Encoding")
	if !paged(status) {
		w.WriteHeader(status)
		return
	}
	body := page(status)
	h.Set("Content-Type", "text/html")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
