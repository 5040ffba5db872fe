package proxy

import (
	"fmt"
	"sync"
	"time"

	"kubetutor/internal/engine/addon/ingress/annotation"
)

// zones hold what clients have used of limits. They outlive configurations.
type zones struct {
	mu  sync.Mutex
	all map[string]*zone
}

// zone counts for one limit of one Ingress.
type zone struct {
	mu      sync.Mutex
	clients map[string]*usage
}

// usage is what one client has used.
type usage struct {
	excess float64 // requests beyond the rate
	last   time.Time
	open   int // requests under way
}

// clientsPerZone is how many clients a zone remembers, as 5 MB do in nginx.
const clientsPerZone = 40_000

func (z *zones) of(name string) *zone {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.all[name] == nil {
		z.all[name] = &zone{clients: map[string]*usage{}}
	}
	return z.all[name]
}

// limit is a limit of a location.
type limit struct {
	annotation.Zone
	zone  *zone
	every time.Duration // for one request; 0: requests under way are counted
}

// limits are those of a location: connections, requests a second, a minute.
func (p *Proxy) limits(r annotation.RateLimit) (list []*limit) {
	add := func(z annotation.Zone, every time.Duration) {
		if z.Limit > 0 {
			list = append(list, &limit{Zone: z, zone: p.zones.of(z.Name), every: every / time.Duration(z.Limit)})
		}
	}
	add(r.Connections, 0)
	add(r.PerSecond, time.Second)
	add(r.PerMinute, time.Minute)
	return list
}

// take lets a request of a client pass, or says why not. The request gives back by
// done what it holds.
func (l *limit) take(client string, now time.Time) (done func(), refusal string) {
	l.zone.mu.Lock()
	defer l.zone.mu.Unlock()
	u := l.zone.clients[client]
	if u == nil {
		l.zone.forget(now)
		u = &usage{last: now, excess: -1}
		l.zone.clients[client] = u
	}
	if l.every == 0 {
		return l.connect(u)
	}
	// The leaky bucket of ngx_http_limit_req_module, whose first request is free.
	excess := max(0, u.excess-float64(now.Sub(u.last))/float64(l.every)+1)
	if u.excess < 0 {
		excess = 0
	}
	if excess > float64(l.Burst) {
		return nil, fmt.Sprintf("limiting requests, excess: %.3f by zone %q", excess, l.Name)
	}
	u.excess, u.last = excess, now
	return func() {}, ""
}

func (l *limit) connect(u *usage) (done func(), refusal string) {
	if u.open >= l.Limit {
		return nil, fmt.Sprintf("limiting connections by zone %q", l.Name)
	}
	u.open++
	return func() {
		l.zone.mu.Lock()
		defer l.zone.mu.Unlock()
		u.open--
	}, ""
}

// forget makes room for another client: those go that nobody has seen for a minute.
func (z *zone) forget(now time.Time) {
	if len(z.clients) < clientsPerZone {
		return
	}
	for name, u := range z.clients {
		if u.open == 0 && now.Sub(u.last) > time.Minute {
			delete(z.clients, name)
		}
	}
}
