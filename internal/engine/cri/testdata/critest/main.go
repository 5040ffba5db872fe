// Command critest runs upstream's critest against a runtime of one node. It is
// called by critest.sh:
//
//	critest CRITEST DIR [flags of critest]
//
// Critest believes that it stands beside the containers. Three things make that
// true enough: its temporary directory is the kubelet's of the node, so that it
// can make volumes; an HTTP proxy leads it to the addresses of pods; and the
// host ports that it asks for are published on the loopback interface.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri"
	"kubetutor/internal/engine/cri/control"
)

// published are the ports of critest's pkg/validate/consts.go.
var published = [...]int{12000, 12003}

const nodeIP = "172.30.0.11"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "runtime" {
		os.Exit(cri.Main("critest", os.Args[2:], nil))
	}
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: critest CRITEST DIR [flags]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "critest:", err)
		os.Exit(1)
	}
}

func run(critest, dir string, flags []string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client, err := start(ctx, dir)
	if err != nil {
		return err
	}
	proxy, err := serveProxy(client)
	if err != nil {
		return err
	}
	for _, port := range published {
		if err := publish(client, port); err != nil {
			return err
		}
	}
	report := filepath.Join(dir, "report.json")
	endpoint := "unix://" + socket(dir)
	args := append([]string{"-runtime-endpoint", endpoint, "-image-endpoint", endpoint, "-ginkgo.no-color", "-ginkgo.seed", "1",
		"-ginkgo.json-report", report}, flags...)
	cmd := exec.CommandContext(ctx, critest, args...)
	cmd.Env = append(os.Environ(), "HTTP_PROXY=http://"+proxy, "http_proxy=", "NO_PROXY=", "no_proxy=", "TMPDIR="+filepath.Join(dir, "state", "kubelet"))
	out, err := os.Create(filepath.Join(dir, "critest.log"))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	failed := cmd.Run()
	return errors.Join(summarize(report), failed)
}

func socket(dir string) string { return filepath.Join(dir, "s", "1.sock") }

// start runs the runtime as a process of its own, with one node.
func start(ctx context.Context, dir string) (*control.Client, error) {
	for _, d := range []string{"s", "state/root", "state/kubelet"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(dir, "runtime.log"))
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "runtime", "--sockets", filepath.Join(dir, "s"), "--state", filepath.Join(dir, "state"))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	client := control.NewClient(filepath.Join(dir, "s", control.SocketName))
	if err := await(ctx, client); err != nil {
		return nil, err
	}
	if _, err := client.Leash(ctx); err != nil {
		return nil, err
	}
	node := control.Node{Name: "node1", IP: netip.MustParseAddr(nodeIP), CRI: socket(dir), Root: filepath.Join(dir, "state", "root"),
		KubeletRoot: filepath.Join(dir, "state", "kubelet"), CPUs: 4000, Memory: 8 << 30, Disk: 64 << 30}
	if err := client.AddNode(ctx, node); err != nil {
		return nil, err
	}
	return client, configure(ctx, dir)
}

func await(ctx context.Context, client *control.Client) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, err := client.Hello(ctx)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// configure gives the node its range of addresses, as a kubelet does.
func configure(ctx context.Context, dir string) error {
	conn, err := grpc.NewClient("unix://"+socket(dir), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = runtimeapi.NewRuntimeServiceClient(conn).UpdateRuntimeConfig(ctx, &runtimeapi.UpdateRuntimeConfigRequest{
		RuntimeConfig: &runtimeapi.RuntimeConfig{NetworkConfig: &runtimeapi.NetworkConfig{PodCidr: "10.244.1.0/24"}}})
	return err
}

// serveProxy serves an HTTP proxy into the network of the pods.
func serveProxy(client *control.Client) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	// A connection that is refused must look like one: a caller tries again then.
	refuse := func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	proxy := &httputil.ReverseProxy{Director: func(*http.Request) {}, ErrorHandler: refuse, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return nil, err
			}
			return client.Dial(ctx, "node1", to)
		}}}
	go func() { _ = http.Serve(l, proxy) }()
	return l.Addr().String(), nil
}

// publish leads a port of the loopback interface to the node's.
func publish(client *control.Client, port int) error {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	to := netip.AddrPortFrom(netip.MustParseAddr(nodeIP), uint16(port))
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				inside, err := client.Dial(context.Background(), "node1", to)
				if err != nil {
					from.Close()
					return
				}
				control.Join(context.Background(), inside, from)
			}()
		}
	}()
	return nil
}

// suite is the part of Ginkgo's report that is read.
type suite struct {
	SpecReports []struct {
		ContainerHierarchyTexts []string
		LeafNodeText            string
		LeafNodeType            string
		State                   string
		Failure                 struct{ Message string }
	}
}

// summarize prints the specs that did not pass, then the numbers.
func summarize(report string) error {
	file, err := os.Open(report)
	if err != nil {
		return err
	}
	defer file.Close()
	return writeSummary(os.Stdout, file)
}

func writeSummary(w io.Writer, report io.Reader) error {
	var suites []suite
	if err := json.NewDecoder(report).Decode(&suites); err != nil {
		return err
	}
	count := map[string]int{}
	for _, s := range suites {
		for _, spec := range s.SpecReports {
			if spec.LeafNodeType != "It" {
				continue
			}
			count[spec.State]++
			if spec.State == "passed" {
				continue
			}
			reason, _, _ := strings.Cut(strings.TrimSpace(spec.Failure.Message), "\n")
			fmt.Fprintf(w, "%s: %s: %s\n\t%s\n", spec.State, strings.Join(spec.ContainerHierarchyTexts, " "), spec.LeafNodeText, reason)
		}
	}
	fmt.Fprintf(w, "passed %d, failed %d, skipped %d\n", count["passed"], count["failed"]+count["panicked"]+count["timedout"], count["skipped"])
	return nil
}
