package roomtest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
)

// newKey is a key of somebody's own.
func newKey() (ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(private)
}

// Verdict is what came of a room.
type Verdict struct {
	Answers, Shown int // given, and acknowledged on the screen
	Stored         int
	Faults         []string // what must not be: lost, twice, seen by others
	Asleep, Awake  Latency  // of keys, before labs were begun and since
	First, Second  Latency  // in the halves of the time
	Noise          Latency  // of somebody who only sleeps: what the machine adds
	Tally          tally    // of all learners
	Watchers       string
	Odd            []string
}

// Judge compares what learners saw with what the class in a directory keeps of each,
// and with what was exported.
func (r *Room) Judge(ctx context.Context, dir string, results class.Results) (v Verdict) {
	v.Asleep = r.latency(func(at time.Time) bool { return r.o.Labs == 0 || at.Before(r.began.Add(r.o.Labs)) })
	v.Awake = r.latency(func(at time.Time) bool { return r.o.Labs > 0 && at.After(r.began.Add(r.o.Labs)) })
	v.Noise = r.noise.between(func(time.Time) bool { return true })
	half := r.began.Add(r.o.For / 2)
	v.First, v.Second = r.latency(func(at time.Time) bool { return at.Before(half) }), r.latency(half.Before)
	for _, l := range r.learners {
		all, shown := l.ledger.counts()
		v.Answers, v.Shown = v.Answers+all, v.Shown+shown
		v.add(l)
		at := slices.IndexFunc(results.Learners, func(x class.Result) bool { return x.Name == l.name })
		if at < 0 {
			v.fault("%s is not among the results", l.name)
			continue
		}
		k, err := keptBy(ctx, dir, results.Learners[at].ID)
		if err != nil {
			v.fault("%s: %v", l.name, err)
			continue
		}
		v.Stored += len(k.answers)
		for _, f := range append(l.ledger.settle(k.answers, k.passed), exported(results.Learners[at], k)...) {
			v.fault("%s: %s", l.name, f)
		}
	}
	for _, w := range r.watchers {
		v.Watchers += fmt.Sprintf("boards %d, orders %v, looks %d, declined %d, lost %d; ", w.boards, w.orders, w.looks, w.refuse, w.lost)
		for _, f := range w.faults {
			v.Odd = append(v.Odd, "watcher: "+f)
		}
	}
	return v
}

// exported compares the results with what is kept.
func exported(res class.Result, k kept) (faults []string) {
	tries := map[string]int{}
	for _, a := range k.answers {
		tries[a.Question]++
	}
	for _, l := range res.Lessons {
		for _, q := range l.Questions {
			path := l.Lesson + "/" + q.Question
			if q.Tries != tries[path] {
				faults = append(faults, fmt.Sprintf("exported are %d tries of %s, kept %d", q.Tries, path, tries[path]))
			}
			delete(tries, path)
		}
	}
	for path := range tries {
		lesson, _, _ := strings.Cut(path, "/")
		if slices.ContainsFunc(res.Lessons, func(l class.LessonResult) bool { return l.Lesson == lesson }) {
			faults = append(faults, "not exported: "+path)
		}
	}
	return faults
}

func (v *Verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// add sums up what a learner did.
func (v *Verdict) add(l *learner) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, b := &v.Tally, &l.tally
	for _, p := range [][2]*int{
		{&a.Logins, &b.Logins}, {&a.Refused, &b.Refused}, {&a.Resets, &b.Resets}, {&a.Halves, &b.Halves}, {&a.Exits, &b.Exits}, {&a.Lost, &b.Lost},
		{&a.Silent, &b.Silent}, {&a.Strayed, &b.Strayed}, {&a.Pages, &b.Pages}, {&a.Searches, &b.Searches}, {&a.Hands, &b.Hands}, {&a.Labs, &b.Labs},
		{&a.Consoles, &b.Consoles}, {&a.Commands, &b.Commands}, {&a.Solved, &b.Solved},
	} {
		*p[0] += *p[1]
	}
	for _, f := range b.Foreign {
		v.fault("%s", f)
	}
	v.Odd = append(v.Odd, b.Odd...)
}

// settling is how long after its return latencies are those of a server that a whole
// room logs into at once, and arriving how long it is after the beginning.
const settling = 15 * time.Second

// latency sums up the keys of a time, but for those around the server's death.
func (r *Room) latency(in func(time.Time) bool) Latency {
	back, all := time.Unix(0, r.down.Load()), pace{}
	for _, l := range r.learners {
		l.pace.mu.Lock()
		all.times = append(all.times, l.pace.times...)
		l.pace.mu.Unlock()
	}
	return all.between(func(at time.Time) bool {
		near := r.o.Restart != nil && at.After(r.began.Add(r.o.Middle)) && at.Before(back.Add(settling))
		return in(at) && !near
	})
}
