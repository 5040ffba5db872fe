package doctor

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/durable"
)

// LookAtPlace looks at a directory, and at the nearest one above it where it is
// not there yet. It writes nothing.
func LookAtPlace(dir string) Place {
	p := Place{Dir: dir, Above: dir, Free: -1}
	for {
		info, err := os.Stat(p.Above)
		if err == nil {
			p.Denied = denied(p.Above, info)
			break
		}
		if up := filepath.Dir(p.Above); errors.Is(err, fs.ErrNotExist) && up != p.Above {
			p.Above = up
			continue
		}
		p.Denied = err
		return p
	}
	p.lookAtDisk()
	p.Network = durable.OnNetwork(p.Above)
	return p
}

// denied tells why nothing can be written in a directory.
func denied(dir string, info fs.FileInfo) error {
	if !info.IsDir() {
		return &fs.PathError{Op: "open", Path: dir, Err: errors.New("this is not a directory")}
	}
	return writable(dir)
}

// tmuxTimeout is how long tmux may take to answer.
const tmuxTimeout = 2 * time.Second

// AskTmux asks the tmux that this terminal is within for the settings that
// matter; nil where it does not answer.
func AskTmux(ctx context.Context, environ []string) *Tmux {
	ctx, cancel := context.WithTimeout(ctx, tmuxTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", "display-message", "-p", "#{escape-time}|#{default-terminal}|#{set-clipboard}")
	cmd.Env = environ
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return readTmux(string(out))
}

func readTmux(said string) *Tmux {
	words := strings.Split(strings.TrimSpace(said), "|")
	if len(words) != 3 {
		return nil
	}
	wait, err := strconv.Atoi(words[0])
	if err != nil {
		return nil
	}
	return &Tmux{Escape: wait, Terminal: words[1], Clipboard: words[2]}
}

// OnPath tells whether a command line begins with a program that is there.
func OnPath(command, path string) bool {
	if strings.ContainsRune(command, os.PathSeparator) {
		_, err := exec.LookPath(command)
		return err == nil
	}
	for _, dir := range filepath.SplitList(path) {
		if _, err := exec.LookPath(filepath.Join(cmp.Or(dir, "."), command)); err == nil {
			return true
		}
	}
	return false
}

// LookAtClock compares the clock with the times of files and of what is directly
// in directories.
func LookAtClock(now time.Time, paths ...string) Clock {
	c := Clock{Now: now}
	for _, path := range paths {
		inside, _ := filepath.Glob(filepath.Join(path, "*"))
		for _, file := range append(inside, path) {
			if info, err := os.Stat(file); err == nil && info.ModTime().After(c.Newest) {
				c.Newest, c.File = info.ModTime(), file
			}
		}
	}
	return c
}
