package text

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// ddCall is one call of dd.
type ddCall struct {
	*tool.Call
	in, out, status              string
	ibs, obs, count, skip, seek  int64
	notrunc, noerror, sync, full bool
	countBytes                   bool
}

func dd(c *tool.Call) int {
	d := &ddCall{Call: c, ibs: 512, obs: 512, count: -1}
	for _, a := range c.Args {
		d.operand(a)
	}
	if d.ibs <= 0 || d.ibs > 256<<20 {
		c.Fatalf("number %d is not in 1..268435456 range", d.ibs)
	}
	in, closeIn := d.openIn()
	defer closeIn()
	out, closeOut := d.openOut()
	defer closeOut()
	d.copy(in, out)
	return 0
}

func (d *ddCall) operand(a string) {
	name, value, ok := strings.Cut(a, "=")
	if !ok {
		d.UsageExit()
	}
	size := func() int64 {
		product := int64(1)
		for part := range strings.SplitSeq(value, "x") {
			n, err := tool.ParseSize(part)
			if err != nil {
				d.Fatalf("%v", err)
			}
			product *= n
		}
		return product
	}
	switch name {
	case "if":
		d.in = value
	case "of":
		d.out = value
	case "bs":
		d.ibs = size()
		d.obs = d.ibs
	case "ibs":
		d.ibs = size()
	case "obs":
		d.obs = size()
	case "count":
		d.count = size()
	case "skip", "iseek":
		d.skip = size()
	case "seek", "oseek":
		d.seek = size()
	case "status":
		d.status = value
	case "conv", "iflag", "oflag":
		for flag := range strings.SplitSeq(value, ",") {
			d.notrunc = d.notrunc || flag == "notrunc" || flag == "append"
			d.noerror = d.noerror || flag == "noerror"
			d.sync = d.sync || flag == "sync" && name == "conv"
			d.full = d.full || flag == "fullblock"
			d.countBytes = d.countBytes || flag == "count_bytes"
		}
	default:
		d.UsageExit()
	}
}

func (d *ddCall) openIn() (io.Reader, func()) {
	if d.in == "" {
		in := d.Input()
		if d.skip > 0 {
			_, _ = io.CopyN(io.Discard, in, d.skip*d.ibs)
		}
		return in, func() {}
	}
	f, err := d.FS().Open(d.in)
	if err != nil {
		d.Fatalf("can't open '%s': %s", d.in, tool.Reason(err))
	}
	if d.skip > 0 {
		if _, err := f.Seek(d.skip*d.ibs, io.SeekStart); err != nil {
			_, _ = io.CopyN(io.Discard, f, d.skip*d.ibs)
		}
	}
	return f, func() { f.Close() }
}

func (d *ddCall) openOut() (io.Writer, func()) {
	if d.out == "" {
		return d.Stdout(), func() {}
	}
	flag := os.O_WRONLY | os.O_CREATE
	if !d.notrunc && d.seek == 0 {
		flag |= os.O_TRUNC
	}
	f, err := d.FS().OpenFile(d.out, flag, 0o666)
	if err != nil {
		d.Fatalf("can't open '%s': %s", d.out, tool.Reason(err))
	}
	if d.seek > 0 {
		if !d.notrunc {
			_ = f.Truncate(d.seek * d.obs) // a device has no size
		}
		if _, err := f.Seek(d.seek*d.obs, io.SeekStart); err != nil {
			d.Fatalf("%s: cannot seek: %s", d.out, tool.Reason(err))
		}
	}
	return f, func() { f.Close() }
}

func (d *ddCall) copy(in io.Reader, out io.Writer) {
	began := time.Now()
	d.Hold(int(d.ibs))
	block := make([]byte, d.ibs)
	var full, partial, total int64
	var failure error
	for d.count < 0 || full+partial < d.count {
		n, err := d.read(in, block)
		if n > 0 {
			if int64(n) == d.ibs {
				full++
			} else {
				partial++
			}
			if _, werr := out.Write(block[:n]); werr != nil {
				failure = werr
				break
			}
			total += int64(n)
			d.Spend(n)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				failure = err
			}
			break
		}
	}
	d.report(full, partial, total, time.Since(began), failure)
}

func (d *ddCall) read(in io.Reader, block []byte) (int, error) {
	if d.full {
		return io.ReadFull(in, block)
	}
	return in.Read(block)
}

func (d *ddCall) report(full, partial, total int64, took time.Duration, failure error) {
	if failure != nil {
		name := d.out
		if name == "" {
			name = "standard output"
		}
		d.Warnf("error writing '%s': %s", name, tool.Reason(failure))
	}
	if d.status == "none" {
		return
	}
	fmt.Fprintf(d.Stderr(), "%d+%d records in\n%d+%d records out\n", full, partial, full, partial)
	if d.status == "noxfer" {
		return
	}
	seconds := max(took.Seconds(), 1e-6)
	speed := tool.Human(int64(float64(total)/seconds)) + "B/s"
	fmt.Fprintf(d.Stderr(), "%d bytes (%sB) copied, %f seconds, %s\n", total, tool.Human(total), seconds, speed)
}
