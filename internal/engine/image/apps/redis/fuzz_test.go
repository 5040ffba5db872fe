package redis

import (
	"bufio"
	"strings"
	"testing"
)

// FuzzReadCommand feeds bytes of clients to the parser: it must neither panic
// nor take more memory than a command may hold.
func FuzzReadCommand(f *testing.F) {
	for _, seed := range []string{"PING\r\n", "*1\r\n$4\r\nPING\r\n", "*-1\r\n", "*2\r\n$3\r\nGET\r\n$-1\r\n", "SET \"a\\n\" 'b'\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := bufio.NewReader(strings.NewReader(text))
		for {
			args, err := readCommand(r)
			if err != nil {
				return
			}
			if len(args) > maxArgs {
				t.Fatalf("%d arguments", len(args))
			}
		}
	})
}
