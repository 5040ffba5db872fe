package incluster

import (
	"fmt"
	"io"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2/textlogger"

	"kubetutor/internal/engine/kernel"
)

// Log writes to the process's standard error in the form of klog, messages up to
// a verbosity (-v). Give it to upstream's code by klog.NewContext, or as log/slog
// by logr.ToSlogHandler.
func Log(p *kernel.Process, verbosity int) logr.Logger {
	return textlogger.NewLogger(textlogger.NewConfig(
		textlogger.Output(heads{to: p.Stderr(), pid: p.PID()}), textlogger.Verbosity(verbosity)))
}

// heads replaces time and process number in the head of klog's lines,
// "I1121 12:13:14.123456       1 file.go:7]": klog knows those of the machine, and
// in containers it is UTC.
type heads struct {
	to  io.Writer
	pid int
}

// headEnd is where the number of the process ends in a line of klog.
const headEnd = 29

// Write takes one message, as textlogger hands them over.
func (h heads) Write(line []byte) (int, error) {
	own := append([]byte(nil), line...)
	if head := fmt.Sprintf("%s %7d", time.Now().UTC().Format("0102 15:04:05.000000"), h.pid); len(line) > headEnd && len(head) == headEnd-1 {
		copy(own[1:], head)
	}
	return h.to.Write(own)
}
