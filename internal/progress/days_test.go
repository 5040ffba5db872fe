package progress

import (
	"testing"
	"time"
)

// TestDays puts one answer into each hour of some days around changes of the
// clock, and counts them by the learner's date.
func TestDays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		zone string
		noon string // of the last day, local
		want []int  // hours of each day
	}{
		{"UTC", "2026-11-20", []int{24, 24, 24}},
		{"Asia/Shanghai", "2026-11-20", []int{24, 24, 24}},
		{"Asia/Kathmandu", "2026-11-20", []int{24, 24, 24}}, // UTC+5:45
		{"Europe/Berlin", "2026-03-30", []int{24, 23, 24}},
		{"Europe/Berlin", "2026-10-26", []int{24, 25, 24}},
		{"America/Santiago", "2026-09-07", []int{24, 23, 24}}, // put forward at midnight
		{"America/Havana", "2026-03-09", []int{24, 23, 24}},   // the same
		{"Australia/Lord_Howe", "2026-10-05", []int{24, 24, 24}},
	}
	for _, tt := range tests {
		loc, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Skip("no time zones here:", err)
		}
		last, _ := time.ParseInLocation(time.DateOnly, tt.noon, loc)
		last = last.Add(14 * time.Hour)
		now := last
		d := open(t, t.TempDir(), WithClock(func() time.Time { return now }))
		y, m, day := last.Date()
		end := midnight(y, m, day+1, loc)
		for now = midnight(y, m, day-2, loc); now.Before(end); now = now.Add(time.Hour) {
			record(t, d, Answer{Question: "a/b"})
		}
		days, err := d.Days(t.Context(), 3, last)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range tt.want {
			if tt.zone == "Australia/Lord_Howe" && i == 1 {
				want = 24 // 23 and a half hours
			}
			if days[i].Answers != want || days[i].Date.Day() != last.AddDate(0, 0, i-2).Day() {
				t.Errorf("%s: day %d, %s, has %d hours, want %d", tt.zone, i, days[i].Date, days[i].Answers, want)
			}
		}
	}
}

func TestDaysOfNothing(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	for _, n := range []int{-1, 0, 3} {
		days, err := d.Days(t.Context(), n, time.Now())
		if err != nil || len(days) != max(n, 0) {
			t.Errorf("%d: %v, %v", n, days, err)
		}
	}
}
