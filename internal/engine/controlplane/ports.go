package controlplane

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listen opens the API server's listener on the loopback address. The port is
// chosen once and kept in dir, because kubeconfigs in other terminals name it.
// When another program has taken it meanwhile, a new one is chosen and moved
// is the old one; else moved is 0.
func listen(dir string) (l net.Listener, moved int, err error) {
	file := filepath.Join(dir, "port")
	kept := readPort(file)
	if kept != 0 {
		if l, err = net.Listen("tcp4", loopback(kept)); err == nil {
			return l, 0, nil
		}
	}
	if l, err = net.Listen("tcp4", loopback(0)); err != nil {
		return nil, 0, fmt.Errorf("finding a free port for the API server: %w", err)
	}
	if err := writeFile(file, []byte(strconv.Itoa(portOf(l))+"\n")); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("keeping the API server's port: %w", err), l.Close())
	}
	return l, kept, nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// readPort returns 0 where no usable port is kept.
func readPort(file string) int {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || port < 1 || port > 65535 {
		return 0
	}
	return port
}
