package i18n_test

import (
	"reflect"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

func TestTUIWordsAreThereInBothLanguages(t *testing.T) {
	t.Parallel()
	sameWords(t, reflect.ValueOf(i18n.TUIWords(course.English)), reflect.ValueOf(i18n.TUIWords(course.Chinese)))
}

func sameKeys(t *testing.T, name string, a, b reflect.Value) {
	t.Helper()
	if a.Len() != b.Len() {
		t.Errorf("%s has %d words in English, %d in Chinese", name, a.Len(), b.Len())
	}
	for _, k := range a.MapKeys() {
		if v := b.MapIndex(k); !v.IsValid() || v.String() == "" {
			t.Errorf("%s[%s] is missing in Chinese", name, k)
		}
	}
}

func TestSettingsFaultsAreThereInBothLanguages(t *testing.T) {
	t.Parallel()
	en, zh := i18n.SettingsFaults(course.English), i18n.SettingsFaults(course.Chinese)
	sameKeys(t, "SettingsFaults", reflect.ValueOf(en), reflect.ValueOf(zh))
	for kind := range en {
		if strings.Count(en[kind], "%") != strings.Count(zh[kind], "%") {
			t.Errorf("%s takes other arguments: en %q, zh %q", kind, en[kind], zh[kind])
		}
	}
}
