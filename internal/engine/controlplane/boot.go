package controlplane

import (
	"os"
	"strings"
)

// bootMark is a file that is there while the store runs. It names the boot of
// the machine, so that a later start can tell a killed process (the kernel kept
// what had been written) from a machine that went down (nobody knows what was).
type bootMark struct {
	file string
	id   string // of this boot; empty where the system has no such thing
}

func newBootMark(file string) *bootMark {
	return &bootMark{file: file, id: bootID()}
}

// known says whether a lost machine can be noticed here. Where it cannot,
// etcd must write through to the disk.
func (b *bootMark) known() bool { return b.id != "" }

// lost says whether the store was running when an earlier boot ended.
func (b *bootMark) lost() bool {
	old, err := os.ReadFile(b.file)
	return err == nil && b.known() && strings.TrimSpace(string(old)) != b.id
}

func (b *bootMark) set() error { return writeFile(b.file, []byte(b.id+"\n")) }

func (b *bootMark) clear() error { return removeIfThere(b.file) }
