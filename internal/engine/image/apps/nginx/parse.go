package nginx

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"kubetutor/internal/engine/kernel"
)

// directive is a line of the configuration with its block, if it has one.
type directive struct {
	name  string
	args  []string
	block []*directive
	file  string
	line  int
}

// emerg is a mistake in the configuration, in nginx's words.
type emerg struct{ text string }

func (e *emerg) Error() string { return e.text }

func (d *directive) wrong(format string, args ...any) error {
	return &emerg{fmt.Sprintf(format, args...) + fmt.Sprintf(" in %s:%d", d.file, d.line)}
}

// parser reads the configuration files.
type parser struct {
	fs    *kernel.FS
	rules map[string]rule
	seen  []source // every file read, for -T
}

// source is a configuration file as -T prints it.
type source struct{ name, text string }

// includeDepth stops files that include themselves.
const includeDepth = 16

// file parses a file into directives of the context that includes it.
func (p *parser) file(name string, at place, depth int) ([]*directive, error) {
	text, err := p.fs.ReadFile(name)
	if err != nil {
		return nil, &emerg{fmt.Sprintf("open() %q failed (%s)", name, errno(err))}
	}
	p.seen = append(p.seen, source{name, string(text)})
	l := &lexer{text: string(text), file: name, line: 1}
	list, err := p.block(l, at, depth, false)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// block parses directives until "}" or, outside of any block, the end of file.
func (p *parser) block(l *lexer, at place, depth int, inside bool) ([]*directive, error) {
	var list []*directive
	for {
		d, end, err := l.directive()
		switch {
		case err != nil:
			return nil, err
		case end == '}' && !inside:
			return nil, l.wrong(`unexpected "}"`)
		case end == '}':
			return list, nil
		case end == 0 && inside:
			return nil, l.wrong(`unexpected end of file, expecting "}"`)
		case end == 0:
			return list, nil
		}
		more, err := p.complete(l, d, end, at, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
}

// complete checks a directive, and reads its block or what it includes.
func (p *parser) complete(l *lexer, d *directive, end byte, at place, depth int) ([]*directive, error) {
	if d.name == "include" {
		return p.include(d, at, depth)
	}
	if at.free() { // the lines of map, types and the like are no directives
		if end == '{' {
			return nil, l.wrong(`unexpected "{"`)
		}
		return []*directive{d}, nil
	}
	known, err := p.check(d, at, end == '{')
	if err != nil {
		return nil, err
	}
	if end == '{' {
		if d.block, err = p.block(l, known.inner, depth, true); err != nil {
			return nil, err
		}
	}
	return []*directive{d}, nil
}

func (p *parser) include(d *directive, at place, depth int) ([]*directive, error) {
	if len(d.args) != 1 {
		return nil, d.wrong(`invalid number of arguments in "include" directive`)
	}
	if depth >= includeDepth {
		return nil, d.wrong("too deep include of %q", d.args[0])
	}
	pattern := absolute(d.args[0])
	names := []string{pattern}
	if strings.ContainsAny(pattern, "*?[") {
		names = p.glob(pattern)
	}
	var list []*directive
	for _, name := range names {
		more, err := p.file(name, at, depth+1)
		if err != nil {
			var e *emerg
			if errors.As(err, &e) && strings.HasPrefix(e.text, "open()") && !strings.Contains(e.text, " in ") {
				return nil, d.wrong("%s", e.text)
			}
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// glob lists the files that match a pattern in its last element.
func (p *parser) glob(pattern string) []string {
	dir, base := path.Split(pattern)
	entries, err := p.fs.ReadDir(dir)
	if err != nil {
		return nil // no directory: no files, as glob(3)
	}
	var names []string
	for _, e := range entries {
		if ok, err := path.Match(base, e.Name()); ok && err == nil && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, dir+e.Name())
		}
	}
	return names
}

// prefix is where nginx looks for relative paths of its configuration.
const prefix = "/etc/nginx"

func absolute(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(prefix, name)
}

// errno is an error of the system as nginx prints it on Linux, whatever the
// machine's numbers are: "2: No such file or directory".
func errno(err error) string {
	for _, known := range []struct {
		number int
		error  error
		text   string
	}{
		{1, syscall.EPERM, "Operation not permitted"}, {2, fs.ErrNotExist, "No such file or directory"}, {12, syscall.ENOMEM, "Cannot allocate memory"},
		{11, syscall.EAGAIN, "Resource temporarily unavailable"}, {13, fs.ErrPermission, "Permission denied"}, {17, fs.ErrExist, "File exists"}, {20, syscall.ENOTDIR, "Not a directory"},
		{21, syscall.EISDIR, "Is a directory"}, {28, syscall.ENOSPC, "No space left on device"}, {30, syscall.EROFS, "Read-only file system"},
		{40, syscall.ELOOP, "Symbolic link loop"}, {98, syscall.EADDRINUSE, "Address already in use"}, {99, syscall.EADDRNOTAVAIL, "Address not available"},
	} {
		if errors.Is(err, known.error) {
			return fmt.Sprintf("%d: %s", known.number, known.text)
		}
	}
	return err.Error()
}
