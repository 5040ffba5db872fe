package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkFirstFrame measures from exec to the moment when a terminal has the
// home page to its last line: in a home with the learner's progress, and on a
// first start, which makes the files. It reports the median beside the mean.
func BenchmarkFirstFrame(b *testing.B) {
	program := build(b)
	b.Run("again", func(b *testing.B) {
		home := b.TempDir()
		start(b, program, home)
		benchmarkStart(b, program, func() string { return home })
	})
	b.Run("first", func(b *testing.B) {
		benchmarkStart(b, program, b.TempDir)
	})
}

func benchmarkStart(b *testing.B, program string, home func() string) {
	var took []time.Duration
	for b.Loop() {
		took = append(took, start(b, program, home()))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "median-ms")
}

// start runs the program in a terminal until it shows the home page, and
// returns how long that took.
func start(b *testing.B, program, home string) time.Duration {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	screen, tty := terminal(b, 120, 40)
	defer screen.Close()
	cmd := tutor(ctx, program, home, tty)
	begin := time.Now()
	err := cmd.Start()
	tty.Close()
	if err != nil {
		b.Fatal(err)
	}
	shown, err := await(screen, "This week") // the last line of the page
	took := time.Since(begin)
	if err != nil {
		b.Fatalf("%v; it showed %q", err, shown)
	}
	b.StopTimer()
	leave(b, screen, cmd)
	b.StartTimer()
	return took
}

// leave quits as a learner does, so that the next start finds everything saved.
func leave(b *testing.B, screen *os.File, cmd *exec.Cmd) {
	b.Helper()
	if _, err := screen.WriteString("q"); err != nil {
		b.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, screen) // ends with an error when the program does
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

// await reads what is written to the terminal until it holds a text.
func await(screen *os.File, text string) ([]byte, error) {
	var shown []byte
	part := make([]byte, 64<<10)
	for !bytes.Contains(shown, []byte(text)) {
		n, err := screen.Read(part)
		shown = append(shown, part[:n]...)
		if err != nil {
			return shown, fmt.Errorf("waiting for %q: %w", text, err)
		}
	}
	return shown, nil
}

// terminal opens a pseudo-terminal: the side that a person sees, and the side
// that a program writes to.
func terminal(b *testing.B, columns, rows uint16) (screen, tty *os.File) {
	b.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		b.Skipf("no pseudo-terminals here: %v", err)
	}
	fd := int(screen.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows})
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		b.Fatalf("opening a pseudo-terminal: %v", err)
	}
	return screen, tty
}
