package control

import (
	"context"
	"net/http"
	"net/netip"
)

// Datagram is one that is sent in the lab's network.
type Datagram struct {
	From string         `json:"from,omitempty"` // as FromHeader has it
	To   netip.AddrPort `json:"to"`
	Data []byte         `json:"data"`
}

// Echo is the first datagram that came back, or why none did.
type Echo struct {
	Data   []byte `json:"data,omitempty"`
	Status int    `json:"status,omitempty"` // as CONNECT would have answered; 0 if one came
	Error  string `json:"error,omitempty"`
}

// Exchange sends a datagram, and returns the first that comes back. From and errors
// are as those of Dial.
func (c *Client) Exchange(ctx context.Context, from string, to netip.AddrPort, datagram []byte) ([]byte, error) {
	var echo Echo
	err := c.call(ctx, http.MethodPost, "/datagram", Datagram{From: from, To: to, Data: datagram}, &echo)
	switch {
	case ctx.Err() != nil:
		return nil, timedOut(to)
	case err != nil:
		return nil, err
	case echo.Status != 0:
		return nil, refusedWith(to, echo.Status, echo.Error)
	}
	return echo.Data, nil
}

func (s *Server) datagram(w http.ResponseWriter, r *http.Request) {
	get(func(r *http.Request) (any, error) {
		var d Datagram
		if err := read(r, &d); err != nil {
			return nil, err
		}
		data, err := s.runtime.Exchange(r.Context(), d.From, d.To, d.Data)
		if err != nil {
			status, text := refusal(err)
			return Echo{Status: status, Error: text}, nil
		}
		return Echo{Data: data}, nil
	})(w, r)
}
