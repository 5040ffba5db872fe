package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAuditOutlivesTheProcess: a resumed cluster knows the requests of its
// earlier life, and says for which times it knows them all.
func TestAuditOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "requests.jsonl")
	begin := time.Now()
	first := openAudit(t, file, false)
	for i := range 3 {
		first.add(Request{At: time.Now(), User: "learner", Verb: "delete", Name: fmt.Sprint(i)})
	}
	cutOff(t, file) // killed in the middle of the third

	second := openAudit(t, file, true)
	if got := second.Since(begin); len(got) != 2 || got[1].Name != "1" || got[1].User != "learner" {
		t.Errorf("remembered: %+v", got)
	}
	if !second.Complete(begin) {
		t.Error("the record is not complete")
	}
	second.add(Request{At: time.Now(), Name: "later"})
	if got := openAudit(t, file, true).Since(begin); len(got) != 3 || got[2].Name != "later" {
		t.Errorf("after the second life: %+v", got)
	}
}

func TestAuditOfANewClusterBeginsNow(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "requests.jsonl")
	begin := time.Now()
	old := openAudit(t, file, false)
	old.add(Request{At: time.Now(), Name: "old"})
	for name, resumed := range map[string]bool{"new cluster": false, "record lost": true} {
		if resumed {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		a := openAudit(t, file, resumed)
		if got := a.Since(begin); len(got) != 0 || a.Complete(begin) || !a.Complete(time.Now()) {
			t.Errorf("%s: %+v, complete %v", name, got, a.Complete(begin))
		}
	}
}

// TestAuditForgetsTheOldest: what was dropped is not claimed to be known, in
// this life or the next, and the file does not grow for ever.
func TestAuditForgetsTheOldest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "requests.jsonl")
	begin := time.Now()
	a := openAudit(t, file, false)
	for i := range maxLogLines + 1 { // the last one has the file written anew
		a.add(Request{At: begin.Add(time.Duration(i+1) * time.Second), Name: fmt.Sprint(i)})
	}
	oldest := a.Since(begin)[0].At
	for life, audit := range []*Audit{a, openAudit(t, file, true)} {
		if audit.Complete(begin) || !audit.Complete(oldest) {
			t.Errorf("life %d: complete since the beginning: %v, since the oldest: %v", life, audit.Complete(begin), audit.Complete(oldest))
		}
	}
	if lines, err := readRequests(file); err != nil || len(lines) > maxLogLines {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}

func openAudit(t *testing.T, file string, resumed bool) *Audit {
	t.Helper()
	a := &Audit{}
	if err := a.open(file, resumed); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	return a
}

func cutOff(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, info.Size()-10); err != nil {
		t.Fatal(err)
	}
}
