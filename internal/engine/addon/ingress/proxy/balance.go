package proxy

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"kubetutor/internal/engine/addon/ingress/model"
)

// balancer chooses endpoints of an upstream.
type balancer struct {
	*model.Upstream
	counter *atomic.Uint64 // of round robin; it outlives configurations
	ring    ring
	hashBy  template
	subsets [][]model.Endpoint
	canary  *canary
}

// turns are the counters of upstreams.
func (p *Proxy) turn(name string) *atomic.Uint64 {
	counter, _ := p.counters.LoadOrStore(name, new(atomic.Uint64))
	return counter.(*atomic.Uint64)
}

func (p *Proxy) balancer(u *model.Upstream) *balancer {
	b := &balancer{Upstream: u, counter: p.turn(u.Name)}
	switch {
	case u.Affinity.Type == "cookie":
		b.ring = newRing(u.Endpoints)
	case u.HashBy.Value != "":
		b.hashBy = newTemplate(u.HashBy.Value)
		b.ring = newRing(u.Endpoints)
		if u.HashBy.Subset {
			b.subsets = subsets(u.Endpoints, u.HashBy.Size)
		}
	}
	if u.Canary {
		b.canary = p.newCanary(u)
	}
	return b
}

// available says whether there is anything to choose.
func (b *balancer) available() bool { return len(b.Endpoints) > 0 }

// key names the upstream in cookies.
func (b *balancer) key() string {
	inner := md5.Sum([]byte(b.Name))
	outer := md5.Sum([]byte(hex.EncodeToString(inner[:]) + b.Name))
	return hex.EncodeToString(outer[:])
}

// choice chooses the endpoints of one request, one for each try.
type choice struct {
	*balancer
	x      *exchange
	failed []model.Endpoint
	cookie string // to be set
}

func (b *balancer) choose(x *exchange) *choice { return &choice{balancer: b, x: x} }

// next is the endpoint of the next try.
func (c *choice) next() model.Endpoint {
	switch {
	case c.Affinity.Type == "cookie":
		return c.sticky()
	case c.subsets != nil:
		set := c.subsets[crc(c.hashBy.of(c.x, nil, nil))%uint32(len(c.subsets))]
		return set[c.counter.Add(1)%uint64(len(set))]
	case c.hashBy != nil:
		return c.ring.find(c.hashBy.of(c.x, nil, nil))
	}
	return c.Endpoints[(c.counter.Add(1)-1)%uint64(len(c.Endpoints))]
}

// sticky is the endpoint that the client's cookie names, else one of those that
// have not failed, which the cookie then names.
func (c *choice) sticky() model.Endpoint {
	mark, _, _ := strings.Cut(c.x.cookie(c.cookieName()), "|")
	if mark != "" && (len(c.failed) == 0 || !c.Affinity.Cookie.ChangeOnFailure) {
		if e, ok := c.marked(mark); ok {
			return e
		}
	}
	left := slices.DeleteFunc(slices.Clone(c.Endpoints), func(e model.Endpoint) bool { return slices.Contains(c.failed, e) })
	if len(left) == 0 {
		left = c.Endpoints
	}
	e := left[c.counter.Add(1)%uint64(len(left))]
	if c.setsCookie() {
		c.cookie = c.mark(e) + "|" + c.key()
	}
	return e
}

func (b *balancer) cookieName() string { return cmp.Or(b.Affinity.Cookie.Name, "route") }

// mark is what a cookie says of an endpoint: its name, hidden, where sessions
// persist; else a number that the ring leads to it.
func (c *choice) mark(e model.Endpoint) string {
	if c.Affinity.Mode == "persistent" {
		return c.hidden(e)
	}
	for i := 0; ; i++ {
		mark := fmt.Sprintf("%s.%d.%d.%d", seconds(c.x.since()), c.x.proxy.options.PID, c.counter.Load()%1_000_000, i)
		if c.ring.find(mark) == e {
			return mark
		}
	}
}

func (c *choice) hidden(e model.Endpoint) string {
	sum := md5.Sum([]byte(c.Name + e.String()))
	return hex.EncodeToString(sum[:])
}

func (c *choice) marked(mark string) (model.Endpoint, bool) {
	if c.Affinity.Mode != "persistent" {
		return c.ring.find(mark), true
	}
	i := slices.IndexFunc(c.Endpoints, func(e model.Endpoint) bool { return c.hidden(e) == mark })
	if i < 0 {
		return model.Endpoint{}, false
	}
	return c.Endpoints[i], true
}

// setsCookie says whether the cookie is for the request's host and path.
func (c *choice) setsCookie() bool {
	host := c.x.host
	if c.x.server.Name == model.DefaultServer {
		host = model.DefaultServer
	}
	paths, ok := c.AffinityPaths[host]
	if _, rest, cut := strings.Cut(host, "."); !ok && cut {
		paths = c.AffinityPaths["*."+rest]
	}
	return slices.ContainsFunc(paths, func(path string) bool { return cmp.Or(path, "/") == c.x.locationPath() })
}

// affinitized says whether the client's cookie binds it to this upstream.
func (b *balancer) affinitized(r *http.Request) bool {
	if b.Affinity.Type != "cookie" {
		return false
	}
	cookie, err := r.Cookie(b.cookieName())
	if err != nil {
		return false
	}
	_, key, _ := strings.Cut(cookie.Value, "|")
	return key == b.key()
}

// ring is consistent hashing: an endpoint that comes or goes moves few keys.
type ring []point

type point struct {
	at       uint32
	endpoint model.Endpoint
}

// pointsPerEndpoint is how many points of the ring lead to one endpoint, as in
// lua-resty-balancer.
const pointsPerEndpoint = 160

func newRing(endpoints []model.Endpoint) ring {
	var r ring
	for _, e := range endpoints {
		for i := range pointsPerEndpoint {
			r = append(r, point{at: crc(fmt.Sprintf("%s-%d", e, i)), endpoint: e})
		}
	}
	slices.SortFunc(r, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.endpoint.String(), b.endpoint.String()))
	})
	return r
}

func (r ring) find(key string) model.Endpoint {
	at := crc(key)
	i, _ := slices.BinarySearchFunc(r, at, func(p point, at uint32) int { return cmp.Compare(p.at, at) })
	return r[i%len(r)].endpoint
}

func crc(text string) uint32 { return crc32.ChecksumIEEE([]byte(text)) }

// subsets divides endpoints into sets of a size; the last is filled up with the first.
func subsets(endpoints []model.Endpoint, size int) (sets [][]model.Endpoint) {
	size = min(size, len(endpoints))
	for at := 0; at < len(endpoints); at += size {
		var set []model.Endpoint
		for i := range size {
			set = append(set, endpoints[(at+i)%len(endpoints)])
		}
		sets = append(sets, set)
	}
	return sets
}
