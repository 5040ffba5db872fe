package system

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

func whoami(c *tool.Call) int {
	uid := c.Cred().UID
	name, ok := c.Users().Known(uid)
	if !ok {
		c.Fatalf("unknown uid %d", uid)
	}
	line(c, name)
	return 0
}

// subject is the user that id and groups tell about.
func subject(c *tool.Call) kernel.Cred {
	if len(c.Args) == 0 {
		return c.Cred()
	}
	return login(c, c.Args[0])
}

// login is who a user of /etc/passwd is.
func login(c *tool.Call, name string) kernel.Cred {
	users := c.Users()
	uid, ok := users.ID(name)
	if !ok {
		c.Fatalf("unknown user %s", name)
	}
	gid, _ := users.MainGroup(users.Name(uid))
	return kernel.Cred{UID: uid, GID: gid, Groups: memberships(c, users.Name(uid))}
}

// memberships are the groups of /etc/group that list a user.
func memberships(c *tool.Call, user string) (ids []int) {
	text, err := c.FS().ReadFile("/etc/group")
	if err != nil {
		return nil
	}
	for entry := range strings.SplitSeq(string(text), "\n") {
		fields := strings.Split(entry, ":")
		if len(fields) < 4 || !slices.Contains(strings.Split(fields[3], ","), user) {
			continue
		}
		if gid, err := strconv.Atoi(fields[2]); err == nil {
			ids = append(ids, gid)
		}
	}
	return ids
}

// allGroups are the main group and the others, each once.
func allGroups(cred kernel.Cred) []int {
	all := []int{cred.GID}
	for _, g := range cred.Groups {
		if !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}

func id(c *tool.Call) int {
	cred := subject(c)
	users, groups := c.Users(), c.Groups()
	show := func(names tool.Names, id int) string {
		if c.Has("n") {
			return names.Name(id)
		}
		return strconv.Itoa(id)
	}
	switch {
	case c.Has("u"):
		line(c, show(users, cred.UID))
	case c.Has("g"):
		line(c, show(groups, cred.GID))
	case c.Has("G"):
		var list []string
		for _, g := range allGroups(cred) {
			list = append(list, show(groups, g))
		}
		line(c, strings.Join(list, " "))
	default:
		var list []string
		for _, g := range allGroups(cred) {
			list = append(list, named(groups, g))
		}
		line(c, fmt.Sprintf("uid=%s gid=%s groups=%s", named(users, cred.UID), named(groups, cred.GID), strings.Join(list, ",")))
	}
	return 0
}

func named(names tool.Names, id int) string {
	if name, ok := names.Known(id); ok {
		return fmt.Sprintf("%d(%s)", id, name)
	}
	return strconv.Itoa(id)
}

func groups(c *tool.Call) int {
	names := c.Groups()
	var list []string
	for _, g := range allGroups(subject(c)) {
		list = append(list, names.Name(g))
	}
	line(c, strings.Join(list, " "))
	return 0
}

func su(c *tool.Call) int {
	name, args := "root", c.Args
	asLogin := c.Has("l")
	if len(args) > 0 && args[0] == "-" {
		asLogin, args = true, args[1:]
	}
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	cred := login(c, name)
	if c.Cred().UID != 0 {
		c.Fatalf("must be suid to work properly")
	}
	home, shell := account(c, name)
	if text := c.Value("s", ""); text != "" {
		shell = text
	}
	list := []string{shell}
	if asLogin {
		list[0] = "-" + path.Base(shell)
	}
	if command := c.Value("c", ""); command != "" {
		list = append(list, "-c", command)
	}
	list = append(list, args...)
	env := c.Env()
	if !c.Has("m") && !c.Has("p") {
		env = append(without(without(without(without(env, "HOME"), "SHELL"), "USER"), "LOGNAME"), "HOME="+home, "SHELL="+shell, "USER="+name, "LOGNAME="+name)
	}
	spec := kernel.Spec{Path: shell, Env: env, Cred: cred}
	if asLogin {
		spec.Dir = home
	}
	child, err := start(c, list, spec)
	if err != nil {
		return cannot(c, shell, err)
	}
	status, err := child.Wait(c.Ctx)
	if err != nil {
		return 137
	}
	return status.ExitCode()
}

// account is a user's home directory and shell.
func account(c *tool.Call, name string) (home, shell string) {
	home, shell = "/", "/bin/sh"
	text, err := c.FS().ReadFile("/etc/passwd")
	if err != nil {
		return home, shell
	}
	for entry := range strings.SplitSeq(string(text), "\n") {
		fields := strings.Split(entry, ":")
		if len(fields) > 6 && (fields[0] == name || fields[2] == name) {
			home = fields[5]
			if fields[6] != "" {
				shell = fields[6]
			}
		}
	}
	return home, shell
}

func adduser(c *tool.Call) int {
	name := c.Args[0]
	users := c.Users()
	if len(c.Args) > 1 {
		return joinGroup(c, name, c.Args[1])
	}
	if _, taken := users.MainGroup(name); taken {
		c.Fatalf("user '%s' in use", name)
	}
	first := 1000
	if c.Has("S") {
		first = 100
	}
	uid := c.Int("u", freeID(users, first))
	gid := uid
	if group := c.Value("G", ""); group != "" {
		id, ok := c.Groups().ID(group)
		if !ok {
			c.Fatalf("unknown group %s", group)
		}
		gid = id
	} else if c.Has("S") {
		gid = 65533
	} else {
		appendLine(c, "/etc/group", fmt.Sprintf("%s:x:%d:", name, gid))
	}
	home := c.Value("h", "/home/"+name)
	shell := c.Value("s", "/bin/sh")
	if c.Has("S") && !c.Has("s") {
		shell = "/bin/false"
	}
	appendLine(c, "/etc/passwd", fmt.Sprintf("%s:x:%d:%d:%s:%s:%s", name, uid, gid, c.Value("g", "Linux User,,,"), home, shell))
	appendLine(c, "/etc/shadow", name+":!:0:0:99999:7:::")
	if !c.Has("H") && !c.Has("S") {
		if err := c.FS().MkdirAll(home, 0o755); err == nil {
			_ = c.FS().Chown(home, uid, gid) // root may
		}
	}
	return 0
}

func addgroup(c *tool.Call) int {
	if len(c.Args) > 1 {
		return joinGroup(c, c.Args[0], c.Args[1])
	}
	groups := c.Groups()
	if _, taken := groups.MainGroup(c.Args[0]); taken {
		c.Fatalf("group '%s' in use", c.Args[0])
	}
	first := 1000
	if c.Has("S") {
		first = 100
	}
	appendLine(c, "/etc/group", fmt.Sprintf("%s:x:%d:", c.Args[0], c.Int("g", freeID(groups, first))))
	return 0
}

func joinGroup(c *tool.Call, user, group string) int {
	text, err := c.FS().ReadFile("/etc/group")
	if err != nil {
		c.Fatalf("/etc/group: %s", tool.Reason(err))
	}
	lines := strings.Split(string(text), "\n")
	for i, entry := range lines {
		if !strings.HasPrefix(entry, group+":") {
			continue
		}
		if !strings.HasSuffix(entry, ":") {
			entry += ","
		}
		lines[i] = entry + user
		if err := c.FS().WriteFile("/etc/group", []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			c.Fatalf("/etc/group: %s", tool.Reason(err))
		}
		return 0
	}
	c.Fatalf("unknown group %s", group)
	return 1
}

func freeID(names tool.Names, from int) int {
	for {
		if _, taken := names.Known(from); !taken {
			return from
		}
		from++
	}
}

func appendLine(c *tool.Call, file, text string) {
	old, err := c.FS().ReadFile(file)
	if err != nil && !tool.Missing(err) {
		c.Fatalf("%s: %s", file, tool.Reason(err))
	}
	if len(old) > 0 && old[len(old)-1] != '\n' {
		old = append(old, '\n')
	}
	if err := c.FS().WriteFile(file, append(old, text+"\n"...), 0o644); err != nil {
		c.Fatalf("%s: %s", file, tool.Reason(err))
	}
}

func tty(c *tool.Call) int {
	t := tool.Terminal(c.Stdin())
	if t == nil {
		if !c.Has("s") {
			line(c, "not a tty")
		}
		return 1
	}
	if !c.Has("s") {
		line(c, "/dev/"+t.Name())
	}
	return 0
}

func stty(c *tool.Call) int {
	t := tool.Terminal(c.Stdin())
	if t == nil {
		c.Fatalf("standard input: Not a tty")
	}
	if len(c.Args) == 0 || c.Args[0] == "-a" {
		size := t.Size()
		line(c, fmt.Sprintf("speed 38400 baud; rows %d; columns %d;", size.Rows, size.Columns))
		return 0
	}
	mode := t.Mode()
	for _, a := range c.Args {
		on := !strings.HasPrefix(a, "-")
		switch strings.TrimPrefix(a, "-") {
		case "size":
			line(c, fmt.Sprintf("%d %d", t.Size().Rows, t.Size().Columns))
		case "echo":
			mode.Echo = on
		case "icanon":
			mode.Canonical = on
		case "isig":
			mode.Signals = on
		case "icrnl":
			mode.CRNL = on
		case "opost", "onlcr":
			mode.NLCR = on
		case "raw":
			mode.Canonical, mode.Signals, mode.CRNL, mode.NLCR = !on, !on, !on, !on
		case "cooked", "sane":
			mode.Canonical, mode.Signals, mode.CRNL, mode.NLCR, mode.Echo = on, on, on, on, on
		}
	}
	t.SetMode(mode)
	return 0
}
