package text

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

func encode64(c *tool.Call) int {
	text := []byte{}
	c.Each(c.Args, func(in *tool.Input) (err error) {
		text, err = c.ReadAll(in)
		return err
	})
	if c.Failed() > 0 {
		return 1
	}
	if c.Has("d") {
		clean := strings.Join(strings.Fields(string(text)), "")
		out, err := base64.StdEncoding.DecodeString(clean)
		_, _ = c.Out.Write(out)
		if err != nil {
			c.Fatalf("truncated input")
		}
		return 0
	}
	wrap := c.Int("w", 76)
	out := base64.StdEncoding.EncodeToString(text)
	for wrap > 0 && len(out) > wrap {
		line(c, out[:wrap])
		out = out[wrap:]
	}
	_, _ = c.Out.WriteString(out)
	if wrap > 0 && out != "" {
		_ = c.Out.WriteByte('\n')
	}
	return 0
}

// sum is md5sum and the like.
func sum(make func() hash.Hash) func(*tool.Call) int {
	return func(c *tool.Call) int {
		if c.Has("c") {
			return checkSums(c, make)
		}
		c.Each(c.Args, func(in *tool.Input) error {
			h := make()
			if err := c.Copy(h, in); err != nil {
				return err
			}
			line(c, hex.EncodeToString(h.Sum(nil))+"  "+in.Name)
			return nil
		})
		return 0
	}
}

func checkSums(c *tool.Call, make func() hash.Hash) int {
	bad, total := 0, 0
	c.Each(c.Args, func(in *tool.Input) error {
		return c.Lines(in, func(text []byte) bool {
			want, name, ok := strings.Cut(string(text), " ")
			if !ok {
				return true
			}
			name = strings.TrimLeft(name, " *")
			total++
			verdict := "OK"
			h := make()
			file, err := c.Open(name)
			if err == nil {
				err = c.Copy(h, file)
				file.Close()
			}
			if err != nil {
				c.Errorf("can't open '%s': %s", name, tool.Reason(err))
			}
			if err != nil || hex.EncodeToString(h.Sum(nil)) != want {
				verdict = "FAILED"
				bad++
			}
			if !c.Has("s") && (verdict != "OK" || !c.Has("q")) {
				line(c, name+": "+verdict)
			}
			return true
		})
	})
	if bad > 0 && !c.Has("s") {
		c.Errorf("WARNING: %d of %d computed checksums did NOT match", bad, total)
	}
	return min(bad, 1)
}

func hashes() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{"md5sum": md5.New, "sha1sum": sha1.New, "sha256sum": sha256.New, "sha512sum": sha512.New}
}

// dump shows rows of 16 bytes. In the place of rows that repeat it shows one star,
// unless all are wanted.
func dump(c *tool.Call, limit, skip int, do func(offset int, row []byte)) int {
	var last []byte
	starred, all := false, c.Has("v")
	return rows(c, c.Args, 16, limit, skip, func(offset int, row []byte) {
		same := !all && bytes.Equal(row, last)
		last = bytes.Clone(row)
		switch {
		case !same:
			do(offset, row)
		case !starred:
			line(c, "*")
		}
		starred = same
	})
}

// rows reads rows of n bytes, of which the last may be shorter.
func rows(c *tool.Call, names []string, n, limit, skip int, do func(offset int, row []byte)) int {
	offset := 0
	var pending []byte
	c.Each(names, func(in *tool.Input) error {
		from := io.Reader(in)
		if skip > 0 {
			k, err := io.CopyN(io.Discard, in, int64(skip))
			offset, skip = offset+int(k), skip-int(k)
			if err != nil {
				return ended(err)
			}
		}
		if limit >= 0 {
			from = io.LimitReader(in, int64(limit-len(pending)))
		}
		part := make([]byte, 4096)
		for {
			k, err := from.Read(part)
			pending = append(pending, part[:k]...)
			for len(pending) >= n {
				do(offset, pending[:n])
				offset += n
				pending = pending[n:]
			}
			if err != nil {
				return ended(err)
			}
		}
	})
	if len(pending) > 0 {
		do(offset, pending)
	}
	return offset + len(pending)
}

func hexdump(c *tool.Call) int {
	canonical := c.Has("C") || c.Name == "hd"
	end := dump(c, c.Int("n", -1), c.Int("s", 0), func(offset int, row []byte) {
		if canonical {
			line(c, fmt.Sprintf("%08x  %s |%s|", offset, hexBytes(row), printable(row)))
			return
		}
		var b strings.Builder
		for i := 0; i < len(row); i += 2 {
			word := uint16(row[i])
			if i+1 < len(row) {
				word |= uint16(row[i+1]) << 8
			}
			fmt.Fprintf(&b, " %04x", word)
		}
		line(c, fmt.Sprintf("%07x%-40s", offset, b.String()))
	})
	if end > 0 {
		line(c, fmt.Sprintf("%0*x", map[bool]int{true: 8, false: 7}[canonical], end))
	}
	return 0
}

// hexBytes is 16 bytes as two groups of eight.
func hexBytes(row []byte) string {
	var b strings.Builder
	for i := range 16 {
		if i == 8 {
			b.WriteByte(' ')
		}
		if i < len(row) {
			fmt.Fprintf(&b, "%02x ", row[i])
		} else {
			b.WriteString("   ")
		}
	}
	return b.String()
}

func printable(row []byte) string {
	out := make([]byte, len(row))
	for i, ch := range row {
		out[i] = '.'
		if ch >= ' ' && ch < 127 {
			out[i] = ch
		}
	}
	return string(out)
}

// od prints octal words, or what -t, -c, -x, -b, -d and -A ask for.
func od(c *tool.Call) int {
	kind := c.Value("t", "o2")
	switch c.Last("c", "x", "b", "d", "t") {
	case "c":
		kind = "c"
	case "x":
		kind = "x2"
	case "b":
		kind = "o1"
	case "d":
		kind = "u2"
	}
	radix := c.Value("A", "o")
	address := func(n int) string {
		switch radix {
		case "n":
			return ""
		case "x":
			return fmt.Sprintf("%06x", n)
		case "d":
			return fmt.Sprintf("%07d", n)
		}
		return fmt.Sprintf("%07o", n)
	}
	end := dump(c, c.Int("N", -1), c.Int("j", 0), func(offset int, row []byte) {
		line(c, address(offset)+odRow(kind, row))
	})
	if radix != "n" {
		line(c, address(end))
	}
	return 0
}

func odRow(kind string, row []byte) string {
	var b strings.Builder
	if kind == "c" || kind == "a" {
		for _, ch := range row {
			fmt.Fprintf(&b, "%4s", odChar(ch))
		}
		return b.String()
	}
	size := 4
	if len(kind) > 1 {
		if n, err := strconv.Atoi(strings.TrimRight(kind[1:], "z")); err == nil && (n == 1 || n == 2 || n == 4 || n == 8) {
			size = n
		}
	}
	for i := 0; i < len(row); i += size {
		var value uint64
		for k := range size {
			if i+k < len(row) {
				value |= uint64(row[i+k]) << (8 * k)
			}
		}
		b.WriteString(odNumber(kind[0], size, value))
	}
	return b.String()
}

func odNumber(kind byte, size int, value uint64) string {
	width := map[int]int{1: 3, 2: 6, 4: 11, 8: 22}[size]
	switch kind {
	case 'x':
		return fmt.Sprintf(" %0*x", size*2, value)
	case 'u':
		return fmt.Sprintf(" %*d", map[int]int{1: 3, 2: 5, 4: 10, 8: 20}[size], value)
	case 'd':
		shift := 64 - 8*size
		return fmt.Sprintf(" %*d", map[int]int{1: 4, 2: 6, 4: 11, 8: 20}[size], int64(value<<shift)>>shift)
	}
	return fmt.Sprintf(" %0*o", width, value)
}

func odChar(ch byte) string {
	if i := strings.IndexByte("\x00\a\b\f\n\r\t\v", ch); i >= 0 {
		return []string{`\0`, `\a`, `\b`, `\f`, `\n`, `\r`, `\t`, `\v`}[i]
	}
	if ch >= ' ' && ch < 127 {
		return string(rune(ch))
	}
	return fmt.Sprintf("%03o", ch)
}

func xxd(c *tool.Call) int {
	if c.Has("r") {
		text, err := c.ReadAll(c.Input())
		if err != nil {
			c.Fatalf("%s", tool.Reason(err))
		}
		out, _ := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		_, _ = c.Out.Write(out)
		return 0
	}
	width := c.Int("c", 16)
	if c.Has("p") {
		width = c.Int("c", 30)
	}
	group := max(c.Int("g", 2), 1)
	rows(c, c.Args, max(width, 1), c.Int("l", -1), c.Int("s", 0), func(offset int, row []byte) {
		if c.Has("p") {
			line(c, hex.EncodeToString(row))
			return
		}
		var b strings.Builder
		for i := range width {
			if i < len(row) {
				fmt.Fprintf(&b, "%02x", row[i])
			} else {
				b.WriteString("  ")
			}
			if i%group == group-1 {
				b.WriteByte(' ')
			}
		}
		line(c, fmt.Sprintf("%08x: %s %s", offset, b.String(), printable(row)))
	})
	return 0
}

func stringsOf(c *tool.Call) int {
	least := max(c.Int("n", 4), 1)
	c.Each(c.Args, func(in *tool.Input) error {
		var run []byte
		flush := func() {
			if len(run) >= least {
				line(c, string(run))
			}
			run = run[:0]
		}
		part := make([]byte, 32<<10)
		for {
			n, err := in.Read(part)
			for _, ch := range part[:n] {
				if (ch < ' ' || ch > 126) && ch != '\t' {
					flush()
					continue
				}
				if len(run) < 1<<20 {
					run = append(run, ch)
				}
			}
			if err != nil {
				flush()
				return ended(err)
			}
		}
	})
	return 0
}

func split(c *tool.Call) int {
	names, prefix := []string(nil), "x"
	if len(c.Args) > 0 {
		names = c.Args[:1]
	}
	if len(c.Args) > 1 {
		prefix = c.Args[1]
	}
	s := &splitter{Call: c, prefix: prefix, width: c.Int("a", 2)}
	byBytes, lines := c.Int("b", 0), max(c.Int("l", 1000), 1)
	c.Each(names, func(in *tool.Input) error {
		if byBytes <= 0 {
			n := 0
			return c.Lines(in, func(text []byte) bool {
				if n%lines == 0 {
					s.next()
				}
				n++
				s.write(append(bytes.Clone(text), '\n'))
				return true
			})
		}
		for {
			part := make([]byte, min(byBytes, 1<<20))
			left := byBytes
			for left > 0 {
				n, err := io.ReadFull(in, part[:min(len(part), left)])
				if n > 0 && left == byBytes {
					s.next()
				}
				s.write(part[:n])
				left -= n
				if err != nil {
					return nil
				}
			}
		}
	})
	s.close()
	return 0
}

// splitter writes pieces to files with names in alphabetical order.
type splitter struct {
	*tool.Call
	prefix string
	width  int
	n      int
	file   io.WriteCloser
}

func (s *splitter) next() {
	s.close()
	suffix := make([]byte, s.width)
	n := s.n
	for i := s.width - 1; i >= 0; i-- {
		suffix[i] = 'a' + byte(n%26)
		n /= 26
	}
	if n > 0 {
		s.Fatalf("suffixes exhausted")
	}
	s.n++
	f, err := s.Create(s.prefix+string(suffix), false)
	if err != nil {
		s.Fatalf("%s: %s", s.prefix+string(suffix), tool.Reason(err))
	}
	s.file = f
}

func (s *splitter) write(text []byte) {
	if len(text) == 0 {
		return
	}
	if _, err := s.file.Write(text); err != nil {
		s.Fatalf("write error: %s", tool.Reason(err))
	}
}

func (s *splitter) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}
