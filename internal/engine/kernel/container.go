package kernel

import (
	"io"
	"time"

	"kubetutor/internal/engine/fabric"
)

// Cred is who a process is.
type Cred struct {
	UID, GID int
	Groups   []int // supplementary groups
}

// Mount is a file system, or a part of one, mounted in a container. Exactly one of Source and Tree is set.
type Mount struct {
	Target   string // in the container; made if it is missing
	Source   string // a directory or a file of the machine, absolute; opened through os.Root
	Tree     *Tree  // or a tree in memory, such as /dev/shm; its content is copied on write, and it counts as the container's memory
	ReadOnly bool
	GID      int    // the group that files show (fsGroup); 0 or less: none
	Type     string // as shown in /proc/mounts and df: "ext4", "tmpfs"
	Options  string // as shown in /proc/mounts; empty: "rw,relatime" or "ro,relatime"
	Size     int64  // bytes that may be written; 0: 1 GiB for Source, half of the memory limit (or 64 MiB) for Tree
}

// Config is what a container is made of.
type Config struct {
	ID, Hostname string
	Image        *Tree // the read-only lower layer; nil: empty
	ReadOnlyRoot bool
	Mounts       []Mount
	Net          *fabric.Namespace // nil: no network
	PIDs         *PIDNamespace     // shared by the containers of a pod; nil: its own
	Limits       Limits
	Programs     Programs
	Parent       *Accounting // the node's; nil: its own, without a limit
	Privileged   bool
	Caps         []string         // capabilities without CAP_, such as "CHOWN"; nil: what container runtimes give by default
	Now          func() time.Time // nil: time.Now
}

// Spec is how to start a process. What is left out comes from the parent: Cred if it is zero, Env if it is nil, Dir if it is empty. For a
// process without a parent that means root, the PATH that container runtimes give, and "/".
type Spec struct {
	Args []string // Args[0] is looked up in PATH of Env if it has no slash
	Path string   // the file to execute, if it is not the one that Args[0] names
	Env  []string
	Dir  string
	Cred Cred

	Stdin          io.Reader // nil: TTY if that is set, else /dev/null
	Stdout, Stderr io.Writer // nil: TTY if that is set, else /dev/null
	TTY            *TTY      // the controlling terminal; nil: the parent's
	NewGroup       bool      // a process group of its own, as a job of an interactive shell has
}
