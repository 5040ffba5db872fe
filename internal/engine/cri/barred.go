package cri

import (
	"context"
	"maps"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// barred are the UIDs of Pods of which nothing may start any more. A kubelet that
// is in the middle of starting a Pod does not hear that the Pod has gone; it would
// go on and leave a container that runs until its next look.
type barred struct {
	mu   sync.Mutex
	till map[string]time.Time
}

// add bars Pods from now on for so long, and forgets those of long ago.
func (b *barred) add(uids []string, now time.Time, long time.Duration) {
	b.forget(now)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.till == nil {
		b.till = map[string]time.Time{}
	}
	for _, uid := range uids {
		if till := now.Add(long); till.After(b.till[uid]) {
			b.till[uid] = till
		}
	}
}

// forget forgets the Pods whose time has passed.
func (b *barred) forget(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.till, func(_ string, till time.Time) bool { return now.After(till) })
}

// refuse is an error where a Pod is barred; then what was made for it is removed.
// Called once a reset would find what was made, it misses nothing.
func (b *barred) refuse(ctx context.Context, uid string, remove func(context.Context) error) error {
	err := b.check(uid)
	if err == nil {
		return nil
	}
	if left := remove(ctx); left != nil {
		return left
	}
	return err
}

// check is an error where a Pod is barred.
func (b *barred) check(uid string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.till[uid]; ok {
		return status.Errorf(codes.FailedPrecondition, "pod %q has been deleted", uid)
	}
	return nil
}
