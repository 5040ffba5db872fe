// Package archive holds tar and the programs that compress.
package archive

import (
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	const levels = "123456789"
	return map[string]tool.Command{
		"gunzip": {Flags: "cfkt", Usage: "[-cfkt] [FILE]...", Run: gunzip},
		"gzip":   {Flags: "cfkdnqtv" + levels, Long: "stdout=c force=f keep=k decompress=d best=9 fast=1", Usage: "[-cfkdt123456789] [FILE]...", Run: gzipRun},
		"tar":    {Raw: true, Usage: "c|x|t [-ZzJjahmvokO] [-f TARFILE] [-C DIR] [-T FILE] [-X FILE] [FILE]...", Run: tar},
		"zcat":   {Flags: "", Usage: "[FILE]...", Run: zcat},
	}
}

func line(c *tool.Call, text string) { _, _ = c.Out.WriteString(text + "\n") }

func zcat(c *tool.Call) int {
	c.Each(c.Args, func(in *tool.Input) error { return expand(c, c.Out, in) })
	return 0
}

var errMagic = errors.New("invalid magic")

// expand is inflate with busybox's words for what is no archive.
func expand(c *tool.Call, out io.Writer, in *tool.Input) error {
	err := inflate(c, out, in)
	if errors.Is(err, errMagic) {
		c.Warnf("%v", err)
		return nil
	}
	return err
}

func inflate(c *tool.Call, out io.Writer, in io.Reader) error {
	z, err := gzip.NewReader(in)
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errMagic
	}
	if err != nil {
		return err
	}
	if err := c.Copy(out, z); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("unexpected end of file")
		}
		return err
	}
	return nil
}

func gzipRun(c *tool.Call) int {
	if c.Has("d") || c.Has("t") {
		return gunzip(c)
	}
	level := gzip.DefaultCompression
	if digit := c.Last("1", "2", "3", "4", "5", "6", "7", "8", "9"); digit != "" {
		level = int(digit[0] - '0')
	}
	deflate := func(out io.Writer, in *tool.Input) error {
		z, err := gzip.NewWriterLevel(out, level)
		if err != nil {
			return err
		}
		if err := c.Copy(z, in); err != nil {
			return err
		}
		return z.Close()
	}
	return convert(c, func(name string) (string, bool) { return name + ".gz", !strings.HasSuffix(name, ".gz") }, deflate)
}

func gunzip(c *tool.Call) int {
	name := func(name string) (string, bool) {
		if base, ok := strings.CutSuffix(name, ".tgz"); ok {
			return base + ".tar", true
		}
		return strings.CutSuffix(name, ".gz")
	}
	return convert(c, name, func(out io.Writer, in *tool.Input) error { return expand(c, out, in) })
}

// convert compresses or expands files in place, or to standard output.
func convert(c *tool.Call, rename func(string) (string, bool), do func(io.Writer, *tool.Input) error) int {
	if len(c.Args) == 0 || c.Has("c") || c.Has("t") {
		out := io.Writer(c.Out)
		if c.Has("t") {
			out = io.Discard
		}
		c.Each(c.Args, func(in *tool.Input) error { return do(out, in) })
		return 0
	}
	for _, name := range c.Args {
		to, ok := rename(name)
		if !ok {
			c.Warnf("%s: unknown suffix - ignored", name)
			continue
		}
		convertFile(c, name, to, do)
	}
	return 0
}

func convertFile(c *tool.Call, name, to string, do func(io.Writer, *tool.Input) error) {
	in, err := c.Open(name)
	if err != nil {
		c.Warnf("%s: %s", name, tool.Reason(err))
		return
	}
	defer in.Close()
	if _, err := c.FS().Stat(to); err == nil && !c.Has("f") {
		c.Warnf("can't open '%s': File exists", to)
		return
	}
	out, err := c.Create(to, false)
	if err != nil {
		c.Warnf("can't open '%s': %s", to, tool.Reason(err))
		return
	}
	err = do(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		c.Warnf("%s: %s", name, tool.Reason(err))
		_ = c.FS().Unlink(to)
		return
	}
	if info, err := c.FS().Stat(name); err == nil {
		_ = c.FS().Chmod(to, info.Mode())
	}
	if !c.Has("k") {
		_ = c.FS().Unlink(name) // the copy is there
	}
}
