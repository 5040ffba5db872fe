package author

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPoll sees changes where the system cannot watch.
func TestPoll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	seen := make(chan struct{}, 10)
	done := make(chan error, 1)
	go func() { done <- poll(ctx, dir, func() { seen <- struct{}{} }) }()
	<-seen
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case <-seen:
	case <-ctx.Done():
		t.Fatal("a new file is not seen")
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Error(err)
	}
}
