//go:build unix

package cli_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"kubetutor/internal/cli"
	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// fakeEngine is a daemon that answers verbs about nodes and components.
type fakeEngine struct {
	t     *testing.T
	env   []string
	state protocol.State
	mu    sync.Mutex
	asked []string // VERB BODY
}

func newFakeEngine(t *testing.T) *fakeEngine {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	e := &fakeEngine{t: t, state: protocol.StateUp, env: []string{"HOME=" + t.TempDir(), "LANG=en_GB.UTF-8", "XDG_RUNTIME_DIR=" + dir}}
	sockets := filepath.Join(dir, "kubetutor")
	if err := os.Mkdir(sockets, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(sockets, "main.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: e}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return e
}

func (e *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	verb := strings.TrimPrefix(r.URL.Path, protocol.Prefix)
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.asked = append(e.asked, verb+" "+strings.TrimSpace(string(body)))
	e.mu.Unlock()
	answer, code := e.answer(verb, body)
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer)
}

func (e *fakeEngine) answer(verb string, body []byte) (any, int) {
	const gi = 1 << 30
	node := protocol.Node{
		Name: "node1", State: protocol.NodeReady, IP: "172.30.0.11", Zone: "zone-a", Pods: 3, Unschedulable: true, Pressure: []string{"disk"},
		Usage: protocol.Resources{CPU: 120, Memory: 300 << 20, Disk: gi}, Capacity: protocol.Resources{CPU: 4000, Memory: 8 * gi, Disk: 40 * gi, Pods: 110},
	}
	switch verb {
	case protocol.VerbHello:
		return protocol.Hello{Protocol: protocol.Version, Engine: "0123456789abcdef", Cluster: "main"}, 200
	case protocol.VerbClusterStatus:
		return protocol.Status{Name: "main", State: e.state, Profile: "nodes", Nodes: 3}, 200
	case protocol.VerbClusterUp:
		return protocol.Progress{Status: &protocol.Status{Name: "main", State: protocol.StateUp, Profile: "nodes", Nodes: 3}}, 200
	case protocol.VerbNodes:
		return protocol.Nodes{Nodes: []protocol.Node{node, {Name: "node10", State: protocol.NodeStopped, Added: true}}}, 200
	case protocol.VerbNodeStop, protocol.VerbNodePressure:
		node.State = protocol.NodeStopped
		return node, 200
	case protocol.VerbNodeStart, protocol.VerbNodeAdd, protocol.VerbNodeRemove:
		return protocol.Progress{Node: &node}, 200
	case protocol.VerbOpen:
		return protocol.Error{
			Code: protocol.CodeConflict, Message: "only for the cluster", Hint: "try port-forward",
			Said: course.Text{EN: "only for the cluster", ZH: "只在集群内可用"}, Advice: course.Text{EN: "try port-forward", ZH: "试试 port-forward"},
		}, 409
	case protocol.VerbOpenList, protocol.VerbOpenClose:
		return protocol.Doors{Doors: []protocol.Door{{
			Name: "shop/svc/web:80", Address: "127.0.0.1:41234", URL: "http://127.0.0.1:41234/", Via: protocol.DoorNodePort, Node: "node1", To: "172.30.0.11:30080",
		}}}, 200
	case protocol.VerbExplain:
		return shopExplanation(body)
	case protocol.VerbNetwork:
		return shopNetwork(), 200
	case protocol.VerbComponents:
		return protocol.Components{Components: []protocol.Component{
			{Name: "kube-scheduler", State: protocol.ComponentPaused, Pauseable: true}, {Name: "etcd", State: protocol.ComponentRunning},
		}}, 200
	case protocol.VerbComponentPause:
		return protocol.Error{Code: protocol.CodeNotFound, Message: "there is no component cook", Hint: "there are kube-scheduler and others"}, 404
	case protocol.VerbComponentResume:
		return protocol.Component{Name: "kube-scheduler", State: protocol.ComponentRunning}, 200
	case protocol.VerbImages:
		return protocol.Images{Images: []protocol.Image{
			{Repository: "docker.io/library/nginx", Tags: []string{"1", "2", "3", "4", "5"}, Size: 70 << 20, About: map[string]string{"en": "web server", "zh": "Web 服务器"}},
			{Repository: "registry.example/team/app", Tags: []string{"1"}, Private: true},
		}}, 200
	}
	return protocol.Error{Code: protocol.CodeInternal, Message: "unknown verb"}, 500
}

// run runs kubetutor and returns what it printed and its exit status.
func (e *fakeEngine) run(args ...string) (string, int) {
	e.t.Helper()
	var out strings.Builder
	s := cli.IOStreams{In: strings.NewReader(""), Out: &out, Err: &out}
	code := cli.Run(e.t.Context(), cli.Build{EngineID: "0123456789abcdef"}, append([]string{"kubetutor"}, args...), s, e.env)
	return out.String(), code
}

func (e *fakeEngine) wasAsked(request string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.asked, request)
}

func TestNodeCommands(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		line    string
		code    int
		out     string // contained
		request string
	}{
		{"node list", 0, "NAME    STATE                           ZONE    IP           PODS   CPU     MEMORY     DISK\n" +
			"node1   Ready, cordoned, short of disk  zone-a  172.30.0.11  3/110  120m/4  300Mi/8Gi  1Gi/40Gi\n" +
			"node10  stopped, added ", "nodes {}"},
		{"node list --lang zh", 0, "名称    状态", "nodes {}"},
		{"node list --json", 0, `"name": "node10"`, "nodes {}"},
		{"node stop node1", 0, "node1: stopped, cordoned", `node/stop {"name":"node1"}`},
		{"node start node1", 0, "node1: Ready", `node/start {"name":"node1"}`},
		{"node add", 0, "node1: Ready", `node/add {}`},
		{"node add big --zone zone-c --label a=b --taint k=v:NoSchedule", 0, "node1: Ready",
			`node/add {"name":"big","zone":"zone-c","labels":{"a":"b"},"taints":["k=v:NoSchedule"]}`},
		{"node remove node1 --drain --json", 0, `"name": "node1"`, `node/remove {"name":"node1","drain":true}`},
		{"node remove node1", 0, "node1: removed\n", `node/remove {"name":"node1"}`},
		{"node pressure node1 memory", 0, "node1: ", `node/pressure {"name":"node1","resource":"memory"}`},
		{"node pressure node1 disk --off", 0, "node1: ", `node/pressure {"name":"node1","resource":"disk","off":true}`},
		{"node pressure node1", 2, "wrong number of arguments", ""},
		{"node stop", 2, "wrong number of arguments", ""},
		{"node dance", 2, "`kubetutor node` has no command \"dance\": use one of add, list, pressure, remove, start, stop", ""},
		{"node", 0, "COMMANDS", ""},
		{"lesson pv-pvc-matching", 2, "is a lesson: `kubetutor lesson open pv-pvc-matching` opens it", ""},
		{"lesson nonsense", 2, "no command \"nonsense\"", ""},
		{"lessons --theme plaid", 2, `there is no theme "plaid": use one of auto, `, ""},
		{"component list", 0, "kube-scheduler  paused\netcd            running\n", "components {}"},
		{"component resume scheduler", 0, "kube-scheduler: running", `component/resume {"name":"scheduler"}`},
		{"component pause cook", 1, "there is no component cook\nthere are kube-scheduler", `component/pause {"name":"cook"}`},
		{"images", 0, "nginx                      1 2 3 4 … (5)  70Mi  web server\nregistry.example/team/app  1              0B    (needs a pull secret)", "images {}"},
		{"images --lang zh", 0, "Web 服务器", "images {}"},
		{"open svc/web --port 8080 -n shop", 1, "only for the cluster\ntry port-forward", `open {"target":"svc/web","namespace":"shop","port":8080}`},
		{"open svc/web --lang zh", 1, "只在集群内可用\n试试 port-forward", `open {"target":"svc/web"}`},
		{"open --list", 0, "NAME             ADDRESS          IN THE LAB         WAY              URL\nshop/svc/web:80  127.0.0.1:41234  172.30.0.11:30080  node port node1  http://127.0.0.1:41234/\n", "open/list {}"},
		{"open --list --json", 0, `"via": "NodePort"`, "open/list {}"},
		{"open --close svc/web", 0, "closed: shop/svc/web:80, 127.0.0.1:41234\n", `open/close {"name":"svc/web"}`},
		{"open", 2, "say what shall be opened", ""},
		{"open svc/web --list", 2, "say what shall be opened", ""},
		{"__complete open --close s", 0, "shop/svc/web:80\n", ""},
		{"cluster status", 0, "profile: nodes\n  nodes: 3", "cluster/status {}"},
		{"cluster up", 0, "profile: nodes", `cluster/up {}`},
		{"cluster up --profile nodes-fast", 0, "main: up", `cluster/up {"profile":"nodes-fast"}`},
		{"cluster up --profile moon", 2, `there is no profile "moon": use one of control-plane, nodes, nodes-fast`, ""},
		{"__complete node stop n", 0, "node1\nnode10\n", "nodes {}"},
		{"__complete node pressure node1 m", 0, "memory\ndisk\npids\n", ""},
		{"__complete component pause k", 0, "kube-scheduler\n:4", "components {}"},
		{"__complete cluster up --profile n", 0, "nodes-fast\n", ""},
	} {
		t.Run(tc.line, func(t *testing.T) {
			t.Parallel()
			e := newFakeEngine(t)
			out, code := e.run(strings.Fields(tc.line)...)
			if code != tc.code || !strings.Contains(out, tc.out) {
				t.Errorf("status %d, wanted %d:\n%s\nwanted in it:\n%s", code, tc.code, out, tc.out)
			}
			if tc.request != "" && !e.wasAsked(tc.request) {
				t.Errorf("the engine was asked %q, wanted %q", e.asked, tc.request)
			}
		})
	}
}

// TestNewClusterHasNodes: what is not there yet gets nodes, unless the learner
// says otherwise.
func TestNewClusterHasNodes(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	e.state = protocol.StateDown
	if out, code := e.run("cluster", "up"); code != 0 || !e.wasAsked(`cluster/up {"profile":"nodes"}`) {
		t.Errorf("status %d, asked %q:\n%s", code, e.asked, out)
	}
}

func TestNodeCommandsWithoutACluster(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	e.env[2] = "XDG_RUNTIME_DIR=" + t.TempDir()
	for _, line := range []string{"node list", "node add", "component pause scheduler", "images"} {
		if out, code := e.run(strings.Fields(line)...); code != 1 || !strings.Contains(out, "No cluster is up.") {
			t.Errorf("%s: status %d:\n%s", line, code, out)
		}
	}
	if out, code := e.run("__complete", "node", "stop", ""); code != 0 || strings.Contains(out, "node1") {
		t.Errorf("completion: status %d:\n%s", code, out)
	}
}
