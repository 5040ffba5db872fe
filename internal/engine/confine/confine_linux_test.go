package confine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// TestMain lets the test binary be a confined process, which says what it could
// do.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "confined" {
		os.Exit(confined(os.Args[2], os.Args[3]))
	}
	os.Exit(m.Run())
}

// confined tries what should work inside, and what should not outside.
func confined(inside, outside string) int {
	if err := Files(inside); err != nil {
		fmt.Println(err)
		return 1
	}
	file := filepath.Join(inside, "file")
	may := errors.Join(
		os.MkdirAll(filepath.Join(inside, "a", "b"), 0o755), os.WriteFile(file, []byte("x"), 0o600),
		os.Link(file, filepath.Join(inside, "a", "link")), os.Symlink("/etc", filepath.Join(inside, "sym")),
		os.Rename(file, filepath.Join(inside, "a", "b", "file")), os.RemoveAll(filepath.Join(inside, "a")),
	)
	if may != nil {
		fmt.Println("inside:", may)
	}
	_, read := os.ReadFile(filepath.Join(outside, "secret"))
	_, through := os.ReadDir(filepath.Join(inside, "sym"))
	for what, err := range map[string]error{
		"read": read, "write": os.WriteFile(filepath.Join(outside, "new"), nil, 0o600),
		"remove": os.Remove(filepath.Join(outside, "secret")), "follow a link": through, "execute": exec.Command(os.Args[0]).Run(),
	} {
		if !errors.Is(err, os.ErrPermission) {
			fmt.Printf("outside, it could %s: %v\n", what, err)
		}
	}
	return 0
}

func TestFiles(t *testing.T) {
	t.Parallel()
	if abi, err := ll.LandlockGetABIVersion(); err != nil || abi < 3 {
		t.Skipf("this kernel has Landlock %d, %v", abi, err)
	}
	inside, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(os.Args[0], "confined", inside, outside).CombinedOutput()
	if err != nil || strings.TrimSpace(string(said)) != "" {
		t.Errorf("%v\n%s", err, said)
	}
}
