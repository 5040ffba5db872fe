package kernel

import "bytes"

// blockSize is how much of a file is kept in one piece.
const blockSize = 32 << 10

// blocks is a file's content in pieces. A piece that is nil holds zeros only, so that a file full of zeros, which is what people make to fill
// a disk, takes no memory of the machine; a piece may be shorter than blockSize, and the rest of it is zeros too.
type blocks struct {
	size   int64
	pieces [][]byte
}

// blocksOf cuts content into pieces, which are copied when they are written to.
func blocksOf(content []byte) *blocks {
	b := &blocks{}
	b.writeAt(content, 0)
	return b
}

// readAt fills p from off on and says how much there was.
func (b *blocks) readAt(p []byte, off int64) int {
	if off >= b.size {
		return 0
	}
	p = p[:min(int64(len(p)), b.size-off)]
	for done := 0; done < len(p); {
		i, at := int((off+int64(done))/blockSize), int((off+int64(done))%blockSize)
		part := p[done:min(len(p), done+blockSize-at)]
		n := 0
		if at < len(b.pieces[i]) {
			n = copy(part, b.pieces[i][at:])
		}
		clear(part[n:])
		done += len(part)
	}
	return len(p)
}

// writeAt writes p at off, which may lie behind the end.
func (b *blocks) writeAt(p []byte, off int64) {
	if end := off + int64(len(p)); end > b.size {
		b.resize(end)
	}
	for done := 0; done < len(p); {
		i, at := int((off+int64(done))/blockSize), int((off+int64(done))%blockSize)
		part := p[done:min(len(p), done+blockSize-at)]
		b.pieces[i] = writePiece(b.pieces[i], part, at)
		done += len(part)
	}
}

// writePiece writes part into a piece at an offset.
func writePiece(piece, part []byte, at int) []byte {
	if at+len(part) > len(piece) {
		trimmed := bytes.TrimRight(part, "\x00")
		if at >= len(piece) && len(trimmed) == 0 {
			return piece
		}
		piece = growPiece(piece, at+len(trimmed))
	}
	copy(piece[min(at, len(piece)):], part)
	return piece
}

// growPiece makes a piece at least n long, with room for more if it grows little by little.
func growPiece(piece []byte, n int) []byte {
	if n <= len(piece) {
		return piece
	}
	if n <= cap(piece) {
		old := len(piece)
		piece = piece[:n]
		clear(piece[old:])
		return piece
	}
	room := n
	if len(piece) > 0 {
		room = min(blockSize, max(n, 2*cap(piece)))
	}
	grown := make([]byte, n, room)
	copy(grown, piece)
	return grown
}

// resize cuts or extends the content with zeros.
func (b *blocks) resize(size int64) {
	count := int((size + blockSize - 1) / blockSize)
	if size < b.size {
		clear(b.pieces[count:])
		b.pieces = b.pieces[:count]
		if rest := int(size % blockSize); rest > 0 && rest < len(b.pieces[count-1]) {
			b.pieces[count-1] = b.pieces[count-1][:rest:rest]
		}
	}
	for len(b.pieces) < count {
		b.pieces = append(b.pieces, nil)
	}
	b.size = size
}
