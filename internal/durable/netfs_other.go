//go:build !linux && !darwin

package durable

// OnNetwork tells whether a directory is on a network file system, as far as that
// can be told: here it cannot.
func OnNetwork(string) bool { return false }
