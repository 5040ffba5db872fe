package enginetest

import (
	"bytes"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// processesOf lists the processes that belong to an engine: those that have its
// directories on their command line or in their environment, or are workers of
// it.
func processesOf(e *Engine) (found []string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		if filepath.Base(dir) == fmt.Sprint(os.Getpid()) {
			continue
		}
		for _, file := range []string{"cmdline", "environ"} {
			data, _ := os.ReadFile(filepath.Join(dir, file))
			if bytes.Contains(data, []byte(e.State)) {
				found = append(found, dir+": "+strings.ReplaceAll(string(data), "\x00", " "))
				break
			}
		}
	}
	return found
}

// NoOrphans waits until no process of the engine is left.
func (e *Engine) NoOrphans() {
	e.T.Helper()
	e.Await("the last process to end", func() bool { return len(processesOf(e)) == 0 })
}

// AtRest returns the engine's memory once its start is digested: the least that
// it has within ten seconds.
func (e *Engine) AtRest() int64 {
	least := int64(math.MaxInt64)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Second) {
		if st, err := e.ClusterStatus(e.Context()); err == nil {
			least = min(least, st.Memory)
		}
	}
	return least
}

// Parts are the processes of the engine that play a part: serve, runtime or node.
func (e *Engine) Parts(part string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		args := bytes.Split(data, []byte{0})
		if len(args) < 2 || string(args[1]) != part || !bytes.Contains(data, []byte(filepath.Dir(e.State))) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// knock tries to speak with a socket and says how it went.
func knock(socket string) string {
	c, err := net.DialTimeout("unix", socket, 2*time.Second)
	if err != nil {
		return "cannot connect: " + err.Error()
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err.Error()
	}
	_, _ = c.Write([]byte("POST /v1/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
	answer := make([]byte, 64)
	n, err := c.Read(answer)
	if n == 0 {
		return "refused: " + err.Error()
	}
	return "answered: " + string(answer[:n])
}
