//go:build linux || darwin

package doctor

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestColumnsMoved reads what terminals answer: at once, in pieces, after keys
// that were typed meanwhile, or never.
func TestColumnsMoved(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]int{
		"\x1b[12;2R": 1, "\x1b[1;3R": 2, "jk\x1b[12;2R": 1, "": 0, "\x1b[?1;2c": 0, "\x1b[12;": 0,
	} {
		for _, r := range []io.Reader{strings.NewReader(said), iotest.OneByteReader(strings.NewReader(said))} {
			if got := columnsMoved(r); got != want {
				t.Errorf("%q: %d, want %d", said, got, want)
			}
		}
	}
}
