package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kubetutor/internal/engine/node/config"
)

// boot is the start of the machine: a kubelet that is started again is on a
// machine that went on. Who pulls a machine's plug removes the file
// (config.Config.BootFile), so that the kubelet finds that it was rebooted.
type boot struct {
	id string
	at time.Time
}

func loadBoot(path string) (boot, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newBoot(path)
	}
	if err != nil {
		return boot{}, fmt.Errorf("reading when the node was booted: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return boot{}, fmt.Errorf("reading when the node was booted: %w", err)
	}
	return boot{id: strings.TrimSpace(string(data)), at: info.ModTime()}, nil
}

func newBoot(path string) (boot, error) {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	b := boot{id: uuid(fmt.Sprintf("%x", random)), at: time.Now()}
	if err := os.WriteFile(path, []byte(b.id+"\n"), 0o600); err != nil {
		return boot{}, fmt.Errorf("noting when the node was booted: %w", err)
	}
	return b, nil
}

// furnish makes what a kubelet expects on a machine: directories, and the few
// files of /etc that programs with a hostPath look at. What is there stays.
func furnish(c config.Config) error {
	p := pathsOf(c)
	for _, dir := range []string{p.manifests, p.podLogs, p.containerLogs, p.certificates, p.run, p.modules, p.tmp, c.Volumes} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making a directory of the node: %w", err)
		}
	}
	if err := os.Chmod(p.tmp, 0o777|os.ModeSticky); err != nil {
		return fmt.Errorf("opening the node's /tmp to all: %w", err)
	}
	files := map[string]string{
		"etc/hostname":   c.Name + "\n",
		"etc/hosts":      "127.0.0.1\tlocalhost\n" + c.IP + "\t" + c.Name + "\n",
		"etc/os-release": fmt.Sprintf("NAME=%q\nPRETTY_NAME=%q\nID=linux\n", c.OSImage, c.OSImage),
		// The name server of the nodes' network (package cri): the cluster's own asks
		// it, and pods that do not want that one (dnsPolicy Default).
		"etc/resolv.conf": "nameserver 172.30.0.3\n",
	}
	for name, text := range files {
		if err := writeNew(filepath.Join(c.Root, filepath.FromSlash(name)), text); err != nil {
			return fmt.Errorf("writing a file of the node: %w", err)
		}
	}
	return nil
}

// writeNew writes a file unless there is one.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
