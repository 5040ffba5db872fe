package network

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// reach says whether there is somebody at an address, by trying to connect to a
// port that hardly anybody listens on: a refusal is an answer.
func reach(ctx context.Context, c *tool.Call, addr netip.Addr) (time.Duration, error) {
	began := time.Now()
	conn, err := c.Net().Dial(ctx, "tcp", netip.AddrPortFrom(addr, 7).String())
	if err == nil {
		conn.Close()
	}
	if err != nil && !isRefused(err) {
		return 0, err
	}
	return time.Since(began), nil
}

// pinger is one call of ping.
type pinger struct {
	*tool.Call
	addr           netip.Addr
	sent, received int
	least, sum     time.Duration
	most           time.Duration
}

func ping(c *tool.Call) int {
	addrs, err := resolve(c.Ctx, c, c.Args[0])
	if err != nil {
		c.Fatalf("bad address '%s'", c.Args[0])
	}
	if c.Net() == nil {
		c.Fatalf("sendto: Network unreachable")
	}
	p := &pinger{Call: c, addr: addrs[0]}
	size := c.Int("s", 56)
	line(c, fmt.Sprintf("PING %s (%s): %d data bytes", c.Args[0], p.addr, size))
	p.run(size)
	p.summary()
	if p.received == 0 {
		return 1
	}
	return 0
}

func (p *pinger) run(size int) {
	interrupted := p.Notify(2) // SIGINT shows the summary
	every := time.Second
	if text := p.Value("i", ""); text != "" {
		if d, err := time.ParseDuration(text + "s"); err == nil && d >= 10*time.Millisecond {
			every = d
		}
	}
	count := p.Int("c", 0)
	var end <-chan time.Time
	if p.Has("w") {
		end = time.After(time.Duration(p.Int("w", 0)) * time.Second)
	}
	for i := 0; count == 0 || i < count; i++ {
		next := time.After(every)
		p.once(i, size, count > 0 && i == count-1)
		p.Out.Flush()
		if i == count-1 {
			return
		}
		select {
		case <-next:
		case <-interrupted:
			return
		case <-end:
			return
		case <-p.Ctx.Done():
			return
		}
	}
}

func (p *pinger) once(i, size int, last bool) {
	wait := time.Second
	if last {
		wait = time.Duration(p.Int("W", 10)) * time.Second
	}
	ctx, cancel := context.WithTimeout(p.Ctx, wait)
	defer cancel()
	p.sent++
	took, err := reach(ctx, p.Call, p.addr)
	if err != nil {
		return
	}
	p.received++
	if p.received == 1 || took < p.least {
		p.least = took
	}
	p.most = max(p.most, took)
	p.sum += took
	if !p.Has("q") {
		line(p.Call, fmt.Sprintf("%d bytes from %s: seq=%d ttl=64 time=%.3f ms", size+8, p.addr, i, milliseconds(took)))
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (p *pinger) summary() {
	lost := 0
	if p.sent > 0 {
		lost = 100 * (p.sent - p.received) / p.sent
	}
	line(p.Call, fmt.Sprintf("\n--- %s ping statistics ---\n%d packets transmitted, %d packets received, %d%% packet loss", p.Args[0], p.sent, p.received, lost))
	if p.received > 0 {
		average := p.sum / time.Duration(p.received)
		line(p.Call, fmt.Sprintf("round-trip min/avg/max = %.3f/%.3f/%.3f ms", milliseconds(p.least), milliseconds(average), milliseconds(p.most)))
	}
}

func traceroute(c *tool.Call) int {
	addrs, err := resolve(c.Ctx, c, c.Args[0])
	if err != nil {
		c.Fatalf("bad address '%s'", c.Args[0])
	}
	if c.Net() == nil {
		c.Fatalf("sendto: Network unreachable")
	}
	line(c, fmt.Sprintf("traceroute to %s (%s), %d hops max, 46 byte packets", c.Args[0], addrs[0], c.Int("m", 30)))
	ctx, cancel := context.WithTimeout(c.Ctx, 5*time.Second)
	defer cancel()
	took, err := reach(ctx, c, addrs[0])
	if err != nil {
		line(c, " 1  *  *  *")
		return 1
	}
	line(c, fmt.Sprintf(" 1  %s (%s)  %.3f ms", c.Args[0], addrs[0], milliseconds(took)))
	return 0
}
