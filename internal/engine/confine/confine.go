// Package confine takes rights away from a process of the engine that works with
// what learners wrote, in case something in it can be made to do what it should not.
package confine
