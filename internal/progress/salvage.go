package progress

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/oklog/ulid/v2"
)

// This file reads events out of damaged files: page by page, without SQLite,
// after the file format (https://www.sqlite.org/fileformat2.html). An event
// counts as read when it agrees with its checksum; so nothing else needs to be
// intact but the page that it is on, and those it overflows to.

// salvage returns every event that can be read in a database file and in its
// write-ahead log, by ID.
func salvage(path string) (map[string]Event, error) {
	file, err := readIfThere(path)
	if err != nil {
		return nil, err
	}
	wal, err := readIfThere(path + "-wal")
	if err != nil {
		return nil, err
	}
	p := pagesOf(file, frames(wal))
	found := map[string]Event{}
	p.eachLeaf(func(page []byte, first int) { p.leafEvents(page, first, found) })
	return found, nil
}

func readIfThere(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// pages are all versions of a file's pages: the file's own and the log's.
type pages struct {
	file []byte
	log  []frame
	at   map[uint32][]int // indexes into log, by page number
	left int              // how many more pages the event at hand may try
}

// maxTries bounds the search for one event's pages: damaged numbers can make
// circles, and each turn doubles where a page has two versions.
const maxTries = 4 * maxLine / pageSize

// frame is a page in a write-ahead log.
type frame struct {
	number uint32
	page   []byte
}

func pagesOf(file []byte, log []frame) *pages {
	p := &pages{file: file, log: log, at: map[uint32][]int{}}
	for i, f := range log {
		p.at[f.number] = append(p.at[f.number], i)
	}
	return p
}

// versions returns what is known of a page.
func (p *pages) versions(number uint32) [][]byte {
	var list [][]byte
	for _, i := range p.at[number] {
		list = append(list, p.log[i].page)
	}
	if end := int64(number) * pageSize; number > 0 && end <= int64(len(p.file)) {
		list = append(list, p.file[end-pageSize:end])
	}
	return list
}

// eachLeaf calls f with every page that could be a leaf of a table. The header
// of page 1 stands after the file's own of 100 bytes. A last page that was cut
// off is filled with zeros.
func (p *pages) eachLeaf(f func(page []byte, header int)) {
	for i := 0; i < len(p.file); i += pageSize {
		page := make([]byte, pageSize)
		copy(page, p.file[i:])
		if i == 0 {
			f(page, 100)
		}
		f(page, 0)
	}
	for _, fr := range p.log {
		f(fr.page, 0)
	}
}

const tableLeaf = 0x0d

// leafEvents adds the events on a page. It tries every cell for itself.
func (p *pages) leafEvents(page []byte, header int, found map[string]Event) {
	if page[header] != tableLeaf {
		return
	}
	cells := int(binary.BigEndian.Uint16(page[header+3:]))
	for i := range cells {
		at := header + 8 + 2*i
		if at+2 > len(page) {
			return
		}
		cell := int(binary.BigEndian.Uint16(page[at:]))
		if cell >= len(page) {
			continue
		}
		if e, ok := p.cellEvent(page[cell:]); ok {
			found[e.ID] = e
		}
	}
}

// cellEvent reads one cell of a table's leaf: the payload's length, the row's
// number, and the payload, of which a long one goes on in other pages.
func (p *pages) cellEvent(cell []byte) (Event, bool) {
	size, n := varint(cell)
	_, m := varint(cell[n:])
	if n == 0 || m == 0 || size == 0 || size > 2*maxLine {
		return Event{}, false
	}
	cell = cell[n+m:]
	local := localSize(int(size))
	if local > len(cell) || !startsWithULID(cell[:local]) {
		return Event{}, false
	}
	if local == int(size) {
		return recordEvent(cell[:local])
	}
	if local+4 > len(cell) {
		return Event{}, false
	}
	next := binary.BigEndian.Uint32(cell[local:])
	p.left = maxTries
	return p.overflow(cell[:local:local], next, int(size))
}

// startsWithULID tells whether the first value of a record is a text as long as
// an ID. It keeps us from following what a damaged page seems to point to.
func startsWithULID(rec []byte) bool {
	_, n := varint(rec)
	t, _ := varint(rec[n:])
	return n > 0 && t == 13+2*ulid.EncodedSize
}

// overflow follows the chain of pages that a long payload goes on in. Where the
// log has several versions of a page, the first that leads to an intact event
// is taken.
func (p *pages) overflow(payload []byte, number uint32, size int) (Event, bool) {
	if len(payload) >= size {
		return recordEvent(payload[:size])
	}
	for _, page := range p.versions(number) {
		if p.left--; p.left < 0 {
			break
		}
		// A version that fails is overwritten by the next one.
		if e, ok := p.overflow(append(payload, page[4:]...), binary.BigEndian.Uint32(page), size); ok {
			return e, true
		}
	}
	return Event{}, false
}

// localSize is how much of a payload stands on the leaf itself.
func localSize(size int) int {
	const most, least = pageSize - 35, (pageSize-12)*32/255 - 23
	if size <= most {
		return size
	}
	if k := least + (size-least)%(pageSize-4); k <= most {
		return k
	}
	return least
}

// recordEvent reads a row of the table event: six values, each with its serial
// type in the header.
func recordEvent(rec []byte) (Event, bool) {
	head, n := varint(rec)
	if n == 0 || head < uint64(n) || head > uint64(len(rec)) {
		return Event{}, false
	}
	types, body := rec[n:head:head], rec[head:]
	var text [6]string
	var number [6]int64
	for i := range text {
		t, n := varint(types)
		size := valueSize(t)
		if n == 0 || size > uint64(len(body)) {
			return Event{}, false
		}
		if t >= 13 && t%2 == 1 {
			text[i] = string(body[:size])
		} else {
			number[i] = integer(t, body[:size])
		}
		types, body = types[n:], body[size:]
	}
	e := Event{ID: text[0], Device: text[1], At: time.UnixMilli(number[2]).UTC(), Kind: Kind(text[3]), Data: []byte(text[4])}
	return e, e.ID != "" && checksum(e) == number[5] && e.Normalise() == nil
}

// valueSize is the number of bytes of a value by its serial type.
func valueSize(t uint64) uint64 {
	switch {
	case t <= 4:
		return t
	case t == 5:
		return 6
	case t == 6, t == 7:
		return 8
	case t < 12:
		return 0
	}
	return (t - 12) / 2
}

// integer reads a big-endian signed number; the types 8 and 9 are 0 and 1.
func integer(t uint64, b []byte) int64 {
	if t == 9 {
		return 1
	}
	var v int64
	for i, c := range b {
		if i == 0 {
			v = int64(int8(c))
		} else {
			v = v<<8 | int64(c)
		}
	}
	return v
}

// varint reads SQLite's big-endian numbers of one to nine bytes; n is 0 where
// there is none.
func varint(b []byte) (v uint64, n int) {
	for n < len(b) && n < 8 {
		v = v<<7 | uint64(b[n]&0x7f)
		n++
		if b[n-1] < 0x80 {
			return v, n
		}
	}
	if n == 8 && n < len(b) {
		return v<<8 | uint64(b[n]), 9
	}
	return 0, 0
}
