package tui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEditRoundTrip(t *testing.T) {
	t.Parallel()
	c := newMachine(t.Context(), Options{Env: []string{"EDITOR=ed -s"}})
	ready, ok := c.edit(editRequest{id: 3, name: "../../etc/claim.yaml", content: []byte("a: 1\n")})().(editReadyMsg)
	if !ok || !slices.Equal(ready.command, []string{"ed", "-s"}) {
		t.Fatalf("got %+v", ready)
	}
	file := editFile(ready.dir, ready.request)
	if filepath.Dir(file) != ready.dir || !strings.HasSuffix(file, "claim.yaml") {
		t.Errorf("the text is in %s", file)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(file, []byte("a: 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	edited := readEdited(ready.request, ready.dir, file, nil).(editedMsg)
	if string(edited.content) != "a: 2\n" || edited.id != 3 || edited.aborted {
		t.Errorf("got %+v", edited)
	}
	if _, err := os.Stat(ready.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file was left behind")
	}
}

func TestAnEditorThatFailsAborts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	edited := readEdited(editRequest{}, dir, filepath.Join(dir, "x"), errors.New("exit status 1")).(editedMsg)
	if !edited.aborted || edited.err == nil {
		t.Errorf("got %+v", edited)
	}
}

func TestCleanTakesOutWhatIsNotText(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"plain", "plain"},
		{"a\tb\r\nc\rd", "a    b\nc\nd"},
		{"\x1b[31mred\x07\x00", "[31mred"},
		{"bidi\u202egnp", "bidignp"},
		{"half \xe4\xb8", "half "},
		{"中文 ✓", "中文 ✓"},
	}
	for _, tt := range tests {
		if got := clean(tt.in, 100); got != tt.want {
			t.Errorf("clean(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := clean(strings.Repeat("x", 100), 10); len(got) != 10 {
		t.Errorf("%d bytes are left of a limit of 10", len(got))
	}
}
