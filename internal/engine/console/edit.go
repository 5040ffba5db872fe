package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/aymanbagabas/go-udiff"
)

// editorVariable names, in the environment of the program that kubectl takes
// for an editor, the socket of the command that it belongs to.
const editorVariable = "KUBETUTOR_EDITOR_SOCKET"

// editorListener waits for the programs that kubectl starts as its editor, and
// passes what they want to be edited on to the learner's client.
type editorListener struct {
	wire     *wire
	listener net.Listener

	mu      sync.Mutex
	pending map[string]chan message
}

// listenForEditor listens if the command may start an editor.
func listenForEditor(w *wire, req execRequest) (*editorListener, error) {
	e := &editorListener{wire: w, pending: map[string]chan message{}}
	if !startsHelper(req.Args) {
		return e, nil
	}
	name := socketFrom(req.Dir, filepath.Join(req.Place.Private, "edit"+strconv.Itoa(os.Getpid())))
	var err error
	if e.listener, err = net.Listen("unix", name); err != nil {
		return nil, fmt.Errorf("waiting for the editor: %w", err)
	}
	setenv(editorVariable + "=" + name)
	go e.serve()
	return e, nil
}

// longestSocket is how long the path of a socket may be everywhere.
const longestSocket = 100

// socketFrom is the path of a socket as it is named in a directory, in which this
// process and the editor work: in full, unless that is too long for the system.
func socketFrom(dir, path string) string {
	if len(path) <= longestSocket {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil {
		return rel
	}
	return path
}

func (e *editorListener) close() {
	if e.listener != nil {
		e.listener.Close()
	}
}

func (e *editorListener) serve() {
	for id := 1; ; id++ {
		conn, err := e.listener.Accept()
		if err != nil {
			return
		}
		go e.edit(conn, strconv.Itoa(os.Getpid())+"-"+strconv.Itoa(id))
	}
}

// edit is one text on its way to the learner and back.
func (e *editorListener) edit(conn net.Conn, id string) {
	defer conn.Close()
	var m message
	if json.NewDecoder(conn).Decode(&m) != nil {
		return
	}
	m.Kind, m.ID = kindEdit, id
	answer := make(chan message, 1)
	e.mu.Lock()
	e.pending[id] = answer
	e.mu.Unlock()
	if e.wire.send(m) != nil {
		return
	}
	_ = json.NewEncoder(conn).Encode(<-answer) // an editor that is gone needs no answer
}

// answer is what the learner made of a text.
func (e *editorListener) answer(m message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, ok := e.pending[m.ID]; ok {
		delete(e.pending, m.ID)
		c <- m
	}
}

// helperVariable is set in the environment of the programs that a kubectl of
// the console starts, which are this one.
const helperVariable = "KUBETUTOR_CONSOLE_HELPER"

// helperEdit is the first argument of the editor; the diff has paths alone.
const helperEdit = "edit"

// helperMain is this program started by kubectl: as its editor (edit FILE) or as
// its diff (FROM TO). It returns the exit code.
func helperMain(args []string) int {
	var err error
	code := 0
	switch {
	case len(args) != 2:
		err = fmt.Errorf("two arguments are expected, not %d", len(args))
	case args[0] == helperEdit:
		err = editFile(args[1])
	default:
		code, err = diffPaths(args[0], args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return code
}

var errAborted = errors.New("the edit was left without saving")

// editFile lets the learner edit a file by way of the command that started this
// process.
func editFile(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("editing: %w", err)
	}
	conn, err := net.Dial("unix", os.Getenv(editorVariable))
	if err != nil {
		return fmt.Errorf("editing: %w", err)
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(message{Name: filepath.Base(file), Data: content}); err != nil {
		return fmt.Errorf("editing: %w", err)
	}
	var answer message
	if err := json.NewDecoder(conn).Decode(&answer); err != nil {
		return fmt.Errorf("editing: %w", err)
	}
	if answer.Aborted {
		return errAborted
	}
	return os.WriteFile(file, answer.Data, 0o600)
}

// diffPaths prints the differences of two files, or of all files of two
// directories; the result is 1 if there are any, as with diff -u -N.
func diffPaths(from, to string) (int, error) {
	names, err := namesIn(from, to)
	if err != nil {
		return 2, err
	}
	code := 0
	for _, name := range names {
		a, b := filepath.Join(from, name), filepath.Join(to, name)
		text, err := diffFiles(os.ReadFile, a, b)
		if err != nil {
			return 2, err
		}
		if text != "" {
			code = 1
			fmt.Print("diff -u -N ", a, " ", b, "\n", text)
		}
	}
	return code, nil
}

// namesIn is the sorted union of the files in two directories; for files it is
// the empty name.
func namesIn(from, to string) ([]string, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	if !info.IsDir() {
		return []string{""}, nil
	}
	return unionOfDirs(from, to)
}

// diffFiles is the unified difference of two files; one that is not there is
// empty.
func diffFiles(read func(string) ([]byte, error), a, b string) (string, error) {
	before, err := read(a)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("comparing: %w", err)
	}
	after, err := read(b)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("comparing: %w", err)
	}
	return udiff.Unified(a, b, string(before), string(after)), nil
}

func unionOfDirs(dirs ...string) ([]string, error) {
	seen := map[string]bool{}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("comparing: %w", err)
		}
		for _, e := range entries {
			seen[e.Name()] = true
		}
	}
	return sortedKeys(seen), nil
}
