package tui

import (
	"container/list"
	"sync"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/markdown"
	"kubetutor/internal/tui/keymap"
)

// maxShared bounds the texts that sessions share, in bytes as weight counts them.
const maxShared = 64 << 20

// Shared is what many interfaces in one process have in common: the default keys,
// the words with them, and texts that are rendered, which are the same for all who
// see them at the same width and in the same colours. Its memory is bounded. It may
// be used from many goroutines.
type Shared struct {
	keys  *keymap.Map
	words map[course.Lang]i18n.TUI // with these keys

	mu    sync.Mutex
	most  int // bytes
	holds int
	found map[docKey]*list.Element // of *sharedText
	used  *list.List               // the one that was used last in front
}

// sharedText is a text that is rendered, or that somebody is rendering.
type sharedText struct {
	key    docKey
	ready  chan struct{}
	doc    *markdown.Document // once ready is closed
	weight int                // 0 before that
}

// NewShared returns an empty one. It is made before the first model of a process
// that does not call [Run], since it also sets how text inputs measure.
func NewShared() *Shared {
	measureNarrow()
	s := &Shared{keys: keymap.Default(), words: map[course.Lang]i18n.TUI{}, most: maxShared, found: map[docKey]*list.Element{}, used: list.New()}
	for _, l := range course.Langs {
		s.words[l] = i18n.TUIWords(l).WithKeys(s.keys.Label)
	}
	return s
}

// wordsOf are the words of a language with keys.
func (s *Shared) wordsOf(l course.Lang, keys *keymap.Map) i18n.TUI {
	if s != nil && (keys == s.keys || len(keys.Changes(s.keys)) == 0) {
		return s.words[l]
	}
	return i18n.TUIWords(l).WithKeys(keys.Label)
}

// render returns a text, rendered once for all who ask.
func (s *Shared) render(k docKey) *markdown.Document {
	t, mine := s.take(k)
	if !mine {
		<-t.ready
		return t.doc
	}
	func() {
		defer close(t.ready) // also should rendering panic: nobody may wait for ever
		t.doc = &markdown.Document{}
		t.doc = render(k)
	}()
	s.weigh(t)
	return t.doc
}

// take finds a text, or an empty one that the caller is to render.
func (s *Shared) take(k docKey) (t *sharedText, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.found[k]; ok {
		s.used.MoveToFront(at)
		return at.Value.(*sharedText), false
	}
	t = &sharedText{key: k, ready: make(chan struct{})}
	s.found[k] = s.used.PushFront(t)
	return t, true
}

// weigh counts a text that is rendered, and lets go those that were not used for
// longest.
func (s *Shared) weigh(t *sharedText) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.weight = weight(t)
	s.holds += t.weight
	for at := s.used.Back(); at != nil && s.holds > s.most; {
		old, next := at.Value.(*sharedText), at.Prev()
		if old.weight > 0 && old != t {
			s.holds -= old.weight
			delete(s.found, old.key)
			s.used.Remove(at)
		}
		at = next
	}
}

// weight is about how many bytes a text takes. Its source is the course's.
func weight(t *sharedText) int {
	const each, span = 96, 24 // of a line or block beside its text, of a span
	n := 256
	for _, l := range t.doc.Lines {
		n += each + len(l.Styled) + len(l.Plain) + span*len(l.Spans)
	}
	for _, b := range t.doc.Blocks {
		n += each + len(b.Said) + len(b.Text)
	}
	return n
}
