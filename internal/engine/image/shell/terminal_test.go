package shell

import (
	"io"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/engine/kernel"
)

// terminal is a shell on a terminal.
type terminal struct {
	t      *testing.T
	master io.ReadWriteCloser
	out    buffer
	tty    *kernel.TTY
	p      *kernel.Process
}

func openTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	return openTerminalOn(t, kernel.Config{}, args...)
}

func openTerminalOn(t *testing.T, config kernel.Config, args ...string) *terminal {
	t.Helper()
	tty := kernel.NewTTY(kernel.Size{Columns: 40, Rows: 10})
	c := newContainer(t, config)
	p, err := c.Start(kernel.Spec{Args: args, Env: []string{"PATH=/bin", "HOME=/root", "TERM=xterm"}, TTY: tty})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, master: tty.Master(), tty: tty, p: p}
	go func() { _, _ = io.Copy(&term.out, term.master) }()
	return term
}

// mark is where the output ends now.
func (m *terminal) mark() int { return len(m.out.String()) }

func (m *terminal) keys(text string) {
	m.t.Helper()
	if _, err := m.master.Write([]byte(text)); err != nil {
		m.t.Fatal(err)
	}
}

// expect waits for a text after a mark.
func (m *terminal) expect(from int, text string) {
	m.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(m.out.String()[from:], text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			m.t.Fatalf("no %q in %q", text, m.out.String()[from:])
		}
	}
}

// line types a line and waits for what it prints and the next prompt.
func (m *terminal) line(text, want string) {
	m.t.Helper()
	at := m.mark()
	m.keys(text + "\r")
	m.expect(at, want)
	m.expect(at+strings.Index(m.out.String()[at:], want)+len(want), "# ")
}

func TestInteractive(t *testing.T) {
	t.Parallel()
	m := openTerminal(t, "sh")
	m.expect(0, "/ # ")
	m.line("echo hi", "\r\nhi\r\n/ ")
	m.line("cd /tmp", "/tmp ")
	m.line("x=1; echo \"[$x]\"", "[1]")
	m.line("\x1b[A", "[1]")                                                      // the last line again
	m.line("ecoh 你好\x01\x1b[C\x1b[C\x1b[3~\x1b[Co\x7f\x1b[D\x1b[Dho \x05", "你好") // edited
	m.line("for i in 1 2\rdo echo n$i\rdone", "n2")
	m.line("echo abc\x15echo cut", "\r\ncut\r\n")
	at := m.mark()
	m.keys("sleep 100\r")
	m.expect(at, "sleep 100\r\n")
	for !m.busy("sleep") {
		time.Sleep(time.Millisecond)
	}
	m.keys("\x03")
	m.expect(at, "/tmp # ")
	m.line("echo $?", "130")
	m.keys("exit 3\r")
	if code := status(t, m.p); code != 3 {
		t.Errorf("exit %d", code)
	}
}

func (m *terminal) busy(name string) bool {
	for _, p := range m.p.Processes() {
		if p.Args[0] == name {
			return true
		}
	}
	return false
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	m := openTerminal(t, "sh")
	m.expect(0, "/ # ")
	m.line("mkdir /tmp/directory; echo one > /tmp/directory/file", "\r\n/ ")
	m.line("hostn\t", "web-0")
	m.line("cat /tmp/dir\tfi\t", "one")
	at := m.mark()
	m.keys("md5\t")
	m.expect(at, "md5sum ")
	m.keys("\x15sha\t\t")
	m.expect(at, "sha512sum")
	m.keys("\x03")
	m.line("echo ok", "\r\nok")
	m.keys("\x04")
	status(t, m.p)
}

func TestEndlessLoopIsInterrupted(t *testing.T) {
	t.Parallel()
	m := openTerminal(t, "sh")
	m.expect(0, "/ # ")
	at := m.mark()
	m.keys("while :; do :; done\r")
	m.expect(at, "done\r\n")
	time.Sleep(20 * time.Millisecond)
	m.keys("\x03")
	m.expect(at, "/ # ")
	m.line("echo back", "\r\nback")
}

func TestTopEndsAtQ(t *testing.T) {
	t.Parallel()
	m := openTerminal(t, "sh")
	m.expect(0, "/ # ")
	at := m.mark()
	m.keys("top\r")
	m.expect(at, "COMMAND")
	m.keys("q")
	m.expect(at+strings.Index(m.out.String()[at:], "COMMAND"), "/ # ")
	m.line("top -n 1", "COMMAND")
	m.line("echo whole", "\r\nwhole") // nothing that is typed later is lost
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	debian := kernel.NewTree()
	for _, name := range []string{"sh", "bash"} {
		debian.File("/bin/"+name, kernel.Executable(name), 0o755, 0, 0)
	}
	debian.File("/etc/bash.bashrc", []byte(`PS1='${debian_chroot:+($debian_chroot)}\u@\h:\w\$ '`), 0o644, 0, 0)
	debian.File("/etc/passwd", []byte("root:x:0:0:root:/root:/bin/bash\n"), 0o644, 0, 0)
	for _, c := range []struct {
		name, program, want string
		image               *kernel.Tree
	}{
		{"busybox", "sh", "/ # ", image()},
		{"dash", "sh", "# ", debian},
		{"bash elsewhere", "bash", "bash-5.2# ", image()},
		{"bash of Debian", "bash", "root@web-0:/# ", debian},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := openTerminalOn(t, kernel.Config{Image: c.image}, c.program)
			m.expect(0, "# ")
			if got := m.out.String(); !strings.HasSuffix(strings.TrimPrefix(got, "\r"), c.want) || len(got) > len(c.want)+8 {
				t.Errorf("prompt %q, want %q", got, c.want)
			}
		})
	}
}
