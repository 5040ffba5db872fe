package tool

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseTime reads a date as busybox's date and touch do, in UTC.
func ParseTime(text string, now time.Time) (time.Time, error) {
	if seconds, ok := strings.CutPrefix(text, "@"); ok {
		n, err := strconv.ParseInt(seconds, 10, 64)
		return time.Unix(n, 0).UTC(), err
	}
	for _, layout := range []string{
		"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02", time.RFC3339,
		"2006.01.02-15:04:05", "200601021504.05", "200601021504", "Mon Jan _2 15:04:05 MST 2006", time.RFC1123,
	} {
		if t, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return t, nil
		}
	}
	now = now.UTC()
	if t, err := time.Parse("15:04:05", text); err == nil {
		return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC), nil
	}
	if t, err := time.Parse("15:04", text); err == nil {
		return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC), nil
	}
	return relative(text, now)
}

// relative reads the forms of GNU date that scripts use: "now", "1 hour ago",
// "+2 days", "yesterday".
func relative(text string, now time.Time) (time.Time, error) {
	switch text {
	case "now", "today":
		return now, nil
	case "yesterday":
		return now.AddDate(0, 0, -1), nil
	case "tomorrow":
		return now.AddDate(0, 0, 1), nil
	}
	words := strings.Fields(text)
	sign := 1
	if len(words) > 0 && words[len(words)-1] == "ago" {
		sign, words = -1, words[:len(words)-1]
	}
	if len(words) == 2 {
		n, err := strconv.Atoi(words[0])
		if err == nil {
			return shift(now, sign*n, strings.TrimSuffix(words[1], "s"))
		}
	}
	return now, fmt.Errorf("invalid date '%s'", text)
}

func shift(t time.Time, n int, unit string) (time.Time, error) {
	switch unit {
	case "sec", "second":
		return t.Add(time.Duration(n) * time.Second), nil
	case "min", "minute":
		return t.Add(time.Duration(n) * time.Minute), nil
	case "hour":
		return t.Add(time.Duration(n) * time.Hour), nil
	case "day":
		return t.AddDate(0, 0, n), nil
	case "week":
		return t.AddDate(0, 0, 7*n), nil
	case "month":
		return t.AddDate(0, n, 0), nil
	case "year":
		return t.AddDate(n, 0, 0), nil
	}
	return t, fmt.Errorf("invalid unit '%s'", unit)
}

// FormatTime formats as strftime(3) does.
func FormatTime(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		if format[i] == '-' && i+1 < len(format) {
			i++
			b.WriteString(strings.TrimLeft(strftime(t, format[i])[:1], "0 ") + strftime(t, format[i])[1:])
			continue
		}
		b.WriteString(strftime(t, format[i]))
	}
	return b.String()
}

func strftime(t time.Time, verb byte) string {
	layouts := map[byte]string{
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'c': "Mon Jan _2 15:04:05 2006", 'd': "02", 'D': "01/02/06",
		'e': "_2", 'F': "2006-01-02", 'H': "15", 'I': "03", 'm': "01", 'M': "04", 'n': "\n", 'p': "PM", 'R': "15:04", 'r': "03:04:05 PM",
		'S': "05", 't': "\t", 'T': "15:04:05", 'X': "15:04:05", 'x': "01/02/06", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST",
	}
	if layout, ok := layouts[verb]; ok {
		return t.Format(layout)
	}
	switch verb {
	case '%':
		return "%"
	case 'C':
		return fmt.Sprintf("%02d", t.Year()/100)
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay())
	case 'k':
		return fmt.Sprintf("%2d", t.Hour())
	case 'l':
		return fmt.Sprintf("%2d", (t.Hour()+11)%12+1)
	case 'N':
		return fmt.Sprintf("%09d", t.Nanosecond())
	case 's':
		return strconv.FormatInt(t.Unix(), 10)
	case 'u':
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1)
	case 'w':
		return strconv.Itoa(int(t.Weekday()))
	case 'V', 'W', 'U':
		_, week := t.ISOWeek()
		return fmt.Sprintf("%02d", week)
	case 'G':
		year, _ := t.ISOWeek()
		return strconv.Itoa(year)
	}
	return "%" + string(verb)
}
