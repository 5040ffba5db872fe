//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// measured are the states of a server with so many learners.
type measured struct {
	s  *server
	at map[int]state
}

// arrived measures with 1, 10 and all learners, each time after these have worked
// for a while.
func (m *measured) arrived(all int) func(n int) {
	return func(n int) {
		if n != 1 && n != 10 && n != all {
			return
		}
		time.Sleep(25 * time.Second)
		now, err := m.s.state()
		if err != nil {
			fmt.Fprintln(os.Stderr, "measuring:", err)
			return
		}
		m.at[n] = now
	}
}

// say prints the states, and what each session between the first and the last
// takes.
func (m *measured) say(before state) {
	print := func(n int, s state) {
		fmt.Printf("%3d sessions: RSS %d KB, PSS %d KB, Go heap %d KB, stacks %d KB, %d goroutines, %d files, %d threads\n",
			n, s.RSS, s.PSS, s.Heap, s.Stacks, s.Goroutines, s.FDs, s.Threads)
	}
	print(0, before)
	counts := []int{}
	for n := range m.at {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	for _, n := range counts {
		print(n, m.at[n])
	}
	if len(counts) < 2 {
		return
	}
	for _, from := range counts[:len(counts)-1] {
		to := counts[len(counts)-1]
		a, b, n := m.at[from], m.at[to], to-from
		fmt.Printf("each session from %d to %d: RSS %d KB, PSS %d KB, Go heap %d KB, stacks %d KB, %.1f goroutines, %.1f files\n", from, to,
			(b.RSS-a.RSS)/n, (b.PSS-a.PSS)/n, (b.Heap-a.Heap)/n, (b.Stacks-a.Stacks)/n, float64(b.Goroutines-a.Goroutines)/float64(n), float64(b.FDs-a.FDs)/float64(n))
	}
}

// patience is how long connections that were cut without a word may stay: three
// times the server's asking for a sign of life, and some more.
const patience = 75 * time.Second

// settled waits until goroutines and files are as before anybody came. Some more
// than then are those of the instructor who is still there, and of what is made at
// its first use.
func (m *measured) settled(before state) error {
	const more = 24
	var now state
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Second) {
		if now, err = m.s.state(); err != nil {
			return err
		}
		if now.Goroutines <= before.Goroutines+more && now.FDs <= before.FDs+more {
			break
		}
	}
	fmt.Printf("after all have left: RSS %d KB, PSS %d KB, Go heap %d KB, %d goroutines (%d before), %d files (%d before)\n",
		now.RSS, now.PSS, now.Heap, now.Goroutines, before.Goroutines, now.FDs, before.FDs)
	if now.Goroutines > before.Goroutines+more || now.FDs > before.FDs+more {
		return errors.New("goroutines or files stay behind")
	}
	return nil
}
