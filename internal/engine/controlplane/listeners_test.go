package controlplane_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"
)

type clientset = kubernetes.Interface

// listening reads the TCP sockets of this process in state LISTEN from a table
// of Linux (see proc(5)) and returns their addresses.
func listening(t *testing.T, table string) (addresses []string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("sockets are looked up in /proc")
	}
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	own := ownSockets(t)
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != "0A" || !own[f[9]] {
			continue
		}
		addresses = append(addresses, readAddress(f[1]))
	}
	return addresses
}

// ownSockets holds the inodes of this process's sockets.
func ownSockets(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]bool{}
	for _, f := range files {
		if target, err := os.Readlink(f); err == nil && strings.HasPrefix(target, "socket:[") {
			own[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
	}
	return own
}

// readAddress turns "0100007F:1F90" into "127.0.0.1:8080"; IPv6 stays as it is.
func readAddress(hex string) string {
	ip, port, _ := strings.Cut(hex, ":")
	number, err := strconv.ParseUint(ip, 16, 32)
	if err != nil {
		return hex
	}
	p, _ := strconv.ParseUint(port, 16, 16)
	return fmt.Sprintf("%d.%d.%d.%d:%d", byte(number), byte(number>>8), byte(number>>16), byte(number>>24), p)
}
