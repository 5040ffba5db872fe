package console

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
)

// maxMessage is the largest message in bytes. What is larger is a fault.
const maxMessage = 32 << 20

// wire carries messages, and file descriptors with them. One goroutine may
// receive; any number may send.
type wire struct {
	channel
	sending sync.Mutex
}

// channel is a stream between two processes that also moves files.
type channel interface {
	// write writes all of b; the files arrive with its first byte.
	write(b []byte, files []*os.File) error
	// read fills b and returns the files that came with it.
	read(b []byte) ([]*os.File, error)
	io.Closer
}

// send sends a message. The files stay open on this side.
func (w *wire) send(m message, files ...*os.File) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encoding a message: %w", err)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	w.sending.Lock()
	defer w.sending.Unlock()
	return w.write(append(frame, body...), files)
}

// receive waits for the next message. The files belong to the caller.
func (w *wire) receive() (m message, files []*os.File, err error) {
	var head [4]byte
	if files, err = w.read(head[:]); err != nil {
		return m, nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxMessage {
		closeAll(files)
		return m, nil, fmt.Errorf("a message of %d bytes is too long", size)
	}
	body := make([]byte, size)
	more, err := w.read(body)
	files = append(files, more...)
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		closeAll(files)
		return m, nil, err
	}
	return m, files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
