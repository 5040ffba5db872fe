//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kubetutor/internal/class/roomtest"
	"kubetutor/internal/course"
	"kubetutor/lessons"
)

// asked is what the command line asks for.
type asked struct {
	learners, watchers  int
	length, labs, kill  time.Duration
	pause, stay         time.Duration
	seed                uint64
	awake               int
	kubelab, keep, size string
	track               string
	slope, bad          bool
}

func flags() (a asked) {
	flag.IntVar(&a.learners, "learners", 40, "how many learners")
	flag.IntVar(&a.watchers, "watchers", 2, "how many instructors")
	flag.DurationVar(&a.length, "for", 10*time.Minute, "how long")
	flag.DurationVar(&a.labs, "labs", 0, "from when on labs are done; 0: never")
	flag.DurationVar(&a.kill, "kill", 0, "when the server is killed; 0: never")
	flag.DurationVar(&a.pause, "pause", 700*time.Millisecond, "between a learner's keys, on average")
	flag.DurationVar(&a.stay, "stay", time.Minute, "between a learner's drops, on average")
	flag.Uint64Var(&a.seed, "seed", 1, "of the schedule")
	flag.IntVar(&a.awake, "awake", 3, "how many labs may be awake")
	flag.StringVar(&a.kubelab, "kubelab", "/nonexistent", "the engine")
	flag.StringVar(&a.keep, "keep", "", "a directory that is kept, for reading afterwards")
	flag.StringVar(&a.track, "track", "access", "the plan: a track of the course")
	flag.StringVar(&a.size, "size", "", "every window's size, COLUMNSxROWS; by default four sizes by turns")
	flag.BoolVar(&a.slope, "slope", false, "measure what a session takes: with 1, 10 and all learners, who do not drop")
	flag.BoolVar(&a.bad, "bad", false, "from the middle on, two more terminals do not read")
	flag.Parse()
	return a
}

func (a asked) sizes() [][2]int {
	var w, h int
	if n, _ := fmt.Sscanf(a.size, "%dx%d", &w, &h); n == 2 {
		return [][2]int{{w, h}}
	}
	return [][2]int{{100, 30}, {80, 24}, {160, 50}, {120, 40}}
}

func judge() (err error) {
	a := flags()
	home, done, err := a.home()
	if err != nil {
		return err
	}
	defer done()
	log, err := os.Create(filepath.Join(home, "server.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s, err := newServer(home, a.kubelab, log, []string{"--track", a.track}, []string{"--labs", fmt.Sprint(a.awake)})
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w\n%s", err, text)
	}
	failed := a.hold(s)
	err = s.stop()
	return errors.Join(failed, err, left(home))
}

// home is a directory whose path is short enough for sockets in it.
func (a asked) home() (dir string, done func(), err error) {
	if a.keep != "" {
		return a.keep, func() {}, os.MkdirAll(a.keep, 0o700)
	}
	dir, err = os.MkdirTemp("", "room")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// hold holds the class and says what came of it.
func (a asked) hold(s *server) error {
	c, err := course.Open(lessons.FS)
	if err != nil {
		return err
	}
	ctx := context.Background()
	before, err := s.state()
	if err != nil {
		return err
	}
	o := roomtest.Options{
		Address: s.door.Address, Fingerprint: s.door.Fingerprint, Secret: s.door.Code, Dir: s.home, Course: c,
		Learners: a.learners, Watchers: a.watchers, Seed: a.seed, For: a.length, Labs: a.labs, Middle: a.kill,
		Pause: a.pause, Stay: a.stay, Calm: a.slope, Bad: a.bad, Sizes: a.sizes(), Log: os.Stdout,
	}
	if a.kill > 0 {
		o.Restart = s.restart
	}
	m := &measured{s: s, at: map[int]state{}}
	if a.slope {
		o.Arrived = m.arrived(a.learners)
	}
	r, err := roomtest.New(ctx, o)
	if err != nil {
		return err
	}
	defer r.Close()
	fmt.Printf("load of the machine at the beginning: %s\n", roomtest.LoadAverage())
	s.profile()
	began, used := time.Now(), before.CPU
	r.Run(ctx)
	s.profile()
	after, err := s.state()
	if err != nil {
		return err
	}
	fmt.Printf("load of the machine at the end: %s; the server used %.1f s of a processor in %.0f s\n",
		roomtest.LoadAverage(), (after.CPU - used).Seconds(), time.Since(began).Seconds())
	m.say(before)
	if err := a.verdict(ctx, s, r); err != nil {
		return err
	}
	return m.settled(before)
}

// verdict compares and prints.
func (a asked) verdict(ctx context.Context, s *server, r *roomtest.Room) error {
	results, err := r.Results(ctx)
	if err != nil {
		return fmt.Errorf("exporting the results: %w", err)
	}
	v := r.Judge(ctx, s.class(), results)
	fmt.Printf("answers: %d given, %d acknowledged on the screen, %d stored\n", v.Answers, v.Shown, v.Stored)
	fmt.Printf("labs asleep: %s\nlabs awake:  %s\n", v.Asleep, v.Awake)
	fmt.Printf("meanwhile, who sleeps for 10 ms is woken late by: p50 %v, p95 %v, p99 %v\n", v.Noise.P50, v.Noise.P95, v.Noise.P99)
	if a.bad {
		fmt.Printf("first half: %s\nsecond half, with two terminals that do not read: %s\n", v.First, v.Second)
	}
	fmt.Printf("learners: %+v\ninstructors: %s\n", v.Tally, v.Watchers)
	if a.keep != "" {
		_ = os.WriteFile(filepath.Join(s.home, "odd.txt"), []byte(strings.Join(v.Odd, "\n----\n")), 0o600)
	}
	if len(v.Faults) > 0 {
		return fmt.Errorf("%d faults:\n%s", len(v.Faults), strings.Join(v.Faults, "\n"))
	}
	fmt.Println("nothing lost, nothing twice, nobody saw another's text")
	return nil
}

// left lists processes that the server has left behind.
func left(home string) error {
	var list []string
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if list = roomtest.Processes(home); len(list) == 0 {
			fmt.Println("no process is left behind")
			return nil
		}
	}
	return fmt.Errorf("processes are left behind:\n%s", strings.Join(list, "\n"))
}
