package fabric

import (
	"context"
	"net/netip"
	"time"
)

// Exchange sends a datagram from whom Dial's from names, and returns the first that comes back, until ctx ends. The errors are those of a connected
// socket, or ErrNobody.
func (f *Fabric) Exchange(ctx context.Context, from string, to netip.AddrPort, datagram []byte) ([]byte, error) {
	s, err := f.sender(from)
	if err != nil {
		return nil, err
	}
	c, err := s.dialUDP(to, nil)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })()
	if _, err := c.Write(datagram); err != nil {
		return nil, err
	}
	answer := make([]byte, maxDatagram)
	n, err := c.Read(answer)
	return answer[:n], err
}
