package loadbalancer

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// How often nodes are asked for their health: often for a while after a change,
// which kube-proxy takes a moment to hear of; clouds ask every few seconds.
const (
	hastyPeriod  = 100 * time.Millisecond
	hastyRounds  = 15
	steadyPeriod = 2 * time.Second
	checkLimit   = time.Second
)

// watch keeps the network told which nodes take a balancer's traffic, until ctx
// ends. Where there are no balancers it asks nobody.
func (c *cloud) watch(ctx context.Context) {
	for round := 0; ; round++ {
		some := c.refresh(ctx)
		period := steadyPeriod
		if round < hastyRounds {
			period = hastyPeriod
		}
		var next <-chan time.Time
		if some {
			next = time.After(period)
		}
		select {
		case <-c.changed:
			round = 0
		case <-next:
		case <-ctx.Done():
			return
		}
	}
}

// refresh asks the nodes, and tells the network if anything is other than it was.
// It says whether there are balancers.
func (c *cloud) refresh(ctx context.Context) (some bool) {
	now := c.present()
	well := c.healthy(ctx, now)
	to := map[netip.Addr][]string{}
	for _, b := range now {
		to[b.ip] = nil
		for _, n := range b.nodes {
			if well[netip.AddrPortFrom(n.ip, b.check)] {
				to[b.ip] = append(to[b.ip], n.name)
			}
		}
		slices.Sort(to[b.ip])
	}
	if err := c.announce(ctx, to, false); err != nil && ctx.Err() == nil {
		c.o.Log.Warn("the network has not been told of load balancers", "error", err)
	}
	return len(now) > 0
}

func (c *cloud) present() (list []balancer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.balancers {
		list = append(list, *b)
	}
	return list
}

// announce tells the network, unless it has been told the same before.
func (c *cloud) announce(ctx context.Context, to map[netip.Addr][]string, again bool) error {
	c.telling.Lock()
	defer c.telling.Unlock()
	if !again && c.announced != nil && maps.EqualFunc(c.announced, to, slices.Equal[[]string]) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, announceLimit)
	defer cancel()
	if err := c.o.Announce(ctx, to); err != nil {
		return fmt.Errorf("announcing load balancers: %w", err)
	}
	c.announced = to
	return nil
}

func (c *cloud) announceAgain(ctx context.Context) error {
	c.telling.Lock()
	to := c.announced
	c.telling.Unlock()
	return c.announce(ctx, to, true)
}

// healthy asks all nodes of all balancers at once.
func (c *cloud) healthy(ctx context.Context, balancers []balancer) map[netip.AddrPort]bool {
	ask := map[netip.AddrPort]bool{}
	for _, b := range balancers {
		for _, n := range b.nodes {
			ask[netip.AddrPortFrom(n.ip, b.check)] = false
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for at := range maps.Clone(ask) {
		wg.Go(func() {
			well := c.check(ctx, at)
			mu.Lock()
			defer mu.Unlock()
			ask[at] = well
		})
	}
	wg.Wait()
	return ask
}

// check asks one node.
func (c *cloud) check(ctx context.Context, at netip.AddrPort) bool {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return c.o.Dial(ctx, at) },
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String()+"/healthz", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
