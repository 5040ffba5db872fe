package roomtest

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// burden brings two terminals into the room that do not take what they are sent,
// and whose owners go on typing.
func (r *Room) burden(ctx context.Context) {
	var both sync.WaitGroup
	for i, spoil := range []func(*cable){func(c *cable) { c.trickle(time.Second) }, (*cable).deafen} {
		l, err := r.learner(len(r.learners)+i, r.learners[0].code)
		if err != nil {
			r.say(err.Error())
			continue
		}
		l.login.Key, l.leave = nil, time.Now().Add(r.o.For)
		if err := l.enter(ctx); err != nil {
			r.say(fmt.Sprintf("a bad terminal was not let in: %v", err))
			continue
		}
		spoil(l.t.cable)
		both.Go(func() { l.drum(ctx) })
	}
	r.say("two terminals do not read any more")
	go func() {
		both.Wait()
		r.say("the terminals that do not read are gone")
	}()
}

// drum types without looking, until the server has had enough or the time is over.
func (l *learner) drum(ctx context.Context) {
	defer l.t.cable.Close()
	for i := 0; ctx.Err() == nil; i++ {
		if _, err := io.WriteString(l.t.in, code([]string{"S", "esc", ",", "esc"}[i%4])); err != nil {
			return
		}
		l.rest(ctx, 60*time.Millisecond)
	}
}
