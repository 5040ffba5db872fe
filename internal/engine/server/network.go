package server

import (
	"context"

	"kubetutor/internal/lab/protocol"
)

// network streams the network of the cluster that is up, until that ends. Who
// names no namespace looks at the active lab's; nobody sees what was before it.
func (s *Server) network(ctx context.Context, view protocol.NetworkView, send func(protocol.Network) error) error {
	sess, err := s.machine.current()
	if err != nil {
		return err
	}
	at, err := s.site()
	if err != nil {
		return err
	}
	view = ofAttempt(view, s.runner.attempt())
	ctx, cancel := whileBoth(ctx, sess.ctx)
	defer cancel()
	return at.Network(ctx, view, send)
}

func ofAttempt(view protocol.NetworkView, a *protocol.Attempt) protocol.NetworkView {
	if a == nil {
		return view
	}
	if view.Namespace == "" && !view.All {
		view.Namespace = a.Namespace
	}
	if view.Since.Before(a.Started) {
		view.Since = a.Started
	}
	return view
}

func networkError(e *protocol.Error) protocol.Network { return protocol.Network{Error: e} }
