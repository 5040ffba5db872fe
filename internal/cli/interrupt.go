package cli

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interrupts cancels the program at SIGINT, SIGTERM and SIGHUP, unless SIGINT is wanted
// elsewhere for a while: by a command that runs in the console.
type interrupts struct {
	mu       sync.Mutex
	diverted func()
}

// watch calls cancel at the first signal that is not diverted; the next one
// kills the program.
func (i *interrupts) watch(cancel func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for s := range signals {
			if f := i.target(); f != nil && s == os.Interrupt {
				f()
				continue
			}
			cancel()
			signal.Stop(signals)
			return
		}
	}()
}

func (i *interrupts) target() func() {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.diverted
}

// divert sends interrupts to f until restore is called.
func (i *interrupts) divert(f func()) (restore func()) {
	set := func(f func()) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.diverted = f
	}
	set(f)
	return func() { set(nil) }
}
