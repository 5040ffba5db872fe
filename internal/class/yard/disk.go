package yard

import (
	"errors"
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
	// leastDisk is what must stay free: below it the largest lab is put to sleep,
	// before the disk is full for all, and for the class's own records.
	leastDisk = 512 << 20
	// learnerDisk is how large the state of a lab may grow. A new one has 70 MB.
	learnerDisk = 2 << 30
)

// errDisk is the failure of a lab that took too much of the disk.
var errDisk = errors.New("it takes too much of the disk")

// roomy refuses to start a lab where the disk is full.
func (e *engines) roomy() error {
	if free, err := lab.Room(e.options.Dir); err == nil && free < spareDisk {
		return trouble(protocol.CodeConflict, i18n.LabDiskFull())
	}
	return nil
}

// small refuses to wake a lab that has grown too large. To begin a lab anew is what
// makes it small again.
func (y *Yard) small(p *plot) error {
	y.mu.Lock()
	large := p.large
	y.mu.Unlock()
	if !large || y.engines == nil {
		return nil
	}
	if size := y.engines.size(p.who); size > learnerDisk {
		return trouble(protocol.CodeConflict, i18n.LabTooLarge(size, learnerDisk))
	}
	return nil
}

// weigh puts labs to sleep that take more of the disk than a learner may have, and
// where it is nearly full the largest, whatever runs in them.
func (y *Yard) weigh() {
	if y.engines == nil {
		return
	}
	var largest *plot
	var most int64
	lives := y.lives()
	for p, life := range lives {
		size := y.engines.size(p.who)
		if size > learnerDisk {
			y.evict(p, life)
		}
		if size > most {
			largest, most = p, size
		}
	}
	if free, err := lab.Room(y.options.Dir); err == nil && free < leastDisk && largest != nil {
		y.evict(largest, lives[largest])
	}
}

// evict puts a lab to sleep because of the disk.
func (y *Yard) evict(p *plot, life int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p.phase != awake || p.life != life {
		return
	}
	p.large = true
	y.fail(p, errDisk)
	y.settle(p)
	y.move()
}

// size is how many bytes the files of a learner's lab have, as far as they can be
// looked at.
func (e *engines) size(who class.LearnerID) (size int64) {
	_ = filepath.WalkDir(e.state(who), func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read is not counted
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}
