package node

import (
	"fmt"
	"reflect"
	"unsafe"
)

// private is a value of upstream's, whose fields are reached by name. Following
// one that is not there, or of another type than expected, makes the value
// invalid; [private.Err] tells which. This is for what the kubelet gives no other
// way to set, at one place in its start, before any of its goroutines runs.
type private struct {
	v    reflect.Value
	path string
	err  error
}

// inside returns the struct that p points to.
func inside(p any) private {
	v := reflect.ValueOf(p)
	return private{path: v.Type().String(), v: v}.follow()
}

// follow goes through pointers and interfaces to the struct behind them.
func (p private) follow() private {
	for p.err == nil && (p.v.Kind() == reflect.Pointer || p.v.Kind() == reflect.Interface) {
		if p.v.IsNil() {
			return p.fail("is nil")
		}
		p.v = p.v.Elem()
	}
	return p
}

func (p private) fail(what string) private {
	p.err = fmt.Errorf("upstream's %s %s", p.path, what)
	return p
}

// field is the field of that name, to be read and set.
func (p private) field(name string) private {
	p = p.follow()
	if p.err != nil {
		return p
	}
	p.path += "." + name
	if p.v.Kind() != reflect.Struct {
		return p.fail("is in no struct")
	}
	f := p.v.FieldByName(name)
	switch {
	case !f.IsValid():
		return p.fail("is not there")
	case f.CanAddr():
		p.v = reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
	default: // in a struct that lies in an interface: to be read only
		p.v = f
	}
	return p
}

// set puts a value into the field.
func (p private) set(value any) error {
	if p.err != nil {
		return p.err
	}
	v := reflect.ValueOf(value)
	switch {
	case !p.v.CanSet():
		return p.fail("cannot be set").err
	case !v.Type().AssignableTo(p.v.Type()):
		return p.fail(fmt.Sprintf("is a %v, and cannot be a %v", p.v.Type(), v.Type())).err
	}
	p.v.Set(v)
	return nil
}

// value reads a field as a T.
func value[T any](p private) (T, error) {
	var zero T
	if p.err != nil {
		return zero, p.err
	}
	if !p.v.CanInterface() {
		return zero, p.fail("cannot be read").err
	}
	t, ok := p.v.Interface().(T)
	if !ok {
		return zero, p.fail(fmt.Sprintf("is a %v", p.v.Type())).err
	}
	return t, nil
}

// pointer reads a field that is a *T, also where it lies in an interface.
func pointer[T any](p private) (*T, error) {
	if p.err != nil {
		return nil, p.err
	}
	if p.v.Type() != reflect.TypeFor[*T]() {
		return nil, p.fail(fmt.Sprintf("is a %v", p.v.Type())).err
	}
	return (*T)(p.v.UnsafePointer()), nil
}
