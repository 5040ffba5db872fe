package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/course/coursetest"
)

// BenchmarkCourse opens the tutor on synthetic courses, goes to a lesson in the
// middle, into it, and searches. It reports how long the home page took from exec,
// and how much memory the tutor has then, in the lesson, and after the search
// (proportional set size).
func BenchmarkCourse(b *testing.B) {
	program := build(b)
	for _, n := range []int{300, 3000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir := b.TempDir()
			coursetest.Write(b, dir, n)
			home := b.TempDir()
			var total time.Duration
			for b.Loop() {
				took, used := study(b, program, home, dir, coursetest.ID(n/2))
				total += took
				for where, megabytes := range used {
					b.ReportMetric(megabytes, where+"-MB")
				}
			}
			b.ReportMetric(float64(total.Microseconds())/1e3/float64(b.N), "first-frame-ms")
		})
	}
}

// study opens the tutor, then a lesson by the filter of the course page, then the
// search.
func study(b *testing.B, program, home, lessons, lesson string) (took time.Duration, used map[string]float64) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	screen, tty := terminal(b, 120, 40)
	defer screen.Close()
	cmd := tutor(ctx, program, home, tty, "--lessons", lessons)
	begin := time.Now()
	err := cmd.Start()
	tty.Close()
	if err != nil {
		b.Fatal(err)
	}
	seen := func(text string) {
		b.Helper()
		if shown, err := await(screen, text); err != nil {
			b.Fatalf("%v; it showed %q", err, shown)
		}
	}
	press := func(keys string) {
		b.Helper()
		if _, err := screen.WriteString(keys); err != nil {
			b.Fatal(err)
		}
	}
	seen("This week")
	took = time.Since(begin)
	used = map[string]float64{"home": memory(b, cmd.Process.Pid)}
	press("j\r") // the course
	seen("track-000")
	press("/" + lesson + "\r")
	seen("1/5 ")
	used["lesson"] = memory(b, cmd.Process.Pid)
	press("\vkubectl get pvc") // control-k
	seen("-n shop")
	used["search"] = memory(b, cmd.Process.Pid)
	press("\x1b")
	seen("quit") // in the footer of the lesson
	leave(b, screen, cmd)
	return took, used
}

// memory is the proportional set size of a process, in MB.
func memory(b *testing.B, pid int) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		if fields := strings.Fields(string(line)); len(fields) == 3 && fields[0] == "Pss:" {
			kB, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kB * 1024 / 1e6
		}
	}
	b.Fatal("the kernel does not tell")
	return 0
}

// BenchmarkSearchCommand searches a synthetic course from the command line, the
// index made and up to date, and reports the most memory that took.
func BenchmarkSearchCommand(b *testing.B) {
	program := build(b)
	for _, n := range []int{300, 3000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir, home := b.TempDir(), b.TempDir()
			coursetest.Write(b, dir, n)
			begin := time.Now()
			most := searched(b, program, home, dir)
			making := time.Since(begin)
			for b.Loop() {
				b.ReportMetric(searched(b, program, home, dir), "MB")
			}
			b.ReportMetric(most, "making-MB")
			b.ReportMetric(making.Seconds(), "making-s")
		})
	}
}

// searched runs a search and returns how much memory it had at most, in MB.
func searched(b *testing.B, program, home, lessons string) float64 {
	b.Helper()
	cmd := exec.Command(program, "--lessons", lessons, "search", "kubectl", "get", "pvc")
	cmd.Env = environ(home)
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("  1  ")) {
		b.Fatalf("%v\n%s", err, out)
	}
	return float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) * 1024 / 1e6
}

// environ is what a program finds around it that is measured.
func environ(home string) []string {
	return []string{"HOME=" + home, "TERM=xterm-256color", "LANG=en_GB.UTF-8", "PATH=" + os.Getenv("PATH")}
}

// build makes the program as a user has it.
func build(b *testing.B) (program string) {
	b.Helper()
	program = filepath.Join(b.TempDir(), "kubetutor")
	if out, err := exec.Command("go", "build", "-o", program, "kubetutor/cmd/kubetutor").CombinedOutput(); err != nil {
		b.Fatalf("building kubetutor: %v\n%s", err, out)
	}
	return program
}

// tutor is the program in a terminal. The engine that is named does not exist:
// none is looked for, and none is built.
func tutor(ctx context.Context, program, home string, tty *os.File, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, append([]string{"--lang", "en", "--kubelab", filepath.Join(home, "none")}, args...)...)
	cmd.Env = environ(home)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return cmd
}
