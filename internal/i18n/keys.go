package i18n

import (
	"reflect"
	"regexp"
	"strings"
)

// keyNames finds the places for keys in a word.
var keyNames = regexp.MustCompile(`\{[a-z-]+/[a-z-]+\}`)

// WithKeys returns the words with the keys written into them: label says how
// that of SCOPE/ACTION is shown.
func (w TUI) WithKeys(label func(path string) string) TUI {
	keyed(reflect.ValueOf(&w).Elem(), label)
	return w
}

// keyed writes keys into every word of a structure that is exported: the others,
// which methods make sentences of, name none. Maps are replaced, so that the words
// of others stay as they are.
func keyed(v reflect.Value, label func(string) string) {
	if !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(withKeys(v.String(), label))
	case reflect.Struct:
		for i := range v.NumField() {
			keyed(v.Field(i), label)
		}
	case reflect.Map:
		m := reflect.MakeMapWithSize(v.Type(), v.Len())
		for _, k := range v.MapKeys() {
			m.SetMapIndex(k, reflect.ValueOf(withKeys(v.MapIndex(k).String(), label)))
		}
		v.Set(m)
	}
}

// withKeys writes keys into a word. In a format the sign % stands for itself.
func withKeys(word string, label func(string) string) string {
	format := strings.Contains(word, "%")
	return keyNames.ReplaceAllStringFunc(word, func(place string) string {
		key := label(strings.Trim(place, "{}"))
		if format {
			key = strings.ReplaceAll(key, "%", "%%")
		}
		return key
	})
}
