package agnhost

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// fresh is the content that mounttest writes and waits for.
const fresh = "mount-tester new file\n"

// mountTest checks a mount step by step. The order is upstream's: a test writes
// a file and looks at it in one call.
func mountTest(flags *pflag.FlagSet) func(context.Context, *call) int {
	path := func(name string) *string { return flags.String(name, "", "") }
	fsType, mode, perm, owner := path("fs_type"), path("file_mode"), path("file_perm"), path("file_owner")
	new0644, new0666, new0660, new0777 := path("new_file_0644"), path("new_file_0666"), path("new_file_0660"), path("new_file_0777")
	content, loop := path("file_content"), path("file_content_in_loop")
	retry := flags.Int("retry_time", 180, "")
	expected := flags.Bool("break_on_expected_content", true, "")
	return func(ctx context.Context, c *call) int {
		c.SetUmask(0)
		err := errors.Join(
			c.fsType(*fsType),
			c.newFile(*new0644, 0o644), c.newFile(*new0666, 0o666), c.newFile(*new0660, 0o660), c.newFile(*new0777, 0o777),
			c.fileMode(*mode), c.filePerm(*perm), c.fileOwner(*owner),
			c.content(*content), c.contentInLoop(ctx, *loop, seconds(*retry), *expected),
		)
		if err != nil {
			return 1
		}
		return 0
	}
}

// tell prints a failure and passes it on.
func (c *call) tell(err error, format string, args ...any) error {
	c.printf("%s: %v\n", fmt.Sprintf(format, args...), err)
	return err
}

func (c *call) fsType(path string) error {
	if path == "" {
		return nil
	}
	stat, err := c.FS().Statfs(path)
	if err != nil {
		return c.tell(err, "error from statfs(%q)", path)
	}
	c.printf("mount type of %q: %s\n", path, typeName(stat.Type))
	return nil
}

// typeName is a file system's type as upstream prints it: tmpfs by name, the
// others by their magic number.
func typeName(name string) string {
	switch name {
	case "tmpfs":
		return name
	case "overlay":
		return "2035054128"
	}
	return "61267" // ext4
}

func (c *call) stat(path string) (fs.FileInfo, error) {
	info, err := c.FS().Stat(path)
	if err != nil {
		return nil, c.tell(err, "error from Stat(%q)", path)
	}
	return info, nil
}

func (c *call) fileMode(path string) error {
	if path == "" {
		return nil
	}
	info, err := c.stat(path)
	if err == nil {
		c.printf("mode of file %q: %v\n", path, info.Mode())
	}
	return err
}

func (c *call) filePerm(path string) error {
	if path == "" {
		return nil
	}
	info, err := c.stat(path)
	if err == nil {
		c.printf("perms of file %q: %v\n", path, info.Mode().Perm())
	}
	return err
}

func (c *call) fileOwner(path string) error {
	if path == "" {
		return nil
	}
	info, err := c.stat(path)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*kernel.Stat); ok {
		c.printf("owner UID of %q: %v\nowner GID of %q: %v\n", path, stat.UID, path, stat.GID)
	}
	return nil
}

func (c *call) newFile(path string, perm fs.FileMode) error {
	if path == "" {
		return nil
	}
	if err := c.FS().WriteFile(path, []byte(fresh), perm); err != nil {
		return c.tell(err, "error writing new file %q", path)
	}
	return c.content(path)
}

func (c *call) content(path string) error {
	if path == "" {
		return nil
	}
	data, err := c.FS().ReadFile(path)
	if err != nil {
		return c.tell(err, "error reading file content for %q", path)
	}
	c.printf("content of file %q: %s\n", path, data)
	return nil
}

// lookEvery is how often a file is read again.
const lookEvery = 2 * time.Second

func (c *call) contentInLoop(ctx context.Context, path string, patience time.Duration, untilExpected bool) error {
	if path == "" {
		return nil
	}
	var data []byte
	var err error
	for start := time.Now(); time.Since(start) < patience; {
		if data, err = c.FS().ReadFile(path); err != nil {
			c.printf("Error reading file %s: %v, retrying\n", path, err)
		} else {
			c.printf("content of file %q: %s\n", path, data)
			if untilExpected && string(data) == fresh {
				break
			}
			if untilExpected {
				c.printf("Unexpected content. Expected: %s. Retrying\n", fresh)
			}
		}
		if !service.Sleep(ctx, lookEvery) {
			break
		}
	}
	return err
}
