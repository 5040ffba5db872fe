//go:build linux || darwin

package doctor

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"

	"golang.org/x/sys/unix"
)

// answerTime is how long a terminal may take to answer, in tenths of a second.
// One far away, over ssh, takes longer than one that is near.
const answerTime = 10

// cursorReport is a terminal's answer to where the cursor is: row and column.
var cursorReport = regexp.MustCompile(`\x1b\[(\d+);(\d+)R`)

// AmbiguousWidth asks a terminal how many columns it moves on for a character
// whose width Unicode leaves open, by drawing one at the beginning of a line and
// taking it away again. It is 0 where the terminal does not answer.
func AmbiguousWidth(terminal *os.File) int {
	fd := int(terminal.Fd())
	old, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return 0
	}
	quiet := *old
	quiet.Lflag &^= unix.ICANON | unix.ECHO
	quiet.Cc[unix.VMIN], quiet.Cc[unix.VTIME] = 0, answerTime
	if unix.IoctlSetTermios(fd, setTermios, &quiet) != nil {
		return 0
	}
	defer unix.IoctlSetTermios(fd, setTermios, old)
	if _, err := io.WriteString(terminal, "\r─\x1b[6n\r\x1b[K"); err != nil {
		return 0
	}
	return columnsMoved(terminal)
}

// columnsMoved reads until the report is complete, or nothing comes any more.
func columnsMoved(terminal io.Reader) int {
	var said []byte
	buffer := make([]byte, 64)
	for len(said) < 1024 {
		n, err := terminal.Read(buffer)
		said = append(said, buffer[:n]...)
		if m := cursorReport.FindSubmatch(said); m != nil {
			column, _ := strconv.Atoi(string(m[2]))
			return column - 1
		}
		if n == 0 || err != nil && !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return 0
}
