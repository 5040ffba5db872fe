package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/progress"
)

// BenchmarkDue measures `kubetutor due` from exec to its end: with 100,000 cards,
// 2,000 of which are due; while another kubetutor has the progress open; and
// before the first use. It reports the median beside the mean.
func BenchmarkDue(b *testing.B) {
	program := build(b)
	lessons, data := b.TempDir(), b.TempDir()
	manyQuestions(b, lessons, 100, 1000)
	store := manyCards(b, data, 100, 1000)
	b.Run("open", func(b *testing.B) { benchmarkDue(b, "200 due", 1, program, "--lessons", lessons, "--data", data) })
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("closed", func(b *testing.B) { benchmarkDue(b, "200 due", 1, program, "--lessons", lessons, "--data", data) })
	b.Run("built-in", func(b *testing.B) { benchmarkDue(b, "nothing", 0, program, "--data", data) })
	b.Run("first", func(b *testing.B) { benchmarkDue(b, "nothing", 0, program, "--data", filepath.Join(data, "none")) })
}

func benchmarkDue(b *testing.B, want string, status int, program string, args ...string) {
	var took, computed []time.Duration
	for b.Loop() {
		cmd := exec.Command(program, append(args, "due")...)
		cmd.Env = []string{"HOME=" + b.TempDir(), "LANG=en_GB.UTF-8"}
		begin := time.Now()
		out, _ := cmd.CombinedOutput() // its status is no failure
		took = append(took, time.Since(begin))
		computed = append(computed, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		if got := cmd.ProcessState.ExitCode(); got != status || !strings.Contains(string(out), want) {
			b.Fatalf("it said %q and ended with %d, want %q and %d", out, got, want, status)
		}
	}
	for unit, list := range map[string][]time.Duration{"median-ms": took, "median-cpu-ms": computed} {
		slices.Sort(list)
		b.ReportMetric(float64(list[len(list)/2].Microseconds())/1e3, unit)
	}
}

// perPage is how many questions there are on a page. Those of one page are asked
// on different days.
const perPage = 50

// manyQuestions writes a course of lessons with so many questions each. Only
// their heads can be read.
func manyQuestions(b *testing.B, dir string, lessons, questions int) {
	b.Helper()
	var ids, asked strings.Builder
	for i := range questions {
		if i%perPage == 0 {
			fmt.Fprintf(&asked, "\n\n## Page %d\n\nText.\n\n<!-- quiz:", i)
		}
		fmt.Fprintf(&asked, " q-%d", i)
		if i%perPage == perPage-1 {
			asked.WriteString(" -->\n")
		}
	}
	for i := range lessons {
		id := fmt.Sprintf("l-%d", i)
		fmt.Fprintf(&ids, "%s, ", id)
		text := fmt.Sprintf("# %s\n%s", id, &asked)
		writeFile(b, filepath.Join(dir, "t", id, "en.md"), text)
		writeFile(b, filepath.Join(dir, "t", id, "zh.md"), text)
		writeFile(b, filepath.Join(dir, "t", id, "lesson.yaml"), fmt.Sprintf("format: 1\nid: %s\ntitle: {en: L, zh: 课}\nlevel: core\nminutes: 20\n"+
			"objectives: [{en: O, zh: 目标}]\nsources: [{notes: \"001\", lines: [1, 2]}]\nchecked_for: \"1.37\"\n", id))
	}
	writeFile(b, filepath.Join(dir, "course.yaml"), "format: 1\ntracks: [t]\n")
	writeFile(b, filepath.Join(dir, "t", "track.yaml"), fmt.Sprintf("format: 1\nid: t\ntitle: {en: T, zh: 系列}\nsummary: {en: S, zh: 概述}\nlessons: [%s]\n", strings.TrimSuffix(ids.String(), ", ")))
}

func writeFile(b *testing.B, name, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// manyCards is the progress of somebody who knows all of these questions. One of
// each page is due.
func manyCards(b *testing.B, dir string, lessons, questions int) *progress.DB {
	b.Helper()
	store, err := progress.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	for l := range lessons {
		var events []any
		for q := range questions {
			last := now.AddDate(0, 0, -30)
			due := last.AddDate(0, 0, 31+q%300)
			if q%perPage == 0 {
				due = now.AddDate(0, 0, -q%7)
			}
			events = append(events, progress.Reviewed{
				Card: fmt.Sprintf("question:l-%d/q-%d", l, q), Rating: 3, Source: progress.SourceImport, At: last,
				State: progress.CardState{Stage: progress.StageReview, Stability: 30 + float64(q%200), Difficulty: 5, Last: last, Due: due, Reps: 1},
			})
		}
		if _, err := store.RecordAll(b.Context(), events); err != nil {
			b.Fatal(err)
		}
	}
	return store
}
