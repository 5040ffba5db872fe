package archive

import (
	"path"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// options takes the options, whose first cluster needs no dash.
func (t *tarCall) options(args []string) {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		args = append([]string{"-" + args[0]}, args[1:]...)
	}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			t.names = append(t.names, args...)
			return
		case strings.HasPrefix(arg, "--"):
			args = t.long(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args = t.short(arg[1:], args)
		default:
			t.names = append(t.names, arg)
		}
	}
}

func (t *tarCall) value(name string, rest []string) (string, []string) {
	if len(rest) == 0 {
		t.Errorf("option requires an argument: %s", name)
		t.UsageExit()
	}
	return rest[0], rest[1:]
}

func (t *tarCall) long(arg string, rest []string) []string {
	name, value, has := strings.Cut(arg, "=")
	flags := map[string]string{
		"create": "c", "extract": "x", "get": "x", "list": "t", "gzip": "z", "verbose": "v", "to-stdout": "O", "touch": "m", "dereference": "h",
		"same-permissions": "p", "preserve-permissions": "p", "no-same-owner": "o", "keep-old-files": "k", "overwrite": "U",
	}
	if short, ok := flags[name]; ok {
		return t.short(short, rest)
	}
	if name == "numeric-owner" || name == "no-same-permissions" || name == "warning" {
		return rest
	}
	if !has {
		value, rest = t.value(name, rest)
	}
	switch name {
	case "file":
		t.file = value
	case "directory":
		t.dir = path.Join(t.dir, value)
	case "exclude":
		t.excluded = append(t.excluded, value)
	case "strip-components":
		t.strip = t.Number(value)
	case "files-from":
		t.from(value)
	default:
		t.Errorf("unrecognized option: %s", name)
		t.UsageExit()
	}
	return rest
}

func (t *tarCall) short(letters string, rest []string) []string {
	for i, letter := range letters {
		switch letter {
		case 'c', 'x', 't':
			t.mode = byte(letter)
		case 'z':
			t.compress = true
		case 'v':
			t.verbose = true
		case 'O':
			t.stdout = true
		case 'k':
			t.keep = true
		case 'm':
			t.noTime = true
		case 'h':
			t.links = true
		case 'p', 'o', 'a', 'P', 'U', 'j', 'J', 'Z', 'B', 'S', 'w', 'l':
			if letter == 'j' || letter == 'J' || letter == 'Z' {
				t.Fatalf("only gzip is supported")
			}
		case 'f', 'C', 'T', 'X':
			var value string
			if tail := letters[i+1:]; tail != "" && strings.Trim(tail, "cxtzvOkmhpoaPUfCTX") != "" {
				value = tail
				t.with(byte(letter), value)
				return rest
			}
			value, rest = t.value(string(letter), rest)
			t.with(byte(letter), value)
		default:
			t.Errorf("unrecognized option: %c", letter)
			t.UsageExit()
		}
	}
	return rest
}

func (t *tarCall) with(letter byte, value string) {
	switch letter {
	case 'f':
		t.file = value
	case 'C':
		if path.IsAbs(value) {
			t.dir = value
		} else {
			t.dir = path.Join(t.dir, value)
		}
	case 'T':
		t.from(value)
	case 'X':
		t.excluded = append(t.excluded, t.list(value)...)
	}
}

func (t *tarCall) from(file string) { t.names = append(t.names, t.list(file)...) }

func (t *tarCall) list(file string) (lines []string) {
	in, err := t.Open(file)
	if err != nil {
		t.Fatalf("can't open '%s': %s", file, tool.Reason(err))
	}
	defer in.Close()
	_ = t.Lines(in, func(text []byte) bool {
		lines = append(lines, string(text))
		return true
	})
	return lines
}
