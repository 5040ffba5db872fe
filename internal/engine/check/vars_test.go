package check

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"kubetutor/internal/course"
)

func TestHash(t *testing.T) {
	t.Parallel()
	lab := course.Lab{ID: "a", Files: map[string]string{"x": "1", "y": "2"}}
	first := Hash(&lab)
	if again := Hash(&lab); again != first || len(first) != 32 {
		t.Errorf("got %q, then %q", first, again)
	}
	lab.Files["y"] = "3"
	if Hash(&lab) == first {
		t.Error("another file, the same hash")
	}
}

// TestEveryFieldIsSubstituted fills every text of a check that is neither an
// expression nor for people who choose it.
func TestEveryFieldIsSubstituted(t *testing.T) {
	t.Parallel()
	check := course.Check{With: map[string]course.ObjectRef{"other": {}}}
	fillTexts(reflect.ValueOf(&check).Elem())
	check.With["other"] = *check.Object
	check.ID, check.Title, check.Expect, check.Always, check.Never, check.Have = "", course.Text{}, "", "", "", ""
	check.File.As = ""
	check.Request.Method, check.Request.Timeout, check.Request.By, check.Resolve.Type = "", "", "", ""
	got, err := json.Marshal(substituted(check, map[string]string{"x": "drawn"}))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(got), "@{x}") {
		t.Errorf("left as it was: %s", got)
	}
	if before, _ := json.Marshal(check); strings.Contains(string(before), "drawn") {
		t.Errorf("the lab itself was changed: %s", before)
	}
}

func fillTexts(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("@{x}")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillTexts(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillTexts(v.Index(0))
	case reflect.Map:
		if v.Type() == reflect.TypeFor[map[string]string]() {
			v.Set(reflect.ValueOf(map[string]string{"Name": "@{x}"}))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillTexts(v.Field(i))
		}
	}
}
