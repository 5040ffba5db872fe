package qr_test

import (
	"strings"
	"testing"

	rsc "rsc.io/qr"

	"kubetutor/internal/class/qr"
)

const link = "ssh://class@192.168.100.200:2222"

// TestLinesShowTheCode reads the modules back out of the text.
func TestLinesShowTheCode(t *testing.T) {
	t.Parallel()
	want, err := rsc.Encode(link, rsc.L)
	if err != nil {
		t.Fatal(err)
	}
	for _, ink := range []qr.Ink{qr.Dark, qr.Light} {
		lines, err := qr.Lines(link, ink)
		if err != nil {
			t.Fatal(err)
		}
		side := want.Size + 4
		if len(lines) != (side+1)/2 {
			t.Errorf("%d lines for %d modules", len(lines), side)
		}
		for y := range side {
			row := []rune(lines[y/2])
			if len(row) != side {
				t.Fatalf("row %d has %d cells, want %d", y, len(row), side)
			}
			for x, cell := range row {
				inked := strings.ContainsRune([2]string{"█▀", "█▄"}[y%2], cell)
				if black := inked == bool(ink); black != want.Black(x-2, y-2) {
					t.Errorf("ink %v: module %d,%d is black: %v", ink, x-2, y-2, black)
				}
			}
		}
	}
}

// TestASCIIShowsTheCode reads the modules back out of the text without blocks.
func TestASCIIShowsTheCode(t *testing.T) {
	t.Parallel()
	want, err := rsc.Encode(link, rsc.L)
	if err != nil {
		t.Fatal(err)
	}
	for _, ink := range []qr.Ink{qr.Dark, qr.Light} {
		lines, err := qr.ASCII(link, ink)
		if err != nil || len(lines) != want.Size+4 {
			t.Fatalf("%d lines for %d modules: %v", len(lines), want.Size+4, err)
		}
		for y, line := range lines {
			for x := range want.Size + 4 {
				inked := map[string]bool{"##": true, "  ": false}[line[2*x:2*x+2]]
				if black := inked == bool(ink); black != want.Black(x-2, y-2) {
					t.Errorf("ink %v: module %d,%d is black: %v", ink, x-2, y-2, black)
				}
			}
		}
	}
}

// TestLinesFitBesideText holds that the code of a usual address leaves room for
// words in a terminal of 80 by 24.
func TestLinesFitBesideText(t *testing.T) {
	t.Parallel()
	lines, err := qr.Lines(link, qr.Light)
	if err != nil || len(lines) > 16 || len([]rune(lines[0])) > 32 {
		t.Errorf("%d lines of %d cells: %v", len(lines), len([]rune(lines[0])), err)
	}
}

func TestLinesRefuseWhatNoCodeHolds(t *testing.T) {
	t.Parallel()
	if _, err := qr.Lines(strings.Repeat("x", 4000), qr.Dark); err == nil {
		t.Error("4,000 characters fit into a code")
	}
}
