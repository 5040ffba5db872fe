package i18n_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
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

// argumentsOf are those of a text; one for [i18n.Several] takes its number once.
func argumentsOf(text string) []string {
	one, many, two := strings.Cut(text, "|")
	if number := []string{"d"}; two && slices.Equal(verbsOf(one), number) && slices.Equal(verbsOf(many), number) {
		return number
	}
	return verbsOf(text)
}

func TestCLIWordsAreThereInBothLanguages(t *testing.T) {
	t.Parallel()
	sameWords(t, reflect.ValueOf(*i18n.CLIWords(course.English)), reflect.ValueOf(*i18n.CLIWords(course.Chinese)))
}

// sameWords goes through two structures of words, and those within them.
func sameWords(t *testing.T, en, zh reflect.Value) {
	t.Helper()
	for i := range en.NumField() {
		name := en.Type().Field(i).Name
		switch en.Field(i).Kind() {
		case reflect.Map:
			sameKeys(t, name, en.Field(i), zh.Field(i))
			continue
		case reflect.Struct:
			sameWords(t, en.Field(i), zh.Field(i))
			continue
		}
		a, b := en.Field(i).String(), zh.Field(i).String()
		if a == "" || b == "" {
			t.Errorf("%s is missing: en %q, zh %q", name, a, b)
		}
		if !slices.Equal(argumentsOf(a), argumentsOf(b)) {
			t.Errorf("%s takes other arguments: en %q, zh %q", name, a, b)
		}
	}
}
