package roomtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"testing"
	"time"

	"charm.land/ssh"
	"kubetutor/assets"
	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/tui"
	"kubetutor/lessons"
)

func TestEarly(t *testing.T) {
	c, err := course.Open(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	tui.Prepare()
	data, _ := assets.FS.ReadFile("kubectl.json")
	g, err := quiz.New(data)
	if err != nil {
		t.Fatal(err)
	}
	shared := tui.NewShared()
	dir := t.TempDir()
	stores := map[string]progress.Store{}
	var mu sync.Mutex
	srv := &ssh.Server{Handler: func(s ssh.Session) {
		mu.Lock()
		st := stores[s.User()]
		if st == nil {
			st, err = progress.Open(filepath.Join(dir, s.User()))
			if err != nil {
				panic(err)
			}
			stores[s.User()] = st
		}
		mu.Unlock()
		pty, win, _ := s.Pty()
		p, err := tui.NewProgram(s.Context(), tui.Options{Course: c, Store: st, Grader: g, Lang: course.Langs[len(s.User())%2], Shared: shared}, tui.Terminal{In: s, Out: s, Env: []string{"TERM=" + pty.Term}, Width: pty.Window.Width, Height: pty.Window.Height})
		if err != nil {
			panic(err)
		}
		go func() {
			for w := range win {
				p.Resize(w.Width, w.Height)
			}
		}()
		_ = p.Run()
	}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(ln)
	n, _ := strconv.Atoi(os.Getenv("N"))
	if n == 0 {
		n = 4
	}
	d, _ := time.ParseDuration(os.Getenv("D"))
	if d == 0 {
		d = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if f := os.Getenv("CPU"); f != "" {
		o, _ := os.Create(f)
		pprof.StartCPUProfile(o)
		defer pprof.StopCPUProfile()
	}
	var wg sync.WaitGroup
	var list []*learner
	for i := range n {
		l := newLearner(i, 1, c)
		l.pause, l.stay = 700*time.Millisecond, 30*time.Second
		l.labs = func() bool { return false }
		l.login = func() Login {
			return Login{Address: ln.Addr().String(), User: fmt.Sprintf("u%0*d", 2+i%2, i), Width: 100, Height: 30, Answer: func(string) string { return "" }}
		}
		list = append(list, l)
		wg.Go(func() { l.run(ctx) })
	}
	time.Sleep(d * 9 / 10)
	if f := os.Getenv("MEM"); f != "" {
		runtime.GC()
		o, _ := os.Create(f)
		pprof.WriteHeapProfile(o)
		o.Close()
	}
	wg.Wait()
	all := &pace{}
	for i, l := range list {
		all.times = append(all.times, l.pace.times...)
		a, s := l.ledger.counts()
		t.Logf("%d %+v answers %d shown %d", i, l.tally, a, s)
		for _, o := range l.tally.Odd {
			if i < 3 {
				t.Log(o)
			}
		}
	}
	t.Logf("%+v", all.between(func(time.Time) bool { return true }))
}
