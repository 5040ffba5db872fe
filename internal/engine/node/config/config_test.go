package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func sample() Config {
	return Config{
		Name: "node1", IP: "172.30.0.11", Port: 40001,
		Root: "/s/root", KubeletRoot: "/s/k", Volumes: "/s/volumes", Runtime: "unix:///run/node1.sock", Control: "/run/runtime.sock",
		Kubeconfig: "/s/kubeconfig", CA: "/s/ca.crt", CPUs: 4, Memory: 8 << 30, Disk: 64 << 30, Pods: 110,
		Labels: map[string]string{"a": "b"}, Clock: map[string]string{ClockCrashLoopMax: "10s"},
	}
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "node1.json")
	want := sample()
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%v, %v; want\n%v", got, err, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Config){
		"name":     func(c *Config) { c.Name = "" },
		"port":     func(c *Config) { c.Port = 1 << 16 },
		"absolute": func(c *Config) { c.Root = "root" },
		"together": func(c *Config) { c.Cert = "/s/node1.crt" },
		"cpus":     func(c *Config) { c.Memory = 0 },
		"runtime":  func(c *Config) { c.Runtime = "" },
	} {
		c := sample()
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnknownSettingsAreErrors(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "node1.json")
	if err := os.WriteFile(path, []byte(`{"name": "node1", "colour": "red"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("read: %v", err)
	}
}
