package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kubetutor/internal/lab"
)

// finding is what doctor says of one subject.
type finding struct {
	Subject string `json:"subject"`
	OK      bool   `json:"ok"`
	Text    string `json:"text"`
}

// newCmdDoctor looks for what a learner could trip over.
func newCmdDoctor(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: f.Words.Doctor, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

func runDoctor(ctx context.Context, f *Factory, asJSON bool) error {
	found := f.examine(ctx)
	bad := count(found, func(x finding) bool { return !x.OK })
	if bad > 0 {
		f.code = exitFailed
	}
	if asJSON {
		return f.json(found)
	}
	for _, x := range found {
		sign := "✓"
		if !x.OK {
			sign = "!"
		}
		f.printf("%s %s: %s\n", sign, x.Subject, x.Text)
	}
	if bad == 0 {
		f.printf("%s\n", f.Words.DoctorFine)
	} else {
		f.printf(f.Words.DoctorNotes+"\n", bad)
	}
	return nil
}

// examine looks at one thing after the other and changes nothing but to make
// and remove a file in the data directory.
func (f *Factory) examine(ctx context.Context) []finding {
	found := []finding{f.examineTerminal(), f.examineLocale(), f.examineCourse(), f.examineData()}
	labs, err := f.Labs()
	if err != nil {
		return append(found, finding{Subject: f.Words.DoctorEngine, Text: err.Error()})
	}
	m := labs.Machine()
	return append(found, f.examineMemory(m), f.examineDisk(m), f.examineGo(m),
		f.examineEngine(labs), f.examineSockets(labs), f.examineRunning(ctx, labs))
}

func (f *Factory) examineTerminal() finding {
	x := finding{Subject: f.Words.DoctorTerminal, OK: true}
	n, ok := fd(f.IO.Out)
	if !ok {
		x.Text = f.Words.DoctorNoTTY
		return x
	}
	width, height, err := term.GetSize(n)
	x.Text = fmt.Sprintf("%s, %d×%d", f.Env("TERM"), width, height)
	if err == nil && (width < 80 || height < 24) {
		x.OK, x.Text = false, fmt.Sprintf(f.Words.DoctorNarrow, width, height)
	}
	return x
}

func (f *Factory) examineLocale() finding {
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale == "" {
			locale = f.Env(name)
		}
	}
	x := finding{Subject: f.Words.DoctorLocale, OK: true, Text: locale}
	if !isUTF8(locale) {
		x.OK, x.Text = false, fmt.Sprintf(f.Words.DoctorNoUTF8, locale)
	}
	return x
}

func (f *Factory) examineCourse() finding {
	c, err := f.Course()
	if err != nil {
		return finding{Subject: f.Words.DoctorCourse, Text: err.Error()}
	}
	return finding{Subject: f.Words.DoctorCourse, OK: true, Text: fmt.Sprint(len(c.Lessons()))}
}

func (f *Factory) examineData() finding {
	x := finding{Subject: f.Words.DoctorData}
	dir, err := f.dataDir()
	if err == nil {
		x.Text = dir
		err = writable(dir)
	}
	if x.OK = err == nil; err != nil {
		x.Text = err.Error()
	}
	return x
}

// writable makes and removes a file in a directory, or in the nearest one above
// it that is there.
func writable(dir string) error {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	file, err := os.CreateTemp(dir, ".kubetutor-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

func (f *Factory) examineMemory(m lab.Machine) finding {
	x := finding{Subject: f.Words.DoctorMemory, OK: true, Text: fmt.Sprintf(f.Words.DoctorFreeOf, lab.Gigabytes(m.MemoryFree), lab.Gigabytes(m.Memory))}
	if m.Memory > 0 && m.MemoryFree < m.MemoryWanted {
		x.OK, x.Text = false, fmt.Sprintf(f.Words.DoctorLittleMemory, lab.Gigabytes(m.MemoryFree), lab.Gigabytes(m.MemoryWanted))
	}
	return x
}

func (f *Factory) examineDisk(m lab.Machine) finding {
	x := finding{Subject: f.Words.DoctorDisk, OK: true, Text: lab.Gigabytes(m.DiskFree)}
	if m.DiskFree < m.DiskWanted {
		x.OK, x.Text = false, fmt.Sprintf(f.Words.DoctorLittleDisk, lab.Gigabytes(m.DiskFree), m.Disk, lab.Gigabytes(m.DiskWanted))
	}
	return x
}

func (f *Factory) examineGo(m lab.Machine) finding {
	if m.Go == "" {
		return finding{Subject: f.Words.DoctorGo, OK: true, Text: f.Words.DoctorNoGo}
	}
	return finding{Subject: f.Words.DoctorGo, OK: true, Text: m.Go}
}

func (f *Factory) examineEngine(labs *lab.Labs) finding {
	e := labs.Look()
	switch e.State {
	case lab.EngineReady:
		return finding{Subject: f.Words.DoctorEngine, OK: true, Text: e.ID + " " + e.File}
	case lab.EngineMissing:
		return finding{Subject: f.Words.DoctorEngine, Text: e.Reason}
	}
	return finding{Subject: f.Words.DoctorEngine, OK: true, Text: f.Words.DoctorBuildable}
}

func (f *Factory) examineSockets(labs *lab.Labs) finding {
	dir, err := labs.SocketDir()
	if err != nil {
		return finding{Subject: f.Words.DoctorSockets, Text: err.Error()}
	}
	return finding{Subject: f.Words.DoctorSockets, OK: true, Text: dir}
}

func (f *Factory) examineRunning(ctx context.Context, labs *lab.Labs) finding {
	x := finding{Subject: f.Words.DoctorRunning, OK: true}
	hello, err := labs.Hello(ctx)
	switch {
	case errors.Is(err, lab.ErrNoDaemon):
		x.Text = f.Words.DoctorNotRunning
	case err != nil:
		x.OK, x.Text = false, f.explain(err)
	case labs.Stale(hello):
		x.OK, x.Text = false, fmt.Sprintf(f.Words.DoctorStale, hello.Engine)
	default:
		x.Text = fmt.Sprintf(f.Words.RunningEngine, hello.Kubernetes, hello.Engine)
	}
	return x
}
