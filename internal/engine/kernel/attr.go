package kernel

import (
	"io/fs"
	"syscall"
	"time"
)

// changeable are the bits of a mode that chmod(2) changes.
const changeable = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// Rights that Access asks for, and permission checks.
const (
	ReadOK  uint32 = 4
	WriteOK uint32 = 2
	ExecOK  uint32 = 1
)

// Stat is what the Sys method of a file's information returns.
type Stat struct {
	UID, GID int
	Nlink    int
	Ino, Dev uint64
	Device   uint64 // of a device file: major<<8 | minor
	Blocks   int64  // of 512 bytes, as du counts them
	Atime    time.Time
	Ctime    time.Time
}

// attr is what a file system knows of a file.
type attr struct {
	mode                fs.FileMode
	uid, gid            int
	nlink               int
	size                int64
	mtime, atime, ctime time.Time
	ino, dev, device    uint64
}

// allows says whether somebody may do all that want names. The rights of the owner count for the owner, those of the group for its members, the
// others' for all others, as path_resolution(7) says. override is CAP_DAC_OVERRIDE.
func (a *attr) allows(who *Cred, want uint32, override bool) error {
	bits := uint32(a.mode.Perm())
	switch {
	case override:
		if want&ExecOK != 0 && !a.mode.IsDir() && bits&0o111 == 0 {
			return syscall.EACCES
		}
		return nil
	case who.UID == a.uid:
		bits >>= 6
	case who.member(a.gid):
		bits >>= 3
	}
	if want&^bits != 0 {
		return syscall.EACCES
	}
	return nil
}

// member says whether the user belongs to a group.
func (c *Cred) member(gid int) bool {
	if c.GID == gid {
		return true
	}
	for _, g := range c.Groups {
		if g == gid {
			return true
		}
	}
	return false
}

// info is a fs.FileInfo and a fs.DirEntry.
type info struct {
	name string
	attr attr
}

func (i *info) Name() string               { return i.name }
func (i *info) Size() int64                { return i.attr.size }
func (i *info) Mode() fs.FileMode          { return i.attr.mode }
func (i *info) ModTime() time.Time         { return i.attr.mtime }
func (i *info) IsDir() bool                { return i.attr.mode.IsDir() }
func (i *info) Type() fs.FileMode          { return i.attr.mode.Type() }
func (i *info) Info() (fs.FileInfo, error) { return i, nil }
func (i *info) String() string             { return fs.FormatFileInfo(i) }

// Sys returns a *Stat.
func (i *info) Sys() any {
	a := &i.attr
	return &Stat{
		UID: a.uid, GID: a.gid, Nlink: a.nlink, Ino: a.ino, Dev: a.dev, Device: a.device,
		Blocks: (a.size + 511) / 512, Atime: a.atime, Ctime: a.ctime,
	}
}

// entry is a name in a directory whose information is fetched when it is asked for.
type entry struct {
	name string
	kind fs.FileMode
	info func() (fs.FileInfo, error)
}

func (e *entry) Name() string               { return e.name }
func (e *entry) IsDir() bool                { return e.kind.IsDir() }
func (e *entry) Type() fs.FileMode          { return e.kind.Type() }
func (e *entry) Info() (fs.FileInfo, error) { return e.info() }
func (e *entry) String() string             { return fs.FormatDirEntry(e) }
