package network

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

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
	echo, err := p.Net().Ping(ctx, p.addr)
	if err != nil {
		return
	}
	p.received++
	if p.received == 1 || echo.Took < p.least {
		p.least = echo.Took
	}
	p.most = max(p.most, echo.Took)
	p.sum += echo.Took
	if !p.Has("q") {
		line(p.Call, fmt.Sprintf("%d bytes from %s: seq=%d ttl=%d time=%.3f ms", size+8, p.addr, i, echo.TTL, milliseconds(echo.Took)))
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
	t := &tracer{Call: c, to: addrs[0]}
	return t.run()
}

// tracer is one call of traceroute.
type tracer struct {
	*tool.Call
	to netip.Addr
}

// run prints the routers as far as there are any, then whoever was asked, then only
// that nobody answers.
func (t *tracer) run() int {
	hops, _ := t.Net().Hops(t.to)
	most := t.Int("m", 30)
	for i := 1; i <= most && t.Ctx.Err() == nil; i++ {
		if i <= len(hops) {
			t.probes(i, hops[i-1], func(context.Context) error { return nil })
			continue
		}
		if t.probes(i, t.to, func(ctx context.Context) error { _, err := t.Net().Ping(ctx, t.to); return err }) {
			return 0
		}
	}
	return 1
}

// probes asks one hop several times. It is true if there was an answer.
func (t *tracer) probes(hop int, who netip.Addr, ask func(context.Context) error) (answered bool) {
	fmt.Fprintf(t.Out, "%2d", hop)
	for range t.Int("q", 3) {
		ctx, cancel := context.WithTimeout(t.Ctx, time.Duration(t.Int("w", 3))*time.Second)
		began := time.Now()
		err := ask(ctx)
		cancel()
		switch {
		case err != nil:
			fmt.Fprint(t.Out, "  *")
		case answered:
			fmt.Fprintf(t.Out, "  %.3f ms", milliseconds(time.Since(began)))
		default:
			answered = true
			fmt.Fprintf(t.Out, "  %s  %.3f ms", t.name(who), milliseconds(time.Since(began)))
		}
		t.Out.Flush()
	}
	line(t.Call, "")
	return answered
}

// name is how an address is shown; the one that was asked for by its name.
func (t *tracer) name(who netip.Addr) string {
	switch {
	case t.Has("n"):
		return who.String()
	case who == t.to:
		return fmt.Sprintf("%s (%s)", t.Args[0], who)
	}
	return fmt.Sprintf("%s (%s)", who, who)
}
