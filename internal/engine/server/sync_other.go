//go:build !unix

package server

// syncDir does nothing where directories cannot be synced.
func syncDir(string) error { return nil }
