package fleet

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	// maxLog is the size in bytes beyond which a process's log is cut.
	maxLog = 4 << 20
	// trimEvery is how often the logs are looked at.
	trimEvery = 30 * time.Second
)

// trimLogs keeps the logs in a directory small until ctx ends. The processes hold
// their files open, so that they are emptied in place; what was in them last is
// kept as FILE.1.
func trimLogs(ctx context.Context, dir string) {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		files, _ := filepath.Glob(filepath.Join(dir, "*.log"))
		for _, f := range files {
			_ = trim(f, maxLog) // the next time is soon
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// trim empties a file that has more than limit bytes, after copying the last limit
// bytes of it to FILE.1.
func trim(path string, limit int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size <= limit {
		return err
	}
	if _, err := f.Seek(-limit, io.SeekEnd); err != nil {
		return err
	}
	old, err := os.OpenFile(path+".1", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer old.Close()
	if _, err := io.Copy(old, io.LimitReader(f, limit)); err != nil {
		return fmt.Errorf("copying the end of %s: %w", path, err)
	}
	return f.Truncate(0)
}
