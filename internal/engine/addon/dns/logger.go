package dns

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// logger writes the lines that upstream's package plugin/pkg/log does, of this
// program alone: a level, the plugin, no time.
type logger struct {
	mu    sync.Mutex
	out   io.Writer
	debug atomic.Bool
}

// The levels of log lines.
const (
	levelDebug   = "[DEBUG] "
	levelInfo    = "[INFO] "
	levelWarning = "[WARNING] "
	levelError   = "[ERROR] "
	levelFatal   = "[FATAL] "
)

func (l *logger) line(level, text string) {
	if level == levelDebug && !l.debug.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.out, level+strings.TrimSuffix(text, "\n")+"\n")
}

func (l *logger) infof(format string, args ...any) { l.line(levelInfo, fmt.Sprintf(format, args...)) }
func (l *logger) errorf(format string, args ...any) {
	l.line(levelError, fmt.Sprintf(format, args...))
}

// of is the log of a plugin.
func (l *logger) of(plugin string) pluginLog { return pluginLog{l, "plugin/" + plugin + ": "} }

// pluginLog writes lines of a plugin.
type pluginLog struct {
	*logger
	prefix string
}

func (l pluginLog) logf(level, format string, args ...any) {
	l.line(level, l.prefix+fmt.Sprintf(format, args...))
}
func (l pluginLog) infof(format string, args ...any)    { l.logf(levelInfo, format, args...) }
func (l pluginLog) warningf(format string, args ...any) { l.logf(levelWarning, format, args...) }
func (l pluginLog) errorf(format string, args ...any)   { l.logf(levelError, format, args...) }
