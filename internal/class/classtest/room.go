package classtest

import (
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
)

// Course is a made-up course of six lessons of five pages, each page with
// questions and the first two with a lab: lesson-0000 to lesson-0005, questions q-0
// to q-5, labs lab-0 and lab-1.
func Course(t testing.TB) *course.Course {
	t.Helper()
	dir := t.TempDir()
	coursetest.Write(t, dir, 6)
	c, err := course.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Class is a class of the first three lessons of [Course], of 20 minutes each.
func Class() class.Class {
	return class.Class{
		Name: "storage-lab",
		Plan: []class.Planned{{Lesson: "lesson-0000", Minutes: 20}, {Lesson: "lesson-0001", Minutes: 20}, {Lesson: "lesson-0002", Minutes: 20}},
		Lang: course.English,
	}
}

// Room is a room of the class in a store in memory; it has a join code. What o
// leaves out, the course and the yard among it, is filled in. It is closed when the
// test ends.
func Room(t testing.TB, o class.Options) *class.Room {
	t.Helper()
	s := NewStore(t)
	if err := class.Create(t.Context(), s, Class()); err != nil {
		t.Fatal(err)
	}
	if o.Course == nil {
		o.Course = Course(t)
	}
	if o.Yard == nil {
		o.Yard = NewYard()
	}
	r := Open(t, s, o)
	if _, err := r.Renew(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	return r
}

// Open opens a room, and closes it when the test ends.
func Open(t testing.TB, s class.Store, o class.Options) *class.Room {
	t.Helper()
	r, err := class.Open(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// Join lets somebody in who is new, with the join code of the room.
func Join(t testing.TB, r *class.Room, name string) class.Admission {
	t.Helper()
	a, err := r.Admit(t.Context(), class.Application{Name: name, Code: r.Join().Code, From: "192.0.2.1"})
	if err != nil {
		t.Fatalf("letting %s in: %v", name, err)
	}
	return a
}

// Enter lets somebody in who is new, and begins a session.
func Enter(t testing.TB, r *class.Room, name string) *class.Presence {
	t.Helper()
	p, err := r.Enter(t.Context(), Join(t, r, name).Learner.ID, false)
	if err != nil {
		t.Fatalf("%s enters: %v", name, err)
	}
	return p
}
