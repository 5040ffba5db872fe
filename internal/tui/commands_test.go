package tui

import (
	"slices"
	"testing"
)

func TestCommandsIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, language, text string
		want                 []string
	}{
		{"after a prompt", "", "$ kubectl get pv\nNAME   CAPACITY\nshelf  1Gi\n$ kubectl get pvc\n", []string{"kubectl get pv", "kubectl get pvc"}},
		{"without prompts", "", "kubectl get pv\nkubectl get pvc\n", []string{"kubectl get pv", "kubectl get pvc"}},
		{"a note behind", "", "kubectl get pods -l app=web     look first\nkubectl get pv  # then\n", []string{"kubectl get pods -l app=web", "kubectl get pv"}},
		{"over lines", "", "kubectl create role x \\\n  --verb=get |\n  cat\nkubectl get roles\n", []string{"kubectl create role x --verb=get | cat", "kubectl get roles"}},
		{"a prompt over lines", "", "$ kubectl get pv \\\n    -o name\npersistentvolume/shelf\n", []string{"kubectl get pv -o name"}},
		{"a loop", "", "for n in a b; do\n  kubectl create ns $n\ndone\n", []string{"for n in a b; do\n  kubectl create ns $n\ndone"}},
		{"a here-document", "", "cat <<EOF > x\nkind: Pod\nEOF\nkubectl apply -f x\n", []string{"cat <<EOF > x\nkind: Pod\nEOF", "kubectl apply -f x"}},
		{"comments", "", "kubectl get pod -o yaml > pod.yaml\n# change it\nkubectl replace -f pod.yaml\n", []string{"kubectl get pod -o yaml > pod.yaml", "kubectl replace -f pod.yaml"}},
		{"output", "", "NAME   CAPACITY\nshelf  1Gi\n", nil},
		{"flags", "", "--from-literal=a=b\n", nil},
		{"a manifest", "yaml", "kind: Pod\n", nil},
		{"nothing", "", "", nil},
	}
	for _, tt := range tests {
		var got []string
		for _, c := range commandsIn(tt.text, tt.language) {
			got = append(got, c.text)
			if c.from < 0 || c.to > len(tt.text) || c.from >= c.to {
				t.Errorf("%s: bytes %d to %d of %d", tt.name, c.from, c.to, len(tt.text))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
