package progress

import (
	"context"
	"testing"
)

// TestSmall holds that a small store keeps to its cache, and one connection while
// nothing is asked of it.
func TestSmall(t *testing.T) {
	t.Parallel()
	d, err := Open(t.TempDir(), Small())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Record(context.Background(), Answer{Question: "l/q", Right: true}); err != nil {
		t.Fatal(err)
	}
	size := 0
	if err := d.sql.QueryRow("PRAGMA cache_size").Scan(&size); err != nil || size != -128 {
		t.Errorf("its cache is %d (%v)", size, err)
	}
	if n := d.sql.Stats().Idle; n > 1 {
		t.Errorf("it keeps %d connections", n)
	}
}
