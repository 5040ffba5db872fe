package files

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// chmod reads its own options, because a mode such as "-w" looks like one.
func chmod(c *tool.Call) int {
	args, recursive, verbose, quiet := c.Args, false, false, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "Rcvf") == "" {
		recursive = recursive || strings.Contains(args[0], "R")
		verbose = verbose || strings.Contains(args[0], "v")
		quiet = quiet || strings.Contains(args[0], "f")
		args = args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) < 2 {
		c.UsageExit()
	}
	umask := c.SetUmask(0)
	c.SetUmask(umask)
	change := func(name string, info fs.FileInfo) error {
		bits, err := tool.ParseMode(args[0], tool.UnixMode(info.Mode()), info.IsDir(), uint32(umask))
		if err != nil {
			c.Fatalf("%v", err)
		}
		if err = c.FS().Chmod(name, tool.GoMode(bits)); err == nil && verbose {
			line(c, fmt.Sprintf("mode of '%s' changed to %04o (%s)", name, bits, tool.ModeString(tool.GoMode(bits))[1:]))
		}
		return err
	}
	for _, name := range args[1:] {
		each(c, name, recursive, func(name string, info fs.FileInfo, err error) {
			if err == nil && info.Mode()&fs.ModeSymlink != 0 {
				if name != strings.TrimSuffix(name, "/") || recursive {
					return
				}
				info, err = c.FS().Stat(name)
			}
			if err == nil {
				err = change(name, info)
			}
			if err != nil && !quiet {
				c.Warnf("%s: %s", name, tool.Reason(err))
			}
		})
	}
	return 0
}

// each visits a file and, if asked to, all that is below it.
func each(c *tool.Call, name string, recursive bool, do func(string, fs.FileInfo, error)) {
	info, err := c.FS().Lstat(name)
	do(name, info, err)
	if err != nil || !info.IsDir() || !recursive {
		return
	}
	entries, err := c.FS().ReadDir(name)
	if err != nil {
		do(name, info, err)
		return
	}
	for _, child := range names(entries) {
		each(c, within(name, child), true, do)
	}
}

func userID(c *tool.Call, name string) int {
	id, ok := c.Users().ID(name)
	if !ok {
		c.Fatalf("unknown user %s", name)
	}
	return id
}

func groupID(c *tool.Call, name string) int {
	id, ok := c.Groups().ID(name)
	if !ok {
		c.Fatalf("unknown group %s", name)
	}
	return id
}

func chown(c *tool.Call) int {
	spec := c.Args[0]
	user, group, both := strings.Cut(spec, ":")
	if !both {
		user, group, both = strings.Cut(spec, ".")
	}
	uid, gid := -1, -1
	if user != "" {
		uid = userID(c, user)
	}
	switch {
	case group != "":
		gid = groupID(c, group)
	case both:
		if main, ok := c.Users().MainGroup(user); ok {
			gid = main
		}
	}
	return changeOwner(c, c.Args[1:], uid, gid)
}

func chgrp(c *tool.Call) int { return changeOwner(c, c.Args[1:], -1, groupID(c, c.Args[0])) }

func changeOwner(c *tool.Call, list []string, uid, gid int) int {
	change := c.FS().Chown
	if c.Has("h") {
		change = c.FS().Lchown
	}
	for _, name := range list {
		each(c, name, c.Has("R"), func(name string, info fs.FileInfo, err error) {
			if err == nil {
				set := change
				if c.Has("R") && info.Mode()&fs.ModeSymlink != 0 {
					set = c.FS().Lchown
				}
				err = set(name, uid, gid)
			}
			if err != nil && !c.Has("f") {
				c.Warnf("%s: %s", name, tool.Reason(err))
			}
		})
	}
	return 0
}

func touch(c *tool.Call) int {
	when := time.Now()
	if ref := c.Value("r", ""); ref != "" {
		info, err := c.FS().Stat(ref)
		if err != nil {
			c.Fatalf("%s: %s", ref, tool.Reason(err))
		}
		when = info.ModTime()
	}
	if text := c.Value("d", c.Value("t", "")); text != "" {
		t, err := tool.ParseTime(text, when)
		if err != nil {
			c.Fatalf("invalid date '%s'", text)
		}
		when = t
	}
	for _, name := range c.Args {
		if err := touchOne(c, name, when); err != nil {
			c.Warnf("%s: %s", name, tool.Reason(err))
		}
	}
	return 0
}

func touchOne(c *tool.Call, name string, when time.Time) error {
	err := c.FS().Chtimes(name, when, when)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if c.Has("c") {
		return nil
	}
	if err := c.FS().WriteFile(name, nil, 0o666); err != nil {
		return err
	}
	if c.Has("d") || c.Has("t") || c.Has("r") {
		return c.FS().Chtimes(name, when, when)
	}
	return nil
}

func stat(c *tool.Call) int {
	users, groups := c.Users(), c.Groups()
	for _, name := range c.Args {
		if c.Has("f") {
			statFS(c, name)
			continue
		}
		look := c.FS().Lstat
		if c.Has("L") {
			look = c.FS().Stat
		}
		info, err := look(name)
		if err != nil {
			c.Warnf("can't stat '%s': %s", name, tool.Reason(err))
			continue
		}
		form := c.Value("c", "")
		if form == "" {
			form = statFormat(c, info)
		}
		line(c, statText(c, form, name, info, users, groups))
	}
	return 0
}

func statFormat(c *tool.Call, info fs.FileInfo) string {
	switch {
	case c.Has("t"):
		return "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %o"
	case info.Mode()&fs.ModeDevice != 0:
		return "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Dh/%dd\tInode: %-10i  Links: %-5h Device type: %t,%T\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z"
	}
	return "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Dh/%dd\tInode: %-10i  Links: %-5h\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z"
}

func statText(c *tool.Call, form, name string, info fs.FileInfo, users, groups tool.Names) string {
	var b strings.Builder
	for i := 0; i < len(form); i++ {
		if form[i] != '%' || i+1 == len(form) {
			b.WriteByte(form[i])
			continue
		}
		start := i
		for i++; i < len(form)-1 && strings.IndexByte("-0123456789.#+ ", form[i]) >= 0; i++ {
		}
		value := statField(c, form[i], name, info, users, groups)
		spec := form[start:i]
		if text, ok := value.(string); ok {
			fmt.Fprintf(&b, spec+"s", text)
			continue
		}
		verb := "d"
		if strings.IndexByte("fDtT", form[i]) >= 0 {
			verb = "x"
		} else if form[i] == 'a' {
			verb = "o"
		}
		fmt.Fprintf(&b, spec+verb, value)
	}
	return b.String()
}

// statField is one field of a file: a string or a number.
func statField(c *tool.Call, letter byte, name string, info fs.FileInfo, users, groups tool.Names) any {
	s := tool.StatOf(info)
	const stamp = "2006-01-02 15:04:05.000000000 -0700"
	switch letter {
	case 'n':
		return name
	case 'N':
		if target, err := c.FS().Readlink(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return "'" + name + "' -> '" + target + "'"
		}
		return name
	case 's':
		return info.Size()
	case 'b':
		return blocks(info) * 2
	case 'B':
		return 512
	case 'o':
		return 4096
	case 'f':
		return unixType(info.Mode()) | tool.UnixMode(info.Mode())
	case 'F':
		return fileKind(info)
	case 'a':
		return tool.UnixMode(info.Mode())
	case 'A':
		return tool.ModeString(info.Mode())
	case 'u':
		return s.UID
	case 'U':
		return users.Name(s.UID)
	case 'g':
		return s.GID
	case 'G':
		return groups.Name(s.GID)
	case 'h':
		return s.Nlink
	case 'i':
		return s.Ino
	case 'd', 'D':
		return s.Dev
	case 't':
		return s.Device >> 8
	case 'T':
		return s.Device & 0xff
	case 'X', 'Y', 'Z':
		return info.ModTime().Unix()
	case 'x', 'y', 'z':
		return info.ModTime().UTC().Format(stamp)
	case 'm':
		return mountOf(c, name).Target
	}
	return "?"
}

func unixType(mode fs.FileMode) uint32 {
	switch {
	case mode.IsDir():
		return 0o040000
	case mode&fs.ModeSymlink != 0:
		return 0o120000
	case mode&fs.ModeNamedPipe != 0:
		return 0o010000
	case mode&fs.ModeSocket != 0:
		return 0o140000
	case mode&fs.ModeCharDevice != 0:
		return 0o020000
	case mode&fs.ModeDevice != 0:
		return 0o060000
	}
	return 0o100000
}

func fileKind(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "fifo"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeCharDevice != 0:
		return "character special file"
	case mode&fs.ModeDevice != 0:
		return "block special file"
	case info.Size() == 0:
		return "regular empty file"
	}
	return "regular file"
}

func statFS(c *tool.Call, name string) {
	s, err := c.FS().Statfs(name)
	if err != nil {
		c.Warnf("can't read file system information for '%s': %s", name, tool.Reason(err))
		return
	}
	size := max(s.BlockSize, 1)
	line(c, fmt.Sprintf("  File: %q\n    ID: 0 Namelen: 255     Type: %s\nBlock size: %-10d\nBlocks: Total: %-10d Free: %-10d Available: %d\nInodes: Total: %-10d Free: %d",
		name, s.Type, size, s.Size/size, s.Free/size, s.Free/size, s.Files, s.FilesFree))
}
