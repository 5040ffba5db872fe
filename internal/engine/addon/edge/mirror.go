package edge

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// Limits of copies.
const (
	mirrorsAtOnce = 128 // more are left out
	mirrorIn      = 15 * time.Second
)

// Mirror sends copies of a request to backends, besides and without waiting, and
// returns the request to go on with. Answers are thrown away, and failures too.
// A request whose body is longer than 64 KiB, or of unknown length, is not copied.
// Rewrite changes a copy before it is sent; nil leaves it as it is.
func (s *Server) Mirror(r *http.Request, rewrite func(*http.Request), backends ...*Backend) *http.Request {
	if len(backends) == 0 {
		return r
	}
	r = r.WithContext(r.Context()) // its body is replaced
	body := newReplay(r)
	if !body.whole {
		return r
	}
	for _, b := range backends {
		select {
		case s.mirrors <- struct{}{}:
			go s.mirror(s.duplicate(r, body.content, rewrite), b)
		default:
		}
	}
	return r
}

func (s *Server) duplicate(r *http.Request, body []byte, rewrite func(*http.Request)) *http.Request {
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.RequestURI, out.Close = "", false
	out.Header.Del("Connection")
	out.Header.Del("Upgrade")
	out.Body = io.NopCloser(bytes.NewReader(body))
	if rewrite != nil {
		rewrite(out)
	}
	return out
}

func (s *Server) mirror(r *http.Request, b *Backend) {
	defer func() { <-s.mirrors }()
	transport, err := s.clients.of(b)
	address, ok := b.Next()
	if err != nil || !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), mirrorIn)
	defer cancel()
	r.URL.Scheme = "http"
	if b.TLS != nil {
		r.URL.Scheme = "https"
	}
	if resp, err := transport.RoundTrip(to(r.WithContext(ctx), address.String())); err == nil {
		discard(resp)
	}
}
