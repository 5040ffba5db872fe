package ingress

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kubetutor/internal/engine/kernel"
)

// Init is the program dumb-init, process 1 of the controller's container: it
// passes signals on and waits for its child.
func Init(ctx context.Context, p *kernel.Process) int {
	args := p.Args()[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(p.Stderr(), "Usage: dumb-init [option] program [args]")
		return 1
	}
	signals := p.Notify(kernel.SIGTERM, kernel.SIGINT, kernel.SIGHUP, kernel.SIGQUIT, kernel.SIGUSR1, kernel.SIGUSR2)
	child, err := p.Start(kernel.Spec{Args: args, Stdin: p.Stdin(), Stdout: p.Stdout(), Stderr: p.Stderr(), NewGroup: true})
	if err != nil {
		fmt.Fprintf(p.Stderr(), "[dumb-init] %s: No such file or directory\n", args[0])
		return 2
	}
	for {
		select {
		case s := <-signals:
			_ = p.Kill(-child.PGID(), s)
		case <-child.Done():
			status, err := child.Wait(ctx)
			if err != nil {
				return exitFatal
			}
			return status.ExitCode()
		case <-ctx.Done():
			return exitFatal
		}
	}
}

// controllerName is what ps -o comm shows of the controller: its first 15 bytes.
const controllerName = "nginx-ingress-c"

// WaitShutdown is the program wait-shutdown, which the pod runs before it stops: it
// ends the controller and waits until nginx has ended.
func WaitShutdown(ctx context.Context, p *kernel.Process) int {
	found := false
	for _, other := range p.Processes() {
		if other.Name == controllerName {
			found = p.Kill(other.PID, kernel.SIGTERM) == nil || found
		}
	}
	if !found {
		fmt.Fprintln(p.Stderr(), "terminating ingress controller: exit status 1")
		return 1
	}
	for serving(p) {
		if !pause(ctx, 100*time.Millisecond) {
			return 1
		}
	}
	return 0
}

// serving says whether nginx runs.
func serving(p *kernel.Process) bool {
	for _, other := range p.Processes() {
		if other.State != 'Z' && len(other.Args) > 0 && strings.HasPrefix(other.Args[0], "nginx: master") {
			return true
		}
	}
	return false
}

// NGINX is the program nginx of the controller's image, as far as people call it
// by hand: its version, and the configuration that is served.
func NGINX(_ context.Context, p *kernel.Process) int {
	option := ""
	if len(p.Args()) > 1 {
		option = p.Args()[1]
	}
	switch option {
	case "-v", "-V":
		fmt.Fprintln(p.Stderr(), "nginx version: nginx/1.27.1")
	case "-t", "-T":
		text, err := p.FS().ReadFile(confFile)
		if err != nil {
			fmt.Fprintf(p.Stderr(), "nginx: [emerg] open() %q failed (2: No such file or directory)\nnginx: configuration file %s test failed\n", confFile, confFile)
			return 1
		}
		fmt.Fprintf(p.Stderr(), "nginx: the configuration file %s syntax is ok\nnginx: configuration file %s test is successful\n", confFile, confFile)
		if option == "-T" {
			fmt.Fprintf(p.Stdout(), "# configuration file %s:\n%s", confFile, text)
		}
	default:
		fmt.Fprintln(p.Stderr(), "nginx: the controller starts and reloads it; try -T, -t or -v")
		return 1
	}
	return 0
}
