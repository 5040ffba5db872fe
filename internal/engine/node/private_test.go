package node

import (
	"net/http"
	"strings"
	"testing"
)

type inner struct{ transport *http.Transport }

type outer struct {
	number int
	boxed  any
	inner  *inner
	none   *inner
}

func TestPrivate(t *testing.T) {
	t.Parallel()
	o := &outer{number: 1, boxed: inner{&http.Transport{}}, inner: &inner{}}
	if err := inside(o).field("number").set(2); err != nil || o.number != 2 {
		t.Errorf("set: %v, %d", err, o.number)
	}
	if n, err := value[int](inside(o).field("number")); err != nil || n != 2 {
		t.Errorf("read: %v, %d", err, n)
	}
	transport := &http.Transport{}
	if err := inside(o).field("inner").field("transport").set(transport); err != nil || o.inner.transport != transport {
		t.Errorf("set through a pointer: %v", err)
	}
	if p, err := pointer[http.Transport](inside(o).field("boxed").field("transport")); err != nil || p != o.boxed.(inner).transport {
		t.Errorf("read in an interface: %v", err)
	}
}

// TestPrivateTells: whatever upstream changes is an error that names it.
func TestPrivateTells(t *testing.T) {
	t.Parallel()
	o := &outer{boxed: inner{}, none: nil}
	_, badValue := value[string](inside(o).field("number"))
	_, badPointer := pointer[http.Client](inside(o).field("boxed").field("transport"))
	for want, err := range map[string]error{
		"outer.gone is not there":                    inside(o).field("gone").field("more").set(1),
		"outer.number is a int":                      badValue,
		"outer.number is a int, and cannot be a str": inside(o).field("number").set("x"),
		"outer.none is nil":                          inside(o).field("none").field("transport").set(nil),
		"outer.number.x is in no struct":             inside(o).field("number").field("x").set(1),
		"outer.boxed.transport is a *http.Transport": badPointer,
		"outer.boxed.transport cannot be set":        inside(o).field("boxed").field("transport").set(&http.Transport{}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
