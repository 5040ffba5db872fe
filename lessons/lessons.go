// Package lessons holds the built-in course as files that a person can read and
// edit; package course says what they mean.
package lessons

import "embed"

// FS holds the course: TRACK/track.yaml, TRACK/LESSON/lesson.yaml and so on.
//
//go:embed *
var FS embed.FS
