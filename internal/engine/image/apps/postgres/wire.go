package postgres

import (
	"bufio"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"

	"kubetutor/internal/engine/image/apps/sqldb"
)

// maxMessage is how long a message may be, in bytes.
const maxMessage = 4 << 20

var errMessage = errors.New("invalid message length")

// wire reads and writes messages of PostgreSQL's protocol, version 3
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
type wire struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
}

func newWire(conn net.Conn) *wire {
	return &wire{conn, bufio.NewReader(conn), bufio.NewWriter(conn)}
}

// read reads a message with its kind; the first message of a client has none.
func (w *wire) read() (kind byte, body []byte, err error) {
	if kind, err = w.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	body, err = w.bare()
	return kind, body, err
}

func (w *wire) bare() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(w.r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 4 || n > maxMessage {
		return nil, errMessage
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(w.r, body)
	return body, err
}

func (w *wire) write(kind byte, body []byte) {
	if kind != 0 {
		w.w.WriteByte(kind) // errors of a bufio.Writer show in Flush
	}
	w.w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)))
	w.w.Write(body)
}

func (w *wire) flush() error { return w.w.Flush() }

// text appends strings with their ends.
func text(body []byte, parts ...string) []byte {
	for _, part := range parts {
		body = append(append(body, part...), 0)
	}
	return body
}

// sqlError is an error as clients show it.
type sqlError struct {
	severity, code, text string
}

func (e *sqlError) Error() string { return e.severity + ":  " + e.text }

func fail(code, format string, args ...any) *sqlError {
	return &sqlError{"ERROR", code, fmt.Sprintf(format, args...)}
}

func fatal(code, format string, args ...any) *sqlError {
	return &sqlError{"FATAL", code, fmt.Sprintf(format, args...)}
}

func (w *wire) fail(err error) {
	var e *sqlError
	if !errors.As(err, &e) {
		e = fail("XX000", "%v", err)
	}
	w.write('E', append(text(nil, "S"+e.severity, "V"+e.severity, "C"+e.code, "M"+e.text), 0))
}

// ready says that the server waits for the next query.
func (w *wire) ready(inTransaction bool) {
	state := byte('I')
	if inTransaction {
		state = 'T'
	}
	w.write('Z', []byte{state})
}

// Types of columns, by their numbers in pg_type.
const (
	typeInt8   = 20
	typeText   = 25
	typeFloat8 = 701
)

func (w *wire) result(r *sqldb.Result) {
	body := binary.BigEndian.AppendUint16(nil, uint16(len(r.Columns)))
	for i, name := range r.Columns {
		body = text(body, name)
		body = append(body, 0, 0, 0, 0, 0, 0)
		body = binary.BigEndian.AppendUint32(body, columnType(r, i))
		body = append(body, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0)
	}
	w.write('T', body)
	for _, row := range r.Rows {
		body := binary.BigEndian.AppendUint16(nil, uint16(len(row)))
		for _, value := range row {
			if value == nil {
				body = append(body, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			shown := sqldb.Text(value)
			body = append(binary.BigEndian.AppendUint32(body, uint32(len(shown))), shown...)
		}
		w.write('D', body)
	}
}

func columnType(r *sqldb.Result, column int) uint32 {
	for _, row := range r.Rows {
		switch row[column].(type) {
		case nil:
			continue
		case int64:
			return typeInt8
		case float64:
			return typeFloat8
		}
		break
	}
	return typeText
}

// hashed is what is stored for a password: PostgreSQL's md5 form.
func hashed(user, password string) string {
	sum := md5.Sum([]byte(password + user))
	return hex.EncodeToString(sum[:])
}

// proof is what a client sends for a stored hash and a salt.
func proof(stored string, salt []byte) string {
	sum := md5.Sum(append([]byte(stored), salt...))
	return "md5" + hex.EncodeToString(sum[:])
}
