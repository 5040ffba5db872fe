package i18n_test

import (
	"reflect"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

func TestWordsOfTheInstructorAreThereInBothLanguages(t *testing.T) {
	t.Parallel()
	sameWords(t, reflect.ValueOf(i18n.ClassWatchWords(course.English)), reflect.ValueOf(i18n.ClassWatchWords(course.Chinese)))
	sameWords(t, reflect.ValueOf(i18n.ClassNotesWords(course.English)), reflect.ValueOf(i18n.ClassNotesWords(course.Chinese)))
}
