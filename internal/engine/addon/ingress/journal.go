package ingress

import (
	"fmt"
	"io"
	"path"
	"runtime"
	"time"

	"github.com/go-logr/logr"
)

// journal is the controller's log: in the form of klog, whose structured messages
// logr makes, but not its plain ones.
type journal struct {
	logr.Logger
	to  io.Writer
	pid int
}

// warnf writes a warning, as klog.Warningf does.
func (j journal) warnf(format string, args ...any) { j.line('W', 2, format, args...) }

// infof writes a message, as klog.Infof does.
func (j journal) infof(format string, args ...any) { j.line('I', 2, format, args...) }

// errorf writes an error, as klog.Errorf does.
func (j journal) errorf(format string, args ...any) { j.line('E', 2, format, args...) }

// fatalf writes why the controller ends, as klog.Fatalf does.
func (j journal) fatalf(format string, args ...any) { j.line('F', 2, format, args...) }

func (j journal) line(severity byte, skip int, format string, args ...any) {
	_, file, number, _ := runtime.Caller(skip)
	_, _ = fmt.Fprintf(j.to, "%c%s %7d %s:%d] %s\n", severity, time.Now().UTC().Format("0102 15:04:05.000000"), j.pid, path.Base(file), number, fmt.Sprintf(format, args...))
}
