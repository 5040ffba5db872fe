package cri

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// account is a line of /etc/passwd.
type account struct {
	name     string
	uid, gid int
}

// group is a line of /etc/group.
type group struct {
	name    string
	gid     int
	members []string
}

// reader reads a file of the image.
type reader interface {
	ReadFile(name string) ([]byte, error)
}

// users is what an image knows of users.
type users struct {
	accounts []account
	groups   []group
}

// readUsers reads /etc/passwd and /etc/group; an image without them knows none.
func readUsers(files reader) users {
	var u users
	for fields := range lines(files, "/etc/passwd", 4) {
		uid, err := strconv.Atoi(fields[2])
		gid, err2 := strconv.Atoi(fields[3])
		if err == nil && err2 == nil {
			u.accounts = append(u.accounts, account{fields[0], uid, gid})
		}
	}
	for fields := range lines(files, "/etc/group", 3) {
		g := group{name: fields[0]}
		var err error
		if g.gid, err = strconv.Atoi(fields[2]); err != nil {
			continue
		}
		if len(fields) > 3 && fields[3] != "" {
			g.members = strings.Split(fields[3], ",")
		}
		u.groups = append(u.groups, g)
	}
	return u
}

// lines yields the fields of those lines of a file that have at least so many.
func lines(files reader, name string, fields int) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		text, err := files.ReadFile(name)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
			if len(f) >= fields && !yield(f) {
				return
			}
		}
	}
}

// credentials are those of a container's main process: the pod's wishes, else
// the image's user, else root.
func credentials(files reader, security *runtimeapi.LinuxContainerSecurityContext, imageUser string) (kernel.Cred, error) {
	wish, err := userWish(security)
	if err != nil {
		return kernel.Cred{}, fmt.Errorf("failed to generate user string: %w", err)
	}
	known := readUsers(files)
	cred, name, err := known.resolve(either(either(wish, imageUser), "0"))
	if err != nil {
		return cred, err
	}
	cred.Groups = []int{cred.GID}
	if security.GetSupplementalGroupsPolicy() == runtimeapi.SupplementalGroupsPolicy_Merge {
		cred.Groups = append(cred.Groups, known.groupsOf(name)...)
	}
	for _, gid := range security.GetSupplementalGroups() {
		cred.Groups = append(cred.Groups, int(gid))
	}
	slices.Sort(cred.Groups[1:])
	cred.Groups = unique(cred.Groups)
	return cred, nil
}

// unique removes what came before.
func unique(list []int) []int {
	var kept []int
	for _, v := range list {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// userWish is the pod's wish in the form of a Dockerfile's USER: "user",
// "user:group", or empty.
func userWish(security *runtimeapi.LinuxContainerSecurityContext) (string, error) {
	user := security.GetRunAsUsername()
	if security.GetRunAsUser() != nil {
		user = strconv.FormatInt(security.GetRunAsUser().GetValue(), 10)
	}
	if security.GetRunAsGroup() == nil {
		return user, nil
	}
	if user == "" {
		return "", errors.New("user group is specified without user")
	}
	return user + ":" + strconv.FormatInt(security.GetRunAsGroup().GetValue(), 10), nil
}

// resolve finds the numbers of "user" or "user:group", and the user's name if
// the image knows it. A user by number need not exist.
func (u users) resolve(text string) (kernel.Cred, string, error) {
	user, groupName, hasGroup := strings.Cut(text, ":")
	uid, notNumber := strconv.Atoi(user)
	i := slices.IndexFunc(u.accounts, func(a account) bool { return a.name == user || notNumber == nil && a.uid == uid })
	var cred kernel.Cred
	var name string
	switch {
	case i >= 0:
		cred, name = kernel.Cred{UID: u.accounts[i].uid, GID: u.accounts[i].gid}, u.accounts[i].name
	case notNumber == nil && uid >= 0:
		cred = kernel.Cred{UID: uid}
	default:
		return cred, "", fmt.Errorf("unable to find user %s: no matching entries in passwd file", user)
	}
	if !hasGroup {
		return cred, name, nil
	}
	gid, err := u.group(groupName)
	cred.GID = gid
	return cred, name, err
}

func (u users) group(text string) (int, error) {
	if gid, err := strconv.Atoi(text); err == nil {
		return gid, nil
	}
	for _, g := range u.groups {
		if g.name == text {
			return g.gid, nil
		}
	}
	return 0, fmt.Errorf("unable to find group %s: no matching entries in group file", text)
}

// groupsOf are the groups that list a user as a member.
func (u users) groupsOf(name string) []int {
	var list []int
	for _, g := range u.groups {
		if name != "" && slices.Contains(g.members, name) {
			list = append(list, g.gid)
		}
	}
	return list
}

// linuxUser is a process' identity as the status shows it.
func linuxUser(c kernel.Cred) *runtimeapi.LinuxContainerUser {
	u := &runtimeapi.LinuxContainerUser{Uid: int64(c.UID), Gid: int64(c.GID)}
	for _, gid := range c.Groups {
		u.SupplementalGroups = append(u.SupplementalGroups, int64(gid))
	}
	return u
}

// defaultCaps are what containerd gives a container that asks for nothing.
var defaultCaps = [...]string{"CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
	"NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"}

// allCaps are those of Linux 6 (capability.h).
var allCaps = [...]string{"AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN", "DAC_OVERRIDE",
	"DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD",
	"NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN",
	"SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
	"WAKE_ALARM"}

// capabilities are a container's, without CAP_: the default ones, changed as the
// pod wishes. ALL is done first, then what is added, then what is dropped, as in
// containerd.
func capabilities(security *runtimeapi.LinuxContainerSecurityContext) []string {
	add, drop := plain(security.GetCapabilities().GetAddCapabilities()), plain(security.GetCapabilities().GetDropCapabilities())
	add = append(add, plain(security.GetCapabilities().GetAddAmbientCapabilities())...)
	caps := slices.Clone(defaultCaps[:])
	if security.GetPrivileged() || slices.Contains(add, "ALL") {
		caps = slices.Clone(allCaps[:])
	}
	if security.GetPrivileged() {
		return caps
	}
	if slices.Contains(drop, "ALL") {
		caps = []string{} // not nil, which is the kernel's default
	}
	for _, c := range add {
		if c != "ALL" && !slices.Contains(caps, c) {
			caps = append(caps, c)
		}
	}
	return slices.DeleteFunc(caps, func(c string) bool { return slices.Contains(drop, c) })
}

// plain are capabilities in capitals and without their prefix.
func plain(caps []string) []string {
	var list []string
	for _, c := range caps {
		list = append(list, strings.TrimPrefix(strings.ToUpper(c), "CAP_"))
	}
	return list
}

// filtered says whether a seccomp profile applies: it is shown, and filters
// nothing, because the programs here make no system calls.
func filtered(security *runtimeapi.LinuxContainerSecurityContext) bool {
	profile := security.GetSeccomp()
	return profile != nil && profile.GetProfileType() != runtimeapi.SecurityProfile_Unconfined && !security.GetPrivileged()
}
