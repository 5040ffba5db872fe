package console

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"syscall"

	"kubetutor/internal/engine/crictl"
)

const (
	maxMemory = 1 << 30  // bytes of data of one process
	maxStack  = 64 << 20 // bytes of one goroutine's stack
	maxFile   = 64 << 20 // bytes of one file
)

// ToolMain is a worker process: PROGRAM tool. It learns its part over the
// socket that is its descriptor 3, plays it and ends. Args are those after
// "tool", of which there are none; the result is the exit code.
func ToolMain(args []string) int {
	if len(args) > 0 {
		fmt.Fprintln(os.Stderr, "tool takes no arguments")
		return 2
	}
	w, err := newWire(os.NewFile(3, "wire"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "a worker of the console is started by the engine only:", err)
		return 2
	}
	debug.SetMaxStack(maxStack)
	m, files, err := w.receive()
	switch {
	case err != nil:
		return 0 // not needed any more
	case m.Kind == kindShell:
		return serveShell(w, *m.Shell)
	case m.Kind == kindExec && len(files) == 3:
		if err := beStandard(files); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		return serveCommand(w, *m.Exec)
	}
	return 2
}

// serveShell is the part of a shell: lines, until nobody wants more.
func serveShell(w *wire, setup shellSetup) int {
	s, err := newShell(w, setup)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := confine(setup.Place, permits{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s.serve()
	return 0
}

// serveCommand is the part of one command.
func serveCommand(w *wire, req execRequest) int {
	if req.TTY {
		_ = control(os.Stdin) // without, ^C and resizes are not seen: the program works all the same
	}
	if err := enter(req); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", req.Args[0], err)
		return 126
	}
	edits, err := listenForEditor(w, req)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", req.Args[0], err)
		return 126
	}
	defer edits.close()
	go followSignals(w, edits)
	if req.Args[0] == "crictl" {
		return crictl.Main(req.Args)
	}
	os.Args = req.Args // kubectl looks there itself: for --record, and for its name
	return runKubectl(nil, req.Place.only)
}

// enter goes where the command runs, and locks the door.
func enter(req execRequest) error {
	os.Clearenv()
	for _, kv := range req.Env {
		setenv(kv)
	}
	if err := os.Chdir(req.Dir); err != nil {
		return fmt.Errorf("entering the directory: %w", err)
	}
	return confine(req.Place, permitsOf(req))
}

// permits are what a process may do beyond its place.
type permits struct {
	servers []string // connect to the ports of these URLs
	helpers bool     // start this program again
	listen  bool     // listen, on loopback: the guard sees to that
	dial    bool     // connect to any port
	logs    []string // read these directories
}

func permitsOf(req execRequest) permits {
	if req.Args[0] == "crictl" {
		return permitsOfCrictl(req.Place)
	}
	return permits{
		servers: req.Place.Servers, helpers: startsHelper(req.Args),
		listen: !req.Place.Guest && slices.Contains(req.Args, "port-forward"),
	}
}

// permitsOfCrictl lets crictl read logs, as it does on a node, and connect to
// wherever a runtime says that it streams: which runtimes it asks, it sees to
// itself.
func permitsOfCrictl(p place) permits {
	may := permits{dial: true}
	for _, n := range p.Nodes {
		may.logs = append(may.logs, n.Logs)
	}
	return may
}

// followSignals ends this process with the shell that wanted it.
func followSignals(w *wire, edits *editorListener) {
	for {
		m, files, err := w.receive()
		closeAll(files)
		switch {
		case err != nil:
			os.Exit(int(128 + syscall.SIGKILL))
		case m.Kind == kindSignal:
			interruptSelf()
		case m.Kind == kindEdited:
			edits.answer(m)
		}
	}
}
