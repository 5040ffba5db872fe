package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Options say which cluster, which engine and whose environment. The zero value
// is the cluster "main" and the engine that goes with this program.
type Options struct {
	Name       string   // of the cluster; "main", or one derived from Kubeconfig and Context
	Kubelab    string   // the engine's program; "" finds or builds it
	Kubeconfig string   // a cluster of the learner's own, instead of one that is brought along
	Context    string   // its context; "" is the current one
	EngineID   string   // of the engine that goes with this program, in a release; "" computes it from the sources
	Source     string   // source checkout to build from; "" is the one this program was compiled from
	Executable string   // this program; "" asks the system
	Environ    []string // as of os.Environ, which is the default; daemons and builds inherit it

	// Of the daemon, where it is not the learner's own machine that it runs on:
	Idle  time.Duration // it sleeps after so long without use; 0 is its own default
	Guest bool          // who types in its consoles comes from elsewhere: no port of this machine is for them
	Nice  int           // how much its processes give way to others, from 0 to 19 (setpriority(2))
}

// Labs is the Service for one cluster on this machine.
type Labs struct {
	name    string
	dirs    dirs
	foreign foreign
	env     []string
	args    []string // of daemons, beside those that name their places
	nice    int      // of daemons
	build   *builder // nil where there is no source checkout
	find    func() finder

	mu     sync.Mutex
	engine Engine
	job    *job
	jobs   sync.WaitGroup
}

var _ Service = (*Labs)(nil)

// New prepares a service; it touches no file but those it needs to know which
// engine it wants, and those only when that is asked for, and a kubeconfig that it
// is given. The error says that a name, the environment or that file cannot be
// used.
func New(o Options) (*Labs, error) {
	theirs, err := readForeign(o.Kubeconfig, o.Context)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults(theirs)
	if err := checkName(o.Name); err != nil {
		return nil, err
	}
	dirs, err := findDirs(lookup(o.Environ))
	if err != nil {
		return nil, err
	}
	l := &Labs{
		name: o.Name, dirs: dirs, env: o.Environ, foreign: theirs, engine: Engine{State: EngineUnknown},
		args: slices.Concat(theirs.args(), o.args()), nice: o.Nice,
	}
	id := sync.OnceValue(func() string { return wantedID(o) })
	l.find = func() finder {
		return finder{explicit: o.Kubelab, executable: o.Executable, cache: dirs.cache, id: id()}
	}
	if o.EngineID == "" && o.Source != "" {
		l.build = newBuilder(o.Source, dirs.cache, "", o.Environ)
	}
	return l, nil
}

// args are those of daemons that these options ask for.
func (o Options) args() (args []string) {
	if o.Idle > 0 {
		args = append(args, "--idle", o.Idle.String())
	}
	if o.Guest {
		args = append(args, "--guest")
	}
	return args
}

func (o Options) withDefaults(theirs foreign) Options {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Source == "" {
		o.Source = sourceRoot()
	}
	if o.Executable == "" {
		o.Executable, _ = os.Executable()
	}
	if file, err := filepath.EvalSymlinks(o.Executable); err == nil {
		o.Executable = file
	}
	if o.Name == "" {
		o.Name = theirs.defaultName()
	}
	return o
}

// wantedID is the id of the engine that goes with this program, "" where it is
// not known.
func wantedID(o Options) string {
	if o.EngineID != "" || o.Source == "" {
		return o.EngineID
	}
	id, err := EngineID(os.DirFS(o.Source))
	if err != nil {
		return ""
	}
	return id
}

// Name is the cluster's.
func (l *Labs) Name() string { return l.name }

// Foreign is the name of the context, where labs are done on a cluster of the
// learner's own; empty otherwise.
func (l *Labs) Foreign() string { return l.foreign.context }

// EngineID identifies the engine that goes with this tutor, whether or not it is
// there; "" where that is not known.
func (l *Labs) EngineID() string { return l.find().id }

// StateDir is where the cluster's state is kept; it may not exist.
func (l *Labs) StateDir() string { return filepath.Join(l.dirs.clusters, l.name) }

// LogFile is the daemon's log; it may not exist.
func (l *Labs) LogFile() string { return filepath.Join(l.StateDir(), "kubelab.log") }

// CacheDir is where engines are built; it may not exist.
func (l *Labs) CacheDir() string { return l.dirs.cache }

// Close ends what runs on behalf of this service, a build above all, and waits
// for it. Clusters go on.
func (l *Labs) Close() {
	l.mu.Lock()
	if l.job != nil {
		l.job.cancel()
	}
	l.mu.Unlock()
	l.jobs.Wait()
}

// Status never starts anything.
func (l *Labs) Status(ctx context.Context) (protocol.Status, error) {
	c, err := l.dial(ctx)
	if errors.Is(err, ErrNoDaemon) {
		return l.absent(l.stateOnDisk()), nil
	}
	if err != nil {
		return protocol.Status{}, err
	}
	defer c.Close()
	s, err := c.ClusterStatus(ctx)
	s.Foreign = l.Foreign() // known before the daemon has connected
	return s, err
}

// absent is a cluster without a daemon.
func (l *Labs) absent(state protocol.State) protocol.Status {
	return protocol.Status{Name: l.name, State: state, Foreign: l.Foreign()}
}

// Hello asks a running daemon who it is; without one, ErrNoDaemon.
func (l *Labs) Hello(ctx context.Context) (protocol.Hello, error) {
	c, err := l.dial(ctx)
	if err != nil {
		return protocol.Hello{}, err
	}
	defer c.Close()
	return c.Hello(), nil
}

func (l *Labs) stateOnDisk() protocol.State {
	if files, err := os.ReadDir(l.StateDir()); err != nil || len(files) == 0 {
		return protocol.StateDown
	}
	return protocol.StateSleeping
}

// Up prepares the engine, starts the daemon if there is none, and the cluster, of
// whatever profile it has. A *StaleError means that another build's daemon runs.
func (l *Labs) Up(ctx context.Context, stage func(protocol.Stage)) (protocol.Status, error) {
	return l.UpAs(ctx, protocol.Up{}, stage)
}

// UpAs is Up for a cluster of a profile, where one is named.
func (l *Labs) UpAs(ctx context.Context, req protocol.Up, stage func(protocol.Stage)) (protocol.Status, error) {
	c, err := l.serve(ctx)
	if err != nil {
		return protocol.Status{}, err
	}
	defer c.Close()
	return c.ClusterUp(ctx, req, stage)
}

// Sleep ends the cluster's processes, those of another build too, and keeps its
// state.
func (l *Labs) Sleep(ctx context.Context) (protocol.Status, error) {
	c, err := l.dial(ctx)
	if errors.Is(err, ErrNoDaemon) {
		return l.absent(l.stateOnDisk()), nil
	}
	if err != nil {
		return protocol.Status{}, err
	}
	defer c.Close()
	s, err := c.ClusterSleep(ctx)
	if err != nil {
		return s, err
	}
	s.Foreign = l.Foreign()
	return s, l.gone(ctx)
}

// Down ends the cluster and removes its state. A cluster of the learner's own
// goes on; what was made in it for labs is deleted, for which a sleeping engine
// is woken.
func (l *Labs) Down(ctx context.Context) (protocol.Status, error) {
	down := l.absent(protocol.StateDown)
	c, err := l.dial(ctx)
	if errors.Is(err, ErrNoDaemon) && l.foreign.context != "" && l.stateOnDisk() != protocol.StateDown {
		c, err = l.serve(ctx)
	}
	if errors.Is(err, ErrNoDaemon) {
		return down, l.removeState()
	}
	if err != nil {
		return protocol.Status{}, err
	}
	defer c.Close()
	s, err := c.ClusterDown(ctx)
	if err != nil {
		return s, err
	}
	if err := l.gone(ctx); err != nil {
		return s, err
	}
	return down, l.removeState()
}

// removeState removes what is left of a cluster without a daemon: its state, and
// the sockets of a daemon that was killed.
func (l *Labs) removeState() error {
	err := removeBelow(l.dirs.clusters, l.name, l.name+".err")
	if checkSocketDir(l.dirs.sockets) == nil {
		err = errors.Join(err, removeBelow(l.dirs.sockets, l.name, l.name+".sock"))
	}
	if err != nil {
		return fmt.Errorf("removing the cluster's state: %w", err)
	}
	return nil
}

// removeBelow removes things in a directory, following no link out of it.
func removeBelow(dir string, names ...string) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	var errs []error
	for _, name := range names {
		errs = append(errs, root.RemoveAll(name))
	}
	return errors.Join(errs...)
}

// StartLab brings the cluster up if need be.
func (l *Labs) StartLab(ctx context.Context, req protocol.StartLab, stage func(protocol.Stage)) (protocol.Attempt, error) {
	c, err := l.serve(ctx)
	if err != nil {
		return protocol.Attempt{}, err
	}
	defer c.Close()
	if err := l.upFor(ctx, c, &req.Lab, stage); err != nil {
		return protocol.Attempt{}, err
	}
	return c.LabStart(ctx, req, stage)
}

// upFor brings the cluster up: a new one as a lab wants it, while one that there
// is already is changed by the lab's start, if need be. Of one that is up nothing is
// told: its start, which the daemon tells again to whoever asks, was long ago.
func (l *Labs) upFor(ctx context.Context, c *Client, what *course.Lab, stage func(protocol.Stage)) error {
	s, err := c.ClusterStatus(ctx)
	if err != nil {
		return err
	}
	var up protocol.Up
	if s.State == protocol.StateDown && l.Foreign() == "" {
		up.Profile = what.ClusterProfile()
	}
	if s.State == protocol.StateUp {
		stage = nil
	}
	_, err = c.ClusterUp(ctx, up, stage)
	return err
}

// ResetLab begins the next attempt at the active lab.
func (l *Labs) ResetLab(ctx context.Context, stage func(protocol.Stage)) (a protocol.Attempt, err error) {
	err = l.with(ctx, func(c *Client) error {
		a, err = c.LabReset(ctx, stage)
		return err
	})
	return a, err
}

// StopLab goes back to the baseline. Without a running cluster there is no
// active lab, and nothing to do.
func (l *Labs) StopLab(ctx context.Context) error {
	return l.with(ctx, func(c *Client) error { return c.LabStop(ctx) })
}

// OpenConsole opens a command line on the running cluster.
func (l *Labs) OpenConsole(ctx context.Context, req protocol.OpenConsole) (Console, error) {
	c, err := l.running(ctx)
	if err != nil {
		return nil, err
	}
	return c.ConsoleOpen(ctx, req)
}

// File reads a file of the workspace.
func (l *Labs) File(ctx context.Context, path string) (data []byte, err error) {
	err = l.with(ctx, func(c *Client) error {
		data, err = c.FileGet(ctx, path)
		return err
	})
	return data, err
}

// PutFile writes a file of the workspace.
func (l *Labs) PutFile(ctx context.Context, path string, data []byte) error {
	return l.with(ctx, func(c *Client) error { return c.FilePut(ctx, path, data) })
}

// Judge never starts a cluster. Compiling expressions needs none: a daemon is
// started for it where the engine's program is ready.
func (l *Labs) Judge(ctx context.Context, req protocol.Judge) (j protocol.Judgement, err error) {
	connect := l.running
	if req.Compile {
		connect = l.compiler
	}
	c, err := connect(ctx)
	if err != nil {
		return j, err
	}
	defer c.Close()
	return c.Judge(ctx, req)
}

// Prove brings the cluster up and runs a lab's proof on it.
func (l *Labs) Prove(ctx context.Context, req protocol.Prove, step func(protocol.ProofStep)) error {
	c, err := l.serve(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := l.upFor(ctx, c, &req.Lab, nil); err != nil {
		return err
	}
	return c.Prove(ctx, req, step)
}
