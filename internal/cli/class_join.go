package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
	"kubetutor/internal/class/join"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui"
)

// joinFlags say who joins.
type joinFlags struct{ name, resume, fingerprint string }

// newCmdClassJoin takes part in a class, with the labs of this machine.
func newCmdClassJoin(f *Factory) *cobra.Command {
	o := &joinFlags{}
	cmd := &cobra.Command{
		Use: "join HOST [CODE]", Short: f.Words.ClassJoin, Long: f.Words.ClassJoinLong, Args: between(1, 2, f),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runClassJoin(cmd.Context(), f, o, args[0], optional(args[1:]))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.name, "name", "", f.Words.FlagClassName) // in place of the cluster's
	flags.StringVar(&o.resume, "resume", "", f.Words.FlagClassResume)
	flags.StringVar(&o.fingerprint, "fingerprint", "", f.Words.FlagClassFingerprint)
	return cmd
}

// leavePatience is how long what was done has to reach the class at the end; what
// does not is sent when the learner joins again.
const leavePatience = 5 * time.Second

func runClassJoin(ctx context.Context, f *Factory, o *joinFlags, host, code string) error {
	f.onScreen = !f.plain()
	db, err := f.Store()
	if err != nil {
		return err
	}
	dir, err := f.joinDir()
	if err != nil {
		return err
	}
	options := join.Options{
		Host: host, Dir: dir, Code: code, Name: o.name, Resume: o.resume, Fingerprint: o.fingerprint, Progress: db, Program: version(f.Build),
	}
	if f.IO.Terminal() {
		options.Ask = f.askJoin
	}
	seat, err := join.Dial(ctx, options)
	if err != nil {
		return err
	}
	defer f.leave(seat)
	if !f.onScreen {
		return f.runClassPlain(ctx, seat, db)
	}
	return runScreen(ctx, f, func(t *tui.Options) {
		t.Seat = seat
		t.Store = class.Recording(db, func(e progress.Event) { _ = seat.Recorded(ctx, e) })
	})
}

// leave sends what can still be sent, and says what could not.
func (f *Factory) leave(seat *join.Seat) {
	ctx, cancel := context.WithTimeout(context.Background(), leavePatience)
	defer cancel()
	_ = seat.Close(ctx) // what it could not send is counted below
	if n, err := seat.Unsent(context.Background()); err == nil && n > 0 {
		f.printf(f.Words.ClassUnsent+"\n", n)
	}
}
