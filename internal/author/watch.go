package author

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// An editor saves a file in several steps, and a checkout changes many: a change
// is told once nothing has happened for quiet, but no later than patience after
// the first. Where the system cannot watch, it is looked every interval.
const (
	quiet    = 80 * time.Millisecond
	patience = time.Second
	interval = time.Second
)

// Watch calls changed as soon as it watches a directory, and whenever files below
// it have changed, until ctx ends. It follows directories that appear later, files that are replaced by
// others, and the directory itself if it goes and comes back. Hidden files and
// those that editors leave behind do not count.
func Watch(ctx context.Context, dir string, changed func()) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("watching the lessons: %w", err)
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return poll(ctx, dir, changed)
	}
	defer w.Close()
	if err := addAll(w, dir); err != nil { // such as too many directories for this system
		return poll(ctx, dir, changed)
	}
	return follow(ctx, w, dir, changed)
}

// addAll watches a directory, all below it, and the one above it, in which the
// directory itself may come back. What is watched already stays so.
func addAll(w *fsnotify.Watcher, dir string) error {
	if err := w.Add(filepath.Dir(dir)); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // gone in between
		case e.IsDir() && name != dir && passing(name):
			return filepath.SkipDir
		case e.IsDir():
			return ignoreGone(w.Add(name))
		}
		return nil
	})
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// follow turns events into calls. After each change all directories are watched
// anew: what happened in a new one before it was watched has been seen by then.
func follow(ctx context.Context, w *fsnotify.Watcher, dir string, changed func()) error {
	changed()
	var soon, late <-chan time.Time
	for {
		select {
		case e, open := <-w.Events:
			if !open {
				return ctx.Err()
			}
			if !concerns(e, dir) {
				continue
			}
			soon = time.After(quiet)
			if late == nil {
				late = time.After(patience)
			}
		case <-w.Errors: // some events were lost: anything may have changed
			soon = time.After(quiet)
		case <-soon:
			soon, late = nil, nil
			if err := settle(w, dir, changed); err != nil {
				return poll(ctx, dir, changed)
			}
		case <-late:
			soon, late = nil, nil
			if err := settle(w, dir, changed); err != nil {
				return poll(ctx, dir, changed)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func settle(w *fsnotify.Watcher, dir string, changed func()) error {
	err := addAll(w, dir)
	changed()
	return err
}

// concerns tells whether an event is about the directory or a file below it
// that counts.
func concerns(e fsnotify.Event, dir string) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	below := strings.HasPrefix(e.Name, dir+string(filepath.Separator))
	return (below || e.Name == dir) && !passing(e.Name)
}

// passing tells whether a file is hidden or one that an editor keeps while it
// saves.
func passing(name string) bool {
	name = filepath.Base(name)
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".tmp") || strings.HasPrefix(name, "#")
}

// poll looks at the names, sizes and times of all files now and then.
func poll(ctx context.Context, dir string, changed func()) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	last := fingerprint(dir)
	for changed(); ; {
		select {
		case <-tick.C:
			if now := fingerprint(dir); now != last {
				last = now
				changed()
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func fingerprint(dir string) uint64 {
	h := fnv.New64a()
	_ = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || passing(name) && name != dir {
			return skipped(e)
		}
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(h, name, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return h.Sum64()
}

// skipped leaves a directory out, or a file.
func skipped(e fs.DirEntry) error {
	if e != nil && e.IsDir() {
		return filepath.SkipDir
	}
	return nil
}
