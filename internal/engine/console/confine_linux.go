package console

import (
	"debug/elf"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

const (
	readFiles = ll.AccessFSReadFile | ll.AccessFSReadDir
	writeAll  = readFiles | ll.AccessFSWriteFile | ll.AccessFSRemoveDir | ll.AccessFSRemoveFile |
		ll.AccessFSMakeDir | ll.AccessFSMakeReg | ll.AccessFSMakeSock | ll.AccessFSMakeFifo |
		ll.AccessFSTruncate | ll.AccessFSRefer
	handled = writeAll | ll.AccessFSExecute | ll.AccessFSMakeChar | ll.AccessFSMakeBlock | ll.AccessFSMakeSym
)

// confine limits this process for the rest of its life to a place, to what it is
// permitted besides, and to so much memory. A helper that it starts stays confined
// the same way. A kernel without Landlock confines what it can.
func confine(p place, may permits) error {
	for resource, limit := range map[int]uint64{unix.RLIMIT_DATA: maxMemory, unix.RLIMIT_FSIZE: maxFile, unix.RLIMIT_CORE: 0} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("limiting a process: %w", err)
		}
	}
	rules := append(rulesOf(p), ports(may.servers)...)
	if len(may.logs) > 0 {
		rules = append(rules, landlock.PathAccess(readFiles, may.logs...).IgnoreIfMissing())
	}
	if may.helpers {
		rules = append(rules, programs(p.Program)...)
	}
	net := landlock.AccessNetSet(0)
	if !may.dial {
		net |= ll.AccessNetConnectTCP
	}
	if !may.listen {
		net |= ll.AccessNetBindTCP
	}
	config := landlock.MustConfig(landlock.AccessFSSet(handled), net)
	if err := config.BestEffort().Restrict(rules...); err != nil {
		return fmt.Errorf("confining a process: %w", err)
	}
	return nil
}

func rulesOf(p place) []landlock.Rule {
	return []landlock.Rule{
		landlock.PathAccess(writeAll, p.Workspace, p.Private),
		landlock.PathAccess(ll.AccessFSReadFile|ll.AccessFSWriteFile, "/dev/null"),
		landlock.PathAccess(readFiles, "/etc/ssl", "/etc/pki", "/usr/share/ca-certificates", "/usr/share/zoneinfo").IgnoreIfMissing(),
		landlock.PathAccess(ll.AccessFSReadFile, "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/dev/urandom").IgnoreIfMissing(),
	}
}

// ports lets a process connect to the ports of the servers. Which hosts is
// beyond Landlock; the guard sees to that.
func ports(servers []string) (rules []landlock.Rule) {
	for _, server := range servers {
		if port := portOf(server); port != 0 {
			rules = append(rules, landlock.ConnectTCP(port))
		}
	}
	return rules
}

func portOf(server string) uint16 {
	u, err := url.Parse(server)
	if err != nil {
		return 0
	}
	if u.Port() == "" {
		return map[string]uint16{"https": 443, "http": 80}[u.Scheme]
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(port)
}

// programs lets a process start this program, and no other: its file, the
// loader that its file names, and the libraries, to be read.
func programs(program string) []landlock.Rule {
	files := []string{program}
	if loader := loaderOf(program); loader != "" {
		files = append(files, loader)
	}
	return []landlock.Rule{
		landlock.PathAccess(ll.AccessFSExecute|ll.AccessFSReadFile, files...),
		landlock.PathAccess(readFiles, "/lib", "/lib64", "/usr/lib", "/usr/lib64").IgnoreIfMissing(),
		landlock.PathAccess(ll.AccessFSReadFile, "/etc/ld.so.cache").IgnoreIfMissing(),
	}
}

// loaderOf is the dynamic loader of a program, "" if it needs none.
func loaderOf(program string) string {
	f, err := elf.Open(program)
	if err != nil {
		return ""
	}
	defer f.Close()
	for _, part := range f.Progs {
		if part.Type != elf.PT_INTERP {
			continue
		}
		name, err := io.ReadAll(part.Open())
		if err != nil {
			return ""
		}
		return strings.TrimRight(string(name), "\x00")
	}
	return ""
}
