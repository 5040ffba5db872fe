package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
)

// Bounds of what comes from the other side, far beyond what is in use.
const (
	maxText  = 500    // grapheme clusters of a string of one line
	maxLines = 16_000 // of one of several
	maxList  = 5000   // entries of a list
)

// tidy makes what came from the other side safe to show: every string in it is
// cleaned, screens by class.CleanScreen, and lists are bounded. It finds them by
// reflection, so that a field that is added is not forgotten.
func tidy(v any) { tidyValue(reflect.ValueOf(v).Elem(), "") }

// tidyValue tidies a value that can be set; field is the name of the field that it
// is, or is in.
func tidyValue(v reflect.Value, field string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			tidyValue(v.Elem(), field)
		}
	case reflect.Slice:
		tidyList(v, field)
	case reflect.Struct:
		tidyStruct(v)
	case reflect.String:
		v.SetString(tidyText(v.String(), field))
	}
}

func tidyList(v reflect.Value, field string) {
	if v.Len() > maxList {
		v.Set(v.Slice3(0, maxList, maxList))
	}
	for i := range v.Len() {
		tidyValue(v.Index(i), field)
	}
}

func tidyStruct(v reflect.Value) {
	switch s := v.Addr().Interface().(type) {
	case *time.Time:
		return
	case *class.Screen:
		*s = class.CleanScreen(*s)
		return
	}
	for i := range v.NumField() {
		tidyValue(v.Field(i), v.Type().Field(i).Name)
	}
}

// tidyText keeps the ends of lines where a text may have several.
func tidyText(s, field string) string {
	switch field {
	case "Text", "Texts", "Want", "Have", "Note":
		return class.CleanLines(s, maxLines)
	}
	return class.Clean(s, maxText)
}

// parse reads what came from the other side and tidies it.
func parse[T any](data json.RawMessage) (v T, err error) {
	if err := json.Unmarshal(data, &v); err != nil {
		return v, &MalformedError{fmt.Sprintf("this is no %T", v)}
	}
	tidy(&v)
	return v, nil
}

// parseEvents reads events, whose data is tidied as what its kind says that it is.
func parseEvents(data json.RawMessage) ([]progress.Event, error) {
	var events []progress.Event
	if err := json.Unmarshal(data, &events); err != nil {
		return nil, &MalformedError{"these are no events"}
	}
	for i := range events {
		if err := tidyEvent(&events[i]); err != nil {
			return nil, &MalformedError{class.Clean(err.Error(), maxText)}
		}
	}
	return events, nil
}

func tidyEvent(e *progress.Event) error {
	data, err := e.Decode()
	if err != nil {
		return err
	}
	if !travels(data) {
		return fmt.Errorf("events of the kind %q do not travel", e.Kind)
	}
	boxed := reflect.New(reflect.TypeOf(data))
	boxed.Elem().Set(reflect.ValueOf(data))
	tidyValue(boxed.Elem(), "")
	e.Data, err = json.Marshal(boxed.Interface())
	if err != nil {
		return err
	}
	return e.Normalise()
}

// Travels tells whether events of this kind are what a class wants to know: what
// the learner did in lessons. Reviews are not.
func Travels(e progress.Event) bool {
	data, err := e.Decode()
	return err == nil && travels(data)
}

func travels(data any) bool {
	switch data.(type) {
	case progress.Position, progress.Answer, progress.Judged, progress.Attempt, progress.Check,
		progress.Passed, progress.Hint, progress.Solution, progress.Failed:
		return true
	}
	return false
}

// isNull tells whether there is nothing in a field of JSON.
func isNull(data json.RawMessage) bool {
	return len(data) == 0 || bytes.Equal(data, []byte("null"))
}
