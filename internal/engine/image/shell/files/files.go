// Package files holds the small programs that work on files and directories.
package files

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"kubetutor/internal/engine/image/shell/tool"
)

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	return map[string]tool.Command{
		"basename": {Flags: "as:", Usage: "FILE [SUFFIX] | -a FILE... | -s SUFFIX FILE...", Min: 1, Run: basename},
		"chgrp":    {Flags: "Rhcvf", Usage: "[-Rhcvf] GROUP FILE...", Min: 2, Run: chgrp},
		"chmod":    {Flags: "Rcvf", Usage: "[-Rcvf] MODE[,MODE]... FILE...", Raw: true, Run: chmod},
		"chown":    {Flags: "RhcvfLHP", Usage: "[-Rhcvf] USER[:[GRP]] FILE...", Min: 2, Run: chown},
		"cp": {
			Flags: "adfHiLnPprRsTt:uv", Long: "archive=a force=f interactive=i recursive=r update=u verbose=v parents=p target-directory=t no-target-directory=T",
			Usage: "[-arPLHpfinlsTu] SOURCE DEST | SOURCE... DIRECTORY", Min: 1, Run: cp,
		},
		"df":       {Flags: "PkmhTait:", Usage: "[-PkmhTai] [-t TYPE] [FILESYSTEM]...", Run: df},
		"dirname":  {Usage: "FILENAME", Min: 1, Max: 1, Run: dirname},
		"du":       {Flags: "aHLd:clsxhmk", Long: "max-depth=d summarize=s human-readable=h", Usage: "[-aHLdclsxhmk] [FILE]...", Run: du},
		"find":     {Raw: true, Usage: "[-HL] [PATH]... [OPTIONS] [ACTIONS]", Run: find},
		"install":  {Flags: "cdDpsg:m:o:t:", Usage: "[-cdDsp] [-o USER] [-g GRP] [-m MODE] [-t DIR] [SOURCE]... DEST", Min: 1, Run: install},
		"link":     {Usage: "FILE LINK", Min: 2, Max: 2, Run: link},
		"ln":       {Flags: "sfnbS:vTr", Long: "symbolic=s force=f no-dereference=n verbose=v relative=r", Usage: "[-sfnbtv] [-S SUF] TARGET... LINK|DIR", Min: 1, Run: ln},
		"ls":       {Flags: "1AaCxdLHRFplinshrSXvctuw:g", Long: "all=a almost-all=A recursive=R human-readable=h color= full-time= reverse=r size=s", Usage: "[-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]...", Run: ls},
		"mkdir":    {Flags: "m:pv", Long: "parents=p mode=m verbose=v", Usage: "[-m MODE] [-p] DIRECTORY...", Min: 1, Run: mkdir},
		"mkfifo":   {Flags: "m:", Usage: "[-m MODE] NAME", Min: 1, Run: mkfifo},
		"mktemp":   {Flags: "dqtp:u", Long: "directory=d", Usage: "[-dt] [-p DIR] [TEMPLATE]", Max: 1, Run: mktemp},
		"mount":    {Flags: "t:o:arwvO:", Usage: "[OPTIONS] [-o OPTS] DEVICE NODE", Run: mount},
		"mv":       {Flags: "finTt:v", Long: "force=f interactive=i no-clobber=n target-directory=t verbose=v", Usage: "[-finT] SOURCE DEST | SOURCE... DIRECTORY", Min: 1, Run: mv},
		"readlink": {Flags: "fnvsemq", Usage: "[-fnv] FILE", Min: 1, Run: readlink},
		"realpath": {Flags: "emsqz", Usage: "FILE...", Min: 1, Run: realpath},
		"rm":       {Flags: "firRv", Long: "force=f recursive=r verbose=v interactive=i", Usage: "[-irf] FILE...", Run: rm},
		"rmdir":    {Flags: "pv", Long: "parents=p ignore-fail-on-non-empty=", Usage: "[-p] DIRECTORY...", Min: 1, Run: rmdir},
		"stat":     {Flags: "fLtc:", Long: "format=c terse=t dereference=L file-system=f", Usage: "[-ltf] FILE...", Min: 1, Run: stat},
		"sync":     {Flags: "df", Usage: "[-df] [FILE]...", Run: func(*tool.Call) int { return 0 }},
		"touch":    {Flags: "acmhd:r:t:", Long: "no-create=c date=d reference=r", Usage: "[-cham] [-d DATE] [-t DATE] [-r FILE] FILE...", Min: 1, Run: touch},
		"truncate": {Flags: "cs:", Long: "size=s no-create=c", Usage: "[-c] -s SIZE FILE...", Min: 1, Run: truncate},
		"umount":   {Flags: "arldt:f", Usage: "[-rlfda] [-t FSTYPE] FILESYSTEM|DIRECTORY", Min: 1, Run: umount},
		"unlink":   {Usage: "FILE", Min: 1, Max: 1, Run: unlink},
	}
}

// within is the path of an entry of a directory, as it was named.
func within(dir, name string) string {
	switch {
	case dir == "":
		return name
	case strings.HasSuffix(dir, "/"):
		return dir + name
	}
	return dir + "/" + name
}

func isDir(c *tool.Call, name string) bool {
	info, err := c.FS().Stat(name)
	return err == nil && info.IsDir()
}

func names(entries []fs.DirEntry) []string {
	list := make([]string, 0, len(entries))
	for _, e := range entries {
		list = append(list, e.Name())
	}
	slices.Sort(list)
	return list
}

func line(c *tool.Call, text string) { _, _ = c.Out.WriteString(text + "\n") }

func basename(c *tool.Call) int {
	suffix, list := c.Value("s", ""), c.Args
	if suffix == "" && !c.Has("a") {
		if len(list) > 2 {
			c.UsageExit()
		}
		if len(list) == 2 {
			suffix, list = list[1], list[:1]
		}
	}
	for _, name := range list {
		base := path.Base(name)
		if base != suffix {
			base = strings.TrimSuffix(base, suffix)
		}
		line(c, base)
	}
	return 0
}

func dirname(c *tool.Call) int {
	name := strings.TrimRight(c.Args[0], "/")
	i := strings.LastIndexByte(name, '/')
	switch {
	case name == "" && c.Args[0] != "":
		line(c, "/")
	case i < 0:
		line(c, ".")
	case i == 0:
		line(c, "/")
	default:
		line(c, strings.TrimRight(name[:i], "/"))
	}
	return 0
}

func mkdir(c *tool.Call) int {
	for _, name := range c.Args {
		if err := makeDir(c, name); err != nil {
			c.Warnf("can't create directory '%s': %s", name, tool.Reason(err))
		}
	}
	return 0
}

func makeDir(c *tool.Call, name string) error {
	mode := fs.FileMode(0o777)
	text := c.Value("m", "")
	make := c.FS().Mkdir
	if c.Has("p") {
		make = c.FS().MkdirAll
	}
	_, missing := c.FS().Stat(name)
	if err := make(name, mode); err != nil {
		return err
	}
	if c.Has("v") && missing != nil {
		line(c, "created directory: '"+name+"'")
	}
	if text == "" || missing == nil {
		return nil
	}
	bits, err := tool.ParseMode(text, 0o777, true, 0)
	if err != nil {
		c.Fatalf("%v", err)
	}
	return c.FS().Chmod(name, tool.GoMode(bits))
}

func rmdir(c *tool.Call) int {
	for _, name := range c.Args {
		for {
			if err := c.FS().Rmdir(name); err != nil {
				c.Warnf("'%s': %s", name, tool.Reason(err))
				break
			}
			name = path.Dir(name)
			if !c.Has("p") || name == "." || name == "/" {
				break
			}
		}
	}
	return 0
}

func rm(c *tool.Call) int {
	if len(c.Args) == 0 && !c.Has("f") {
		c.UsageExit()
	}
	for _, name := range c.Args {
		base := path.Base(strings.TrimRight(name, "/"))
		if base == "." && strings.Trim(name, "/") != "" || base == ".." {
			c.Warnf("'%s' is a '.' or '..'", name)
			continue
		}
		removeTree(c, name)
	}
	return 0
}

// removeTree removes a file, or with -r a directory and what is in it.
func removeTree(c *tool.Call, name string) bool {
	info, err := c.FS().Lstat(name)
	switch {
	case err != nil && c.Has("f") && tool.Missing(err):
		return true
	case err != nil:
		c.Warnf("can't remove '%s': %s", name, tool.Reason(err))
		return false
	case !info.IsDir():
		return removed(c, name, c.FS().Unlink(name))
	case !c.Has("r") && !c.Has("R"):
		c.Warnf("'%s' is a directory", name)
		return false
	}
	entries, err := c.FS().ReadDir(name)
	if err != nil {
		c.Warnf("can't open '%s': %s", name, tool.Reason(err))
	}
	all := true
	for _, child := range names(entries) {
		all = removeTree(c, within(name, child)) && all
	}
	return all && removed(c, name, c.FS().Rmdir(name))
}

func removed(c *tool.Call, name string, err error) bool {
	if err != nil {
		c.Warnf("can't remove '%s': %s", name, tool.Reason(err))
		return false
	}
	if c.Has("v") {
		line(c, "removed '"+name+"'")
	}
	return true
}

func unlink(c *tool.Call) int {
	if err := c.FS().Unlink(c.Args[0]); err != nil {
		c.Fatalf("can't remove file '%s': %s", c.Args[0], tool.Reason(err))
	}
	return 0
}

func link(c *tool.Call) int {
	if err := c.FS().Link(c.Args[0], c.Args[1]); err != nil {
		c.Fatalf("can't create link '%s' to '%s': %s", c.Args[1], c.Args[0], tool.Reason(err))
	}
	return 0
}

func ln(c *tool.Call) int {
	targets, dest := c.Args, path.Base(c.Args[0])
	if len(c.Args) > 1 {
		targets, dest = c.Args[:len(c.Args)-1], c.Args[len(c.Args)-1]
	}
	into := isDir(c, dest) && !c.Has("T")
	if info, err := c.FS().Lstat(dest); err == nil && info.Mode()&fs.ModeSymlink != 0 && c.Has("n") {
		into = false
	}
	if len(targets) > 1 && !into {
		c.Fatalf("%s: Not a directory", dest)
	}
	for _, target := range targets {
		name := dest
		if into {
			name = within(dest, path.Base(target))
		}
		makeLink(c, target, name)
	}
	return 0
}

func makeLink(c *tool.Call, target, name string) {
	if c.Has("f") {
		_ = c.FS().Unlink(name) // that it is not there is well
	}
	make := c.FS().Link
	if c.Has("s") {
		make = c.FS().Symlink
	}
	if err := make(target, name); err != nil {
		if errors.Is(err, fs.ErrNotExist) && !c.Has("s") {
			c.Warnf("%s: %s", target, tool.Reason(err))
			return
		}
		c.Warnf("%s: %s", name, tool.Reason(err))
		return
	}
	if c.Has("v") {
		line(c, "'"+name+"' -> '"+target+"'")
	}
}

func mkfifo(c *tool.Call) int {
	for _, name := range c.Args {
		mode := fs.FileMode(0o666)
		if text := c.Value("m", ""); text != "" {
			bits, err := tool.ParseMode(text, 0o666, false, 0)
			if err != nil {
				c.Fatalf("%v", err)
			}
			mode = tool.GoMode(bits)
		}
		if err := c.FS().Mkfifo(name, mode); err != nil {
			c.Warnf("%s: %s", name, tool.Reason(err))
		}
	}
	return 0
}

func readlink(c *tool.Call) int {
	for _, name := range c.Args {
		target, err := "", error(nil)
		if c.Has("f") || c.Has("e") || c.Has("m") {
			target, err = canonical(c, name)
		} else {
			target, err = c.FS().Readlink(name)
		}
		if err != nil {
			c.Fail(1)
			if c.Has("v") {
				c.Errorf("%s: %s", name, tool.Reason(err))
			}
			continue
		}
		_, _ = c.Out.WriteString(target)
		if !c.Has("n") {
			_ = c.Out.WriteByte('\n')
		}
	}
	return 0
}

// canonical is the path without links; its last part need not be there.
func canonical(c *tool.Call, name string) (string, error) {
	full := name
	if !path.IsAbs(name) {
		full = path.Join(c.Dir(), name)
	}
	real, err := c.FS().EvalSymlinks(full)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	if _, lerr := c.FS().Lstat(full); lerr == nil || c.Has("e") {
		return "", err
	}
	dir, err := c.FS().EvalSymlinks(path.Dir(path.Clean(full)))
	return within(dir, path.Base(full)), err
}

func realpath(c *tool.Call) int {
	for _, name := range c.Args {
		real, err := canonical(c, name)
		if err != nil {
			c.Warnf("%s: %s", name, tool.Reason(err))
			continue
		}
		line(c, real)
	}
	return 0
}

func truncate(c *tool.Call) int {
	text := c.Value("s", "")
	if text == "" {
		c.UsageExit()
	}
	relative := strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-")
	size, err := tool.ParseSize(strings.TrimPrefix(text, "+"))
	if err != nil {
		c.Fatalf("%v", err)
	}
	for _, name := range c.Args {
		info, err := c.FS().Stat(name)
		if err != nil && c.Has("c") {
			continue
		}
		want := size
		if relative && err == nil {
			want = max(info.Size()+size, 0)
		}
		if err != nil {
			err = c.FS().WriteFile(name, nil, 0o666)
		}
		if err == nil {
			err = c.FS().Truncate(name, want)
		}
		if err != nil {
			c.Warnf("%s: %s", name, tool.Reason(err))
		}
	}
	return 0
}

// crossDevice says whether a rename or link failed because the two places are in
// different file systems.
func crossDevice(err error) bool { return errors.Is(err, syscall.EXDEV) }
