//go:build linux

package main

import (
	"encoding/json"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// inside is what a process knows of itself.
type inside struct {
	Heap, Stacks int // KB in use, after a collection
	Goroutines   int
	PauseTotal   time.Duration // of the collector, so far
	Collections  int
}

// probe has the process write what it knows of itself into a directory at SIGUSR1,
// with profiles of memory and goroutines, and begin or end a profile of its time at
// SIGUSR2.
func probe(dir string) {
	if dir == "" {
		return
	}
	asked := make(chan os.Signal, 4)
	signal.Notify(asked, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		var timing *os.File
		for s := range asked {
			if s == syscall.SIGUSR1 {
				look(dir)
				continue
			}
			if timing != nil {
				pprof.StopCPUProfile()
				timing.Close()
				timing = nil
			} else if f, err := os.Create(filepath.Join(dir, "cpu.prof")); err == nil && pprof.StartCPUProfile(f) == nil {
				timing = f
			}
		}
	}()
}

func look(dir string) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	now := inside{int(m.HeapAlloc >> 10), int(m.StackInuse >> 10), runtime.NumGoroutine(), time.Duration(m.PauseTotalNs), int(m.NumGC)}
	for _, name := range []string{"heap", "goroutine"} {
		if f, err := os.Create(filepath.Join(dir, name+".prof")); err == nil {
			_ = pprof.Lookup(name).WriteTo(f, 0)
			f.Close()
		}
	}
	var trace strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&trace, 1)
	_ = os.WriteFile(filepath.Join(dir, "goroutines.txt"), []byte(trace.String()), 0o600)
	text, _ := json.Marshal(now)
	_ = os.WriteFile(filepath.Join(dir, "inside.tmp"), text, 0o600)
	_ = os.Rename(filepath.Join(dir, "inside.tmp"), filepath.Join(dir, "inside.json"))
}
