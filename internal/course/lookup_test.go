package course_test

import (
	"reflect"
	"testing"

	"kubetutor/internal/course"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	c, err := course.Load(many(t, 12))
	if err != nil {
		t.Fatal(err)
	}
	all := c.Lessons()
	if len(all) != 12 || c.Prev(all[0]) != nil || c.Next(all[11]) != nil {
		t.Fatalf("%d lessons", len(all))
	}
	for i := 1; i < len(all); i++ {
		if c.Next(all[i-1]) != all[i] || c.Prev(all[i]) != all[i-1] {
			t.Errorf("lesson %d has other neighbours", i)
		}
	}
	if got := c.Nearest("leson-11", 2); !reflect.DeepEqual(got, []string{"lesson-11", "lesson-1"}) {
		t.Errorf("nearest: %v", got)
	}
	if got := course.Similar("pv-", []string{"v", "pv", "pv-pvc-matching", "p-v"}, 2); !reflect.DeepEqual(got, []string{"pv-pvc-matching", "pv"}) {
		t.Errorf("what begins with a word does not come first: %v", got)
	}
	for _, unknown := range []string{"", "first", "lesson-1", "lesson-1/none", "none/one"} {
		if _, ok := c.Question(unknown); ok {
			t.Errorf("a question %q was found", unknown)
		}
	}
}

func TestTextIn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text course.Text
		lang course.Lang
		want string
	}{
		{course.Text{EN: "a", ZH: "甲"}, course.Chinese, "甲"},
		{course.Text{EN: "a", ZH: "甲"}, course.English, "a"},
		{course.Text{EN: "a"}, course.Chinese, "a"},
		{course.Same("x"), course.Chinese, "x"},
	} {
		if got := tc.text.In(tc.lang); got != tc.want {
			t.Errorf("%v in %s: %q", tc.text, tc.lang, got)
		}
	}
}
