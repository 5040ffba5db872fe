package lab

import (
	"context"

	"kubetutor/internal/lab/protocol"
)

// Open opens a port of 127.0.0.1 that leads into the lab.
func (c *Client) Open(ctx context.Context, req protocol.Open) (door protocol.Door, err error) {
	err = c.call(ctx, protocol.VerbOpen, req, &door)
	return door, err
}

// Doors lists what has been opened.
func (c *Client) Doors(ctx context.Context) (list protocol.Doors, err error) {
	err = c.call(ctx, protocol.VerbOpenList, protocol.Empty{}, &list)
	return list, err
}

// CloseDoor closes what has that name, or all, and tells what was closed.
func (c *Client) CloseDoor(ctx context.Context, name string) (closed protocol.Doors, err error) {
	err = c.call(ctx, protocol.VerbOpenClose, protocol.DoorName{Name: name}, &closed)
	return closed, err
}
