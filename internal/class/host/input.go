package host

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"golang.org/x/time/rate"
)

// input makes events of what a terminal sends. Bubble Tea's own reader is made for
// the terminal of the process's user: it believes a terminal that says it is
// 100,000 columns wide, keeps a paste that does not end, and stays behind with the
// program when that ends while keys are pending. This one knows what a client may
// not say and how long everything may be, and takes no more than a person types.
type input struct {
	send   func(tea.Msg)
	broken func(any)            // ends the session, where something panics
	paste  int                  // bytes at most
	lent   atomic.Pointer[lent] // who has what is typed, in place of the model

	mu      sync.Mutex // of what follows: bytes come from one side, time from the other
	decoder uv.EventDecoder
	pending []byte
	pasting bool
	pasted  []byte
	timer   *time.Timer
}

const (
	// escapeWait is how long an Esc may be the beginning of something longer.
	escapeWait = 50 * time.Millisecond
	// longestKey is how many bytes a sequence may have: answers of terminals have
	// some dozens.
	longestKey = 256
	pasteEnd   = "\x1b[201~"
)

func newInput(send func(tea.Msg), broken func(any), paste int) *input {
	in := &input{send: send, broken: broken, paste: paste}
	in.timer = time.AfterFunc(time.Hour, in.expire)
	in.timer.Stop()
	return in
}

// read feeds what comes from a terminal, at most so many bytes a second but for
// pastes, until the context or the terminal ends.
func (in *input) read(ctx context.Context, from io.Reader, l Limits) error {
	typed := rate.NewLimiter(rate.Limit(l.Keys), l.TypeAhead)
	chunk := make([]byte, min(1<<10, l.TypeAhead))
	defer in.timer.Stop()
	defer in.guard()
	for {
		n, err := from.Read(chunk)
		if err != nil {
			return err
		}
		keys := n
		if !in.diverted(ctx, chunk[:n]) {
			keys = in.feed(chunk[:n])
		}
		if keys > 0 {
			if err := typed.WaitN(ctx, min(keys, len(chunk))); err != nil {
				return err
			}
		}
	}
}

// feed takes bytes, and tells how many of them were keys.
func (in *input) feed(p []byte) (keys int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pending = append(in.pending, p...)
	keys = in.take(false)
	if len(in.pending) > 0 {
		in.timer.Reset(escapeWait)
	} else {
		in.timer.Stop()
	}
	return keys
}

// guard ends the session of whoever types what breaks this.
func (in *input) guard() {
	if r := recover(); r != nil {
		in.broken(r)
	}
}

// forget drops what has waited for more.
func (in *input) forget() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pending, in.pasting, in.pasted = nil, false, nil
}

// expire takes what has waited for more in vain.
func (in *input) expire() {
	defer in.guard()
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.pasting {
		in.take(true)
	}
}

// take makes events of what is there. The rest stays, if it may be the beginning
// of something.
func (in *input) take(expired bool) (keys int) {
	for len(in.pending) > 0 {
		if in.pasting {
			if !in.takePaste() {
				break
			}
			continue
		}
		n := in.takeKey(expired)
		if n == 0 {
			break
		}
		keys += n
		in.pending = in.pending[n:]
	}
	if len(in.pending) == 0 {
		in.pending = nil
	}
	return keys
}

// takeKey takes one event, and returns 0 if it waits for more.
func (in *input) takeKey(expired bool) int {
	b := in.pending
	if !expired && len(b) < longestKey && incomplete(b) {
		return 0
	}
	n, event := in.decoder.Decode(b)
	if n <= 0 {
		return len(b)
	}
	switch event.(type) {
	case uv.PasteStartEvent:
		in.pasting, in.pasted = true, nil
	case uv.UnknownEvent:
		if !expired && len(b) < longestKey {
			return 0
		}
	default:
		if told(event) {
			in.send(event)
		}
	}
	return n
}

// incomplete tells whether bytes may go on with more: an Esc with nothing or one
// byte behind it, and a character that is cut.
func incomplete(b []byte) bool {
	if b[0] == 0x1b {
		return len(b) == 1 || len(b) == 2 && strings.IndexByte("[]OP_^X", b[1]) >= 0
	}
	return b[0] >= utf8.RuneSelf && !utf8.FullRune(b)
}

// told are the events that a client may cause. Its window's size comes by a request
// of its own, where it has bounds; a clipboard that nobody asked for is no key.
func told(event uv.Event) bool {
	switch event.(type) {
	case uv.KeyPressEvent, uv.MouseClickEvent, uv.MouseReleaseEvent, uv.MouseWheelEvent, uv.MouseMotionEvent,
		uv.FocusEvent, uv.BlurEvent, uv.BackgroundColorEvent, uv.CursorPositionEvent, uv.ModeReportEvent:
		return true
	}
	return false
}

// takePaste takes what is there of a paste, and tells whether it has ended.
func (in *input) takePaste() bool {
	content, rest, ended := bytes.Cut(in.pending, []byte(pasteEnd))
	if !ended {
		keep := partialEnd(in.pending)
		content, rest = in.pending[:len(in.pending)-keep], in.pending[len(in.pending)-keep:]
	}
	if room := in.paste - len(in.pasted); room > 0 {
		in.pasted = append(in.pasted, content[:min(len(content), room)]...)
	}
	in.pending = append([]byte(nil), rest...)
	if !ended {
		return false
	}
	text := strings.ToValidUTF8(string(in.pasted), "")
	in.pasting, in.pasted = false, nil
	in.send(tea.PasteMsg{Content: text})
	return true
}

// partialEnd is how many bytes at the end may be the beginning of a paste's end.
func partialEnd(b []byte) int {
	for n := min(len(b), len(pasteEnd)-1); n > 0; n-- {
		if strings.HasPrefix(pasteEnd, string(b[len(b)-n:])) {
			return n
		}
	}
	return 0
}
