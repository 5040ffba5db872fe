package kernel

// FSStat is what df shows of a mount.
type FSStat struct {
	Device, Target, Type string
	Size, Free           int64 // bytes
	Files, FilesFree     int64
	BlockSize            int64
	ReadOnly             bool
}

// filesOf is how many files a file system says it can hold.
const filesOf = 1 << 20

// Statfs describes the file system that a file lies on.
func (f *FS) Statfs(name string) (FSStat, error) {
	at, err := f.find(name, true)
	if err != nil {
		return FSStat{}, pathError("statfs", name, err)
	}
	m := at.mnt
	s := FSStat{Device: m.device, Target: m.target, Type: m.kind, BlockSize: 4096, ReadOnly: m.ro}
	switch {
	case m.mem != nil:
		used, inodes := m.mem.usage()
		s.Size = m.mem.size()
		s.Free = max(0, s.Size-used)
		s.Files, s.FilesFree = filesOf, filesOf-int64(inodes)
	case m.host != nil:
		s.Size, s.Files = m.host.limit, filesOn(m.host.limit)
		s.Free, s.FilesFree = m.host.disk.free(m.host.volume, m.host.limit)
	}
	return s, nil
}

// size is how many bytes the file system holds.
func (m *memFS) size() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.limit
}
