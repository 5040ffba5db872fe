package lab

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/lab/protocol"
)

// Site is how things stand with the engine on this machine. Finding out starts
// no engine and changes nothing.
type Site struct {
	Engine   Engine
	Wanted   string // id of the engine that goes with this tutor, "" where it is not known
	Explicit bool   // the engine is the one that --kubelab names
	Beside   Program

	Source    string // checkout that the engine is built from, "" where there is none
	Cache     string // where built engines are kept
	State     string // where clusters are kept
	Sockets   string // where daemons listen
	Untrusted error  // why that directory cannot be trusted
	TooLong   string // the directory that XDG_RUNTIME_DIR names, where paths of sockets in it would be too long
}

// Program is a file that could be an engine.
type Program struct {
	File string // "" where there is none
	ID   string // "" where it carries none
	Err  error  // why it cannot be executed
}

// Site looks around.
func (l *Labs) Site() Site {
	f := l.find()
	s := Site{
		Engine: l.Look(), Wanted: f.id, Explicit: f.explicit != "", Beside: lookAt(f.beside()),
		Cache: l.dirs.cache, State: l.dirs.clusters, Sockets: l.dirs.sockets,
	}
	if l.build != nil {
		s.Source = l.build.source
	}
	_, s.Untrusted = l.SocketDir()
	if _, err := socketPath(l.dirs.sockets, l.name); s.Untrusted == nil {
		s.Untrusted = err
	}
	if dir := lookup(l.env)("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && filepath.Join(dir, program) != s.Sockets {
		s.TooLong = dir
	}
	return s
}

// lookAt looks at a program without running it.
func lookAt(file string) Program {
	err := executable(file)
	if file == "" || errors.Is(err, os.ErrNotExist) {
		return Program{}
	}
	id, unread := idOf(file)
	return Program{File: file, ID: id, Err: cmp.Or(err, unread)}
}

// Toolchain is the Go that would build the engine.
type Toolchain struct {
	File    string // the go command, "" where there is none
	Version string // such as go1.26.8
	Wanted  string // that the sources want, such as 1.26.0
	Fetches bool   // it gets a newer version for itself where one is wanted
	Modules string // the directory of the engine's largest module where it is there
	Offline bool   // modules that are not there cannot be had: GOPROXY is off
	Err     error  // why it could not be asked
}

// Toolchain asks the go command, of which it is told nothing about the sources,
// so that it fetches nothing.
func (l *Labs) Toolchain(ctx context.Context) (t Toolchain) {
	file, err := lookGo(lookup(l.env)("PATH"))
	if err != nil || l.build == nil {
		return t
	}
	t.File = file
	cmd := exec.CommandContext(ctx, file, "env", "-json", "GOVERSION", "GOTOOLCHAIN", "GOPROXY", "GOMODCACHE")
	cmd.Dir = string(filepath.Separator)
	cmd.Env = buildEnv(l.env, cmd.Dir)
	out, err := cmd.Output()
	if err != nil {
		t.Err = fmt.Errorf("asking %s for its version: %w", file, err)
		return t
	}
	var env map[string]string
	if err := json.Unmarshal(out, &env); err != nil {
		t.Err = fmt.Errorf("reading what %s says: %w", file, err)
		return t
	}
	t.Version, t.Fetches, t.Offline = env["GOVERSION"], env["GOTOOLCHAIN"] != "local", env["GOPROXY"] == "off"
	mod, err := os.ReadFile(filepath.Join(l.build.source, "go.mod"))
	if err != nil {
		t.Err = fmt.Errorf("reading what the engine is made of: %w", err)
		return t
	}
	t.Wanted = firstGroup(goLine, mod)
	dir := filepath.Join(env["GOMODCACHE"], "k8s.io", "kubernetes@"+firstGroup(kubernetesLine, mod))
	if _, err := os.Stat(dir); err == nil {
		t.Modules = dir
	}
	return t
}

var (
	goLine         = regexp.MustCompile(`(?m)^go (\S+)`)
	kubernetesLine = regexp.MustCompile(`(?m)^\s*(?:require )?k8s\.io/kubernetes (v\S+)`)
)

func firstGroup(re *regexp.Regexp, text []byte) string {
	if m := re.FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return ""
}

// Remains are what is there of one cluster.
type Remains struct {
	Name  string
	State bool            // its state is kept
	Hello *protocol.Hello // of its daemon; nil where none runs
	Err   error           // why its daemon cannot be spoken with
	Dead  bool            // its daemon ended without tidying up
	Port  int             // of its API server when it was last up, 0 where it is not known
	Taken bool            // no daemon runs, and somebody else listens on that port
}

// Remains lists the clusters that run or have left something behind, by name.
func (l *Labs) Remains(ctx context.Context) []Remains {
	var list []Remains
	for _, name := range l.names() {
		list = append(list, l.remains(ctx, name))
	}
	return list
}

// names are those of kept states and of sockets.
func (l *Labs) names() (names []string) {
	states, _ := os.ReadDir(l.dirs.clusters)
	for _, e := range states {
		if e.IsDir() && checkName(e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	sockets, _ := filepath.Glob(filepath.Join(l.dirs.sockets, "*.sock"))
	for _, file := range sockets {
		if name := strings.TrimSuffix(filepath.Base(file), ".sock"); checkName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (l *Labs) remains(ctx context.Context, name string) Remains {
	r := Remains{Name: name}
	state := filepath.Join(l.dirs.clusters, name)
	_, err := os.Stat(state)
	r.State = err == nil
	socket := filepath.Join(l.dirs.sockets, name+".sock")
	if _, err := os.Lstat(socket); err == nil && checkSocketDir(l.dirs.sockets) == nil {
		r.ask(ctx, socket)
	}
	port, err := os.ReadFile(filepath.Join(state, "control-plane", "port"))
	if err != nil || r.Hello != nil || r.Err != nil {
		return r
	}
	r.Port, _ = strconv.Atoi(strings.TrimSpace(string(port)))
	r.Taken = r.Port > 0 && Loopback(r.Port) != nil
	return r
}

// ask says hello to whoever listens on a socket.
func (r *Remains) ask(ctx context.Context, socket string) {
	c, err := Dial(ctx, socket)
	switch {
	case errors.Is(err, ErrNoDaemon):
		r.Dead = true
	case err != nil:
		r.Err = err
	default:
		hello := c.Hello()
		r.Hello = &hello
		c.Close()
	}
}

// Loopback listens on a port of 127.0.0.1, any if it is 0, as an API server will,
// and lets it go at once. The error says why that cannot be done.
func Loopback(port int) error {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return listener.Close()
}
