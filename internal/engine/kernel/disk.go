package kernel

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// disk counts the bytes that the volumes of a node's containers hold on the machine's disk. As on a real disk a file counts once, whatever number of
// names it has, and until its last name is gone and nobody has it open. What a volume held before counts from the first time that it grows, because
// a runtime that starts anew finds the volumes full.
//
// A name is added, taken away or opened under the lock, so that what was looked up is what is changed. A file's own lock is held while it is written:
// it is taken before the disk's.
type disk struct {
	limit int64 // bytes that all volumes of the node may hold together

	mu      sync.Mutex
	used    int64
	inodes  int64
	files   map[fileID]*held
	volumes map[string]*volume // by source
	sweep   int                // how many volumes there must be for the next look at what is gone
	swept   time.Time
}

// volume is what containers mount of one source. Its fields but source are guarded by the disk's lock.
type volume struct {
	source  string // path on the machine, links resolved
	used    int64
	inodes  int64 // files of any kind
	counted bool  // what was there before is counted
}

// fileID is a file's identity on the machine. A machine without file numbers has one for all files of a volume.
type fileID struct {
	dev, ino uint64
	in       *volume
}

// held is a file that counts, or is open. All but resize is guarded by the disk's lock.
type held struct {
	resize sync.Mutex // one write, or change of the length, at a time
	id     fileID
	in     *volume // which it counts for: the first that let it grow; nil: it does not count yet
	size   int64   // bytes that count
	open   int     // handles
}

// nodeDisk is how much the volumes of a node may hold together, in bytes: a few full ones, and still no more than a learner's machine can spare.
const nodeDisk = 4 << 30

// recountEvery is the least time between two looks at the volumes of a disk that is full.
const recountEvery = time.Second

func newDisk(limit int64) *disk {
	return &disk{limit: limit, files: map[fileID]*held{}, volumes: map[string]*volume{}, sweep: firstSweep}
}

// volume is the count for a source.
func (d *disk) volume(source string) *volume {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.volumes[source] == nil {
		if len(d.volumes) >= d.sweep {
			d.recount()
			d.sweep = max(firstSweep, 2*len(d.volumes))
		}
		d.volumes[source] = &volume{source: source}
	}
	return d.volumes[source]
}

// id is a file's identity.
func (v *volume) id(fi fs.FileInfo) fileID {
	id, _ := identity(fi)
	if id.ino == 0 {
		id.in = v
	}
	return id
}

// file is the entry of a file, made if it is missing, locked.
func (d *disk) file(v *volume, fi fs.FileInfo) *held {
	id := v.id(fi)
	if d.files[id] == nil {
		d.files[id] = &held{id: id}
	}
	return d.files[id]
}

// open opens a file, which counts until close.
func (d *disk) open(v *volume, open func() (*os.File, error)) (*os.File, *held, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	file, err := open()
	if err != nil {
		return nil, nil, err
	}
	fi, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	h := d.file(v, fi)
	h.open++
	return file, h, nil
}

// close closes a file, and gives back what it held if it has no name any more.
func (d *disk) close(h *held, file *os.File) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	h.open--
	fi, err := file.Stat()
	if h.open == 0 && (h.size == 0 || err == nil && nameless(fi)) {
		d.drop(h)
	}
	return file.Close()
}

func nameless(fi fs.FileInfo) bool {
	_, links := identity(fi)
	return links == 0
}

// bytesPerFile is how much disk there is for each file that it may hold: each takes a block of the machine's, however short it is. The number is
// what mkfs.ext4 takes.
const bytesPerFile = 16 << 10

// filesOn is how many files a disk of that size holds.
func filesOn(limit int64) int64 { return max(1024, limit/bytesPerFile) }

// freeFiles is how many files a volume of that size may still take, locked.
func (d *disk) freeFiles(v *volume, limit int64) int64 {
	return max(0, min(filesOn(limit)-v.inodes, filesOn(d.limit)-d.inodes))
}

// mayMake says whether there is room for another file, locked.
func (d *disk) mayMake(v *volume, limit int64) bool {
	d.count(v)
	if d.freeFiles(v, limit) == 0 && time.Since(d.swept) >= recountEvery {
		d.recount()
	}
	return d.freeFiles(v, limit) > 0
}

// addFiles counts files more, or less, locked.
func (d *disk) addFiles(v *volume, n int64) {
	n = max(n, -v.inodes)
	v.inodes += n
	d.inodes += n
}

// made counts a new file, and forgets what is known of its number: the last owner was removed from outside. Locked.
func (d *disk) made(v *volume, fi fs.FileInfo) {
	d.addFiles(v, 1)
	if h := d.files[v.id(fi)]; h != nil && h.open == 0 && h.id.ino != 0 {
		d.drop(h)
	}
}

// unlinked gives back what a file held that had one name less than fi tells. Locked.
func (d *disk) unlinked(v *volume, fi fs.FileInfo) {
	h := d.files[v.id(fi)]
	_, links := identity(fi)
	if fi.IsDir() || links <= 1 {
		d.addFiles(v, -1)
	}
	switch {
	case h == nil || links > 1 || !fi.Mode().IsRegular():
	case h.id.ino == 0:
		d.add(h, -min(fi.Size(), h.size))
	case h.open == 0:
		d.drop(h)
	}
}

// add counts bytes for a file, locked.
func (d *disk) add(h *held, bytes int64) {
	if h.in == nil || bytes == 0 {
		return
	}
	h.size += bytes
	h.in.used += bytes
	d.used += bytes
}

// drop forgets a file, locked.
func (d *disk) drop(h *held) {
	d.add(h, -h.size)
	delete(d.files, h.id)
}

// room is how many bytes a volume of that size may still take, locked.
func (d *disk) room(v *volume, limit int64) int64 { return max(0, min(limit-v.used, d.limit-d.used)) }

// free is room for those who look: bytes and files.
func (d *disk) free(v *volume, limit int64) (bytes, files int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.room(v, limit), d.freeFiles(v, limit)
}

// grow counts as many of the bytes that a file of a volume wants as there is room for. The file's own lock is held.
func (d *disk) grow(h *held, v *volume, want, limit int64) (granted int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if want <= 0 {
		return want
	}
	if h.in == nil {
		d.count(v)
	}
	if h.in == nil {
		h.in = v
	}
	if want > d.room(h.in, limit) && time.Since(d.swept) >= recountEvery {
		d.recount()
	}
	granted = min(want, d.room(h.in, limit))
	d.add(h, granted)
	return granted
}

// shrink gives back what a file holds beyond its length. The file's own lock is held. Without file numbers it is not known how much that is.
func (d *disk) shrink(h *held, length int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h.id.ino != 0 {
		d.add(h, min(0, length-h.size))
	}
}

// count counts what was in a volume before, unless it counts for another, locked.
func (d *disk) count(v *volume) {
	if v.counted {
		return
	}
	v.counted = true
	_ = v.walk(func(fi fs.FileInfo) {
		d.addFiles(v, 1)
		if !fi.Mode().IsRegular() {
			return
		}
		if h := d.file(v, fi); h.in == nil || h.id.ino == 0 {
			h.in = v
			d.add(h, fi.Size())
		}
	})
}

// recount looks at the volumes, and forgets what was removed from outside, as the kubelet does when a pod is gone. Locked.
func (d *disk) recount() {
	sizes := map[fileID]int64{}
	for source, v := range d.volumes {
		inodes := int64(0)
		err := v.walk(func(fi fs.FileInfo) {
			inodes++
			switch id := v.id(fi); {
			case !fi.Mode().IsRegular():
			case id.ino == 0:
				sizes[id] += fi.Size()
			default:
				sizes[id] = fi.Size()
			}
		})
		switch {
		case errors.Is(err, fs.ErrNotExist):
			delete(d.volumes, source)
		case err != nil:
			return
		}
		d.addFiles(v, min(0, inodes-v.inodes))
	}
	for id, h := range d.files {
		if size := sizes[id]; h.open == 0 {
			d.add(h, min(0, size-h.size))
		}
		if h.open == 0 && h.size == 0 {
			d.drop(h)
		}
	}
	d.swept = time.Now()
}

// walk shows the files of a volume. What goes away meanwhile, and what we may not read, is left out: containers can make neither.
func (v *volume) walk(each func(fs.FileInfo)) error {
	return filepath.WalkDir(v.source, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && (name != v.source || !entry.IsDir()) {
			var fi fs.FileInfo
			if fi, err = entry.Info(); err == nil {
				each(fi)
			}
		}
		if name != v.source && errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		}
		return err
	})
}
