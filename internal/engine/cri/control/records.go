package control

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"strconv"
)

// Policies replaces the policies of all pods.
func (c *Client) Policies(ctx context.Context, p Policies) error {
	return c.call(ctx, http.MethodPost, "/policies", p, nil)
}

// Announce replaces the addresses of load balancers.
func (c *Client) Announce(ctx context.Context, a Announcements) error {
	return c.call(ctx, http.MethodPost, "/announce", a, nil)
}

// Explain asks what would become of a connection; the invalid address from means
// from outside. Nothing is opened.
func (c *Client) Explain(ctx context.Context, from netip.Addr, network string, to netip.AddrPort) (Record, error) {
	var r Record
	return r, c.call(ctx, http.MethodPost, "/explain", Question{From: from, Network: network, To: to}, &r)
}

// Records are what became of connections: those after the one with the ID since
// that are remembered, then new ones as they are made, until ctx ends or the
// runtime does, which is an error. Who reads too slowly misses some.
func (c *Client) Records(ctx context.Context, since uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		resp, err := c.do(ctx, http.MethodGet, "/records?since="+strconv.FormatUint(since, 10), nil)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer resp.Body.Close()
		for d := json.NewDecoder(resp.Body); ; {
			var r Record
			if err := d.Decode(&r); err != nil {
				if ctx.Err() == nil {
					yield(Record{}, fmt.Errorf("reading the runtime's records: %w", err))
				}
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (s *Server) explain(r *http.Request) (any, error) {
	var q Question
	if err := read(r, &q); err != nil {
		return nil, err
	}
	return s.runtime.Explain(r.Context(), q)
}

// records writes records as they come.
func (s *Server) records(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseUint(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		writeFailure(w, http.StatusBadRequest, "no number of a record: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/jsonl")
	out, flush := json.NewEncoder(w), http.NewResponseController(w).Flush
	if flush() != nil {
		return
	}
	for record := range s.runtime.Records(r.Context(), since) {
		if out.Encode(record) != nil || flush() != nil {
			return
		}
	}
}
