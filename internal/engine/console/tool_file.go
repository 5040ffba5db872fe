package console

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fileTools work on files and directories.
func fileTools() map[string]tool {
	return map[string]tool{
		"cat":   {"[FILE...]", "print files", cat},
		"ls":    {"[-a] [-l] [-1] [-R] [PATH...]", "list files", ls},
		"tee":   {"[-a] [FILE...]", "copy standard input to files and to standard output", tee},
		"mkdir": {"[-p] DIRECTORY...", "make directories", mkdir},
		"rm":    {"[-r] [-f] PATH...", "remove files", rm},
		"rmdir": {"DIRECTORY...", "remove empty directories", rmdir},
		"cp":    {"[-r] FROM... TO", "copy files", cp},
		"mv":    {"FROM... TO", "move or rename files", mv},
		"touch": {"FILE...", "make empty files, or set their time", touch},
		"diff":  {"[-u] FILE FILE", "show the differences of two files", diff},
	}
}

func cat(i *invocation) error {
	number := i.flags.BoolP("number", "n", false, "")
	args, err := i.parse()
	if err != nil {
		return err
	}
	count := 0
	return i.each(args, func(_ string, r io.Reader) error {
		if !*number {
			_, err := io.Copy(i.out, r)
			return err
		}
		return lines(r, func(line string) error {
			count++
			_, err := fmt.Fprintf(i.out, "%6d\t%s\n", count, line)
			return err
		})
	})
}

// lsFlags are what ls was asked for.
type lsFlags struct{ all, long, one, recursive bool }

func ls(i *invocation) error {
	var f lsFlags
	i.flags.BoolVarP(&f.all, "all", "a", false, "")
	i.flags.BoolVarP(&f.long, "long", "l", false, "")
	i.flags.BoolVarP(&f.one, "one", "1", false, "")
	i.flags.BoolVarP(&f.recursive, "recursive", "R", false, "")
	i.flags.BoolP("human-readable", "h", false, "")
	paths, err := i.parse()
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var failed error
	for _, path := range paths {
		if err := i.list(path, f, len(paths) > 1 || f.recursive); err != nil {
			fmt.Fprintf(i.err, "ls: %v\n", plain(err))
			failed = exitCode(2)
		}
	}
	return failed
}

func (i *invocation) list(path string, f lsFlags, titled bool) error {
	info, err := i.files.info(i.env.Dir, path, true)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return i.entry(path, info, f)
	}
	entries, err := i.files.list(i.env.Dir, path)
	if err != nil {
		return err
	}
	if titled {
		fmt.Fprintf(i.out, "%s:\n", path)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && !f.all {
			continue
		}
		if info, err := e.Info(); err == nil {
			if err := i.entry(e.Name(), info, f); err != nil {
				return err
			}
		}
	}
	if f.recursive {
		return i.listBelow(path, entries, f)
	}
	return nil
}

func (i *invocation) listBelow(path string, entries []fs.DirEntry, f lsFlags) error {
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") && !f.all {
			continue
		}
		fmt.Fprintln(i.out)
		if err := i.list(filepath.Join(path, e.Name()), f, true); err != nil {
			return err
		}
	}
	return nil
}

func (i *invocation) entry(name string, info fs.FileInfo, f lsFlags) (err error) {
	if !f.long {
		_, err = fmt.Fprintln(i.out, name)
		return err
	}
	_, err = fmt.Fprintf(i.out, "%s learner %8d %s %s\n", info.Mode(), info.Size(), info.ModTime().UTC().Format("Jan _2 15:04"), name)
	return err
}

func tee(i *invocation) error {
	appending := i.flags.BoolP("append", "a", false, "")
	args, err := i.parse()
	if err != nil {
		return err
	}
	writers := []io.Writer{i.out}
	for _, path := range args {
		f, err := i.create(path, *appending)
		if err != nil {
			return err
		}
		defer f.Close()
		writers = append(writers, f)
	}
	_, err = io.Copy(io.MultiWriter(writers...), i.in)
	return err
}

// relative is a path relative to the root of the workspace.
func (i *invocation) relative(path string) (string, error) {
	rel, err := i.files.place.inside(i.env.Dir, path)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: path, Err: err}
	}
	return rel, nil
}

// onEach does something with every path, relative to the workspace.
func (i *invocation) onEach(paths []string, do func(rel string) error) error {
	for _, path := range paths {
		rel, err := i.relative(path)
		if err != nil {
			return err
		}
		if err := do(rel); err != nil {
			return &os.PathError{Op: i.name, Path: path, Err: cause(err)}
		}
	}
	return nil
}

func mkdir(i *invocation) error {
	parents := i.flags.BoolP("parents", "p", false, "")
	args, err := i.parseExact(1, -1)
	if err != nil {
		return err
	}
	return i.onEach(args, func(rel string) error {
		if *parents {
			return i.files.root.MkdirAll(rel, 0o755)
		}
		return i.files.root.Mkdir(rel, 0o755)
	})
}

func rm(i *invocation) error {
	recursive := i.flags.BoolP("recursive", "r", false, "")
	i.flags.BoolVarP(recursive, "Recursive", "R", false, "")
	force := i.flags.BoolP("force", "f", false, "")
	args, err := i.parse()
	if err != nil {
		return err
	}
	if len(args) == 0 && !*force {
		return errors.New("an argument is missing")
	}
	return i.onEach(args, func(rel string) error { return i.remove(rel, *recursive, *force) })
}

func (i *invocation) remove(rel string, recursive, force bool) error {
	info, err := i.files.root.Lstat(rel)
	switch {
	case errors.Is(err, fs.ErrNotExist) && force:
		return nil
	case err != nil:
		return err
	case rel == ".":
		return errors.New("the workspace itself stays")
	case info.IsDir() && !recursive:
		return errors.New("is a directory")
	}
	return i.files.root.RemoveAll(rel)
}

func rmdir(i *invocation) error {
	args, err := i.parseExact(1, -1)
	if err != nil {
		return err
	}
	return i.onEach(args, func(rel string) error {
		info, err := i.files.root.Lstat(rel)
		if err == nil && !info.IsDir() {
			return errors.New("is not a directory")
		}
		return i.files.root.Remove(rel)
	})
}

// target splits arguments into what to copy or move and where to. A target that
// is a directory takes the name of each source.
func (i *invocation) target(args []string) (from []string, to func(from string) string, err error) {
	from, last := args[:len(args)-1], args[len(args)-1]
	info, err := i.files.info(i.env.Dir, last, true)
	if err == nil && info.IsDir() {
		return from, func(from string) string { return filepath.Join(last, filepath.Base(from)) }, nil
	}
	if len(from) > 1 {
		return nil, nil, fmt.Errorf("%s is not a directory", last)
	}
	return from, func(string) string { return last }, nil
}

func cp(i *invocation) error {
	recursive := i.flags.BoolP("recursive", "r", false, "")
	i.flags.BoolVarP(recursive, "Recursive", "R", false, "")
	args, err := i.parseExact(2, -1)
	if err != nil {
		return err
	}
	from, to, err := i.target(args)
	if err != nil {
		return err
	}
	for _, f := range from {
		if err := i.copy(f, to(f), *recursive); err != nil {
			return err
		}
	}
	return nil
}

func (i *invocation) copy(from, to string, recursive bool) error {
	info, err := i.files.info(i.env.Dir, from, true)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return i.copyFile(from, to)
	case !recursive:
		return fmt.Errorf("%s is a directory: use -r", from)
	}
	return i.copyDir(from, to)
}

func (i *invocation) copyFile(from, to string) error {
	same, err := i.same(from, to)
	if err != nil {
		return err
	}
	if same {
		return fmt.Errorf("%s and %s are the same file", from, to)
	}
	in, err := i.open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := i.create(to, false)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (i *invocation) same(a, b string) (bool, error) {
	infoA, err := i.files.info(i.env.Dir, a, true)
	if err != nil {
		return false, err
	}
	infoB, err := i.files.info(i.env.Dir, b, true)
	return err == nil && os.SameFile(infoA, infoB), nil
}

func (i *invocation) copyDir(from, to string) error {
	source, err := i.relative(from)
	if err != nil {
		return err
	}
	dest, err := i.relative(to)
	if err != nil {
		return err
	}
	if dest == source || strings.HasPrefix(dest+"/", source+"/") || source == "." {
		return fmt.Errorf("cannot copy %s into itself", from)
	}
	if err := i.files.root.MkdirAll(dest, 0o755); err != nil {
		return err
	}
	entries, err := i.files.list(i.env.Dir, from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := i.copy(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()), true); err != nil {
			return err
		}
	}
	return nil
}

func mv(i *invocation) error {
	i.flags.BoolP("force", "f", false, "")
	args, err := i.parseExact(2, -1)
	if err != nil {
		return err
	}
	from, to, err := i.target(args)
	if err != nil {
		return err
	}
	for _, f := range from {
		dest, err := i.relative(to(f))
		if err != nil {
			return err
		}
		rename := func(rel string) error { return i.files.root.Rename(rel, dest) }
		if err := i.onEach([]string{f}, rename); err != nil {
			return err
		}
	}
	return nil
}

func touch(i *invocation) error {
	args, err := i.parseExact(1, -1)
	if err != nil {
		return err
	}
	for _, path := range args {
		f, err := i.create(path, true)
		if err != nil {
			return err
		}
		f.Close()
	}
	now := time.Now()
	return i.onEach(args, func(rel string) error { return i.files.root.Chtimes(rel, now, now) })
}

func diff(i *invocation) error {
	i.flags.BoolP("unified", "u", false, "")
	brief := i.flags.BoolP("brief", "q", false, "")
	args, err := i.parseExact(2, 2)
	if err != nil {
		return err
	}
	for _, path := range args {
		if _, err := i.files.info(i.env.Dir, path, true); err != nil && path != "-" {
			return err
		}
	}
	text, err := diffFiles(i.readAll, args[0], args[1])
	switch {
	case err != nil:
		return err
	case text == "":
		return nil
	case *brief:
		text = fmt.Sprintf("Files %s and %s differ\n", args[0], args[1])
	}
	if _, err := io.WriteString(i.out, text); err != nil {
		return err
	}
	return exitCode(1)
}

func (i *invocation) readAll(path string) ([]byte, error) {
	r, err := i.open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
