package yard

import (
	"io/fs"
	"path/filepath"

	"kubetutor/internal/class"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

const (
	// spareDisk is what must be free for a lab to start: room for a new lab's state,
	// and for what those that are awake go on to write.
	spareDisk = 1 << 30
	// learnerDisk is how large the state of a lab may be that starts.
	learnerDisk = 2 << 30
)

// bounded refuses to start a lab where the disk is full, or the lab's state is too
// large.
func (e *engines) bounded(who class.LearnerID) error {
	if free, err := lab.Room(e.options.Dir); err == nil && free < spareDisk {
		return trouble(protocol.CodeConflict, i18n.LabDiskFull())
	}
	if size := sizeOf(e.state(who)); size > learnerDisk {
		return trouble(protocol.CodeConflict, i18n.LabTooLarge(size, learnerDisk))
	}
	return nil
}

// sizeOf is how many bytes the files below a directory have, as far as they can be
// looked at.
func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // what cannot be read is not counted
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}
