package progress

// journalMode is WAL, but on network file systems TRUNCATE: WAL shares memory
// between processes, which file systems of several machines do not have
// (https://www.sqlite.org/wal.html).
func journalMode(dir string) string {
	if OnNetwork(dir) {
		return "TRUNCATE"
	}
	return "WAL"
}
