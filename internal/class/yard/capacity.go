package yard

// Capacity is how many labs may be awake at once on a machine of so many bytes of
// memory and so many processors, at least 1.
func Capacity(memory int64, processors int) int { return 1 }

// Scrub is what an engine gets of an environment: what programs need to run and to
// word things, and nothing that names files, clusters, tools or secrets of whoever
// serves the class.
func Scrub(environ []string) []string { return nil }
