package enginetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// listeningPorts lists the local addresses, as /proc/net writes them, of the
// TCP listeners of a process and its children.
func listeningPorts(t *testing.T, pid int) (found []string) {
	t.Helper()
	inodes := map[string]bool{}
	for _, p := range append([]int{pid}, childrenOf(pid)...) {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p))
		for _, link := range links {
			to, _ := os.Readlink(link)
			if inode, ok := strings.CutPrefix(to, "socket:["); ok {
				inodes[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	for _, l := range tcpListeners(t) {
		if inodes[l.inode] {
			found = append(found, l.address)
		}
	}
	return found
}

type listener struct{ address, inode string }

func tcpListeners(t *testing.T) (all []listener) {
	t.Helper()
	const listening = "0A"
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Skip("no /proc/net here")
		}
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == listening {
				all = append(all, listener{address: f[1], inode: f[9]})
			}
		}
	}
	return all
}

func isListening(t *testing.T, address string) bool {
	for _, l := range tcpListeners(t) {
		if l.address == address {
			return true
		}
	}
	return false
}

func childrenOf(pid int) (pids []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		data, _ := os.ReadFile(file)
		for _, field := range strings.Fields(string(data)) {
			var child int
			if _, err := fmt.Sscan(field, &child); err == nil {
				pids = append(pids, child)
				pids = append(pids, childrenOf(child)...)
			}
		}
	}
	return pids
}

// asUser knocks at a socket as another user; only root can.
func asUser(t *testing.T, uid int, socket string) string {
	t.Helper()
	program := filepath.Join(filepath.Dir(filepath.Dir(socket)), "knock")
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "knock", socket)
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("knocking: %v\n%s", err, out)
	}
	return string(out)
}
