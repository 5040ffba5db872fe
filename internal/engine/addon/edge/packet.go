package edge

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of UDP.
const (
	flowIdle  = 60 * time.Second // after which a client's datagrams may go elsewhere
	flowsMost = 4096             // clients of a port at a time; the datagrams of others are dropped
	datagram  = 64 << 10         // bytes
)

// packetPort is a UDP port. The datagrams of one client, by address and port, go
// to one backend as long as they keep coming.
type packetPort struct {
	server *Server
	conn   net.PacketConn
	config atomic.Pointer[Listener]
	ctx    context.Context
	cancel context.CancelFunc
	ending sync.WaitGroup

	mu    sync.Mutex
	flows map[string]net.Conn // by the client's address
}

func newPacketPort(s *Server, conn net.PacketConn, l Listener) *packetPort {
	p := &packetPort{server: s, conn: conn, flows: map[string]net.Conn{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.set(l)
	p.ending.Go(p.receive)
	return p
}

func (p *packetPort) set(l Listener) { p.config.Store(&l) }

// drain closes the port. Datagrams have no end to wait for.
func (p *packetPort) drain(context.Context) {
	p.cancel()
	p.conn.Close()
	p.mu.Lock()
	for _, c := range p.flows {
		c.Close()
	}
	p.mu.Unlock()
	p.ending.Wait()
}

func (p *packetPort) receive() {
	buffer := make([]byte, datagram)
	for {
		n, from, err := p.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if c := p.flow(from); c != nil {
			_ = c.SetReadDeadline(time.Now().Add(flowIdle))
			_, _ = c.Write(buffer[:n]) // lost, as datagrams may be
		}
	}
}

// flow is the connection to the backend of a client; nil if there is none.
func (p *packetPort) flow(client net.Addr) net.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := client.String()
	if c := p.flows[key]; c != nil {
		return c
	}
	if len(p.flows) >= flowsMost || p.ctx.Err() != nil {
		return nil
	}
	c, err := p.server.dialNext(p.ctx, "udp", p.config.Load().Forward)
	if err != nil {
		p.server.options.Log.Debug("no backend took a datagram", "port", p.config.Load().Port, "reason", err)
		return nil
	}
	p.flows[key] = c
	p.ending.Go(func() { p.reply(c, client, key) })
	return c
}

// reply sends a client what its backend answers, until the flow is idle.
func (p *packetPort) reply(c net.Conn, client net.Addr, key string) {
	defer func() {
		p.mu.Lock()
		delete(p.flows, key)
		p.mu.Unlock()
		c.Close()
	}()
	buffer := make([]byte, datagram)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		_ = c.SetReadDeadline(time.Now().Add(flowIdle))
		if _, err := p.conn.WriteTo(buffer[:n], client); err != nil {
			return
		}
	}
}
