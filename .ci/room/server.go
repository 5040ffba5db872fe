//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kubetutor/internal/class/roomtest"
)

// server is the program that is judged, in a home of its own.
type server struct {
	home    string
	plan    []string // what makes the class
	args    []string // of `class serve`, each time
	kubelab string
	log     io.Writer

	cmd  *exec.Cmd
	port int
	door door
}

// door is what a server tells those of the same user.
type door struct{ Address, Fingerprint, Code string }

func newServer(home, kubelab string, log io.Writer, plan, args []string) (*server, error) {
	s := &server{home: home, kubelab: kubelab, log: log, plan: plan, args: args}
	for _, name := range []string{"h", "r", "probe"} {
		if err := os.MkdirAll(filepath.Join(home, name), 0o700); err != nil {
			return nil, err
		}
	}
	return s, s.start()
}

func (s *server) class() string { return filepath.Join(s.home, "d", "classes", "room") }

// start starts it, and waits until it says where it listens.
func (s *server) start() error {
	_ = os.Remove(filepath.Join(s.class(), "door.json"))
	args := []string{"serve", "--data", filepath.Join(s.home, "d"), "--kubelab", s.kubelab, "class", "serve", "room", "--address", "127.0.0.1", "--port", strconv.Itoa(s.port)}
	args = append(args, s.args...)
	if s.port == 0 { // the class is made now
		args = append(args, s.plan...)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s.cmd = exec.Command(self, args...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.Env = []string{
		"HOME=" + filepath.Join(s.home, "h"), "XDG_RUNTIME_DIR=" + filepath.Join(s.home, "r"), "ROOM_PROBE=" + filepath.Join(s.home, "probe"),
		"LANG=en_GB.UTF-8", "PATH=/usr/bin:/bin", "GODEBUG=" + os.Getenv("GODEBUG"), "GOMAXPROCS=" + os.Getenv("ROOM_GOMAXPROCS"),
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	return s.listens()
}

func (s *server) listens() error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(s.class(), "door.json"))
		if err == nil && json.Unmarshal(text, &s.door) == nil {
			_, port, _ := strings.Cut(s.door.Address, ":")
			s.port, err = strconv.Atoi(port)
			return err
		}
		if err := s.cmd.Process.Signal(syscall.Signal(0)); err != nil {
			return fmt.Errorf("the server has ended: %w", err)
		}
	}
	return errors.New("the server does not say where it listens")
}

// restart kills it, as a power failure would, and starts it again.
func (s *server) restart() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = s.cmd.Wait() // it was killed
	return s.start()
}

// stop ends it as its user does, who must ask twice while learners are there.
func (s *server) stop() error {
	for range 2 {
		if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		time.Sleep(time.Second) // two that come together may be taken for one
	}
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(90 * time.Second):
		return errors.Join(errors.New("the server does not end"), s.cmd.Process.Kill())
	}
}

// state is what the server has and has used, from within and from without.
type state struct {
	roomtest.Usage
	inside
}

func (s *server) state() (now state, err error) {
	file := filepath.Join(s.home, "probe", "inside.json")
	_ = os.Remove(file)
	if err := s.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return now, err
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil {
			if err := json.Unmarshal(text, &now.inside); err != nil {
				return now, err
			}
			now.Usage, err = roomtest.UsageOf(s.cmd.Process.Pid)
			return now, err
		}
	}
	return now, errors.New("the server tells nothing of itself")
}

// profile begins or ends a profile of the server's time.
func (s *server) profile() { _ = s.cmd.Process.Signal(syscall.SIGUSR2) }
