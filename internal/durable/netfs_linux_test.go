package durable

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestNetworkFileSystems(t *testing.T) {
	t.Parallel()
	for magic, want := range map[int64]bool{
		unix.NFS_SUPER_MAGIC: true, unix.SMB2_SUPER_MAGIC: true, unix.V9FS_MAGIC: true, unix.FUSE_SUPER_MAGIC: true,
		int64(int32(-0xacb2be)): true, // CIFS (0xff534d42), sign-extended as on 32-bit systems
		unix.EXT4_SUPER_MAGIC:   false, unix.TMPFS_MAGIC: false, unix.BTRFS_SUPER_MAGIC: false, unix.OVERLAYFS_SUPER_MAGIC: false,
	} {
		if got := remote(magic); got != want {
			t.Errorf("%#x: %v", magic, got)
		}
	}
}
