package review

import (
	"testing"
	"time"
	_ "time/tzdata" // the machine may have none
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// A day begins once, ends where the next begins, and has its number in between,
// in every zone, at every rollover hour, and where clocks are put forward or back.
func TestDaysBeginOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
		"America/Havana", "Asia/Beirut", "America/Santiago", "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca"} {
		for rollover := range 24 {
			c := calendar{zone(t, name), rollover}
			first := c.number(time.Date(2026, 1, 1, 12, 0, 0, 0, c.zone))
			for n := first; n < first+366; n++ {
				begin := c.begin(n)
				if got, before := c.number(begin), c.number(begin.Add(-time.Second)); got != n || before != n-1 {
					t.Fatalf("%s, %d h: day %d begins at %s, which is in %d, after %d", name, rollover, n, begin, got, before)
				}
			}
		}
	}
}

func TestRollover(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	shanghai := zone(t, "Asia/Shanghai")
	at := func(loc *time.Location, month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, loc)
	}
	for _, test := range []struct {
		name     string
		zone     *time.Location
		rollover int
		a, b     time.Time
		days     int
	}{
		{"late at night is the day before", berlin, 4, at(berlin, 3, 5, 22, 0), at(berlin, 3, 6, 3, 59), 0},
		{"a minute later is the next day", berlin, 4, at(berlin, 3, 5, 22, 0), at(berlin, 3, 6, 4, 0), 1},
		{"at midnight", berlin, 0, at(berlin, 3, 5, 23, 59), at(berlin, 3, 6, 0, 0), 1},
		{"a night of 23 hours", berlin, 4, at(berlin, 3, 28, 12, 0), at(berlin, 3, 29, 12, 0), 1},
		{"a night of 25 hours", berlin, 4, at(berlin, 10, 24, 12, 0), at(berlin, 10, 25, 12, 0), 1},
		{"the hour that is not there", berlin, 2, at(berlin, 3, 29, 1, 59), at(berlin, 3, 29, 3, 0), 1},
		{"a clock that went back", berlin, 4, at(berlin, 3, 9, 12, 0), at(berlin, 3, 5, 12, 0), 0},
		{"a machine that slept a month", berlin, 4, at(berlin, 3, 5, 12, 0), at(berlin, 4, 5, 12, 0), 31},
		{"a traveller: 5 March in Berlin, 6 March in Shanghai", shanghai, 4, at(berlin, 3, 5, 12, 0), at(berlin, 3, 5, 22, 0), 1},
		{"never rated", berlin, 4, time.Time{}, at(berlin, 3, 5, 12, 0), 0},
	} {
		if got := (calendar{test.zone, test.rollover}).between(test.a, test.b); got != test.days {
			t.Errorf("%s: %d days, want %d", test.name, got, test.days)
		}
	}
}
