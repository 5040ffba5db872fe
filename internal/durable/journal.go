package durable

// Journal is the journal of a file in a directory: WAL, but on network file systems
// TRUNCATE, because WAL shares memory between processes, which file systems of
// several machines do not have (https://www.sqlite.org/wal.html).
func Journal(dir string) string {
	if OnNetwork(dir) {
		return "TRUNCATE"
	}
	return "WAL"
}
