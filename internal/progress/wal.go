package progress

import (
	"encoding/binary"
	"os"
)

// A write-ahead log has a header and frames; each frame has a header of its own
// and a page (https://www.sqlite.org/fileformat2.html#walformat).
const (
	walHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + pageSize
	walMagic    = 0x377f0682 // the lowest bit: checksums over big-endian words
)

// frames returns all frames of a log, intact or not.
func frames(wal []byte) []frame {
	var list []frame
	for at := walHeader; at+frameSize <= len(wal); at += frameSize {
		list = append(list, frame{
			number: binary.BigEndian.Uint32(wal[at:]),
			page:   wal[at+frameHeader : at+frameSize],
		})
	}
	return list
}

// intact counts the frames up to the first that does not agree with the running
// checksum, and those of them up to the last that ends a transaction: the ones
// that SQLite will take.
func intact(wal []byte) (valid, committed int) {
	if len(wal) < walHeader {
		return 0, 0
	}
	magic := binary.BigEndian.Uint32(wal)
	sum := walSum{order: binary.LittleEndian}
	if magic&1 == 1 {
		sum.order = binary.BigEndian
	}
	sum.add(wal[:24])
	if magic&^1 != walMagic || !sum.is(wal[24:32]) {
		return 0, 0
	}
	for at := walHeader; at+frameSize <= len(wal); at += frameSize {
		f := wal[at : at+frameSize]
		sum.add(f[:8])
		sum.add(f[frameHeader:])
		if string(f[8:16]) != string(wal[16:24]) || !sum.is(f[16:24]) {
			break
		}
		valid++
		if pagesAfter := binary.BigEndian.Uint32(f[4:]); pagesAfter != 0 {
			committed = valid
		}
	}
	return valid, committed
}

// walSum is the checksum of a write-ahead log: two words, like Fletcher's.
type walSum struct {
	a, b  uint32
	order binary.ByteOrder
}

func (s *walSum) add(data []byte) {
	for i := 0; i+8 <= len(data); i += 8 {
		s.a += s.order.Uint32(data[i:]) + s.b
		s.b += s.order.Uint32(data[i+4:]) + s.a
	}
}

func (s *walSum) is(stored []byte) bool {
	return s.a == binary.BigEndian.Uint32(stored) && s.b == binary.BigEndian.Uint32(stored[4:])
}

// lost are the events in the parts of a log that SQLite is going to drop.
type lost struct {
	open   map[string]Event // of the last transaction, if that is intact but has no end
	behind map[string]Event // from the first frame on that is not intact
}

// lostInWAL reads what SQLite will drop. Behind the intact part usually are the
// remains of older transactions, which the file has; but where the log was
// damaged in its middle, they are the only copy.
func lostInWAL(path string) (lost, error) {
	wal, err := readIfThere(path + "-wal")
	if err != nil || len(wal) <= walHeader {
		return lost{}, err
	}
	all := frames(wal)
	valid, committed := intact(wal)
	if committed == len(all) {
		return lost{}, nil
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return lost{}, err
	}
	p := pagesOf(file, all)
	return lost{open: p.framesEvents(all[committed:valid]), behind: p.framesEvents(all[valid:])}, nil
}

func (p *pages) framesEvents(list []frame) map[string]Event {
	found := map[string]Event{}
	for _, f := range list {
		p.leafEvents(f.page, 0, found)
	}
	return found
}
