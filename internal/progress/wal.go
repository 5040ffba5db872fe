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

// intact counts the frames that SQLite will take: those up to the first that
// does not agree with the running checksum.
func intact(wal []byte) int {
	if len(wal) < walHeader {
		return 0
	}
	magic := binary.BigEndian.Uint32(wal)
	if magic&^1 != walMagic {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if magic&1 == 1 {
		order = binary.BigEndian
	}
	sum := walSum{order: order}
	sum.add(wal[:24])
	if !sum.is(wal[24:32]) {
		return 0
	}
	n := 0
	for at := walHeader; at+frameSize <= len(wal); at += frameSize {
		f := wal[at : at+frameSize]
		sum.add(f[:8])
		sum.add(f[frameHeader:])
		if string(f[8:16]) != string(wal[16:24]) || !sum.is(f[16:24]) {
			break
		}
		n++
	}
	return n
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

// lostInWAL returns the events in the part of a log that SQLite is going to
// drop. Usually those are the remains of older transactions, which the file
// has; but where the log was damaged in its middle, they are the only copy.
func lostInWAL(path string) (map[string]Event, error) {
	wal, err := readIfThere(path + "-wal")
	if err != nil || len(wal) <= walHeader {
		return nil, err
	}
	all := frames(wal)
	dropped := all[min(intact(wal), len(all)):]
	if len(dropped) == 0 {
		return nil, nil
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := pagesOf(file, all)
	found := map[string]Event{}
	for _, f := range dropped {
		p.leafEvents(f.page, 0, found)
	}
	return found, nil
}
