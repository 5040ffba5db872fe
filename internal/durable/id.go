package durable

import (
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
)

// MaxTime is the latest time in an ID: the end of the year 9999. It leaves IDs
// room to grow.
func MaxTime() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }

// NextID returns a ULID of the time at that is greater than last: where the
// clock does not give one, last plus one.
func NextID(at time.Time, last string) (string, error) {
	if at.Before(time.Unix(0, 0)) || at.After(MaxTime()) {
		return "", fmt.Errorf("the clock says %s", at)
	}
	id, err := ulid.New(ulid.Timestamp(at), ulid.DefaultEntropy())
	if err != nil || id.String() > last {
		return id.String(), err
	}
	prev, err := ulid.ParseStrict(last)
	if err != nil {
		return "", fmt.Errorf("the last event has ID %q: %w", last, err)
	}
	return successor(prev)
}

func successor(id ulid.ULID) (string, error) {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]++
		if id[i] != 0 {
			return id.String(), nil
		}
	}
	return "", errors.New("there is no greater ID")
}
