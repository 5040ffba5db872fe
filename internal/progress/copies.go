package progress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	copiesKept = 7
	copyStamp  = "20060102T150405Z" // sorts by time
)

// copyOfTheDay makes a copy if the newest one is older than a day. It looks at
// the whole file for that, and so finds damage that nobody has met yet.
func (d *DB) copyOfTheDay(ctx context.Context) {
	names := copies(d.dir)
	if len(names) > 0 && d.now().Sub(copyTime(names[len(names)-1])) < 24*time.Hour {
		return
	}
	var events bool
	err := d.sql.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM event)`).Scan(&events)
	if err == nil && !events {
		return
	}
	if err == nil {
		err = thorough(ctx, d.sql)
	}
	if err == nil {
		err = d.copyNow(ctx, "daily")
	}
	// Nobody waits for this. Damage is marked for the next start; anything else
	// is tried again then.
	_ = d.watch("copying the progress", err)
}

// copyNow makes a copy and removes the oldest ones.
func (d *DB) copyNow(ctx context.Context, why string) error {
	dir := filepath.Join(d.dir, copiesDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := emptyFile(dir)
	if err != nil {
		return err
	}
	defer os.Remove(tmp) // gone after the rename
	if _, err := d.sql.ExecContext(ctx, `VACUUM INTO ?`, tmp); err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%s.db", d.now().UTC().Format(copyStamp), why)
	if err := renameDurably(tmp, filepath.Join(dir, name)); err != nil {
		return err
	}
	return prune(d.dir)
}

const tmpPattern = ".copy-*"

func emptyFile(dir string) (string, error) {
	f, err := os.CreateTemp(dir, tmpPattern) // mode 0600
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// copies lists the copies by name, oldest first.
func copies(dir string) []string {
	entries, err := os.ReadDir(filepath.Join(dir, copiesDir))
	if err != nil {
		return nil // none yet
	}
	var names []string
	for _, e := range entries {
		if !copyTime(e.Name()).IsZero() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// copyTime reads when a copy was made; zero where it is no copy's name.
func copyTime(name string) time.Time {
	stamp, _, _ := strings.Cut(name, "-")
	t, err := time.Parse(copyStamp, stamp)
	if err != nil || filepath.Ext(name) != ".db" {
		return time.Time{}
	}
	return t
}

func prune(dir string) error {
	names := copies(dir)
	var errs []error
	for _, name := range names[:max(0, len(names)-copiesKept)] {
		errs = append(errs, os.Remove(filepath.Join(dir, copiesDir, name)))
	}
	return errors.Join(append(errs, sweep(filepath.Join(dir, copiesDir)))...)
}

// sweep removes what killed processes left of their copies.
func sweep(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, tmpPattern))
	for _, name := range left {
		st, statErr := os.Stat(name)
		if statErr == nil && time.Since(st.ModTime()) > time.Hour {
			err = errors.Join(err, os.Remove(name))
		}
	}
	return err
}

// renameDurably puts the file old, synced, in the place of new.
func renameDurably(old, new string) error {
	if err := syncFile(old); err != nil {
		return err
	}
	if err := os.Rename(old, new); err != nil {
		return err
	}
	return syncDir(filepath.Dir(new))
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir makes names durable, where the system can do that for a directory.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // Windows refuses, and does not need it
	return f.Close()
}

// writeDurably writes a file of mode 0600 that is on disk afterwards.
func writeDurably(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// copyFile copies a file durably; a missing one is no error.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
