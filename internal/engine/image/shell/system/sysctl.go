package system

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// settings is where the kernel shows them as files.
const settings = "/proc/sys"

// sysctl shows the kernel's settings, and tries to change them.
func sysctl(c *tool.Call) int {
	switch {
	case c.Has("a"):
		return showSettings(c, settings)
	case c.Has("p"):
		return loadSettings(c)
	}
	code := 0
	for _, a := range c.Args {
		code |= sysctlOne(c, a)
	}
	return code
}

// sysctlOne handles KEY, DIRECTORY or KEY=VALUE; a key's parts are separated by
// dots or by slashes.
func sysctlOne(c *tool.Call, arg string) int {
	key, value, set := strings.Cut(arg, "=")
	key = strings.TrimSpace(key)
	file := path.Join(settings, key)
	if !strings.Contains(key, "/") {
		file = path.Join(settings, strings.ReplaceAll(key, ".", "/"))
	}
	if set || c.Has("w") {
		if !set {
			c.Errorf("error: '%s' must be of the form name=value", arg)
			return 1
		}
		return setSetting(c, file, strings.TrimSpace(value))
	}
	return showSettings(c, file)
}

func settingName(file string) string {
	return strings.ReplaceAll(strings.TrimPrefix(file, settings+"/"), "/", ".")
}

// showSettings shows a setting, or all of a directory.
func showSettings(c *tool.Call, file string) int {
	entries, err := c.FS().ReadDir(file)
	if err == nil {
		code := 0
		for _, e := range entries {
			code |= showSettings(c, path.Join(file, e.Name()))
		}
		return code
	}
	text, err := c.FS().ReadFile(file)
	if err != nil {
		return badSetting(c, file, err, "reading")
	}
	name := settingName(file)
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSuffix(l, "\n")
		switch {
		case c.Has("N"):
			line(c, name)
		case c.Has("n"):
			line(c, l)
		default:
			line(c, name+" = "+l)
		}
	}
	return 0
}

func setSetting(c *tool.Call, file, value string) int {
	if _, err := c.FS().Stat(file); err != nil {
		return badSetting(c, file, err, "setting")
	}
	if err := c.FS().WriteFile(file, []byte(value+"\n"), 0o644); err != nil {
		return badSetting(c, file, err, "setting")
	}
	switch {
	case c.Has("q"):
	case c.Has("n"):
		line(c, value)
	default:
		line(c, settingName(file)+" = "+value)
	}
	return 0
}

// badSetting reports an error; -e forgives keys that there are not.
func badSetting(c *tool.Call, file string, err error, verb string) int {
	if errors.Is(err, fs.ErrNotExist) {
		if c.Has("e") {
			return 0
		}
		c.Errorf("error: '%s' is an unknown key", settingName(file))
		return 1
	}
	c.Errorf("error %s key '%s': %v", verb, settingName(file), tool.Reason(err))
	return 1
}

// loadSettings reads files of KEY=VALUE lines, /etc/sysctl.conf if none is named.
func loadSettings(c *tool.Call) int {
	files, code := c.Args, 0
	if len(files) == 0 {
		files = []string{"/etc/sysctl.conf"}
	}
	for _, name := range files {
		text, err := c.FS().ReadFile(name)
		if err != nil {
			c.Errorf("%s: %v", name, tool.Reason(err))
			return 1
		}
		for l := range strings.Lines(string(text)) {
			if l = strings.TrimSpace(l); l != "" && l[0] != '#' && l[0] != ';' && strings.Contains(l, "=") {
				code |= sysctlOne(c, l)
			}
		}
	}
	return code
}
