//go:build !unix

package server

import "io/fs"

// sharedModeMatters is false where access is a matter of lists, which the
// user's profile directory carries, and not of mode bits.
const sharedModeMatters = false

func ownedByUs(fs.FileInfo) error { return nil }
