package system

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// procFields reads a file of /proc with lines of a name and a number.
func procFields(c *tool.Call, file string) map[string]int64 {
	fields := map[string]int64{}
	text, err := c.FS().ReadFile(file)
	if err != nil {
		return fields
	}
	for entry := range strings.SplitSeq(string(text), "\n") {
		words := strings.Fields(entry)
		if len(words) < 2 {
			continue
		}
		if n, err := strconv.ParseInt(words[1], 10, 64); err == nil {
			fields[strings.TrimSuffix(words[0], ":")] = n
		}
	}
	return fields
}

func free(c *tool.Call) int {
	m := procFields(c, "/proc/meminfo")
	show := func(kib int64) string {
		switch c.Last("h", "b", "m", "g", "k") {
		case "h":
			return tool.Human(kib * 1024)
		case "b":
			return strconv.FormatInt(kib*1024, 10)
		case "m":
			return strconv.FormatInt(kib/1024, 10)
		case "g":
			return strconv.FormatInt(kib>>20, 10)
		}
		return strconv.FormatInt(kib, 10)
	}
	cached := m["Cached"] + m["SReclaimable"]
	used := m["MemTotal"] - m["MemFree"] - m["Buffers"] - cached
	line(c, fmt.Sprintf("%-6s %11s %11s %11s %11s %11s %11s", "", "total", "used", "free", "shared", "buff/cache", "available"))
	line(c, fmt.Sprintf("%-6s %11s %11s %11s %11s %11s %11s", "Mem:", show(m["MemTotal"]), show(used), show(m["MemFree"]), show(m["Shmem"]), show(m["Buffers"]+cached), show(m["MemAvailable"])))
	line(c, fmt.Sprintf("%-6s %11s %11s %11s", "Swap:", show(m["SwapTotal"]), show(m["SwapTotal"]-m["SwapFree"]), show(m["SwapFree"])))
	return 0
}

func hostname(c *tool.Call) int {
	name := c.Hostname()
	if len(c.Args) > 0 || c.Has("F") {
		c.Fatalf("sethostname: Operation not permitted")
	}
	switch {
	case c.Has("i"), c.Has("I"):
		if c.Net() == nil || !c.Net().IP().IsValid() {
			c.Fatalf("%s: Unknown host", name)
		}
		name = c.Net().IP().String()
		if c.Has("I") {
			name += " "
		}
	case c.Has("s"):
		name, _, _ = strings.Cut(name, ".")
	case c.Has("d"):
		_, name, _ = strings.Cut(name, ".")
	}
	line(c, name)
	return 0
}

// version is what /proc/version and uname show of the kernel.
func version(c *tool.Call) (release, build string) {
	release, build = kernel.Release, "#1 SMP PREEMPT_DYNAMIC"
	text, err := c.FS().ReadFile("/proc/version")
	if words := strings.Fields(string(text)); err == nil && len(words) > 2 {
		release = words[2]
	}
	if i := strings.Index(string(text), "#"); i >= 0 {
		build = strings.TrimSpace(string(text[i:]))
	}
	return release, build
}

func uname(c *tool.Call) int {
	release, build := version(c)
	fields := []struct{ flag, value string }{
		{"s", "Linux"}, {"n", c.Hostname()}, {"r", release}, {"v", build}, {"m", machine()}, {"o", "Linux"},
	}
	if _, err := c.FS().Stat("/etc/debian_version"); err == nil {
		fields[5].value = "GNU/Linux"
	}
	var parts []string
	for _, f := range fields {
		if c.Has(f.flag) || c.Has("a") {
			parts = append(parts, f.value)
		}
	}
	if c.Has("p") || c.Has("i") {
		parts = append(parts, machine())
	}
	if len(parts) == 0 {
		parts = []string{"Linux"}
	}
	line(c, strings.Join(parts, " "))
	return 0
}

func loadAverage(c *tool.Call) string {
	text, err := c.FS().ReadFile("/proc/loadavg")
	words := strings.Fields(string(text))
	if err != nil || len(words) < 3 {
		return "0.00, 0.00, 0.00"
	}
	return strings.Join(words[:3], ", ")
}

func uptimeOf(c *tool.Call) time.Duration {
	text, err := c.FS().ReadFile("/proc/uptime")
	words := strings.Fields(string(text))
	if err != nil || len(words) == 0 {
		return 0
	}
	seconds, _ := strconv.ParseFloat(words[0], 64)
	return time.Duration(seconds * float64(time.Second))
}

func uptime(c *tool.Call) int {
	now, up := time.Now().UTC(), uptimeOf(c)
	if c.Has("s") {
		line(c, now.Add(-up).Format("2006-01-02 15:04:05"))
		return 0
	}
	days, minutes := int(up.Hours())/24, int(up.Minutes())
	text := fmt.Sprintf(" %s up ", now.Format("15:04:05"))
	if days > 0 {
		text += fmt.Sprintf("%d day%s, ", days, map[bool]string{true: "s"}[days > 1])
	}
	if hours := minutes / 60 % 24; hours > 0 {
		text += fmt.Sprintf("%2d:%02d", hours, minutes%60)
	} else {
		text += fmt.Sprintf("%d min", minutes%60)
	}
	line(c, text+",  load average: "+loadAverage(c))
	return 0
}

// nproc is the number of processors of the node, as /proc/cpuinfo has them:
// a CPU limit does not change it.
func nproc(c *tool.Call) int {
	text, err := c.FS().ReadFile("/proc/cpuinfo")
	n := strings.Count(string(text), "processor\t:")
	if err != nil || n == 0 {
		n = runtime.NumCPU()
	}
	line(c, strconv.Itoa(n))
	return 0
}

func getconf(c *tool.Call) int {
	values := map[string]string{
		"PAGESIZE": "4096", "PAGE_SIZE": "4096", "CLK_TCK": "100", "LONG_BIT": "64", "ARG_MAX": "2097152", "OPEN_MAX": "1048576", "PATH_MAX": "4096",
	}
	name := c.Args[0]
	if strings.HasPrefix(strings.TrimPrefix(name, "_"), "NPROCESSORS") {
		return nproc(c)
	}
	value, ok := values[name]
	if !ok {
		c.Fatalf("%s: unknown variable", name)
	}
	line(c, value)
	return 0
}

// shot is what top shows at one time.
type shot struct {
	when      time.Time
	cpu       map[int]time.Duration
	processes []kernel.ProcessInfo
}

func takeShot(c *tool.Call) shot {
	s := shot{when: time.Now(), cpu: map[int]time.Duration{}, processes: c.Processes()}
	for _, p := range s.processes {
		s.cpu[p.PID] = p.CPU
	}
	return s
}

func top(c *tool.Call) int {
	every := time.Duration(c.Int("d", 5)) * time.Second
	count := c.Int("n", 0)
	terminal := tool.Terminal(c.Stdout())
	quit, restore := topKeys(c)
	defer restore()
	before := takeShot(c)
	if !pause(c, 200*time.Millisecond, quit) {
		return 0
	}
	for i := 1; ; i++ {
		now := takeShot(c)
		if terminal != nil && !c.Has("b") {
			_, _ = c.Out.WriteString("\x1b[H\x1b[J")
		}
		topShow(c, before, now)
		before = now
		if i == count || !pause(c, max(every, 100*time.Millisecond), quit) {
			return 0
		}
	}
}

// topKeys closes quit at the key q. Without a keyboard there is none.
func topKeys(c *tool.Call) (quit <-chan struct{}, restore func()) {
	tty := c.TTY()
	if tty == nil || tool.Terminal(c.Stdin()) == nil || c.Has("b") {
		return nil, func() {}
	}
	mode := tty.Mode()
	now := mode
	now.Canonical, now.Echo = false, false
	tty.SetMode(now)
	next, pressed := tool.Keys(c), make(chan struct{})
	go func() {
		for key, ok := next(); ok; key, ok = next() {
			if key == 'q' || key == 'Q' {
				close(pressed)
				return
			}
		}
	}()
	return pressed, func() { tty.SetMode(mode) }
}

// pause waits, and is false if the program is to end before.
func pause(c *tool.Call, d time.Duration, quit <-chan struct{}) bool {
	c.Out.Flush()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-quit:
		return false
	case <-c.Ctx.Done():
		return false
	}
}

func topShow(c *tool.Call, before, now shot) {
	m := procFields(c, "/proc/meminfo")
	used := m["MemTotal"] - m["MemAvailable"]
	passed := max(now.when.Sub(before.when).Seconds(), 0.001)
	usage := func(p kernel.ProcessInfo) float64 { return 100 * (p.CPU - before.cpu[p.PID]).Seconds() / passed }
	running, total := 0, 0.0
	for _, p := range now.processes {
		if p.State == 'R' {
			running++
		}
		total += usage(p)
	}
	line(c, fmt.Sprintf("Mem: %dK used, %dK free, %dK shrd, %dK buff, %dK cached", used, m["MemFree"], m["Shmem"], m["Buffers"], m["Cached"]))
	line(c, fmt.Sprintf("CPU: %3.0f%% usr   0%% sys   0%% nic %3.0f%% idle   0%% io   0%% irq   0%% sirq", total, max(100-total, 0)))
	line(c, fmt.Sprintf("Load average: %s %d/%d %d", strings.ReplaceAll(loadAverage(c), ",", ""), running, len(now.processes), c.PID()))
	line(c, "  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND")
	slices.SortStableFunc(now.processes, func(a, b kernel.ProcessInfo) int { return cmp.Compare(usage(b), usage(a)) })
	users := c.Users()
	for _, p := range now.processes {
		vsz := p.Memory/1024 + 4096
		percent := int64(0)
		if m["MemTotal"] > 0 {
			percent = vsz * 100 / m["MemTotal"]
		}
		line(c, fmt.Sprintf("%5d %5d %-8.8s %-4s %6d %3d%%   0 %3.0f%% %s", p.PID, p.PPID, users.Name(p.UID), string(p.State), vsz, percent, usage(p), commandLine(p)))
	}
	c.Out.Flush()
}
