package tui

import (
	"sync/atomic"

	"kubetutor/internal/review"
)

// ReviewDesk is a desk of reviews whose settings may change while it is used:
// what is asked of it is done as they were when it was asked.
type ReviewDesk struct{ at atomic.Pointer[review.Desk] }

// NewReviewDesk is a desk that begins as d is.
func NewReviewDesk(d *review.Desk) *ReviewDesk {
	r := &ReviewDesk{}
	r.at.Store(d)
	return r
}

// Desk is the desk with the settings of now.
func (r *ReviewDesk) Desk() *review.Desk { return r.at.Load() }

// Config are the settings of now.
func (r *ReviewDesk) Config() review.Config { return r.Desk().Config }

// Configure changes the settings.
func (r *ReviewDesk) Configure(c review.Config) {
	d := *r.Desk()
	d.Config = c
	r.at.Store(&d)
}
