package server

import (
	"cmp"
	"context"

	"kubetutor/internal/lab/protocol"
)

// openDoor opens a port of this machine. Who names no namespace means the active
// lab's.
func (s *Server) openDoor(at Site, ctx context.Context, req protocol.Open) (protocol.Door, error) {
	if a := s.runner.attempt(); a != nil {
		req.Namespace = cmp.Or(req.Namespace, a.Namespace)
	}
	return at.Open(ctx, req)
}

func listDoors(at Site, _ context.Context, _ protocol.Empty) (protocol.Doors, error) {
	return protocol.Doors{Doors: at.Doors()}, nil
}

func shut(at Site, _ context.Context, req protocol.DoorName) (protocol.Doors, error) {
	return protocol.Doors{Doors: at.Shut(req.Name)}, nil
}
