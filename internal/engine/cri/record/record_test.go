package record

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

type thing struct{ Name string }

func load(t *testing.T, d *Dir) []string {
	t.Helper()
	list, err := Load[thing](d)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range list {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return names
}

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRecordsOutliveTheirWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b")
	d := open(t, path)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			id := fmt.Sprint("id", i)
			for _, name := range []string{"old", "new"} {
				if err := d.Put(id, thing{name + id}); err != nil {
					t.Error(err)
				}
			}
			if i%2 == 0 {
				if err := d.Remove(id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := load(t, open(t, path)); len(got) != 10 || got[0] != "newid1" {
		t.Errorf("records: %v", got)
	}
	if err := d.Remove("id0"); err != nil {
		t.Errorf("removing twice: %v", err)
	}
}

func TestDamagedRecordIsRemovedAndNamed(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d := open(t, path)
	if err := d.Put("good", thing{"good"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "bad.json"), []byte(`{"Name":`), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := Load[thing](d)
	if err == nil || len(list) != 1 || list[0].Name != "good" {
		t.Errorf("Load = %v, %v", list, err)
	}
	if got := load(t, d); len(got) != 1 {
		t.Errorf("the damaged record is still there: %v", got)
	}
}

func TestHalfWrittenRecordIsSweptAway(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	half := filepath.Join(path, ".id.json-123")
	if err := os.WriteFile(half, []byte(`{`), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("Stat: %v", err)
	}
}
