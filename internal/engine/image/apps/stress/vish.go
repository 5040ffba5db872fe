package stress

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// VishOptions are the flags of vish/stress.
type VishOptions struct {
	Total, Step string
	Sleep       time.Duration
	CPUs        int
}

// VishFlags declares the flags of vish/stress.
func VishFlags(flags *pflag.FlagSet) *VishOptions {
	o := &VishOptions{}
	flags.StringVar(&o.Total, "mem-total", "0", "total memory to be consumed. Memory will be consumed via multiple allocations.")
	flags.StringVar(&o.Step, "mem-alloc-size", "4Ki", "amount of memory to be consumed in each allocation")
	flags.DurationVar(&o.Sleep, "mem-alloc-sleep", time.Millisecond, "duration to sleep between allocations")
	flags.IntVar(&o.CPUs, "cpus", 0, "total number of CPUs to utilize")
	return o
}

// VishProgram is the image vish/stress, whose flags have one dash.
func VishProgram(string) kernel.Program {
	return service.LikeGo(func(ctx context.Context, p *kernel.Process) int {
		flags := pflag.NewFlagSet("stress", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		options := VishFlags(flags)
		flags.Bool("logtostderr", false, "")
		var args []string
		for _, arg := range p.Args()[1:] {
			if strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") {
				arg = "-" + arg
			}
			args = append(args, arg)
		}
		if err := flags.Parse(args); err != nil {
			fmt.Fprintf(p.Stderr(), "%v\n", err)
			return service.GoStatus
		}
		return Vish(ctx, p, options)
	})
}

// Vish allocates memory step by step, loads CPUs and stays.
func Vish(ctx context.Context, p *kernel.Process, o *VishOptions) int {
	total, err := quantity(o.Total)
	if err != nil {
		return fail(p, err)
	}
	piece, err := quantity(o.Step)
	if err != nil || piece <= 0 {
		return fail(p, fmt.Errorf("mem-alloc-size %q: %w", o.Step, err))
	}
	klog(p, 'I', "Allocating %q memory, in %q chunks, with a %v sleep between allocations", o.Total, o.Step, o.Sleep)
	for range o.CPUs {
		klog(p, 'I', "Spawning a thread to consume CPU")
	}
	if o.CPUs > 0 {
		go burn(ctx, p, float64(o.CPUs), forever)
	}
	if !allocate(ctx, p, total, piece, o.Sleep) {
		return 1
	}
	klog(p, 'I', "Allocated %q memory", o.Total)
	<-ctx.Done()
	return 1
}

// beat is how often allocations that come faster are summed up.
const beat = 10 * time.Millisecond

func allocate(ctx context.Context, p *kernel.Process, total, piece int64, pause time.Duration) bool {
	every := max(pause, beat)
	at := piece * max(1, int64(beat/max(pause, time.Microsecond)))
	for done := int64(0); done < total-total%piece; done += at {
		if p.Grow(min(at, total-done)) != nil || !service.Sleep(ctx, every) {
			return false
		}
	}
	return true
}

func fail(p *kernel.Process, err error) int {
	fmt.Fprintf(p.Stderr(), "panic: cannot parse: %v\n", err)
	return service.GoStatus
}

func klog(p *kernel.Process, level byte, format string, args ...any) {
	fmt.Fprintf(p.Stderr(), "%c%s %7d main.go:26] %s\n", level, time.Now().Format("0102 15:04:05.000000"), p.PID(), fmt.Sprintf(format, args...))
}

// quantity reads a quantity of Kubernetes as bytes: "150Mi", "1G", "4096".
func quantity(text string) (int64, error) {
	number := strings.TrimRight(text, "KMGTkmi")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("quantity %q: not a number of bytes", text)
	}
	factors := map[string]float64{"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}
	factor, ok := factors[text[len(number):]]
	if !ok || n*factor > math.MaxInt64/2 {
		return 0, fmt.Errorf("quantity %q: unknown suffix", text)
	}
	return int64(n * factor), nil
}
