package cli

import (
	"context"
	"os/exec"
	"runtime"

	"github.com/atotto/clipboard"

	"kubetutor/internal/search"
)

// clipboard puts a text into this machine's clipboard; nil where that is not the
// learner's, or where there is none. Over SSH and in a multiplexer, which may be
// looked at from elsewhere, only the terminal knows where the learner sits.
func (f *Factory) clipboard() func(text string) error {
	for _, name := range []string{"SSH_CONNECTION", "SSH_TTY", "TMUX", "STY"} {
		if f.Env(name) != "" {
			return nil
		}
	}
	if clipboard.Unsupported || f.headless() {
		return nil
	}
	return clipboard.WriteAll
}

// headless tells that the programs for the clipboard have no display to put it
// on: they would fail, or wait for one.
func (f *Factory) headless() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || f.Env("DISPLAY") != "" || f.Env("WAYLAND_DISPLAY") != "" {
		return false
	}
	for _, program := range []string{"xclip", "xsel"} {
		if _, err := exec.LookPath(program); err == nil {
			return true
		}
	}
	return false // those of Termux and Windows need none
}

// lateSearch opens the index at the first search: the first frame does not wait
// for it.
type lateSearch struct{ f *Factory }

// Search searches as [search.Index.Search] does.
func (l lateSearch) Search(ctx context.Context, query string, o search.Options) ([]search.Hit, error) {
	x, err := l.f.Search(ctx)
	if err != nil {
		return nil, err
	}
	return x.Search(ctx, query, o)
}
