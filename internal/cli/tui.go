package cli

import "context"

func runTUI(ctx context.Context, f *Factory, lesson string) error {
	t, err := f.plainTutor(ctx)
	if err != nil {
		return err
	}
	return t.Run(ctx, lesson)
}
