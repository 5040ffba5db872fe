package controlplane_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/lab/protocol"
)

// victimDir is the environment variable that makes this binary a process with
// a control plane in the directory it names.
const victimDir = "KUBETUTOR_TEST_VICTIM"

// runVictim starts a control plane, writes one object after another, names
// each on standard output once it is acknowledged, and never ends by itself.
func runVictim(dir string) {
	if err := write(dir); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	log, err := os.Create(filepath.Join(dir, "victim.log"))
	if err != nil {
		return err
	}
	c, err := controlplane.Start(context.Background(), controlplane.Options{
		Dir: filepath.Join(dir, "state"), Sockets: filepath.Join(dir, "s"), Log: log}, nil)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(c.Config(controlplane.LearnerUser))
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		name := fmt.Sprintf("object-%d", i)
		_, err := client.CoreV1().ConfigMaps("default").Create(context.Background(),
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		fmt.Println(name)
	}
}

// TestKilled: what was acknowledged before SIGKILL is there afterwards, at the
// same address, and the baseline is known.
func TestKilled(t *testing.T) {
	alone(t)
	dir := shortDir(t)
	acknowledged := kill(t, dir, 200)
	c := startIn(t, dir, nil)
	defer stop(t, c)
	if !c.Resumed() {
		t.Error("the cluster was not resumed")
	}
	client := clientOf(t, c, controlplane.LearnerUser)
	for _, name := range acknowledged {
		if _, err := client.CoreV1().ConfigMaps("default").Get(context.Background(), name, metav1.GetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Reset(context.Background()); err != nil {
		t.Error(err)
	}
	expectBaseline(t, client)
}

// kill runs a victim until it has written so many objects, kills it, and
// returns the names of the objects.
func kill(t *testing.T, dir string, objects int) (names []string) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimDir+"="+dir)
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for len(names) < objects && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "error:") {
			t.Error(lines.Text())
		}
		names = append(names, lines.Text())
	}
	if err := victim.Process.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	victim.Wait() // its error is the signal
	return names
}

// TestLifecycle: a cluster sleeps and wakes at the same address with its
// objects and its users; a stopped one leaves nothing open.
func TestLifecycle(t *testing.T) {
	alone(t)
	dir := shortDir(t)
	c := startIn(t, dir, nil)
	if c.Resumed() {
		t.Error("a new cluster says that it was resumed")
	}
	server := c.Server()
	file, err := c.Kubeconfig(controlplane.LearnerUser, "shop")
	if err != nil {
		t.Fatal(err)
	}
	createVolume(t, clientOf(t, c, controlplane.LearnerUser), "pv", "/data", corev1.PersistentVolumeReclaimRetain)
	watch := openWatch(t, c)
	begin := time.Now()
	stop(t, c)
	t.Logf("stopped in %v with a watch open", time.Since(begin))
	watch.Stop()
	expectNothingOpen(t, dir, server)

	c = startIn(t, dir, nil)
	if c.Server() != server || !c.Resumed() {
		t.Errorf("it was at %s and is at %s; resumed: %v", server, c.Server(), c.Resumed())
	}
	expectVolume(t, file)
	stop(t, c)
	stop(t, c) // again: no harm

	taken := occupy(t, server)
	defer taken.Close()
	var told string
	c = startIn(t, dir, func(s protocol.Stage) { told += s.Detail })
	defer stop(t, c)
	if port := server[strings.LastIndex(server, ":")+1:]; !strings.Contains(told, port) || c.Server() == server {
		t.Errorf("port %s was taken; told %q, server %s", port, told, c.Server())
	}
	expectVolume(t, file) // the old file has the new address
}

func openWatch(t *testing.T, c *controlplane.ControlPlane) interface{ Stop() } {
	t.Helper()
	w, err := clientOf(t, c, controlplane.LearnerUser).CoreV1().Pods("").Watch(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// expectVolume uses a kubeconfig file as a program in another terminal would.
func expectVolume(t *testing.T, file string) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().PersistentVolumes().Get(context.Background(), "pv", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of the kubeconfig is %v, %v", info.Mode(), err)
	}
}

func occupy(t *testing.T, server string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", strings.TrimPrefix(server, "https://"))
	if err != nil {
		t.Fatal("the port is still in use:", err)
	}
	return l
}

func expectNothingOpen(t *testing.T, dir, server string) {
	t.Helper()
	if conn, err := net.Dial("tcp", strings.TrimPrefix(server, "https://")); err == nil {
		conn.Close()
		t.Error("the API server still listens")
	}
	left, err := os.ReadDir(filepath.Join(dir, "s"))
	if err != nil || len(left) > 0 {
		t.Errorf("sockets left: %v %v", left, err)
	}
}

// TestUntrustedState: a store that ran when the machine went down, and one that
// cannot be read, give way to a new cluster, with a word about it.
func TestUntrustedState(t *testing.T) {
	alone(t)
	dir := shortDir(t)
	c := startIn(t, dir, nil)
	stop(t, c)
	for name, spoil := range map[string]func() error{
		"the machine went down": func() error {
			return os.WriteFile(filepath.Join(dir, "state", "etcd.running"), []byte("an earlier boot\n"), 0o600)
		},
		"cannot be read": func() error {
			return os.WriteFile(filepath.Join(dir, "state", "etcd", "member", "snap", "db"), []byte(strings.Repeat("no bbolt ", 5000)), 0o600)
		},
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		var told string
		c = startIn(t, dir, func(s protocol.Stage) { told += s.Detail })
		if c.Resumed() || !strings.Contains(told, name) {
			t.Errorf("%s: resumed %v, told %q", name, c.Resumed(), told)
		}
		stop(t, c)
	}
}
