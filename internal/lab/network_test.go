package lab

import (
	"context"
	"errors"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

// Without a cluster it says so once, and waits.
func TestNetworkWaitsForACluster(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	told := 0
	ctx, cancel := context.WithTimeout(t.Context(), 4*firstRetry)
	defer cancel()
	err := l.Network(ctx, protocol.NetworkView{}, func(n protocol.Network) error {
		if n.Error == nil || n.Error.Code != protocol.CodeConflict {
			t.Errorf("it shows %+v", n)
		}
		told++
		return nil
	})
	if !errors.Is(err, context.DeadlineExceeded) || told != 1 {
		t.Errorf("it was told %d times, then %v", told, err)
	}
	stop := errors.New("stop")
	err = l.Network(t.Context(), protocol.NetworkView{}, func(protocol.Network) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("it ended with %v", err)
	}
	soonest, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = l.OnCluster(soonest, func(c *Client) error { return c.Network(soonest, protocol.NetworkView{}, nil) })
	var refused *protocol.Error
	if !errors.As(err, &refused) || refused.Code != protocol.CodeConflict {
		t.Errorf("one who does not wait: %v", err)
	}
}
