// Package enginetest holds the tests of the whole engine: a real daemon with a
// real control plane, spoken to over its socket, as the tutor does. Its test
// binary is the only one that links all of the engine, and it is the kubelab
// that the tests start.
//
// It has no code of its own outside tests.
package enginetest
