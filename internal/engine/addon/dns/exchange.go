package dns

import (
	"context"
	"time"

	"github.com/miekg/dns"

	"kubetutor/internal/engine/fabric"
)

// exchange asks a server over the pod's network, and waits so long for the answer.
// network is "udp" or "tcp".
func exchange(ctx context.Context, n *fabric.Namespace, network, address string, question *dns.Msg, patience time.Duration) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := n.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	client := dns.Client{Net: network, Timeout: patience, UDPSize: dns.DefaultMsgSize}
	answer, _, err := client.ExchangeWithConnContext(ctx, question, &dns.Conn{Conn: conn, UDPSize: dns.DefaultMsgSize})
	return answer, err
}
