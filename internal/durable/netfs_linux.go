package durable

import "golang.org/x/sys/unix"

// OnNetwork tells whether a directory is on a network file system, as far as that
// can be told.
func OnNetwork(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && remote(int64(st.Type))
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
