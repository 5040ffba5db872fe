package server

import (
	"cmp"
	"context"

	"kubetutor/internal/lab/protocol"
)

// explain tells what would happen to a connection. What names no namespace is of
// that of the active lab.
func (s *Server) explain(at Site, ctx context.Context, q protocol.Explain) (protocol.Explanation, error) {
	if a := s.runner.attempt(); a != nil {
		q.Namespace = cmp.Or(q.Namespace, a.Namespace)
	}
	return at.Explain(ctx, q)
}
