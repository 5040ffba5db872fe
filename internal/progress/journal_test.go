package progress

import (
	"strings"
	"testing"

	"kubetutor/internal/durable"
)

// TestWithoutWAL uses the journal of network file systems, after one with a log.
func TestWithoutWAL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	ids := record(t, d, Position{Lesson: "x"})
	d.Close()
	db, err := durable.Connect(d.path(), "TRUNCATE")
	if err != nil {
		t.Fatal(err)
	}
	plain := &DB{dir: dir, sql: db, now: d.now, device: d.device}
	ids = append(ids, record(t, plain, Position{Lesson: "y"}, Answer{Question: "a/b"})...)
	var mode string
	if err := db.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || !strings.EqualFold(mode, "truncate") {
		t.Errorf("journal mode %q, %v", mode, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if gone := missingIDs(t, open(t, dir), ids); gone > 0 {
		t.Errorf("%d events are gone", gone)
	}
}

func missingIDs(t *testing.T, d *DB, ids []string) int {
	t.Helper()
	return len(ids) - count(t, d, ids)
}
