package i18n

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

	"kubetutor/internal/course"
)

// TestHostWords holds that the server of a class says everything in both languages,
// and in English nothing that a client would show as numbers (see package host).
func TestHostWords(t *testing.T) {
	t.Parallel()
	english, chinese := reflect.ValueOf(Host(course.English)), reflect.ValueOf(Host(course.Chinese))
	for i := range english.NumField() {
		name, en, zh := english.Type().Field(i).Name, english.Field(i).String(), chinese.Field(i).String()
		if en == "" || zh == "" || en == zh {
			t.Errorf("%s is %q and %q", name, en, zh)
		}
		if strings.ContainsFunc(en, func(r rune) bool { return r > unicode.MaxASCII }) {
			t.Errorf("%s is not ASCII: %q", name, en)
		}
		if strings.Count(en, "%s") != strings.Count(zh, "%s") {
			t.Errorf("%s is given different things: %q, %q", name, en, zh)
		}
	}
}
