package quiz

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"kubetutor/internal/course"
)

func newGrader(t testing.TB) *Grader {
	t.Helper()
	data, err := os.ReadFile("../../assets/kubectl.json")
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(data)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func commandQuestion(answers ...string) *course.Question {
	return &course.Question{ID: "q", Type: course.Command, Answers: answers}
}

func gradeLine(t testing.TB, g *Grader, want, given string) Grade {
	t.Helper()
	grade, err := g.Grade(t.Context(), commandQuestion(want), course.English, Answer{Texts: []string{given}}, nil)
	if err != nil {
		t.Fatalf("%q: %v", want, err)
	}
	return grade
}

func TestCommandsThatMeanTheSame(t *testing.T) {
	t.Parallel()
	g := newGrader(t)
	tests := []struct{ want, given string }{
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n shop"},
		{"kubectl describe pvc data -n shop", "kubectl -n shop describe pvc data"},
		{"kubectl describe pvc data -n shop", "kubectl describe -n shop pvc/data"},
		{"kubectl describe pvc data -n shop", "kubectl describe --namespace=shop persistentvolumeclaims data"},
		{"kubectl describe pvc data -n shop", "kubectl --namespace shop describe PersistentVolumeClaim data"},
		{"kubectl describe pvc data -n shop", "k describe persistentvolumeclaim/data -nshop"},
		{"kubectl describe pvc data -n shop", "$ kubectl   describe 'pvc' \"data\" -n=shop "},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc \\\n  data -n shop"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n shop # the events"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n other -n shop"},
		{"kubectl get pods", "kubectl get po"},
		{"kubectl get pods", "kubectl get pod -n default"},
		{"kubectl get pods", "kubectl get pods --watch=false"},
		{"kubectl get pods -w", "kubectl get pods --watch=true"},
		{"kubectl get pods -A", "kubectl get pods --all-namespaces -n shop"},
		{"kubectl get pvc,pv", "kubectl get pv,pvc"},
		{"kubectl get pvc,pv", "kubectl get persistentvolumes,PVC"},
		{"kubectl get pv", "kubectl get pv -n shop"},
		{"kubectl get deploy", "kubectl get deployments.apps"},
		{"kubectl get deploy", "kubectl get deployments.v1.apps"},
		{"kubectl get pod a b", "kubectl get pod/b pod/a"},
		{"kubectl get pod,svc web", "kubectl get svc/web pod/web"},
		{"kubectl get widgets", "kubectl get Widgets"},
		{"kubectl get pods -o yaml", "kubectl get pods -oyaml"},
		{"kubectl get pods -o yaml", "kubectl get --output=yaml pods"},
		{"kubectl get pods -o yaml", "kubectl -o yaml get pods"},
		{"kubectl get pods -o jsonpath='{.items[*].metadata.name}'", `kubectl get pods -o "jsonpath={.items[*].metadata.name}"`},
		{"kubectl get pods --sort-by=.metadata.name", "kubectl get pods --sort-by='{.metadata.name}'"},
		{"kubectl get pods -l app=web,tier=front", "kubectl get pods --selector tier=front,app==web"},
		{"kubectl get pods -l 'env in (a,b),!x'", "kubectl get pods -l '!x, env in (b, a)'"},
		{"kubectl get pods --field-selector=status.phase=Running", "kubectl get pods --field-selector status.phase==Running"},
		{"kubectl apply -f claim.yaml", "kubectl apply --filename=./claim.yaml"},
		{"kubectl apply -f a.yaml -f b.yaml", "kubectl apply -f b.yaml,a.yaml"},
		{"kubectl apply -f -", "kubectl apply -f=-"},
		{"kubectl delete pod web --grace-period=0 --force", "kubectl delete --force pod/web --grace-period 0"},
		{"kubectl delete pod web --timeout=60s", "kubectl delete pod web --timeout=1m"},
		{"kubectl label pod web env=prod --overwrite", "kubectl label --overwrite pods/web env=prod"},
		{"kubectl label pod web a=1 b=2", "kubectl label pod web b=2 a=1"},
		{"kubectl label pod web tmp-", "kubectl label po/web tmp-"},
		{"kubectl label pod web app.kubernetes.io/name=x", "kubectl label pod/web app.kubernetes.io/name=x"},
		{"kubectl annotate deploy web note='hello world'", `kubectl annotate deployment/web "note=hello world"`},
		{"kubectl taint nodes n1 a=b:NoSchedule", "kubectl taint node n1 a=b:NoSchedule"},
		{"kubectl scale deploy web --replicas=3", "kubectl scale --replicas 3 deployment/web"},
		{"kubectl scale deploy web --replicas=0", "kubectl scale deploy/web --replicas=00"},
		{"kubectl rollout status deploy web", "kubectl rollout status deployments/web"},
		{"kubectl rollout undo deploy/web --to-revision=2", "kubectl rollout undo --to-revision 2 deploy web"},
		{"kubectl set image deploy/web nginx=nginx:1.27", "kubectl set image deployment web nginx=nginx:1.27"},
		{"kubectl set serviceaccount deploy web bot", "kubectl set sa deploy/web bot"},
		{"kubectl logs web -c app", "kubectl logs pod/web --container=app"},
		{"kubectl logs web -c app", "kubectl logs web app"},
		{"kubectl logs -f deploy/web", "kubectl logs deployment/web --follow"},
		{"kubectl exec -it web -- sh -c 'ls /'", `kubectl exec web -ti -- sh -c "ls /"`},
		{"kubectl exec -it web -- sh", "kubectl exec pod/web --stdin --tty -- sh"},
		{"kubectl port-forward svc/web 80:80 443", "kubectl port-forward service/web 443 80"},
		{"kubectl drain n1 --ignore-daemonsets", "kubectl drain node/n1 --ignore-daemonsets=true"},
		{"kubectl top pod web", "kubectl top pods web"},
		{"kubectl explain pod.spec", "kubectl explain pods.spec"},
		{"kubectl auth can-i list pods --as=eve", "kubectl auth can-i LIST po --as eve"},
		{"kubectl create cm app --from-literal=a=1 --from-literal=b=2", "kubectl create configmap app --from-literal b=2 --from-literal a=1"},
		{"kubectl create cm web --from-file=default.conf=nginx.conf", "kubectl create configmap web --from-file=default.conf=./nginx.conf"},
		{"kubectl create cm app --dry-run=client -o yaml", "kubectl create cm app -o yaml --dry-run=client -n default"},
		{"kubectl create role r --verb=get,list --resource=pods,pods/log", "kubectl create role r --resource=po/log --resource=po --verb=list --verb=get"},
		{"kubectl create ns shop", "kubectl create namespace shop"},
		{"kubectl run web --image=nginx --labels=a=b,c=d", "kubectl run --image nginx web -l c=d,a=b"},
		{"kubectl run t --rm -it --image=busybox -- sh", "kubectl run t --image=busybox -it --rm=true -- sh"},
		{`kubectl patch deploy web -p '{"spec":{"replicas":2}}'`, `kubectl patch deployment/web --patch '{ "spec": {"replicas": 2} }'`},
		{`kubectl patch deploy web -p '{"spec":{"replicas":2}}'`, `kubectl patch deployment/web --patch 'spec: {replicas: 2}'`},
		{"kubectl wait --for=condition=Ready pod/web --timeout=90s", "kubectl wait pod web --for condition=ready=true --timeout 1m30s"},
		{"kubectl events --for pod/web", "kubectl events --for=pods/web"},
		{"kubectl config set-context --current --namespace=shop", "kubectl config set-context --namespace shop --current"},
		{"kubectl config use-context lab", "kubectl config use lab"},
		{"kubectl get pods | grep web", "k get po  |  grep 'web'"},
		{"kubectl get pods > out.txt", "kubectl get pod >out.txt"},
		{"A=1 B=2 kubectl version", "B=2 A=1 kubectl version"},
		{"kubectl get ns && kubectl get pods", "kubectl get ns  &&  kubectl get pods"},
		{"kubectl apply -f - <<EOF\nkind: Pod\nEOF", "kubectl apply -f - <<'END'\nkind: Pod\nEND"},
		{"helm list -n shop", "helm list -n shop"},
		{"kubectl run web --image=nginx", "kubectl run web --image=nginx --restart=Always --dry-run=none"},
		{"kubectl create deploy web --image=nginx", "kubectl create deployment web --image nginx --replicas=1 -r 1"},
		{"kubectl set resources deploy web --limits=cpu=1,memory=1Gi", "kubectl set resources deploy/web --limits memory=1Gi,cpu=1"},
		{"kubectl kustomize .", "kubectl kustomize ./"},
		{"kubectl delete pod web", "kubectl delete pod web --wait --cascade=background"},
	}
	for _, tt := range tests {
		if grade := gradeLine(t, g, tt.want, tt.given); !grade.Right || grade.Score != 1 || !grade.Parts[0].Right {
			t.Errorf("%q should mean %q: %+v", tt.given, tt.want, grade)
		}
	}
}

func TestCommandsThatMeanSomethingElse(t *testing.T) {
	t.Parallel()
	g := newGrader(t)
	tests := []struct{ want, given, note string }{
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data", "The flag -n is missing."},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n default", "-n is missing"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n", "-n needs a value"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n store", "-n has another value"},
		{"kubectl describe pvc data -n shop", "kubectl describe pv data -n shop", "kinds or names"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc -n shop", "kinds or names"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc Data -n shop", "kinds or names"},
		{"kubectl describe pvc data -n shop", "kubectl get pvc data -n shop", "kubectl get is not the command"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n shop -o yaml", "kubectl describe has no flag -o"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n shop --frobnicate", "has no flag --frobnicate"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n shop --show-events=false", "--show-events does not belong"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n shop | cat", "number of commands"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n shop; ls", "something else"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n 'shop", "cannot be read"},
		{"kubectl describe pvc data -n shop", "", "no command"},
		{"kubectl describe pvc data -n shop", "sudo kubectl describe pvc data -n shop", "sudo is not"},
		{"kubectl describe pvc data -n shop", "kubectl describe pvc data -n $NS", "another value"},
		{"kubectl describe pvc data -n shop", "kubectl", "not the command"},
		{"kubectl get pods", "kubectl get pods -A", "-A does not belong"},
		{"kubectl get pods", "kubectl get pods -w", "-w does not belong"},
		{"kubectl get pods", "kubectl get pods web", "kinds or names"},
		{"kubectl get pods", "kubectl get pods -n shop", "-n does not belong"},
		{"kubectl get pods -l app=web", "kubectl get pods -l app!=web", "-l has another value"},
		{"kubectl get pods -o yaml", "kubectl get pods -o json", "-o has another value"},
		{"kubectl get pods -o '$x'", "kubectl get pods -o \"y\"", "-o has another value"},
		{"kubectl apply -f a.yaml", "kubectl create -f a.yaml", "not the command"},
		{"kubectl apply -f a.yaml", "kubectl apply -f b/a.yaml", "-f has another value"},
		{"kubectl apply -f a.yaml", "kubectl apply a.yaml", "-f is missing"},
		{"kubectl scale deploy web --replicas=0", "kubectl scale deploy web", "--replicas is missing"},
		{"kubectl label pod web env=prod --overwrite", "kubectl label pod web env=prod", "--overwrite is missing"},
		{"kubectl label pod web tmp-", "kubectl label pod web tmp=", "arguments"},
		{"kubectl exec web -- ls", "kubectl exec web ls", "after --"},
		{"kubectl exec web -- ls /", "kubectl exec web -- / ls", "after --"},
		{"kubectl logs web -c app", "kubectl logs web -c side", "-c has another value"},
		{"kubectl create cm app --from-literal=a=1", "kubectl create cm app --from-literal=a=2", "--from-literal has another value"},
		{"kubectl create cm app --from-literal=a=1", "kubectl create secret generic app --from-literal=a=1", "not the command"},
		{"kubectl config set-context --current --namespace=default", "kubectl config set-context --current", "-n is missing"},
		{"kubectl config use-context lab", "kubectl config use-context main", "arguments"},
		{"kubectl auth can-i list pods", "kubectl auth can-i list pods/log", "arguments"},
		{"kubectl port-forward svc/web 8080:80", "kubectl port-forward svc/web 80:8080", "arguments"},
		{"kubectl get pods > out.txt", "kubectl get pods >> out.txt", "redirection"},
		{"kubectl delete pod web --now", "kubectl delete pod web", "--now is missing"},
		{"kubectl run web --image=nginx", "kubectl run web nginx", "--image is missing"},
		{"kubectl run web --image=nginx", "kubectl run web --image=nginx --restart=Never", "--restart does not belong"},
		{"kubectl api-resources --namespaced=true", "kubectl api-resources", "--namespaced is missing"},
	}
	for _, tt := range tests {
		grade := gradeLine(t, g, tt.want, tt.given)
		if grade.Right || grade.Score >= 1 || len(grade.Parts) != 1 {
			t.Errorf("%q should not mean %q: %+v", tt.given, tt.want, grade)
			continue
		}
		if note := grade.Parts[0].Note; !strings.Contains(note.EN, tt.note) || note.ZH == "" || note.ZH == note.EN {
			t.Errorf("%q for %q: the note is %+v, want %q", tt.given, tt.want, note, tt.note)
		}
	}
}

func TestNearestAnswerCounts(t *testing.T) {
	t.Parallel()
	g := newGrader(t)
	q := commandQuestion("kubectl get events -n shop", "kubectl events -n shop")
	grade, err := g.Grade(t.Context(), q, course.English, Answer{Texts: []string{"kubectl events"}}, nil)
	if err != nil || grade.Right || !strings.Contains(grade.Parts[0].Note.EN, "-n is missing") || grade.Score <= 0 {
		t.Errorf("%+v, %v", grade, err)
	}
}

// TestOrderOfFlagsDoesNotMatter permutes the pieces of commands.
func TestOrderOfFlagsDoesNotMatter(t *testing.T) {
	t.Parallel()
	g, r := newGrader(t), rand.New(rand.NewPCG(1, 2))
	for _, pieces := range [][]string{
		{"get pods", "-n shop", "-o wide", "-l app=web", "--no-headers", "--sort-by .metadata.name"},
		{"create configmap app", "--from-literal=a=1", "--from-literal=b=2", "-n shop", "--dry-run=client", "-o yaml"},
		{"label pod/web a=b", "--overwrite", "-n shop", "--dry-run=server"},
		{"run web", "--image=nginx", "--port 80", "-l a=b", "--restart=Never", "-it"},
	} {
		want := "kubectl " + strings.Join(pieces, " ")
		for range 20 {
			r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
			if flagFirst(pieces) {
				continue // kubectl itself takes such a flag's value for the command
			}
			if given := "kubectl " + strings.Join(pieces, " "); !gradeLine(t, g, want, given).Right {
				t.Errorf("%q should mean %q", given, want)
			}
		}
	}
}

// flagFirst tells whether a switch of the command stands before it: there
// kubectl does not know yet that it takes no value.
func flagFirst(pieces []string) bool {
	for _, p := range pieces {
		if p[0] != '-' {
			return false
		}
		if !strings.ContainsAny(p, " =") {
			return true
		}
	}
	return true
}

func TestMalformedCommandQuestions(t *testing.T) {
	t.Parallel()
	g := newGrader(t)
	for _, q := range []*course.Question{commandQuestion(), commandQuestion("kubectl 'get"), commandQuestion("")} {
		if _, err := g.Grade(t.Context(), q, course.English, Answer{}, nil); err == nil {
			t.Errorf("%q was graded", q.Answers)
		}
	}
}

func FuzzCommand(f *testing.F) {
	g := newGrader(f)
	for _, s := range []string{"kubectl get pods -n shop", "kubectl -", "kubectl --", "k -n", "kubectl exec -it a -- b | c > d",
		"a=1 kubectl", "kubectl get -l 'a in (', b", "kubectl label pod x -", "kubectl events --for", "kubectl config set-context --current", "$(a) `b` ${c}"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, want, given string) {
		q := commandQuestion(want)
		grade, err := g.Grade(t.Context(), q, course.English, Answer{Texts: []string{given}}, nil)
		if err != nil {
			return
		}
		if grade.Right != (grade.Score == 1) || grade.Score < 0 || grade.Score > 1 {
			t.Errorf("%+v", grade)
		}
		grade, err = g.Grade(t.Context(), q, course.English, Right(q, course.English), nil)
		if err == nil && !grade.Right && !strings.Contains(grade.Parts[0].Note.EN, "no flag") && !strings.Contains(grade.Parts[0].Note.EN, "needs a value") {
			t.Errorf("%q is not right for itself: %+v", want, grade)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newGrader(b)
	}
}

func BenchmarkCommand(b *testing.B) {
	g := newGrader(b)
	for b.Loop() {
		gradeLine(b, g, "kubectl describe pvc data -n shop", "k -n shop describe persistentvolumeclaim/data")
	}
}
