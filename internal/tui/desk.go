package tui

import (
	"sync/atomic"

	"kubetutor/internal/review"
)

// ReviewDesk is a desk of reviews whose settings may change while it is used:
// what is asked of it is done as they were when it was asked.
type ReviewDesk struct{ now atomic.Pointer[review.Desk] }

// NewReviewDesk is a desk that begins as d is.
func NewReviewDesk(d *review.Desk) *ReviewDesk {
	r := &ReviewDesk{}
	r.now.Store(d)
	return r
}

// Now is the desk with the settings of now.
func (r *ReviewDesk) Now() *review.Desk { return r.now.Load() }

// Config are the settings of now.
func (r *ReviewDesk) Config() review.Config { return r.Now().Config }

// Configure changes the settings.
func (r *ReviewDesk) Configure(c review.Config) {
	d := *r.Now()
	d.Config = c
	r.now.Store(&d)
}
