package mysql

import (
	"bufio"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"kubetutor/internal/engine/image/apps/sqldb"
)

// Capabilities of MySQL's protocol that matter here
// (https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html).
const (
	capLongPassword   = 1
	capConnectWithDB  = 8
	capProtocol41     = 0x200
	capTransactions   = 0x2000
	capSecure         = 0x8000
	capPluginAuth     = 0x80000
	capLenencAuthData = 0x200000
	capabilities      = capLongPassword | capConnectWithDB | capProtocol41 | capTransactions | capSecure | capPluginAuth
)

// Authentication plugins.
const (
	pluginNative = "mysql_native_password"
	pluginSHA2   = "caching_sha2_password"
)

// maxPacket is how long a packet may be, in bytes: the limit of one packet of
// the protocol. Longer ones, in several parts, are refused.
const maxPacket = 1<<24 - 1

var errPacket = errors.New("got a packet bigger than 'max_allowed_packet' bytes")

// wire reads and writes packets.
type wire struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
	seq  byte
}

func newWire(conn net.Conn) *wire {
	return &wire{conn: conn, r: bufio.NewReader(conn), w: bufio.NewWriter(conn)}
}

func (w *wire) read() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(w.r, head[:]); err != nil {
		return nil, err
	}
	n := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	if n >= maxPacket {
		return nil, errPacket
	}
	w.seq = head[3] + 1
	body := make([]byte, n)
	_, err := io.ReadFull(w.r, body)
	return body, err
}

func (w *wire) write(body []byte) {
	n := len(body)
	w.w.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16), w.seq}) // errors of a bufio.Writer show in Flush
	w.w.Write(body)
	w.seq++
}

func (w *wire) flush() error { return w.w.Flush() }

func (w *wire) ok(affected, lastID int64) {
	body := []byte{0}
	body = lenenc(body, uint64(affected))
	body = lenenc(body, uint64(lastID))
	w.write(append(body, 2, 0, 0, 0)) // autocommit, no warnings
}

func (w *wire) eof() { w.write([]byte{0xfe, 0, 0, 2, 0}) }

// sqlError is an error as clients show it: ERROR 1146 (42S02): text.
type sqlError struct {
	number int
	state  string
	text   string
}

func (e *sqlError) Error() string { return fmt.Sprintf("ERROR %d (%s): %s", e.number, e.state, e.text) }

func fail(number int, state, format string, args ...any) *sqlError {
	return &sqlError{number, state, fmt.Sprintf(format, args...)}
}

func (w *wire) fail(err error) {
	var e *sqlError
	if !errors.As(err, &e) {
		e = fail(1105, "HY000", "%v", err)
	}
	body := []byte{0xff, byte(e.number), byte(e.number >> 8), '#'}
	w.write(append(append(body, e.state...), e.text...))
}

func lenenc(b []byte, n uint64) []byte {
	switch {
	case n < 251:
		return append(b, byte(n))
	case n < 1<<16:
		return append(b, 0xfc, byte(n), byte(n>>8))
	case n < 1<<24:
		return append(b, 0xfd, byte(n), byte(n>>8), byte(n>>16))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xfe), n)
}

func lenencText(b []byte, text string) []byte { return append(lenenc(b, uint64(len(text))), text...) }

// cut takes a length-encoded integer off.
func cut(b []byte) (n uint64, rest []byte, null bool, err error) {
	size := 0
	if len(b) == 0 {
		return 0, nil, false, io.ErrUnexpectedEOF
	}
	switch b[0] {
	case 0xfb:
		return 0, b[1:], true, nil
	case 0xfc:
		size = 2
	case 0xfd:
		size = 3
	case 0xfe:
		size = 8
	default:
		return uint64(b[0]), b[1:], false, nil
	}
	if len(b) < 1+size {
		return 0, nil, false, io.ErrUnexpectedEOF
	}
	for i := size; i > 0; i-- {
		n = n<<8 | uint64(b[i])
	}
	return n, b[1+size:], false, nil
}

func cutText(b []byte) (text string, rest []byte, null bool, err error) {
	n, rest, null, err := cut(b)
	if err != nil || null {
		return "", rest, null, err
	}
	if n > uint64(len(rest)) {
		return "", nil, false, io.ErrUnexpectedEOF
	}
	return string(rest[:n]), rest[n:], false, nil
}

// Types of columns.
const (
	typeLong    = 8
	typeDouble  = 5
	typeVarchar = 0xfd
)

// result sends a result set.
func (w *wire) result(r *sqldb.Result) {
	w.write(lenenc(nil, uint64(len(r.Columns))))
	for i, name := range r.Columns {
		body := lenencText(nil, "def")
		for _, text := range []string{"", "", "", name, name} {
			body = lenencText(body, text)
		}
		body = append(body, 0x0c, 45, 0, 0, 4, 0, 0, columnType(r, i), 0, 0, 0, 0, 0)
		w.write(body)
	}
	w.eof()
	for _, row := range r.Rows {
		var body []byte
		for _, value := range row {
			if value == nil {
				body = append(body, 0xfb)
				continue
			}
			body = lenencText(body, sqldb.Text(value))
		}
		w.write(body)
	}
	w.eof()
}

// columnType tells numbers from texts by the first value.
func columnType(r *sqldb.Result, column int) byte {
	for _, row := range r.Rows {
		switch row[column].(type) {
		case nil:
			continue
		case int64:
			return typeLong
		case float64:
			return typeDouble
		}
		break
	}
	return typeVarchar
}

// scramble is what a client sends to prove that it knows the password.
func scramble(plugin, password string, nonce []byte) []byte {
	if password == "" {
		return nil
	}
	if plugin == pluginNative {
		once := sha1.Sum([]byte(password))
		twice := sha1.Sum(once[:])
		mix := sha1.Sum(append(append([]byte{}, nonce...), twice[:]...))
		return xor(once[:], mix[:])
	}
	once := sha256.Sum256([]byte(password))
	twice := sha256.Sum256(once[:])
	mix := sha256.Sum256(append(append([]byte{}, twice[:]...), nonce...))
	return xor(once[:], mix[:])
}

// proves checks a scramble against what is stored: the password hashed twice.
func proves(plugin string, stored, proof, nonce []byte) bool {
	if len(stored) == 0 || len(proof) == 0 {
		return len(stored) == len(proof)
	}
	if plugin == pluginNative {
		mix := sha1.Sum(append(append([]byte{}, nonce...), stored...))
		if len(proof) != len(mix) {
			return false
		}
		twice := sha1.Sum(xor(proof, mix[:]))
		return string(twice[:]) == string(stored)
	}
	mix := sha256.Sum256(append(append([]byte{}, stored...), nonce...))
	if len(proof) != len(mix) {
		return false
	}
	twice := sha256.Sum256(xor(proof, mix[:]))
	return string(twice[:]) == string(stored)
}

// hashed is what is stored for a password.
func hashed(plugin, password string) []byte {
	if password == "" {
		return nil
	}
	if plugin == pluginNative {
		once := sha1.Sum([]byte(password))
		twice := sha1.Sum(once[:])
		return twice[:]
	}
	once := sha256.Sum256([]byte(password))
	twice := sha256.Sum256(once[:])
	return twice[:]
}

func xor(a, b []byte) []byte {
	out := make([]byte, len(a))
	for i := range a {
		out[i] = a[i] ^ b[i]
	}
	return out
}
