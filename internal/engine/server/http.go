package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"kubetutor/internal/lab/protocol"
)

// writeLimit is how long a client of an ordinary stream may take to read a line
// before it counts as gone. A console may stop reading for as long as it likes.
const writeLimit = 30 * time.Second

// httpServer serves every verb. Its requests end when ctx does.
func (s *Server) httpServer(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           s.guard(s.verbs()),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          nil,
	}
}

// guard is what all verbs have in common: they are POSTs, they keep the daemon
// from being idle, and a panic in one of them ends that one alone.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.idle.enter()()
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				s.log.Error("panic in a verb", "verb", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				writeError(w, failf(protocol.CodeInternal, "this is a fault of kubetutor; the engine's log has more", "the engine failed at %s: %v", r.URL.Path, p))
			}
		}()
		if r.Method != http.MethodPost {
			writeError(w, failf(protocol.CodeInvalid, "", "%s is called with POST", r.URL.Path))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answer makes a handler of a verb that is answered by one object.
func answer[Req, Ans any](do func(context.Context, Req) (Ans, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, err := readRequest[Req](w, r)
		if err != nil {
			writeError(w, err)
			return
		}
		ans, err := do(r.Context(), req)
		if err != nil {
			writeError(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(ans)
	}
}

// stream makes a handler of a verb that is answered by JSON lines. Do may send
// from any goroutine, but not after it has returned. Failed makes the line that
// carries an error.
func stream[Req, Line any](limit time.Duration, failed func(*protocol.Error) Line, do func(context.Context, Req, func(Line) error) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, err := readRequest[Req](w, r)
		if err != nil {
			writeError(w, err)
			return
		}
		lines := &lineWriter{w: w, control: http.NewResponseController(w), limit: limit}
		err = do(r.Context(), req, func(l Line) error { return lines.write(l) })
		switch {
		case err == nil || r.Context().Err() != nil:
		case !lines.begun:
			writeError(w, err)
		default:
			_ = lines.write(failed(asError(err)))
		}
	}
}

// lineWriter writes JSON lines, each flushed at once.
type lineWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration

	mu    sync.Mutex
	begun bool
}

func (l *lineWriter) write(line any) error {
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
	}
	if l.limit > 0 {
		_ = l.control.SetWriteDeadline(time.Now().Add(l.limit))
	}
	if _, err := l.w.Write(append(data, '\n')); err != nil {
		return err
	}
	return l.control.Flush()
}

// readRequest reads a verb's request; an empty body is an empty request.
func readRequest[Req any](w http.ResponseWriter, r *http.Request) (Req, error) {
	var req Req
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, protocol.MaxRequest)).Decode(&req)
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return req, nil
	case errors.As(err, &tooLarge):
		return req, failf(protocol.CodeInvalid, "", "the request is larger than %d MiB", protocol.MaxRequest>>20)
	default:
		return req, failf(protocol.CodeInvalid, "", "the request cannot be read: %v", err)
	}
}

// writeError answers with an error before anything else was written.
func writeError(w http.ResponseWriter, err error) {
	e := asError(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(statusOf(e.Code))
	_ = json.NewEncoder(w).Encode(e)
}

func statusOf(c protocol.Code) int {
	switch c {
	case protocol.CodeInvalid:
		return http.StatusBadRequest
	case protocol.CodeNotFound:
		return http.StatusNotFound
	case protocol.CodeConflict:
		return http.StatusConflict
	case protocol.CodeUnsupported:
		return http.StatusNotImplemented
	default:
		return http.StatusInternalServerError
	}
}

// noVerb answers for verbs that this engine does not know.
func noVerb(w http.ResponseWriter, r *http.Request) {
	writeError(w, failf(protocol.CodeNotFound, "the tutor and its engine may be of different versions: `kubetutor doctor`", "the engine knows no verb %s", r.URL.Path))
}
