// Package transcript keeps what programs print while a test reads it.
package transcript

import (
	"strings"
	"sync"
)

// Buffer is a text that may be read while it is written. Its zero value is empty
// and ready.
type Buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends to the text; it never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is what was written up to now.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
