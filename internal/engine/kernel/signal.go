package kernel

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// Signal is a signal with its number on Linux, whatever the machine's system is.
type Signal int

// The signals of Linux on amd64 and arm64.
const (
	SIGHUP    Signal = 1
	SIGINT    Signal = 2
	SIGQUIT   Signal = 3
	SIGILL    Signal = 4
	SIGTRAP   Signal = 5
	SIGABRT   Signal = 6
	SIGBUS    Signal = 7
	SIGFPE    Signal = 8
	SIGKILL   Signal = 9
	SIGUSR1   Signal = 10
	SIGSEGV   Signal = 11
	SIGUSR2   Signal = 12
	SIGPIPE   Signal = 13
	SIGALRM   Signal = 14
	SIGTERM   Signal = 15
	SIGSTKFLT Signal = 16
	SIGCHLD   Signal = 17
	SIGCONT   Signal = 18
	SIGSTOP   Signal = 19
	SIGTSTP   Signal = 20
	SIGTTIN   Signal = 21
	SIGTTOU   Signal = 22
	SIGURG    Signal = 23
	SIGXCPU   Signal = 24
	SIGXFSZ   Signal = 25
	SIGVTALRM Signal = 26
	SIGPROF   Signal = 27
	SIGWINCH  Signal = 28
	SIGIO     Signal = 29
	SIGPWR    Signal = 30
	SIGSYS    Signal = 31

	sigRTMin Signal = 34
	sigRTMax Signal = 64
)

// signalNames lists the names of signals 1 to 31, in order, without SIG.
const signalNames = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"

// String is the signal's name, such as "SIGTERM".
func (s Signal) String() string {
	names := strings.Fields(signalNames)
	switch {
	case s >= 1 && int(s) <= len(names):
		return "SIG" + names[s-1]
	case s == sigRTMin:
		return "SIGRTMIN"
	case s == sigRTMax:
		return "SIGRTMAX"
	case s > sigRTMin && s < sigRTMax:
		return fmt.Sprintf("SIGRTMIN+%d", int(s-sigRTMin))
	}
	return fmt.Sprintf("signal %d", int(s))
}

// valid says whether s can be sent: Linux knows 1 to 64.
func (s Signal) valid() bool { return s >= 1 && s <= sigRTMax }

// ParseSignal reads a signal as kill(1), a Dockerfile's STOPSIGNAL and a pod's lifecycle.stopSignal give it: "TERM", "SIGTERM", "15", "SIGRTMIN+3".
// The error wraps EINVAL.
func ParseSignal(text string) (Signal, error) {
	name := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "SIG")
	if n, err := strconv.Atoi(name); err == nil && Signal(n).valid() {
		return Signal(n), nil
	}
	for i, known := range strings.Fields(signalNames) {
		if name == known {
			return Signal(i + 1), nil
		}
	}
	if s, ok := parseRealTime(name); ok {
		return s, nil
	}
	return 0, fmt.Errorf("signal %q: %w", text, syscall.EINVAL)
}

// parseRealTime reads RTMIN, RTMIN+n, RTMAX and RTMAX-n.
func parseRealTime(name string) (Signal, bool) {
	base, rest, sign := sigRTMin, "", 1
	switch {
	case strings.HasPrefix(name, "RTMIN"):
		rest = strings.TrimPrefix(name[len("RTMIN"):], "+")
	case strings.HasPrefix(name, "RTMAX"):
		base, sign, rest = sigRTMax, -1, strings.TrimPrefix(name[len("RTMAX"):], "-")
	default:
		return 0, false
	}
	if rest == "" {
		return base, true
	}
	n, err := strconv.Atoi(rest)
	s := base + Signal(sign*n)
	return s, err == nil && n >= 0 && s >= sigRTMin && s <= sigRTMax
}

// action is what a signal does to a process that does not handle it.
type action int

const (
	actTerminate action = iota
	actIgnore
	actStop
	actContinue
)

// action is the signal's default, as signal(7) lists it.
func (s Signal) action() action {
	switch s {
	case SIGCHLD, SIGURG, SIGWINCH:
		return actIgnore
	case SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU:
		return actStop
	case SIGCONT:
		return actContinue
	}
	return actTerminate
}

// Status is how a process ended.
type Status struct {
	Code    int    // what the program returned, 0 to 255; 0 if a signal ended it
	Signal  Signal // what ended it, or stopped it; 0: it returned
	Stopped bool   // it has not ended: Signal stopped it (from WaitStopped only)
}

// ExitCode is the status as a shell and a container runtime show it: the code, or 128 and the signal's number.
func (s Status) ExitCode() int {
	if s.Signal != 0 {
		return 128 + int(s.Signal)
	}
	return s.Code
}

// String is the status in words: "exit status 1", "signal: SIGKILL".
func (s Status) String() string {
	switch {
	case s.Stopped:
		return "stopped: " + s.Signal.String()
	case s.Signal != 0:
		return "signal: " + s.Signal.String()
	}
	return "exit status " + strconv.Itoa(s.Code)
}
