// Package nodes holds the tests of the whole engine with nodes that run Pods: what
// learners do with Pods, what kubelets decide, what is left when parts die. The
// engine under test is that of package enginetest.
//
// It has no code of its own outside tests.
package nodes
