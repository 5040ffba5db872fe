package cli

import (
	"context"
	"fmt"
	"time"

	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
)

const (
	// lowDisk is how many free bytes are so few that whoever holds a class must act:
	// labs grow by hundreds of MB, and what a learner answers needs a few KB.
	lowDisk = 512 << 20
	// diskEvery is how often that is looked at.
	diskEvery = 10 * time.Second
)

// diskGauge says once that the disk is nearly full, and again after there was room.
type diskGauge struct {
	words *i18n.CLI
	low   bool
}

// line is what there is to say; "" is nothing.
func (g *diskGauge) line(free int64, err error) string {
	switch {
	case err != nil || g.low && free < 2*lowDisk:
		return ""
	case free >= lowDisk:
		g.low = false
		return ""
	}
	g.low = true
	return fmt.Sprintf(g.words.ClassDiskLow, bytes(free))
}

// watchDisk tells the instructor of a disk that is nearly full. Learners hear that
// their answers cannot be saved, and can do nothing about it.
func (s *server) watchDisk(ctx context.Context) {
	gauge := diskGauge{words: s.f.Words}
	tick := time.NewTicker(diskEvery)
	defer tick.Stop()
	for {
		if line := gauge.line(lab.Room(s.home.dir)); line != "" {
			s.say(line)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
