package i18n_test

import (
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	en, zh := i18n.CLIWords(course.English), i18n.CLIWords(course.Chinese)
	for _, c := range []struct {
		span   time.Duration
		en, zh string
	}{
		{-time.Second, "0 s", "0 秒"}, {30 * time.Second, "30 s", "30 秒"}, {59600 * time.Millisecond, "1 min", "1 分钟"}, {23*time.Hour + 40*time.Minute, "1 day", "1 天"}, {time.Minute, "1 min", "1 分钟"}, {10 * time.Minute, "10 min", "10 分钟"},
		{5*time.Hour + 31*time.Minute, "6 h", "6 小时"}, {day, "1 day", "1 天"}, {8 * day, "8 days", "8 天"}, {59 * day, "59 days", "59 天"},
		{60 * day, "2 months", "2 个月"}, {75 * day, "2.5 months", "2.5 个月"}, {365 * day, "1 year", "1 年"}, {548 * day, "1.5 years", "1.5 年"},
	} {
		if got := en.Span(c.span); got != c.en {
			t.Errorf("%v is %q, want %q", c.span, got, c.en)
		}
		if got := zh.Span(c.span); got != c.zh {
			t.Errorf("%v is %q, want %q", c.span, got, c.zh)
		}
	}
}

func TestSeveral(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		texts string
		n     int
		want  string
	}{
		{"%d minute|%d minutes", 1, "1 minute"}, {"%d minute|%d minutes", 2, "2 minutes"}, {"%d minute|%d minutes", 0, "0 minutes"},
		{"%d 分钟", 1, "1 分钟"}, {"%d 分钟", 2, "2 分钟"},
	} {
		if got := i18n.Several(c.texts, c.n); got != c.want {
			t.Errorf("%d of %q is %q, want %q", c.n, c.texts, got, c.want)
		}
	}
}

func TestReviewTerms(t *testing.T) {
	t.Parallel()
	w := i18n.CLIWords(course.English)
	got := []string{w.Rating(1), w.Rating(4), w.Rating(0), w.Rating(5), w.CardKind("lab"), w.CardStage(""), w.CardStage("relearning"), w.CardMark("leech"), w.CardMark("x")}
	want := []string{"again", "easy", "not rated", "not rated", "hands-on", "new", "relearning", "leech", "x"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: got %q, want %q", i, got[i], want[i])
		}
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	w := i18n.CLIWords(course.English)
	now := time.Date(2026, 11, 21, 23, 0, 0, 0, time.FixedZone("here", 8*3600))
	for moment, want := range map[time.Time]string{
		now.Add(30 * time.Minute): "at 23:30", now.Add(2 * time.Hour): "tomorrow", now.Add(50 * time.Hour): "on 2026-11-24",
		now.Add(30 * time.Minute).UTC(): "at 23:30", now.Add(-24 * time.Hour): "on 2026-11-20",
	} {
		if got := w.Moment(moment, now); got != want {
			t.Errorf("%v is %q, want %q", moment, got, want)
		}
	}
}
