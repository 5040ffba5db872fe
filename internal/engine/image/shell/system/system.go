// Package system holds the small programs about the system, its processes and
// its users.
package system

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	return map[string]tool.Command{
		"adduser":  {Flags: "h:g:s:G:SDHu:k:", Usage: "[OPTIONS] USER [GROUP]", Min: 1, Run: adduser},
		"addgroup": {Flags: "g:S", Usage: "[-g GID] [-S] [USER] GROUP", Min: 1, Run: addgroup},
		"arch":     {Run: func(c *tool.Call) int { line(c, machine()); return 0 }},
		"clear":    {Run: func(c *tool.Call) int { _, _ = c.Out.WriteString("\x1b[H\x1b[J"); return 0 }},
		"reset":    {Run: func(c *tool.Call) int { _, _ = c.Out.WriteString("\x1bc\x1b(B\x1b[m\x1b[J\x1b[?25h"); return 0 }},
		"date":     {Flags: "ud:I:Rr:s:D:", Long: "utc=u date=d reference=r rfc-2822=R iso-8601=I", Usage: "[OPTIONS] [+FMT] [[-s] TIME]", Max: 1, Run: date},
		"dmesg":    {Flags: "crs:n:T", Usage: "[-cr] [-n LEVEL] [-s SIZE]", Run: func(c *tool.Call) int { c.Errorf("klogctl: Operation not permitted"); return 1 }},
		"env":      {Flags: "+iu:0", Long: "ignore-environment=i unset=u", Usage: "[-iu] [-] [name=value]... [PROG ARGS]", Run: env},
		"free":     {Flags: "bkmghw", Usage: "[-bkmgh]", Run: free},
		"getconf":  {Usage: "NAME", Min: 1, Run: getconf},
		"groups":   {Usage: "[USER]", Max: 1, Run: groups},
		"hostname": {Flags: "sidfF:I", Usage: "[-sidf] [HOSTNAME | -F FILE]", Run: hostname},
		"id":       {Flags: "ugGnr", Usage: "[-ugGnr] [USER]", Max: 1, Run: id},
		"killall":  {Raw: true, Usage: "[-lq] [-SIG] PROCESS_NAME...", Run: killall},
		"logname":  {Run: whoami},
		"nice":     {Flags: "+n:", Usage: "[-n ADJUST] [PROG ARGS]", Run: runRest},
		"nohup":    {Flags: "+", Usage: "PROG ARGS", Min: 1, Run: nohup},
		"nproc":    {Flags: "", Long: "all= ignore=", Usage: "[--all] [--ignore=N]", Run: nproc},
		"pgrep":    {Flags: "flnovxs:P:au:c", Usage: "[-flanovx] [-s SID|-P PPID|PATTERN]", Run: pgrep},
		"pidof":    {Flags: "so:", Usage: "[OPTIONS] [NAME]...", Run: pidof},
		"pkill":    {Raw: true, Usage: "[-l|-SIGNAL] [-xfvnos] [PATTERN]", Run: pkill},
		"printenv": {Usage: "[VARIABLE]...", Run: printenv},
		"ps":       {Raw: true, Usage: "[-o COL1,COL2=HEADER] [-T]", Run: ps},
		"setsid":   {Flags: "+cwf", Usage: "[-c] PROG ARGS", Min: 1, Run: setsid},
		"sleep":    {Usage: "[N]...", Min: 1, Run: sleep},
		"stty":     {Raw: true, Usage: "[-a|g] [-F DEVICE] [SETTING]...", Run: stty},
		"su":       {Flags: "+lmpc:s:-", Usage: "[-lmp] [-s SH] [-] [USER [FILE ARGS]]", Run: su},
		"sysctl":   {Flags: "enqNawpr", Usage: "[-enq] { -a | -p [FILE]... | [-w] [KEY[=VALUE]]... }", Run: sysctl},
		"time":     {Flags: "+vpao:f:", Usage: "[-vpa] [-o FILE] PROG ARGS", Min: 1, Run: timeProgram},
		"timeout":  {Flags: "+s:k:vf", Long: "signal=s kill-after=k preserve-status=f foreground=v", Usage: "[-s SIG] [-k KILL_SECS] SECS PROG ARGS", Min: 2, Run: timeout},
		"top":      {Flags: "bHmn:d:", Usage: "[-bmH] [-n COUNT] [-d SECONDS]", Run: top},
		"tty":      {Flags: "s", Run: tty},
		"uname":    {Flags: "amnrspvio", Long: "all=a kernel-name=s nodename=n kernel-release=r machine=m", Usage: "[-amnrspvio]", Run: uname},
		"uptime":   {Flags: "sp", Run: uptime},
		"usleep":   {Usage: "N", Min: 1, Max: 1, Run: usleep},
		"watch":    {Flags: "+n:td", Usage: "[-n SEC] [-t] PROG ARGS", Min: 1, Run: watch},
		"which":    {Flags: "a", Usage: "[-a] COMMAND...", Min: 1, Run: which},
		"whoami":   {Run: whoami},
	}
}

func line(c *tool.Call, text string) { _, _ = c.Out.WriteString(text + "\n") }

// seconds reads a time such as 1.5, 2m or 1h; "inf" is for ever.
func seconds(text string) (time.Duration, bool) {
	if text == "inf" || text == "infinity" {
		return math.MaxInt64, true
	}
	unit := time.Second
	if n := len(text); n > 0 {
		factors := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
		if f, ok := factors[text[n-1]]; ok {
			unit, text = f, text[:n-1]
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || math.IsNaN(n) {
		return 0, false
	}
	if d := n * float64(unit); d < math.MaxInt64 {
		return time.Duration(d), true
	}
	return math.MaxInt64, true
}

func sleep(c *tool.Call) int {
	var sum time.Duration
	for _, a := range c.Args {
		d, ok := seconds(a)
		if !ok {
			c.Fatalf("invalid number '%s'", a)
		}
		if sum += d; sum < 0 {
			sum = math.MaxInt64
		}
	}
	c.Sleep(sum)
	return 0
}

func usleep(c *tool.Call) int {
	c.Sleep(time.Duration(c.Number(c.Args[0])) * time.Microsecond)
	return 0
}

func date(c *tool.Call) int {
	now := time.Now().UTC()
	if text := c.Value("d", ""); text != "" {
		t, err := tool.ParseTime(text, now)
		if err != nil {
			c.Fatalf("invalid date '%s'", text)
		}
		now = t
	}
	if file := c.Value("r", ""); file != "" {
		info, err := c.FS().Stat(file)
		if err != nil {
			c.Fatalf("%s: %s", file, tool.Reason(err))
		}
		now = info.ModTime().UTC()
	}
	if c.Has("s") || len(c.Args) > 0 && !strings.HasPrefix(c.Args[0], "+") {
		c.Errorf("can't set date: Operation not permitted")
		return 1
	}
	format := "%a %b %e %H:%M:%S %Z %Y"
	switch {
	case len(c.Args) > 0:
		format = c.Args[0][1:]
	case c.Has("R"):
		format = "%a, %d %b %Y %H:%M:%S %z"
	case c.Has("I"):
		format = "%Y-%m-%d"
		if c.Value("I", "") == "seconds" {
			format = "%Y-%m-%dT%H:%M:%S+00:00"
		}
	}
	line(c, tool.FormatTime(now, format))
	return 0
}

func env(c *tool.Call) int {
	list := c.Env()
	args := c.Args
	if c.Has("i") || len(args) > 0 && args[0] == "-" {
		list = []string{}
		if len(args) > 0 && args[0] == "-" {
			args = args[1:]
		}
	}
	for _, name := range c.Values("u") {
		list = without(list, name)
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		name, _, _ := strings.Cut(args[0], "=")
		list = append(without(list, name), args[0])
		args = args[1:]
	}
	if len(args) > 0 {
		return execute(c, args, kernel.Spec{Env: list})
	}
	end := "\n"
	if c.Has("0") {
		end = "\x00"
	}
	for _, pair := range list {
		_, _ = c.Out.WriteString(pair + end)
	}
	return 0
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
}

func printenv(c *tool.Call) int {
	if len(c.Args) == 0 {
		for _, pair := range c.Env() {
			line(c, pair)
		}
		return 0
	}
	for _, name := range c.Args {
		if !slices.ContainsFunc(c.Env(), func(pair string) bool { return strings.HasPrefix(pair, name+"=") }) {
			c.Fail(1)
			continue
		}
		line(c, c.Getenv(name))
	}
	return 0
}

// execute replaces the program by another one, or says why that cannot be.
func execute(c *tool.Call, args []string, spec kernel.Spec) int {
	c.Out.Flush()
	spec.Args = args
	code, err := c.Exec(spec)
	if err != nil {
		return cannot(c, args[0], err)
	}
	return code
}

// cannot says why a program cannot be executed.
func cannot(c *tool.Call, name string, err error) int {
	code, why := tool.ExecReason(err)
	c.Errorf("can't execute '%s': %s", name, why)
	return code
}

// start runs a program as a child with the same standard files.
func start(c *tool.Call, args []string, spec kernel.Spec) (*kernel.Process, error) {
	c.Out.Flush()
	spec.Args, spec.Stdin, spec.Stdout, spec.Stderr = args, c.Stdin(), c.Stdout(), c.Stderr()
	return c.Start(spec)
}

func runRest(c *tool.Call) int {
	if len(c.Args) == 0 {
		line(c, "0")
		return 0
	}
	return execute(c, c.Args, kernel.Spec{})
}

func nohup(c *tool.Call) int {
	c.Ignore(kernel.SIGHUP)
	return execute(c, c.Args, kernel.Spec{})
}

func setsid(c *tool.Call) int {
	child, err := start(c, c.Args, kernel.Spec{NewGroup: true})
	if err != nil {
		return cannot(c, c.Args[0], err)
	}
	status, err := child.Wait(c.Ctx)
	if err != nil {
		return 137
	}
	return status.ExitCode()
}

func timeProgram(c *tool.Call) int {
	began := time.Now()
	child, err := start(c, c.Args, kernel.Spec{})
	if err != nil {
		return cannot(c, c.Args[0], err)
	}
	status, err := child.Wait(c.Ctx)
	if err != nil {
		return 137
	}
	real, cpu := time.Since(began), child.Usage().CPU
	form := "real\t%dm %.2fs\nuser\t%dm %.2fs\nsys\t%dm %.2fs\n"
	if c.Has("p") {
		fmt.Fprintf(c.Stderr(), "real %.2f\nuser %.2f\nsys %.2f\n", real.Seconds(), cpu.Seconds(), 0.0)
		return status.ExitCode()
	}
	fmt.Fprintf(c.Stderr(), form, int(real.Minutes()), (real % time.Minute).Seconds(), int(cpu.Minutes()), (cpu % time.Minute).Seconds(), 0, 0.0)
	return status.ExitCode()
}

func timeout(c *tool.Call) int {
	limit, ok := seconds(c.Args[0])
	if !ok {
		c.Fatalf("invalid number '%s'", c.Args[0])
	}
	sig, err := kernel.ParseSignal(c.Value("s", "TERM"))
	if err != nil {
		c.Fatalf("bad signal name '%s'", c.Value("s", ""))
	}
	child, err := start(c, c.Args[1:], kernel.Spec{})
	if err != nil {
		return cannot(c, c.Args[1], err)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	if limit == 0 {
		timer.Stop()
	}
	select {
	case <-child.Done():
	case <-c.Ctx.Done():
		return 137
	case <-timer.C:
		_ = c.Kill(child.PID(), sig)
		if !afterTimeout(c, child) {
			return 137
		}
		if !c.Has("f") {
			_ = c.Process.Signal(kernel.SIGTERM) // busybox: the program has taken timeout's place, and is seen to die
			return 143
		}
	}
	status, err := child.Wait(c.Ctx)
	if err != nil {
		return 137
	}
	return status.ExitCode()
}

// afterTimeout waits for a program that was told to end, and kills it if -k says so.
func afterTimeout(c *tool.Call, child *kernel.Process) bool {
	var kill <-chan time.Time
	if text := c.Value("k", ""); text != "" {
		if d, ok := seconds(text); ok {
			kill = time.After(d)
		}
	}
	for {
		select {
		case <-child.Done():
			return true
		case <-kill:
			_ = c.Kill(child.PID(), kernel.SIGKILL)
		case <-c.Ctx.Done():
			return false
		}
	}
}

func watch(c *tool.Call) int {
	every := 2 * time.Second
	if text := c.Value("n", ""); text != "" {
		d, ok := seconds(text)
		if !ok {
			c.Fatalf("invalid number '%s'", text)
		}
		every = max(d, 100*time.Millisecond)
	}
	command := strings.Join(c.Args, " ")
	for {
		_, _ = c.Out.WriteString("\x1b[H\x1b[J")
		if !c.Has("t") {
			left := fmt.Sprintf("Every %.1fs: %s", every.Seconds(), command)
			line(c, fmt.Sprintf("%-55s %s\n", left, time.Now().UTC().Format("2006-01-02 15:04:05")))
		}
		child, err := start(c, []string{"sh", "-c", command}, kernel.Spec{})
		if err != nil {
			return cannot(c, "sh", err)
		}
		if _, err := child.Wait(c.Ctx); err != nil || !c.Sleep(every) {
			return 0
		}
	}
}

func which(c *tool.Call) int {
	for _, name := range c.Args {
		file, err := c.LookPath(name)
		if err != nil {
			c.Fail(1)
			continue
		}
		line(c, file)
	}
	return 0
}

// machine is the hardware's name as uname shows it.
func machine() string {
	switch runtime.GOARCH {
	case "arm64":
		return "aarch64"
	case "amd64":
		return "x86_64"
	}
	return runtime.GOARCH
}
