package class

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestNobodyGuessesACode lets attackers try as fast as they can for an hour.
func TestNobodyGuessesACode(t *testing.T) {
	t.Parallel()
	for addresses, most := range map[int]int{1: 900, 100: 19_000} {
		var d door
		start := time.Unix(1_800_000_000, 0)
		looked := 0
		for now := start; now.Sub(start) < time.Hour; {
			next := now.Add(time.Hour)
			for a := range addresses {
				from := fmt.Sprint("192.0.2.", a)
				var later *TriesError
				if errors.As(d.enter(from, now), &later) {
					next = earlier(next, later.Until)
					continue
				}
				d.wrongTry(from, now)
				looked++
				next = earlier(next, now.Add(time.Millisecond))
			}
			now = next
		}
		if looked > most || looked < most/2 {
			t.Errorf("%d addresses had %d tries, want about %d", addresses, looked, most)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// TestARoomBehindOneAddress lets forty people mistype the code once within two
// minutes: none of them has to wait.
func TestARoomBehindOneAddress(t *testing.T) {
	t.Parallel()
	var d door
	now := time.Unix(1_800_000_000, 0)
	for range 40 {
		if err := d.enter("192.0.2.1", now); err != nil {
			t.Fatal(err)
		}
		d.wrongTry("192.0.2.1", now)
		now = now.Add(3 * time.Second)
		if err := d.enter("192.0.2.1", now); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnAttackIsSoonOver tries without end, then stops.
func TestAnAttackIsSoonOver(t *testing.T) {
	t.Parallel()
	var d door
	now := time.Unix(1_800_000_000, 0)
	for range 100_000 {
		now = now.Add(5 * time.Millisecond)
		if d.enter("192.0.2.1", now) == nil {
			d.wrongTry("192.0.2.1", now)
		}
	}
	err := d.enter("192.0.2.1", now)
	var later *TriesError
	if !errors.As(err, &later) || !errors.Is(err, ErrTries) {
		t.Fatalf("in the middle of it: %v", err)
	}
	if wait := later.Until.Sub(now); wait > 5*time.Second {
		t.Errorf("the others of the address wait for %v", wait)
	}
	if err := d.enter("192.0.2.2", now.Add(200*time.Millisecond)); err != nil {
		t.Errorf("another address: %v", err)
	}
	if err := d.enter("192.0.2.1", now.Add(5*time.Second)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestAnAttackFromManyAddresses lets sixteen addresses have every turn there is: who
// comes from another has theirs all the same, also after mistyping the code twice.
func TestAnAttackFromManyAddresses(t *testing.T) {
	t.Parallel()
	var d door
	now := time.Unix(1_800_000_000, 0)
	for i := range 100_000 {
		now = now.Add(5 * time.Millisecond)
		if from := fmt.Sprint("192.0.2.", i%16); d.enter(from, now) == nil {
			d.wrongTry(from, now)
		}
		if i%20_000 != 19_999 {
			continue
		}
		home := fmt.Sprint("198.51.100.", i/20_000)
		for try := range fewTries {
			if err := d.enter(home, now); err != nil {
				t.Fatalf("after %d tries of others, the try %d of %s: %v", i, try, home, err)
			}
			d.wrongTry(home, now)
		}
		if d.enter(home, now) == nil {
			t.Errorf("%s tries on, in the middle of it", home)
		}
	}
}

// TestTheClockIsSetBack holds nobody up until the clock is where it was.
func TestTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	var d door
	now := time.Unix(1_800_000_000, 0)
	for range 1000 {
		d.wrongTry("192.0.2.1", now)
	}
	if d.enter("192.0.2.1", now) == nil {
		t.Error("after a thousand tries nobody waits")
	}
	if err := d.enter("192.0.2.1", now.Add(-time.Hour)); err != nil {
		t.Errorf("after the clock was set back: %v", err)
	}
}

// TestManyAddressesAreNotRemembered keeps the table small, and still limits.
func TestManyAddressesAreNotRemembered(t *testing.T) {
	t.Parallel()
	var d door
	now := time.Unix(1_800_000_000, 0)
	for i := range maxGates + 100 {
		d.wrongTry(fmt.Sprintf("10.%d.%d.1", i/256, i%256), now)
	}
	if len(d.from) > maxGates || d.enter("10.200.0.1", now) == nil {
		t.Errorf("%d addresses, and the next may try", len(d.from))
	}
	d.wrongTry("10.200.0.1", now.Add(time.Hour))
	if len(d.from) != 1 {
		t.Errorf("%d addresses after an hour", len(d.from))
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "::ffff:192.0.2.1", "2001:db8:0:1:2:3:4:5": "2001:db8:0:1::/64",
		"fe80::1%eth0": "fe80::/64", "pipe": "pipe", "": "",
	} {
		if got := network(from); got != want {
			t.Errorf("%s is of %s, want %s", from, got, want)
		}
	}
}

func TestCodesAreForgiving(t *testing.T) {
	t.Parallel()
	const code = "70F1-K0ZM"
	for _, given := range []string{"70F1-K0ZM", "70f1k0zm", "7OFl-kOzm", " 70F1 K0ZM ", "７０Ｆ１－Ｋ０ＺＭ", "70f1–k0zm", "7oFI-K0ZM\n"} {
		if !sameCode(given, code) {
			t.Errorf("%q is not taken for %s", given, code)
		}
	}
	for _, given := range []string{"", "70F1-K0Z", "70F1-K0ZMM", "70F1-K0ZN", "70F1_K0ZM", "70F1-K0ZM\x00", strings.Repeat("70F1-K0ZM", 100)} {
		if sameCode(given, code) {
			t.Errorf("%q is taken for %s", given, code)
		}
	}
	if sameCode("", "") {
		t.Error("no code is one")
	}
}

// TestCodesAreDrawnEvenly draws from bytes that count up.
func TestCodesAreDrawnEvenly(t *testing.T) {
	t.Parallel()
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	code, err := draw(strings.NewReader(string(all)), 256)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range alphabet {
		if n := strings.Count(code, string(c)); n != 8 {
			t.Errorf("%c was drawn %d times", c, n)
		}
	}
	if _, err := draw(strings.NewReader("short"), 8); err == nil {
		t.Error("a code without entropy")
	}
	if got := grouped("ABCDEFGH"); got != "ABCD-EFGH" || grouped("") != "" {
		t.Errorf("written as %q", got)
	}
}
