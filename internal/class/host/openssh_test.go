package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/class/door"
	"kubetutor/internal/class/roomtest/emulator"
)

// TestOpenSSH comes as most people will, with the ssh of their system: what it asks
// is answered by a program in place of a person.
func TestOpenSSH(t *testing.T) {
	t.Parallel()
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("there is no ssh here")
	}
	s := serve(t)
	dir := t.TempDir()
	heard := filepath.Join(dir, "heard")
	asks := filepath.Join(dir, "ask")
	script := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$1\" >>%s\ncase \"$1\" in *code*) echo %s;; *name*) echo Ada;; *) echo;; esac\n", heard, s.room.Join().Code)
	if err := os.WriteFile(asks, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(s.Addr().String(), ":")
	args := []string{
		"-F", "none", "-tt", "-p", port, "-o", "UserKnownHostsFile=" + filepath.Join(dir, "known"), "-o", "StrictHostKeyChecking=accept-new",
		"-o", "IdentitiesOnly=yes", "-o", "IdentityFile=none", "-o", "ForwardX11=yes", "-o", "ForwardAgent=yes", "-o", "SendEnv=LANG EDITOR",
		door.Learner + "@" + host,
	}
	cmd := exec.CommandContext(t.Context(), ssh, args...)
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+asks, "SSH_ASKPASS_REQUIRE=force", "TERM=xterm-256color", "LANG=zh_CN.UTF-8", "LC_ALL=C.UTF-8", "EDITOR=evil")
	n := &terminal{t: t, screen: emulator.New(80, 24), changed: make(chan struct{}, 1)}
	cmd.Stdout, cmd.Stderr = n, n
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.in = in
	n.await("hello Ada")
	n.press("xyz")
	n.await("typed xyz.")
	n.press("\x11")
	if err := cmd.Wait(); err != nil {
		t.Errorf("ssh ended with %v", err)
	}
	if !strings.Contains(n.bytes(), "下次见") {
		t.Errorf("it was not said good-bye in its language: %q", tail(n.bytes(), 200))
	}
	prompts, _ := os.ReadFile(heard)
	for _, want := range []string{"欢迎来到课堂", "Join code / 加入码", "Your name / 你的名字"} {
		if !strings.Contains(string(prompts), want) {
			t.Errorf("it was asked %q, want %q in it", prompts, want)
		}
	}
}
