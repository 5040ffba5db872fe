package tool

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"kubetutor/internal/engine/kernel"
)

// Names are the users or groups of a container, as /etc/passwd or /etc/group
// list them.
type Names struct {
	byID map[int]string
	ids  map[string]int
	main map[string]int // the fourth field: a user's main group
}

// Users reads /etc/passwd.
func (c *Call) Users() Names { return readNames(c.FS(), "/etc/passwd") }

// Groups reads /etc/group.
func (c *Call) Groups() Names { return readNames(c.FS(), "/etc/group") }

func readNames(files *kernel.FS, file string) Names {
	n := Names{byID: map[int]string{}, ids: map[string]int{}, main: map[string]int{}}
	text, err := files.ReadFile(file)
	if err != nil {
		return n // an image without it: numbers only
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		fields := strings.Split(line, ":")
		if len(fields) < 3 {
			continue
		}
		id, err := strconv.Atoi(fields[2])
		if err != nil {
			continue
		}
		if _, known := n.byID[id]; !known {
			n.byID[id] = fields[0]
		}
		n.ids[fields[0]] = id
		if len(fields) > 3 {
			n.main[fields[0]], _ = strconv.Atoi(fields[3])
		}
	}
	return n
}

// Known is the name of an id, if it has one.
func (n Names) Known(id int) (string, bool) {
	name, ok := n.byID[id]
	return name, ok
}

// Name is the name of an id, or the number.
func (n Names) Name(id int) string {
	if name, ok := n.byID[id]; ok {
		return name
	}
	return strconv.Itoa(id)
}

// ID is the id of a name or of a number.
func (n Names) ID(name string) (int, bool) {
	if id, ok := n.ids[name]; ok {
		return id, true
	}
	id, err := strconv.Atoi(name)
	return id, err == nil && id >= 0
}

// MainGroup is the main group of a user by name.
func (n Names) MainGroup(name string) (int, bool) {
	gid, ok := n.main[name]
	return gid, ok
}

// StatOf is what the kernel knows of a file beyond fs.FileInfo.
func StatOf(info fs.FileInfo) kernel.Stat {
	if s, ok := info.Sys().(*kernel.Stat); ok && s != nil {
		return *s
	}
	return kernel.Stat{Nlink: 1}
}

// ModeString is a mode as ls shows it: "drwxr-xr-x".
func ModeString(mode fs.FileMode) string {
	text := []byte("----------")
	text[0] = typeLetter(mode)
	for i, letter := range "rwxrwxrwx" {
		if mode&(1<<(8-i)) != 0 {
			text[i+1] = byte(letter)
		}
	}
	special(text, 3, mode&fs.ModeSetuid != 0, 's')
	special(text, 6, mode&fs.ModeSetgid != 0, 's')
	special(text, 9, mode&fs.ModeSticky != 0, 't')
	return string(text)
}

func special(text []byte, at int, on bool, letter byte) {
	switch {
	case !on:
	case text[at] == 'x':
		text[at] = letter
	default:
		text[at] = letter - 'a' + 'A'
	}
}

func typeLetter(mode fs.FileMode) byte {
	switch {
	case mode.IsDir():
		return 'd'
	case mode&fs.ModeSymlink != 0:
		return 'l'
	case mode&fs.ModeNamedPipe != 0:
		return 'p'
	case mode&fs.ModeSocket != 0:
		return 's'
	case mode&fs.ModeCharDevice != 0:
		return 'c'
	case mode&fs.ModeDevice != 0:
		return 'b'
	}
	return '-'
}

// UnixMode is a mode as the twelve bits of chmod(2).
func UnixMode(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSetuid != 0 {
		bits |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}

// GoMode is the contrary of UnixMode.
func GoMode(bits uint32) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	if bits&0o4000 != 0 {
		mode |= fs.ModeSetuid
	}
	if bits&0o2000 != 0 {
		mode |= fs.ModeSetgid
	}
	if bits&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// ParseMode reads a mode for chmod, octal or symbolic; a symbolic one changes
// what the file has. umask holds back what a form such as "+x" names nobody for.
func ParseMode(text string, old uint32, dir bool, umask uint32) (uint32, error) {
	if n, err := strconv.ParseUint(text, 8, 32); err == nil && n <= 0o7777 {
		return uint32(n), nil
	}
	mode := old
	for clause := range strings.SplitSeq(text, ",") {
		var err error
		if mode, err = modeClause(clause, mode, dir, umask); err != nil {
			return 0, err
		}
	}
	return mode, nil
}

func modeClause(clause string, mode uint32, dir bool, umask uint32) (uint32, error) {
	i := 0
	var who uint32
	for i < len(clause) && strings.IndexByte("ugoa", clause[i]) >= 0 {
		who |= map[byte]uint32{'u': 0o4700, 'g': 0o2070, 'o': 0o1007, 'a': 0o7777}[clause[i]]
		i++
	}
	mask := who
	if who == 0 {
		mask, who = 0o7777&^umask, 0o7777
	}
	if i == len(clause) {
		return 0, fmt.Errorf("invalid mode '%s'", clause)
	}
	for i < len(clause) {
		op := clause[i]
		if strings.IndexByte("+-=", op) < 0 {
			return 0, fmt.Errorf("invalid mode '%s'", clause)
		}
		i++
		start := i
		for i < len(clause) && strings.IndexByte("+-=", clause[i]) < 0 {
			i++
		}
		bits, ok := modeBits(clause[start:i], mode, dir)
		if !ok {
			return 0, fmt.Errorf("invalid mode '%s'", clause)
		}
		switch bits &= mask; op {
		case '+':
			mode |= bits
		case '-':
			mode &^= bits
		case '=':
			mode = mode&^(who&0o777|who&0o7000&^0o1000*boolBit(!dir)) | bits
		}
	}
	return mode, nil
}

func boolBit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func modeBits(letters string, mode uint32, dir bool) (bits uint32, ok bool) {
	for _, r := range letters {
		switch r {
		case 'r':
			bits |= 0o444
		case 'w':
			bits |= 0o222
		case 'x':
			bits |= 0o111
		case 'X':
			if dir || mode&0o111 != 0 {
				bits |= 0o111
			}
		case 's':
			bits |= 0o6000
		case 't':
			bits |= 0o1000
		case 'u':
			bits |= mode >> 6 & 7 * 0o111
		case 'g':
			bits |= mode >> 3 & 7 * 0o111
		case 'o':
			bits |= mode & 7 * 0o111
		default:
			return 0, false
		}
	}
	return bits, true
}

// Human is a size as -h shows it: "4.0K".
func Human(n int64) string {
	units := "KMGTPE"
	if n < 1024 {
		return strconv.FormatInt(n, 10)
	}
	value, unit := float64(n), -1
	for value >= 1024 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f%c", value, units[unit])
	}
	return fmt.Sprintf("%.0f%c", value, units[unit])
}
