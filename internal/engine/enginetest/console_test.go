package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/lab/protocol"
)

// TestConsole types what learners type into the console of a real cluster.
func TestConsole(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	status := e.Up()
	s := e.Console()
	for line, want := range map[string]string{
		"kubectl version":                                       "Client Version: v1.37.1",
		"kubectl auth can-i create pods":                        "yes",
		"kubectl explain pvc.spec | head -n3":                   "PersistentVolumeClaim",
		"k get ns -o name | sort | head -n1":                    "namespace/default",
		"kubectl get ns default -o json | jq -r .metadata.name": "default",
	} {
		if said := s.Must(line); !strings.Contains(said, want) {
			t.Errorf("%s: %s", line, said)
		}
	}
	endsAsItShould(t, s)
	changesObjects(t, s)
	changesNamespace(t, s, status)
	completesNames(t, s)
	staysInside(t, s, status)
}

// endsAsItShould holds exit codes, those among them that a command ends itself with.
func endsAsItShould(t *testing.T, s Shell) {
	for line, want := range map[string]int{
		"kubectl auth can-i create pods --as=nobody": 1,
		"kubectl get nothing":                        1,
		"set -o pipefail; kubectl explain pod --recursive | head -n1; code=$?; set +o pipefail; (exit $code)": 141,
	} {
		if said, code := s.Try(line); code != want {
			t.Errorf("%s: %d, want %d\n%s", line, code, want, said)
		}
	}
}

const settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: %s}\n"

// changesObjects applies, compares and edits.
func changesObjects(t *testing.T, s Shell) {
	s.Must("kubectl apply -f - <<E\n" + strings.ReplaceAll(settings, "%s", "red") + "E")
	said, code := s.Try("kubectl diff -f - <<E\n" + strings.ReplaceAll(settings, "%s", "blue") + "E")
	if code != 1 || !strings.Contains(said, "-  colour: red") || !strings.Contains(said, "+  colour: blue") {
		t.Errorf("diff: %d\n%s", code, said)
	}
	edited := false
	_, _, err := s.Run(s.Engine.Context(), "kubectl edit cm settings", func(o protocol.Output) {
		if o.Edit == nil {
			return
		}
		edited = true
		content := strings.ReplaceAll(string(o.Edit.Content), "colour: red", "colour: green")
		if err := s.Edited(s.Engine.Context(), protocol.Edited{ID: o.Edit.ID, Content: []byte(content)}); err != nil {
			t.Error(err)
		}
	})
	if err != nil || !edited {
		t.Errorf("edit: %v, asked %v", err, edited)
	}
	if said := s.Must("kubectl get cm settings -o jsonpath={.data.colour}"); said != "green" {
		t.Errorf("after the edit: %s", said)
	}
}

// changesNamespace changes the context, which the prompt and the learner's other
// terminals see.
func changesNamespace(t *testing.T, s Shell, status protocol.Status) {
	exit, _, err := s.Run(s.Engine.Context(), "kubectl config set-context --current --namespace=kube-system", func(protocol.Output) {})
	if err != nil || exit.Namespace != "kube-system" {
		t.Errorf("the prompt shows %q (%v)", exit.Namespace, err)
	}
	if text, err := os.ReadFile(status.Kubeconfig); err != nil || !strings.Contains(string(text), "namespace: kube-system") {
		t.Errorf("the kubeconfig does not follow: %v\n%s", err, text)
	}
	s.Must("kubectl config set-context --current --namespace=default")
}

func completesNames(t *testing.T, s Shell) {
	line := "kubectl get cm sett"
	c, err := s.Complete(s.Engine.Context(), line, len(line))
	if err != nil || len(c.Items) != 1 || c.Items[0].Word != "settings" {
		t.Errorf("%+v %v", c, err)
	}
}

// staysInside tries to read, write and speak beyond the lab.
func staysInside(t *testing.T, s Shell, status protocol.Status) {
	outside := filepath.Join(filepath.Dir(status.Workspace), "outside")
	for _, line := range []string{
		"kubectl create cm x --from-file=/etc/passwd", "kubectl get ns -o jsonpath-file=/etc/passwd",
		"kubectl apply -f /etc/passwd", "kubectl config view --kubeconfig /etc/passwd",
		"kubectl config set-cluster other --server=https://192.0.2.1 && kubectl get pods --cluster other",
		"kubectl cluster-info dump --output-directory " + outside,
	} {
		said, code := s.Try(line)
		if code == 0 || strings.Contains(said, "root:") {
			t.Errorf("%s: %d\n%s", line, code, said)
		}
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a command wrote outside the workspace")
	}
	s.Must("kubectl config delete-cluster other")
}
