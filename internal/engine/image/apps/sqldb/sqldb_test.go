package sqldb_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"kubetutor/internal/engine/image/apps/sqldb"
	"kubetutor/internal/engine/kernel"
)

// within runs a test in a process of a container with a writable directory.
func within(t *testing.T, do func(p *kernel.Process)) {
	t.Helper()
	tree := kernel.NewTree()
	tree.Mkdir("/data", 0o755, 0, 0)
	tree.File("/bin/test", kernel.Executable("test"), 0o755, 0, 0)
	done := make(chan struct{})
	program := func(_ context.Context, p *kernel.Process) int {
		defer close(done)
		do(p)
		return 0
	}
	c, err := kernel.New(kernel.Config{ID: "c", Hostname: "h", Image: tree, Programs: kernel.Programs{"test": program}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Start(kernel.Spec{Args: []string{"/bin/test"}}); err != nil {
		t.Fatal(err)
	}
	<-done
}

// TestNothingReachesTheMachine tries the ways that SQLite has to files.
func TestNothingReachesTheMachine(t *testing.T) {
	t.Parallel()
	target := t.TempDir() + "/escaped"
	within(t, func(p *kernel.Process) {
		store, err := sqldb.Open(t.Context(), p, "/data")
		if err != nil {
			t.Error(err)
			return
		}
		defer store.Close()
		if err := store.Create(t.Context(), "db"); err != nil {
			t.Error(err)
			return
		}
		s := &sqldb.Session{Store: store}
		if err := s.Use("db"); err != nil {
			t.Error(err)
			return
		}
		for _, statement := range []string{
			"ATTACH DATABASE '" + target + "' AS x", "/* */ attach '" + target + "' as x", "VACUUM INTO '" + target + "'", "-- c\nVACUUM INTO '" + target + "'", "EXPLAIN ATTACH '" + target + "' AS x; ATTACH '" + target + "' AS y",
			"PRAGMA temp_store_directory = '/tmp'", "SELECT load_extension('" + target + "')", "SELECT writefile('" + target + "', 'x')", "SELECT readfile('/etc/passwd')", "SELECT 1; ATTACH DATABASE '" + target + "' AS x",
			"CREATE VIRTUAL TABLE v USING csv(filename='/etc/passwd')", ";ATTACH DATABASE '" + target + "' AS x", "(ATTACH DATABASE '" + target + "' AS x)",
		} {
			if _, err := s.Run(t.Context(), statement); err == nil {
				t.Errorf("%s: no error", statement)
			}
		}
		if _, err := s.Run(t.Context(), "SELECT 1"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	if exists(target) {
		t.Error("a statement made a file on the machine")
	}
}

func TestSizeIsLimited(t *testing.T) {
	t.Parallel()
	within(t, func(p *kernel.Process) {
		store, err := sqldb.Open(t.Context(), p, "/data")
		if err != nil {
			t.Error(err)
			return
		}
		defer store.Close()
		if _, err := sqldb.Evaluate(t.Context(), "SELECT zeroblob(100000000)"); err == nil {
			t.Error("a value of 100 MB is made")
		}
		if _, err := sqldb.Evaluate(t.Context(), "DELETE FROM x"); !errors.Is(err, sqldb.ErrRefused) {
			t.Errorf("Evaluate of another statement: %v", err)
		}
	})
}

func TestTransactionsTakeTurns(t *testing.T) {
	t.Parallel()
	within(t, func(p *kernel.Process) {
		store, err := sqldb.Open(t.Context(), p, "/data")
		if err != nil {
			t.Error(err)
			return
		}
		defer store.Close()
		if err := store.Create(t.Context(), "db"); err != nil {
			t.Error(err)
			return
		}
		a, b := &sqldb.Session{Store: store}, &sqldb.Session{Store: store}
		run := func(s *sqldb.Session, statement string) *sqldb.Result {
			r, err := s.Run(t.Context(), statement)
			if err != nil {
				t.Errorf("%s: %v", statement, err)
				return &sqldb.Result{}
			}
			return r
		}
		if err := errors.Join(a.Use("db"), b.Use("db")); err != nil {
			t.Error(err)
			return
		}
		run(a, "CREATE TABLE t (n INTEGER)")
		run(a, "BEGIN")
		run(a, "INSERT INTO t VALUES (1)")
		seen := make(chan int)
		go func() { seen <- len(run(b, "SELECT * FROM t").Rows) }()
		run(a, "ROLLBACK")
		if got := <-seen; got != 0 {
			t.Errorf("another session sees %d rows of a transaction that was taken back", got)
		}
		run(a, "BEGIN")
		run(a, "INSERT INTO t VALUES (2)")
		a.Leave()
		if got := len(run(b, "SELECT * FROM t").Rows); got != 0 {
			t.Errorf("a client that left has written %d rows", got)
		}
	})
}

func FuzzTokens(f *testing.F) {
	for _, seed := range []string{"SELECT 'it''s' FROM `t`; -- x\n", "INSERT INTO a VALUES (\"\\'\")", "/* open", "'", "a.b.c;;#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole strings.Builder
		for _, token := range sqldb.Tokens(text) {
			if token.Text == "" {
				t.Fatalf("an empty token in %q", text)
			}
			whole.WriteString(token.Text)
		}
		if whole.String() != text {
			t.Fatalf("the tokens of %q are %q", text, whole.String())
		}
	})
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
