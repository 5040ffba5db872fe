package progress

import "golang.org/x/sys/unix"

// journalMode is WAL, but on network file systems TRUNCATE: WAL shares memory
// between processes, which file systems of several machines do not have
// (https://www.sqlite.org/wal.html).
func journalMode(dir string) string {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) == nil && remote(int64(st.Type)) {
		return "TRUNCATE"
	}
	return "WAL"
}

// remote tells whether a statfs magic is that of a network file system.
func remote(magic int64) bool {
	switch uint32(magic) {
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC,
		unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.CEPH_SUPER_MAGIC, unix.CODA_SUPER_MAGIC,
		unix.NCP_SUPER_MAGIC, unix.V9FS_MAGIC, unix.FUSE_SUPER_MAGIC:
		return true
	}
	return false
}
