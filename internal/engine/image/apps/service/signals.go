package service

import (
	"context"

	"kubetutor/internal/engine/kernel"
)

// GoStatus is with what a program of Go's that handles no signals ends as
// process 1: its runtime catches the signal, cannot die of it, and exits.
const GoStatus = 2

// LikeGo runs a program that was written in Go and handles no signals: TERM, INT
// and HUP end it at once, also as process 1.
func LikeGo(run kernel.Program) kernel.Program {
	return Until(GoStatus, run, kernel.SIGTERM, kernel.SIGINT, kernel.SIGHUP)
}

// Until runs a program that one of the signals ends with the given status. Its
// context then ends.
func Until(status int, run kernel.Program, signals ...kernel.Signal) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		caught := p.Notify(signals...)
		done := make(chan int, 1)
		go func() {
			defer func() {
				if recover() != nil {
					done <- int(kernel.SIGSEGV) + 128
				}
			}()
			done <- run(ctx, p)
		}()
		select {
		case code := <-done:
			return code
		case <-caught:
			return status
		case <-ctx.Done():
			return status
		}
	}
}
