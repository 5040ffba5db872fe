package nginx

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"kubetutor/internal/engine/kernel"
)

// level of a message in the error log.
type level int

const (
	levelDebug level = iota
	levelInfo
	levelNotice
	levelWarn
	levelError
	levelCrit
	levelAlert
	levelEmerg
)

func levels() map[string]level {
	return map[string]level{"debug": levelDebug, "info": levelInfo, "notice": levelNotice, "warn": levelWarn,
		"error": levelError, "crit": levelCrit, "alert": levelAlert, "emerg": levelEmerg}
}

func (l level) String() string {
	return [...]string{"debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"}[l]
}

// logs are the open log files, by name.
type logs struct {
	p  *kernel.Process
	mu sync.Mutex
	of map[string]io.WriteCloser
}

// open opens a log for appending, or returns the one that is open.
func (l *logs) open(name string) (io.Writer, error) {
	if name == "stderr" || name == "/dev/stderr" {
		return l.p.Stderr(), nil
	}
	if name == "/dev/stdout" {
		return l.p.Stdout(), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if f, ok := l.of[name]; ok {
		return f, nil
	}
	f, err := l.p.FS().OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	l.of[name] = f
	return f, nil
}

// reopen closes all files, so that the next line goes to a new one: logs were
// rotated.
func (l *logs) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, f := range l.of {
		f.Close()
		delete(l.of, name)
	}
}

// write appends a line; a log that cannot be opened loses it.
func (l *logs) write(name, line string) {
	if w, err := l.open(name); err == nil {
		io.WriteString(w, line+"\n")
	}
}

// note writes to the error log of the process.
func (n *instance) note(of errorLog, at level, pid int, format string, args ...any) {
	if at < of.level {
		return
	}
	n.logs.write(of.file, fmt.Sprintf("%s [%s] %d#%d: %s", stamp(), at, pid, pid, fmt.Sprintf(format, args...)))
}

func stamp() string { return time.Now().Format("2006/01/02 15:04:05") }

// errorLog writes about a request.
func (r *request) errorLog(at level, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	upstream := ""
	if before, after, ok := strings.Cut(text, ", upstream: "); ok {
		text, upstream = before, ", upstream: "+after
	}
	r.n.note(r.scope.errorLog, at, r.n.workerPID(), "*%d %s, client: %s, server: %s, request: \"%s %s %s\"%s, host: %q",
		r.number, text, r.client(), r.serverName(), r.req.Method, r.asked, r.req.Proto, upstream, r.req.Host)
}

// log writes the access log.
func (r *request) log() {
	config := r.n.config.Load()
	for _, to := range r.scope.accessLogs {
		r.n.logs.write(to.file, r.line(config.formats[to.format]))
	}
}

// line fills a log format in: an empty variable shows as "-", quotes and control
// characters are escaped.
func (r *request) line(format string) string {
	return r.n.reference.ReplaceAllStringFunc(format, func(found string) string {
		value := r.value(strings.Trim(found, "${}"))
		if value == "" {
			return "-"
		}
		return escape(value)
	})
}

func escape(value string) string {
	if !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c == 0x7f }) {
		return value
	}
	var out strings.Builder
	for i := range len(value) {
		c := value[i]
		if c < ' ' || c == '"' || c == '\\' || c == 0x7f {
			fmt.Fprintf(&out, `\x%02X`, c)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}
