package i18n_test

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// verbs finds format verbs; an explicit index such as %[2]s does not count.
var verbs = regexp.MustCompile(`%(?:\[\d+\])?([dsqv])`)

func verbsOf(text string) (list []string) {
	for _, m := range verbs.FindAllStringSubmatch(text, -1) {
		list = append(list, m[1])
	}
	slices.Sort(list)
	return list
}

func TestCLIWordsAreThereInBothLanguages(t *testing.T) {
	t.Parallel()
	en, zh := reflect.ValueOf(*i18n.CLIWords(course.English)), reflect.ValueOf(*i18n.CLIWords(course.Chinese))
	for i := range en.NumField() {
		name := en.Type().Field(i).Name
		if en.Field(i).Kind() == reflect.Map {
			sameKeys(t, name, en.Field(i), zh.Field(i))
			continue
		}
		a, b := en.Field(i).String(), zh.Field(i).String()
		if a == "" || b == "" {
			t.Errorf("%s is missing: en %q, zh %q", name, a, b)
		}
		if !slices.Equal(verbsOf(a), verbsOf(b)) {
			t.Errorf("%s takes other arguments: en %q, zh %q", name, a, b)
		}
	}
}
