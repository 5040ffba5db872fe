package cli

import (
	"kubetutor/internal/review"
	"kubetutor/internal/settings"
)

// reviewConfig is how reviews are made: by default, but for what a file of
// settings says.
func reviewConfig(r settings.Review) review.Config {
	c := review.DefaultConfig()
	override(&c.New, r.New)
	override(&c.Limit, r.Limit)
	override(&c.Labs, r.Labs)
	override(&c.Retention, r.Retention)
	override(&c.Rollover, r.Rollover)
	override(&c.Leech, r.Leech)
	override(&c.Bury, r.Bury)
	if r.Steps != nil {
		c.Steps = r.Steps
	}
	if r.Relearning != nil {
		c.Relearning = r.Relearning
	}
	return c
}

func override[T any](value, by *T) {
	if by != nil {
		*value = *by
	}
}

// reviewSettings lists the settings of reviews as they count.
func reviewSettings(r settings.Review) []setting {
	c := reviewConfig(r)
	said := map[string]bool{
		"review.new": r.New != nil, "review.limit": r.Limit != nil, "review.labs": r.Labs != nil, "review.retention": r.Retention != nil,
		"review.steps": r.Steps != nil, "review.relearning": r.Relearning != nil, "review.rollover": r.Rollover != nil, "review.leech": r.Leech != nil, "review.bury": r.Bury != nil,
	}
	values := map[string]any{
		"review.new": c.New, "review.limit": c.Limit, "review.labs": c.Labs, "review.retention": c.Retention,
		"review.steps": settings.Steps(c.Steps).Texts(), "review.relearning": settings.Steps(c.Relearning).Texts(), "review.rollover": c.Rollover, "review.leech": c.Leech, "review.bury": c.Bury,
	}
	return each(settings.ReviewKeys(), func(key string) setting {
		from := fromDefault
		if said[key] {
			from = fromFile
		}
		return setting{key, values[key], from}
	})
}
