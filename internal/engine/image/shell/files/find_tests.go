package files

import (
	"io/fs"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// test is a primary that looks at a file.
func (f *finder) test(word string) condition {
	switch word {
	case "-empty":
		return f.empty
	case "-nouser", "-nogroup":
		names := f.Users()
		return func(x found) bool { _, ok := names.Known(tool.StatOf(x.info).UID); return !ok }
	case "-executable", "-readable", "-writable":
		mode := map[string]uint32{"-executable": 1, "-writable": 2, "-readable": 4}[word]
		return func(x found) bool { return f.FS().Access(x.path, mode) == nil }
	}
	test := f.tests()[word]
	if test == nil {
		f.Fatalf("unrecognized: %s", word)
	}
	return test(f.next(word))
}

// tests are the primaries with an argument that look at a file.
func (f *finder) tests() map[string]func(arg string) condition {
	whole := func(arg string) condition { return func(x found) bool { return tool.Match(arg, x.path) } }
	owner := func(arg string) condition {
		uid := userID(f.Call, arg)
		return func(x found) bool { return tool.StatOf(x.info).UID == uid }
	}
	group := func(arg string) condition {
		gid := groupID(f.Call, arg)
		return func(x found) bool { return tool.StatOf(x.info).GID == gid }
	}
	days := func(arg string) condition { return f.age(arg, 24*time.Hour) }
	minutes := func(arg string) condition { return f.age(arg, time.Minute) }
	return map[string]func(string) condition{
		"-name": func(arg string) condition { return func(x found) bool { return tool.Match(arg, x.name) } },
		"-iname": func(arg string) condition {
			return func(x found) bool { return tool.Match(strings.ToLower(arg), strings.ToLower(x.name)) }
		},
		"-path": whole, "-wholename": whole,
		"-ipath": func(arg string) condition {
			return func(x found) bool { return tool.Match(strings.ToLower(arg), strings.ToLower(x.path)) }
		},
		"-regex": f.expression, "-size": f.size, "-perm": f.permission, "-newer": f.newer, "-samefile": f.sameFile,
		"-type": func(arg string) condition {
			return func(x found) bool { return strings.ContainsRune(arg, kindLetter(x.info.Mode())) }
		},
		"-user": owner, "-uid": owner, "-group": group, "-gid": group,
		"-mtime": days, "-atime": days, "-ctime": days, "-mmin": minutes, "-amin": minutes, "-cmin": minutes,
		"-links": func(arg string) condition {
			return f.compare(arg, func(x found) int64 { return int64(tool.StatOf(x.info).Nlink) })
		},
		"-inum": func(arg string) condition {
			return f.compare(arg, func(x found) int64 { return int64(tool.StatOf(x.info).Ino) })
		},
	}
}

func (f *finder) expression(arg string) condition {
	re, err := tool.Regexp("^("+arg+")$", false, false)
	if err != nil {
		f.Fatalf("bad regex '%s'", arg)
	}
	return func(x found) bool { return re.MatchString(x.path) }
}

func (f *finder) sameFile(arg string) condition {
	info, err := f.FS().Stat(arg)
	if err != nil {
		f.Fatalf("%s: %s", arg, tool.Reason(err))
	}
	same := tool.StatOf(info)
	return func(x found) bool { s := tool.StatOf(x.info); return s.Ino == same.Ino && s.Dev == same.Dev }
}

func kindLetter(mode fs.FileMode) rune {
	letter := rune(tool.ModeString(mode)[0])
	if letter == '-' {
		return 'f'
	}
	return letter
}
