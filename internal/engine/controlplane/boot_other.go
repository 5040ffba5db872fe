//go:build !linux && !darwin

package controlplane

// bootID is not known here.
func bootID() string { return "" }
