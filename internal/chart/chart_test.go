package chart_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/rivo/uniseg"

	"kubetutor/internal/chart"
)

var update = flag.Bool("update", false, "write the golden drawings; read them before they are committed")

// text is a drawing without tones.
func text(lines []chart.Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	return b.String()
}

// golden compares a drawing with testdata/NAME.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is drawn as\n%s\nnot as\n%s", name, got, want)
	}
}

// drawing is anything that draws itself.
type drawing interface{ Lines(chart.Form) []chart.Line }

func monday() time.Time { return time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC) }

func days(n int, level func(i int) int) []chart.Day {
	list := make([]chart.Day, n)
	for i := range list {
		list[i] = chart.Day{Date: monday().AddDate(0, 0, i), Level: level(i)}
	}
	return list
}

func heat(all []chart.Day) chart.HeatMap {
	return chart.HeatMap{
		Days: all, Weekdays: [7]string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"},
		Months: [12]string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"},
		Levels: [chart.Levels]string{"无", "少", "一些", "多", "很多"},
	}
}

func drawings() map[string]drawing {
	forecast := chart.Columns{Labels: []string{"today"}}
	for i := range 30 {
		forecast.Values = append(forecast.Values, float64((i*7+23)%41))
		if i > 0 && i%7 == 0 {
			forecast.Labels = append(forecast.Labels, fmt.Sprintf("+%d", i))
			continue
		}
		if i > 0 {
			forecast.Labels = append(forecast.Labels, "")
		}
	}
	calibration := chart.Scatter{Low: 0.5, High: 1, Few: 10, Tick: func(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }}
	for i := range 10 {
		x := 0.525 + float64(i)*0.05
		calibration.Points = append(calibration.Points, chart.Point{X: x, Y: x + 0.04*math.Sin(float64(i)), Weight: float64(i * 4)})
	}
	return map[string]drawing{
		"bars": chart.Bars{Bars: []chart.Bar{{"Storage", 184, "184"}, {"Access control", 12, "12"}, {"Services", 0, "0"}, {"Workloads", 91.5, "91.5"}}},
		"bars-zh": chart.Bars{Whole: 1, Bars: []chart.Bar{
			{"存储", 0.91, "91 %"}, {"访问控制", 0.873, "87 %"}, {"服务与 Ingress", 0, "–"}, {"工作负载", 1, "100 %"},
		}},
		"columns": forecast, "histogram": chart.Columns{Values: []float64{3, 14, 60, 41, 22, 8, 1, 0, 2}, Labels: []string{"<1天", "1天", "3天", "1周", "2周", "1个月", "2个月", "4个月", "1年"}},
		"one-column":  chart.Columns{Values: []float64{5}, Labels: []string{"only"}},
		"heat":        heat(days(61, func(i int) int { return i * 7 % 5 })),
		"calibration": calibration,
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, d := range drawings() {
		for _, w := range []int{34, 72, 110} {
			for _, ascii := range []bool{false, true} {
				file := fmt.Sprintf("%s-%d", name, w)
				if ascii {
					file += "-ascii"
				}
				t.Run(file, func(t *testing.T) {
					t.Parallel()
					golden(t, file, text(d.Lines(chart.Form{Width: w, Height: 11, ASCII: ascii})))
				})
			}
		}
	}
}

// odd turns bytes into numbers, among them those that are none.
func odd(bytes []byte) (values []float64) {
	special := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -3, 0, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e300}
	for _, b := range bytes {
		if int(b) < len(special) {
			values = append(values, special[b])
			continue
		}
		values = append(values, float64(b)*1.37)
	}
	return values
}

// anything makes one drawing of each kind from arbitrary numbers and names.
func anything(data []byte, name string) []drawing {
	values := odd(data)
	columns, bars := chart.Columns{Values: values}, chart.Bars{}
	scatter := chart.Scatter{High: 1, Few: 5}
	for i, v := range values {
		columns.Labels = append(columns.Labels, name)
		bars.Bars = append(bars.Bars, chart.Bar{Label: name, Value: v, Text: chart.Short(v)})
		scatter.Points = append(scatter.Points, chart.Point{X: v, Y: values[len(values)-1-i], Weight: v})
	}
	whole := bars
	whole.Whole = 100
	return []drawing{columns, bars, whole, scatter, heat(days(len(values), func(i int) int { return int(data[i]) - 3 }))}
}

func TestNothingIsWiderOrHigherThanAsked(t *testing.T) {
	t.Parallel()
	err := quick.Check(func(data []byte, name string, w, h uint8, ascii bool) bool {
		f := chart.Form{Width: int(w % 90), Height: int(h % 30), ASCII: ascii}
		for _, d := range anything(data, name) {
			lines := d.Lines(f)
			for _, l := range lines {
				if uniseg.StringWidth(l.String()) > f.Width || strings.HasSuffix(l.String(), " ") {
					t.Logf("%T in %+v: %q", d, f, l.String())
					return false
				}
			}
			if _, ok := d.(chart.Columns); ok && len(lines) > max(f.Height, 3) {
				t.Logf("%d lines in %+v", len(lines), f)
				return false
			}
		}
		return true
	}, &quick.Config{MaxCount: 500})
	if err != nil {
		t.Error(err)
	}
}

// What is larger is never drawn as less, and nothing looks as something.
func TestMoreIsNeverLess(t *testing.T) {
	t.Parallel()
	ink := func(v float64) int {
		bars := chart.Bars{Whole: 100, Bars: []chart.Bar{{Value: v}}}
		return strings.Count(text(bars.Lines(chart.Form{Width: 42, ASCII: true})), "#")
	}
	err := quick.Check(func(a, b float64) bool {
		a, b = math.Abs(math.Mod(a, 120)), math.Abs(math.Mod(b, 120))
		return a > b || ink(a) <= ink(b)
	}, nil)
	if err != nil {
		t.Error(err)
	}
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(-1)} {
		if got := text(chart.Bars{Whole: 9, Bars: []chart.Bar{{Value: v}}}.Lines(chart.Form{Width: 20, ASCII: true})); strings.Trim(got, " .\n") != "" {
			t.Errorf("%v is drawn as %q", v, got)
		}
	}
	if got := text(chart.Bars{Whole: 9e9, Bars: []chart.Bar{{Value: 1}}}.Lines(chart.Form{Width: 20})); !strings.Contains(got, "▏") {
		t.Errorf("very little is not to be seen: %q", got)
	}
}

// Added together, neighbours keep their sum: one column in a narrow form is as
// high as its parts.
func TestColumnsThatDoNotFitAreAddedTogether(t *testing.T) {
	t.Parallel()
	values := make([]float64, 100)
	for i := range values {
		values[i] = 1
	}
	lines := chart.Columns{Values: values}.Lines(chart.Form{Width: 13, Height: 6, ASCII: true})
	if first := lines[0].String(); first != "10+##########" {
		t.Errorf("the first line is %q", first)
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	if n := chart.DaysIn(2, friday); n != 12 {
		t.Errorf("two weeks until Friday have %d days, want 12", n)
	}
	if n := chart.DaysIn(0, friday); n != 0 {
		t.Errorf("no weeks have %d days", n)
	}
	lines := heat(days(10, func(i int) int { return i % 5 })).Lines(chart.Form{Width: 80, ASCII: true})
	if lines[1].String() != "周一 . +" || lines[3].String() != "周三 + #" || lines[4].String() != "周四 *" {
		t.Errorf("ten days from a Monday on:\n%s", text(lines))
	}
	if weeks := chart.Weeks(30, 26); weeks != 13 {
		t.Errorf("30 columns have room for %d weeks", weeks)
	}
}

// Every day has one sign, in the row of its weekday; only whole weeks are left
// out.
func TestHeatMapHasEveryDayOnce(t *testing.T) {
	t.Parallel()
	err := quick.Check(func(n, shift uint8) bool {
		all := days(int(n)+1, func(int) int { return 4 })
		all = all[min(int(shift)%7, len(all)-1):]
		var rows [7]int
		for _, d := range all {
			rows[(int(d.Date.Weekday())+6)%7]++
		}
		lines := heat(all).Lines(chart.Form{Width: 200, ASCII: true})
		for r, want := range rows {
			if strings.Count(lines[r+1].String(), "#") != want {
				return false
			}
		}
		return true
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

func TestSpark(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		numbers []float64
		want    string
	}{
		{nil, ""}, {[]float64{0, 0}, "__"}, {[]float64{5}, "#"}, {[]float64{0, 1, 60}, "_.#"},
		{[]float64{math.NaN(), 3, math.Inf(1), -2}, "_##_"},
	} {
		if got := chart.Spark(tt.numbers, true); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.numbers, got, tt.want)
		}
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0", 7: "7", 950: "950", 999.4: "999", 999.6: "1k", 1234: "1.2k", 9960: "10k", 34567: "35k", 999499: "999k", 999600: "1M", 5.6e6: "5.6M", 2e12: "2e+12",
	} {
		if got := chart.Short(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	parts := []chart.Line{{{"存储", chart.Words}}, {{"two", chart.Value}}, {{"three", chart.Words}}}
	if got := text(chart.Flow(parts, "  ", 10)); got != "存储  two\nthree\n" {
		t.Errorf("flowed as %q", got)
	}
}
