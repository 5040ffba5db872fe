package lab

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

func dialFake(t *testing.T, f *fakeDaemon) *Client {
	t.Helper()
	c, err := Dial(soon(t), f.listen(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestDialWithoutDaemon(t *testing.T) {
	t.Parallel()
	_, err := Dial(soon(t), filepath.Join(shortDir(t), "none.sock"))
	if !errors.Is(err, ErrNoDaemon) {
		t.Fatalf("got %v, want ErrNoDaemon", err)
	}
}

func TestDialAnotherVersion(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{hello: protocol.Hello{Protocol: protocol.Version + 1, PID: 42}}
	_, err := Dial(soon(t), f.listen(t))
	var version *VersionError
	if !errors.As(err, &version) || version.PID != 42 {
		t.Fatalf("got %v, want a VersionError of process 42", err)
	}
}

func TestClusterUpTellsStages(t *testing.T) {
	t.Parallel()
	c := dialFake(t, &fakeDaemon{})
	var stages []protocol.Stage
	s, err := c.ClusterUp(soon(t), protocol.Up{}, func(s protocol.Stage) { stages = append(stages, s) })
	if err != nil || s.State != protocol.StateUp {
		t.Fatalf("got %v, %v", s, err)
	}
	if len(stages) != 2 || stages[0].Done || !stages[1].Done {
		t.Fatalf("stages %v", stages)
	}
}

func TestLabStart(t *testing.T) {
	t.Parallel()
	c := dialFake(t, &fakeDaemon{})
	start := func(id string) (protocol.Attempt, error) {
		req := protocol.StartLab{Lab: course.Lab{Lesson: "l", ID: id}, Number: 2}
		return c.LabStart(soon(t), req, func(protocol.Stage) {})
	}
	if a, err := start("one"); err != nil || a.Lab != "l/one" || a.Number != 2 {
		t.Errorf("got %v, %v", a, err)
	}
	var refused *protocol.Error
	if _, err := start("broken"); !errors.As(err, &refused) || refused.Hint != "mend it" {
		t.Errorf("an error in the stream: got %v", err)
	}
	if _, err := start("dies"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a stream without an end: got %v", err)
	}
}

func TestErrorBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	c := dialFake(t, &fakeDaemon{})
	var refused *protocol.Error
	if _, err := c.Judge(soon(t), protocol.Judge{}); !errors.As(err, &refused) || refused.Code != protocol.CodeConflict {
		t.Errorf("got %v, want a conflict", err)
	}
	if _, err := c.FileGet(soon(t), "x"); !errors.As(err, &refused) || refused.Code != protocol.CodeInternal {
		t.Errorf("an unknown verb: got %v", err)
	}
}

func TestConsoleRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		lines      []protocol.Output
		code       int
		incomplete bool
		wantErr    bool
	}{
		{"ends", []protocol.Output{{Data: []byte("hi\n")}, {Exit: &protocol.Exit{Code: 3}}}, 3, false, false},
		{"goes on", []protocol.Output{{Incomplete: true}}, 0, true, false},
		{"fails", []protocol.Output{{Error: &protocol.Error{Message: "no"}}}, 0, false, true},
		{"breaks off", []protocol.Output{{Data: []byte("h")}}, 0, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			con, err := dialFake(t, &fakeDaemon{lines: test.lines}).ConsoleOpen(soon(t), protocol.OpenConsole{})
			if err != nil || con.Info().Namespace != "shop" {
				t.Fatal(con, err)
			}
			exit, incomplete, err := con.Run(soon(t), "x", func(protocol.Output) {})
			if exit.Code != test.code || incomplete != test.incomplete || (err != nil) != test.wantErr {
				t.Errorf("got %v, %v, %v", exit, incomplete, err)
			}
			if err := con.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConsoleRunIsCancelled(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{}
	con, err := dialFake(t, f).ConsoleOpen(soon(t), protocol.OpenConsole{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(soon(t))
	ended := make(chan error, 1)
	go func() {
		_, _, err := con.Run(ctx, "sleep 1000", func(protocol.Output) {})
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestConsoleSignalNamesItsConsole(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{}
	con, err := dialFake(t, f).ConsoleOpen(soon(t), protocol.OpenConsole{})
	if err != nil {
		t.Fatal(err)
	}
	if err := con.Signal(soon(t), "INT"); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var got protocol.Signal
	if err := json.Unmarshal(f.requests[protocol.VerbConsoleSignal], &got); err != nil || got != (protocol.Signal{Console: "c1", Name: "INT"}) {
		t.Errorf("got %v, %v", got, err)
	}
}
