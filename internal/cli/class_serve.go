package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
	"kubetutor/internal/class/yard"
)

// serveFlags say how a class is held.
type serveFlags struct {
	planFlags
	roster, address string
	port, labs      int
	valid           time.Duration
	closed, trusted bool
}

// newCmdClassServe holds a class.
func newCmdClassServe(f *Factory) *cobra.Command {
	o := &serveFlags{}
	cmd := &cobra.Command{
		Use: "serve [NAME]", Short: f.Words.ClassServe, Long: f.Words.ClassServeLong, Args: between(0, 1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runClassServe(cmd.Context(), f, o, optional(args))
		},
	}
	o.add(cmd, f)
	return cmd
}

func (o *serveFlags) add(cmd *cobra.Command, f *Factory) {
	w, flags := f.Words, cmd.Flags()
	o.planFlags.add(cmd, f)
	flags.StringVar(&o.roster, "roster", "", w.FlagClassRoster)
	flags.BoolVar(&o.closed, "closed", false, w.FlagClassClosed)
	flags.IntVar(&o.port, "port", defaultPort, w.FlagClassPort)
	flags.StringVar(&o.address, "address", "", w.FlagClassAddress)
	flags.IntVar(&o.labs, "labs", 0, w.FlagClassLabs)
	flags.DurationVar(&o.valid, "code-valid", defaultValid, w.FlagClassValid)
	flags.BoolVar(&o.trusted, "trusted-room", false, w.FlagClassTrusted)
}

// The bounds of how long a join code is good.
const (
	defaultValid = 4 * time.Hour
	minValid     = time.Minute
	maxValid     = 30 * 24 * time.Hour
)

// check refuses numbers that make no sense.
func (o *serveFlags) check(f *Factory) error {
	switch {
	case f.flags.kubeconfig != "":
		return usageError{errors.New(f.Words.ClassOwnCluster)}
	case f.flags.name != "":
		return usageError{errors.New(f.Words.ClassNameFlag)}
	case o.port < 0 || o.port > 65535:
		return usageError{fmt.Errorf(f.Words.ReviewNumber, "port", 0, 65535)}
	case o.labs < 0 || o.labs > 1000:
		return usageError{fmt.Errorf(f.Words.ReviewNumber, "labs", 0, 1000)}
	case o.valid < minValid || o.valid > maxValid:
		return usageError{errors.New(f.Words.ClassValidWrong)}
	}
	return nil
}

func runClassServe(ctx context.Context, f *Factory, o *serveFlags, name string) error {
	if err := o.check(f); err != nil {
		return err
	}
	h, err := f.classToServe(name, time.Now())
	if err != nil {
		return err
	}
	fresh, err := o.possible(f, h)
	if err != nil {
		return err
	}
	free, err := h.take()
	if err != nil {
		return f.explainTaken(h, err)
	}
	defer free()
	defer outliveReaders()()
	s := &server{f: f, flags: o, home: h, fresh: fresh}
	defer s.close()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return s.run(ctx)
}

// outliveReaders keeps the process running when who reads its output has gone, as
// tee does at ctrl+c, or a terminal, which the shell tells of besides the system:
// labs are to fall asleep all the same.
func outliveReaders() (restore func()) {
	gone := make(chan os.Signal, 1)
	signal.Notify(gone, syscall.SIGPIPE, syscall.SIGHUP)
	return func() { signal.Stop(gone) }
}

// possible tells what stands in the way before anything is written, and what class
// is to be made, if it is a new one.
func (o *serveFlags) possible(f *Factory, h classHome) (fresh *class.Class, err error) {
	if err := f.confined(o.trusted); err != nil {
		return nil, err
	}
	if h.there() && h.served() {
		return nil, f.explainTaken(h, errServed)
	}
	if err := o.canListen(f); err != nil {
		return nil, err
	}
	return o.setUp(f, h)
}

func (f *Factory) explainTaken(h classHome, err error) error {
	if errors.Is(err, errServed) {
		return fmt.Errorf(f.Words.ClassServed, h.name)
	}
	return err
}

// confined refuses to let strangers use the console of a lab where it cannot be
// kept away from this machine's files, unless they are none.
func (f *Factory) confined(trusted bool) error {
	why := yard.Confined()
	switch {
	case why == nil:
		return nil
	case !trusted:
		return fmt.Errorf(f.Words.ClassUnconfined, why)
	}
	fmt.Fprintln(f.IO.Err, f.Words.ClassTrusted)
	return nil
}

// classToServe is the class of a name; without one, today's.
func (f *Factory) classToServe(name string, now time.Time) (classHome, error) {
	if name != "" {
		return f.classHome(name)
	}
	return f.classHome("class-" + now.Format(time.DateOnly))
}

// bind is what is listened on.
func (o *serveFlags) bind() string { return net.JoinHostPort(o.address, strconv.Itoa(o.port)) }

// canListen tries the port before a class is made that could not be served.
func (o *serveFlags) canListen(f *Factory) error {
	l, err := net.Listen("tcp", o.bind())
	if err != nil {
		return f.cannotListen(o.bind(), err)
	}
	return l.Close()
}

func (f *Factory) cannotListen(address string, err error) error {
	var why *net.OpError
	if errors.As(err, &why) {
		err = why.Err
	}
	return fmt.Errorf(f.Words.ClassPortTaken, address, err)
}

// class is what the flags set up.
func (o *serveFlags) class(f *Factory, name string) (class.Class, error) {
	plan, err := o.plan(f)
	if err != nil {
		return class.Class{}, err
	}
	var roster []class.Entry
	if o.roster != "" {
		roster, err = f.readRoster(o.roster)
	}
	return class.Class{Name: name, Plan: plan, Roster: roster, Closed: o.closed, Lang: f.Lang()}, err
}

func (f *Factory) readRoster(file string) ([]class.Entry, error) {
	in, closeIn, err := f.open(file)
	if err != nil {
		return nil, fmt.Errorf("reading the roster: %w", err)
	}
	defer closeIn()
	roster, err := class.ReadRoster(in)
	if err != nil {
		return nil, fmt.Errorf(f.Words.ClassRosterFaults, file, err)
	}
	return roster, nil
}

// setsUp lists the flags that were given and only a new class can have.
func (o *serveFlags) setsUp() (names []string) {
	for _, name := range []string{"lesson", "track", "minutes", "roster", "closed"} {
		if o.given(name) {
			names = append(names, "--"+name)
		}
	}
	return names
}

// setUp is the class that is to be made, before anything is written; nil where it
// is there already, and goes on as it was set up.
func (o *serveFlags) setUp(f *Factory, h classHome) (*class.Class, error) {
	if given := o.setsUp(); h.there() && len(given) > 0 {
		return nil, usageError{fmt.Errorf(f.Words.ClassHasPlan, h.name, strings.Join(given, f.Words.ListSeparator))}
	}
	if h.there() {
		return nil, nil
	}
	c, err := o.class(f, h.name)
	return &c, err
}
