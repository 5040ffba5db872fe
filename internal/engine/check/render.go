package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// maxShown is the longest text, in characters, that a verdict shows of a value.
const maxShown = 200

// render writes a value as the API would: strings quoted, lists and maps in
// brackets, nothing else adorned. Too long a text is cut with a marker.
func render(v ref.Val) string {
	var b strings.Builder
	write(&b, v)
	return shorten(b.String())
}

func write(b *strings.Builder, v ref.Val) {
	switch v := v.(type) {
	case types.String:
		b.WriteString(quote(string(v)))
	case types.Null:
		b.WriteString("null")
	case traits.Mapper:
		writeMap(b, v)
	case traits.Lister:
		writeList(b, v)
	default:
		fmt.Fprint(b, v.Value())
	}
}

func writeList(b *strings.Builder, l traits.Lister) {
	b.WriteByte('[')
	for it, sep := l.Iterator(), ""; it.HasNext() == types.True && b.Len() <= 4*maxShown; sep = ", " {
		b.WriteString(sep)
		write(b, it.Next())
	}
	b.WriteByte(']')
}

func writeMap(b *strings.Builder, m traits.Mapper) {
	var entries []string
	for it := m.Iterator(); it.HasNext() == types.True; {
		var e strings.Builder
		key := it.Next()
		e.WriteString(plain(key))
		e.WriteString(": ")
		write(&e, m.Get(key))
		entries = append(entries, e.String())
	}
	sort.Strings(entries)
	b.WriteString("{" + strings.Join(entries, ", ") + "}")
}

// plain writes a string without quotes, and anything else as render does.
func plain(v ref.Val) string {
	if s, ok := v.(types.String); ok {
		return shorten(string(s))
	}
	return render(v)
}

// quote quotes like JSON, but leaves letters of every script and <, > and & as
// they are.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil { // a string can always be encoded
		return s
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxShown {
		return s
	}
	return string([]rune(s)[:maxShown-1]) + "…"
}

// renderKeys writes the keys of a map.
func renderKeys(m sortedMap) string {
	return shorten("[" + strings.Join(sortedKeys(m.values), ", ") + "]")
}
