//go:build unix

package console

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxFiles is how many descriptors a message may carry.
const maxFiles = 4

// socket is a channel over a unix socket.
type socket struct{ conn *net.UnixConn }

// newPair makes two connected ends: one to use here, one to hand to another
// process.
func newPair() (*wire, *os.File, error) {
	syscall.ForkLock.RLock() // until both are closed on exec
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("making a socket pair: %w", err)
	}
	other := os.NewFile(uintptr(fds[1]), "wire")
	w, err := newWire(os.NewFile(uintptr(fds[0]), "wire"))
	if err != nil {
		other.Close()
		return nil, nil, err
	}
	return w, other, nil
}

// newWire makes a wire of a socket that came from another process; the file is
// closed.
func newWire(f *os.File) (*wire, error) {
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("opening a socket: %w", err)
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("opening a socket: it is a %T", conn)
	}
	return &wire{channel: socket{unixConn}}, nil
}

// file is the socket as a file to send to another process.
func (w *wire) file() (*os.File, error) { return w.channel.(socket).conn.File() }

func (s socket) Close() error { return s.conn.Close() }

func (s socket) write(b []byte, files []*os.File) error {
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	n, _, err := s.conn.WriteMsgUnix(b, rights, nil)
	if err == nil && n < len(b) {
		_, err = s.conn.Write(b[n:])
	}
	return err
}

func (s socket) read(b []byte) (files []*os.File, err error) {
	oob := make([]byte, unix.CmsgSpace(maxFiles*4))
	for len(b) > 0 {
		n, oobn, _, _, err := s.conn.ReadMsgUnix(b, oob)
		files = append(files, received(oob[:oobn])...)
		if err == nil && n == 0 {
			err = io.EOF
		}
		if err != nil {
			closeAll(files)
			return nil, err
		}
		b = b[n:]
	}
	return files, nil
}

// received takes the files out of a control message.
func received(oob []byte) (files []*os.File) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	return files
}

// beStandard makes files the standard ones of this process, under the descriptors
// that every program expects: a write to a pipe that nobody reads ends it in
// silence, and /dev/stdin is what it reads.
func beStandard(files []*os.File) error {
	for fd, f := range files {
		if err := unix.Dup2(int(f.Fd()), fd); err != nil {
			return fmt.Errorf("taking the standard files: %w", err)
		}
	}
	closeAll(files)
	return nil
}

// interruptSelf sends this process what ^C sends.
func interruptSelf() { _ = unix.Kill(os.Getpid(), unix.SIGINT) }
