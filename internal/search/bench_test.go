package search_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/search"
)

// queries are what the benchmark asks: common words, rare ones, commands, errors,
// and a key after the other of a word.
var queries = [...]string{
	"kubectl get pvc", "forbidden: User", "thing42", "claim", "c", "cl", "the", "controller waits", "server doesn't have a resource type",
	"命名空间", "卷", "控制器 拒绝", "为什么Pod一直Pending", "thnig42", "0/3 nodes are available", "kubectl get pods -n shop -l app=thing7",
}

// BenchmarkSearch asks synthetic courses, and reports the longest that a query
// took in the median.
func BenchmarkSearch(b *testing.B) {
	for name, n := range map[string]int{"300": 300, "3000": 3000} {
		b.Run(name, func(b *testing.B) {
			x := index(b, b.TempDir(), synthetic(b, n))
			slowest, which := time.Duration(0), ""
			for _, q := range queries {
				if took := median(b, x, q); took > slowest {
					slowest, which = took, q
				}
			}
			for b.Loop() {
				for _, q := range queries {
					find(b, x, q)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N*len(queries)), "ms/query")
			b.ReportMetric(float64(slowest.Microseconds())/1e3, "slowest-ms")
			b.Logf("the slowest is %q", which)
		})
	}
}

// median is how long a query takes.
func median(b *testing.B, x *search.Index, query string) time.Duration {
	b.Helper()
	var took []time.Duration
	for range 9 {
		begun := time.Now()
		find(b, x, query)
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

func synthetic(b *testing.B, n int) *course.Course {
	b.Helper()
	dir := b.TempDir()
	coursetest.Write(b, dir, n)
	c, err := course.OpenDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkIndex makes the index of 300 lessons, and opens one that is up to
// date.
func BenchmarkIndex(b *testing.B) {
	c := synthetic(b, 300)
	b.Run("made", func(b *testing.B) {
		for b.Loop() {
			dir := b.TempDir()
			index(b, dir, c).Close()
			b.ReportMetric(size(b, dir), "MB")
		}
	})
	b.Run("opened", func(b *testing.B) {
		dir := b.TempDir()
		index(b, dir, c).Close()
		for b.Loop() {
			index(b, dir, c).Close()
		}
	})
}

// size is how large the index in a directory is.
func size(b *testing.B, dir string) (megabytes float64) {
	b.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "search-*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range list {
		if info, err := os.Stat(name); err == nil {
			megabytes += float64(info.Size()) / 1e6
		}
	}
	return megabytes
}
