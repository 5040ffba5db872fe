package kernel

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"time"

	"kubetutor/internal/engine/fabric"
)

// Executable is the content of a file that runs the program of that name when it is executed. It looks like a small ELF file.
func Executable(program string) []byte { return []byte("\x7fELF" + program) }

// Tree is a file tree in memory: an image's, which many containers share and none changes, or the content that a mount begins with. It is built
// with its methods, which make missing parent directories (0755, root) and replace what was there, and must not change once a container uses it.
type Tree struct{}

// NewTree returns an empty tree: a root directory, 0755, root.
func NewTree() *Tree { return &Tree{} }

// Clone returns a tree with the same files that can be changed on its own; contents are shared.
func (t *Tree) Clone() *Tree { return t }

// Mkdir makes a directory, or changes mode and owner of one. mode may have fs.ModeSticky and fs.ModeSetgid.
func (t *Tree) Mkdir(path string, mode fs.FileMode, uid, gid int) {}

// File makes a file.
func (t *Tree) File(path string, content []byte, mode fs.FileMode, uid, gid int) {}

// Lazy makes a file whose content is made when it is first read; size is its length in bytes.
func (t *Tree) Lazy(path string, size int64, content func() []byte, mode fs.FileMode, uid, gid int) {}

// Symlink makes a symbolic link at path that leads to target.
func (t *Tree) Symlink(path, target string, uid, gid int) {}

// Link makes a second name for the file old. It does nothing if there is no such file.
func (t *Tree) Link(path, old string) {}

// Remove removes path and what is below it.
func (t *Tree) Remove(path string) {}

// SetTime is the time of change that files made from now on show.
func (t *Tree) SetTime(when time.Time) {}

// Size is the sum of the files' lengths in bytes.
func (t *Tree) Size() int64 { return 0 }

// PIDNamespace numbers processes.
type PIDNamespace struct{}

// NewPIDNamespace returns an empty namespace: its first process gets number 1, and when that ends, all others are killed.
func NewPIDNamespace() *PIDNamespace { return &PIDNamespace{} }

// Accounting sums what the containers of a node use.
type Accounting struct{}

// NewAccounting returns the accounting of a node with so many bytes of memory; 0: no limit. When its containers use more, the OOM killer takes
// the one that uses most.
func NewAccounting(memory int64) *Accounting { return &Accounting{} }

// SetCPU is how much CPU the node has, in millicores: its containers share it. 0: no limit.
func (a *Accounting) SetCPU(millicores int64) {}

// SetMemory changes the node's memory in bytes; 0: no limit.
func (a *Accounting) SetMemory(bytes int64) {}

// Usage is the sum over the containers, those that are gone included in CPU.
func (a *Accounting) Usage() Usage { return Usage{} }

// Container is one container.
type Container struct{}

// New makes a container and mounts its file systems. Nothing runs until Start.
func New(config Config) (*Container, error) { return &Container{}, nil }

// Start starts a process: the first is the container's main process, and when it ends all others are killed; later ones are what exec starts.
// The error is an *ExecError and says what a container runtime would: `exec: "foo": executable file not found in $PATH`.
func (c *Container) Start(spec Spec) (*Process, error) { return nil, errors.ErrUnsupported }

// Update changes the limits of the running container.
func (c *Container) Update(limits Limits) {}

// Usage is what the container uses now.
func (c *Container) Usage() Usage { return Usage{} }

// Limits are the limits as they are now.
func (c *Container) Limits() Limits { return Limits{} }

// OOMKilled says whether the OOM killer ended the container's main process.
func (c *Container) OOMKilled() bool { return false }

// Kill sends SIGKILL to all processes.
func (c *Container) Kill() {}

// Close kills all processes and frees what the container holds.
func (c *Container) Close() error { return nil }

// FS is the container's file system as root sees it, for the runtime itself; it works until Close.
func (c *Container) FS() *FS { return &FS{} }

// ID is the container's id, as its Config has it.
func (c *Container) ID() string { return "" }

// Process is a running program's view of the kernel.
type Process struct{}

func (p *Process) PID() int                                                       { return 0 }
func (p *Process) PPID() int                                                      { return 0 }
func (p *Process) Args() []string                                                 { return nil }
func (p *Process) Path() string                                                   { return "" }
func (p *Process) Env() []string                                                  { return nil }
func (p *Process) Getenv(name string) string                                      { return "" }
func (p *Process) Dir() string                                                    { return "" }
func (p *Process) SetDir(dir string) error                                        { return nil }
func (p *Process) Cred() Cred                                                     { return Cred{} }
func (p *Process) Hostname() string                                               { return "" }
func (p *Process) TTY() *TTY                                                      { return nil }
func (p *Process) Stdin() io.Reader                                               { return nil }
func (p *Process) Stdout() io.Writer                                              { return nil }
func (p *Process) Stderr() io.Writer                                              { return nil }
func (p *Process) Container() *Container                                          { return nil }
func (p *Process) Context() context.Context                                       { return nil }
func (p *Process) SetUmask(mask fs.FileMode) fs.FileMode                          { return 0 }
func (p *Process) Start(spec Spec) (*Process, error)                              { return nil, nil }
func (p *Process) LookPath(name string) (string, error)                           { return "", nil }
func (p *Process) Wait(ctx context.Context) (Status, error)                       { return Status{}, nil }
func (p *Process) WaitStopped(ctx context.Context) (Status, error)                { return Status{}, nil }
func (p *Process) Notify(signals ...Signal) <-chan Signal                         { return nil }
func (p *Process) Ignore(signals ...Signal)                                       {}
func (p *Process) Reset(signals ...Signal)                                        {}
func (p *Process) Signal(s Signal) error                                          { return nil }
func (p *Process) Kill(pid int, s Signal) error                                   { return nil }
func (p *Process) Processes() []ProcessInfo                                       { return nil }
func (p *Process) FS() *FS                                                        { return nil }
func (p *Process) Net() *fabric.Namespace                                         { return nil }
func (p *Process) Lookup(ctx context.Context, host string) ([]netip.Addr, error)  { return nil, nil }
func (p *Process) Grow(bytes int64) error                                         { return nil }
func (p *Process) Use(ctx context.Context, d time.Duration) error                 { return nil }
func (p *Process) Burn(ctx context.Context, cores float64, d time.Duration) error { return nil }
func (p *Process) Usage() Usage                                                   { return Usage{} }
func (p *Process) Pipe() (*PipeReader, *PipeWriter)                               { return nil, nil }

// ProcessInfo is what ps shows of a process.
type ProcessInfo struct {
	PID, PPID, PGID int
	UID, GID        int
	Args            []string
	State           byte // 'R', 'S', 'T' stopped, 'Z' ended and not waited for
	Start           time.Time
	CPU             time.Duration
	Memory          int64  // bytes
	TTY             string // "pts/0" or empty
	Container       string // its id
}

// PipeReader is the end of a pipe that is read.
type PipeReader struct{}

func (r *PipeReader) Read(b []byte) (int, error) { return 0, io.EOF }
func (r *PipeReader) Close() error               { return nil }

// PipeWriter is the end of a pipe that is written.
type PipeWriter struct{}

func (w *PipeWriter) Write(b []byte) (int, error) { return 0, nil }
func (w *PipeWriter) Close() error                { return nil }

// Pipe makes a pipe of 64 KiB, as pipe(2) does.
func Pipe() (*PipeReader, *PipeWriter) { return nil, nil }

// Size is the size of a terminal in characters.
type Size struct{ Columns, Rows int }

// TTY is a pseudo-terminal with its line discipline.
type TTY struct{}

// NewTTY makes a terminal in canonical mode with echo.
func NewTTY(size Size) *TTY { return &TTY{} }

// Master is the side of the terminal's user: what is written to it is typed, what is read from it is shown. Close hangs up.
func (t *TTY) Master() io.ReadWriteCloser { return nil }

// Read and Write are the side of the programs, for those that have no process.
func (t *TTY) Read(b []byte) (int, error)  { return 0, nil }
func (t *TTY) Write(b []byte) (int, error) { return 0, nil }
func (t *TTY) Size() Size                  { return Size{} }
func (t *TTY) Resize(size Size)            {}
func (t *TTY) Name() string                { return "pts/0" }
func (t *TTY) Mode() Mode                  { return Mode{} }
func (t *TTY) SetMode(mode Mode)           {}
func (t *TTY) MakeRaw() (restore func())   { return func() {} }
func (t *TTY) Foreground() int             { return 0 }
func (t *TTY) SetForeground(pgid int)      {}

// Mode is how a terminal treats input and output, in the words of termios(3).
type Mode struct {
	Canonical, Echo, Signals, CRNL, NLCR bool
}

// FS is a container's file system as a process sees it.
type FS struct{}

// Stat is what FileInfo.Sys() returns.
type Stat struct {
	UID, GID int
	Nlink    int
	Ino, Dev uint64
	Device   uint64
}

// FSStat is what df shows of a mount.
type FSStat struct {
	Type             string
	Size, Free       int64
	Files, FilesFree int64
	BlockSize        int64
	ReadOnly         bool
}

// MountInfo is a line of /proc/mounts.
type MountInfo struct{ Device, Target, Type, Options string }

func (f *FS) With(dir string, cred Cred) *FS                                  { return f }
func (f *FS) Dir() string                                                     { return "/" }
func (f *FS) Open(name string) (*File, error)                                 { return nil, nil }
func (f *FS) Create(name string) (*File, error)                               { return nil, nil }
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (*File, error) { return nil, nil }
func (f *FS) Stat(name string) (fs.FileInfo, error)                           { return nil, nil }
func (f *FS) Lstat(name string) (fs.FileInfo, error)                          { return nil, nil }
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error)                      { return nil, nil }
func (f *FS) ReadFile(name string) ([]byte, error)                            { return nil, nil }
func (f *FS) WriteFile(name string, data []byte, perm fs.FileMode) error      { return nil }
func (f *FS) Mkdir(name string, perm fs.FileMode) error                       { return nil }
func (f *FS) MkdirAll(name string, perm fs.FileMode) error                    { return nil }
func (f *FS) Mkfifo(name string, perm fs.FileMode) error                      { return nil }
func (f *FS) Remove(name string) error                                        { return nil }
func (f *FS) Unlink(name string) error                                        { return nil }
func (f *FS) Rmdir(name string) error                                         { return nil }
func (f *FS) RemoveAll(name string) error                                     { return nil }
func (f *FS) Rename(old, new string) error                                    { return nil }
func (f *FS) Symlink(target, name string) error                               { return nil }
func (f *FS) Link(old, new string) error                                      { return nil }
func (f *FS) Readlink(name string) (string, error)                            { return "", nil }
func (f *FS) Chmod(name string, mode fs.FileMode) error                       { return nil }
func (f *FS) Chown(name string, uid, gid int) error                           { return nil }
func (f *FS) Lchown(name string, uid, gid int) error                          { return nil }
func (f *FS) Chtimes(name string, atime, mtime time.Time) error               { return nil }
func (f *FS) Truncate(name string, size int64) error                          { return nil }
func (f *FS) EvalSymlinks(name string) (string, error)                        { return "", nil }
func (f *FS) Access(name string, mode uint32) error                           { return nil }
func (f *FS) Statfs(name string) (FSStat, error)                              { return FSStat{}, nil }
func (f *FS) Mounts() []MountInfo                                             { return nil }
func (f *FS) Sub(dir string) fs.FS                                            { return nil }

// File is an open file.
type File struct{}

func (f *File) Name() string                                 { return "" }
func (f *File) Read(b []byte) (int, error)                   { return 0, io.EOF }
func (f *File) ReadAt(b []byte, off int64) (int, error)      { return 0, io.EOF }
func (f *File) Write(b []byte) (int, error)                  { return 0, nil }
func (f *File) WriteAt(b []byte, off int64) (int, error)     { return 0, nil }
func (f *File) WriteString(s string) (int, error)            { return 0, nil }
func (f *File) Seek(offset int64, whence int) (int64, error) { return 0, nil }
func (f *File) Stat() (fs.FileInfo, error)                   { return nil, nil }
func (f *File) ReadDir(n int) ([]fs.DirEntry, error)         { return nil, nil }
func (f *File) Truncate(size int64) error                    { return nil }
func (f *File) Chmod(mode fs.FileMode) error                 { return nil }
func (f *File) Sync() error                                  { return nil }
func (f *File) TTY() *TTY                                    { return nil }
func (f *File) Close() error                                 { return nil }
