package controlplane

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// auditLog keeps an Audit's requests in a file, one JSON object a line, so that
// they outlive the process: a lab that asks what the learner did can go on after
// a sleep or a killed engine. Lines reach the kernel one by one and are not
// synced: after a power loss the lab begins anew anyway.
type auditLog struct {
	file  string
	out   *os.File
	lines int
}

// maxLogLines is how many lines the file may have before it is written anew with
// the requests that are still remembered.
const maxLogLines = 2 * maxRequests

// open begins to keep requests in a file. What a resumed cluster's file holds is
// remembered again; a line that was cut off by a killed process is left out.
func (a *Audit) open(file string, resumed bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ring, a.next = nil, 0
	a.complete = time.Now() // until the file says otherwise
	a.log.file = file
	if resumed {
		requests, err := readRequests(file)
		switch {
		case err == nil:
			a.complete = time.Time{}
			a.restore(requests)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("reading the record of requests: %w", err)
		}
	}
	return a.rewrite()
}

// restore puts older requests into the empty ring, the newest ones if they are
// too many. A file that fills the ring may once have had more.
func (a *Audit) restore(requests []Request) {
	if n := len(requests) - maxRequests; n >= 0 {
		requests = requests[n:]
		a.complete = requests[0].At
	}
	a.ring = requests
}

func readRequests(file string) ([]Request, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var requests []Request
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r Request
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			requests = append(requests, r)
		}
	}
	return requests, lines.Err()
}

// rewrite replaces the file by the requests in the ring.
func (a *Audit) rewrite() error {
	if err := a.log.close(); err != nil {
		return err
	}
	next := a.log.file + ".new"
	out, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing the record of requests: %w", err)
	}
	a.log.out, a.log.lines = out, 0
	for _, r := range a.all() {
		a.log.write(r)
	}
	return os.Rename(next, a.log.file)
}

// write appends a request. A full disk costs the record, not the request: see
// Complete.
func (l *auditLog) write(r Request) bool {
	if l.out == nil {
		return true
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = l.out.Write(append(line, '\n'))
	}
	l.lines++
	return err == nil
}

func (l *auditLog) close() error {
	if l.out == nil {
		return nil
	}
	err := l.out.Close()
	l.out = nil
	return err
}

// close ends the record in the file.
func (a *Audit) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.log.close()
}

// Complete tells whether every request since t is known: none was dropped for
// its age, and none was made before the record begins.
func (a *Audit) Complete(t time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !t.Before(a.complete)
}
