package console

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kubetutor/internal/engine/controlplane/release"
)

// update writes assets/kubectl.json anew: go test -run Data -update.
var update = flag.Bool("update", false, "write assets/kubectl.json")

const dataFile = "../../../assets/kubectl.json"

type (
	// data is assets/kubectl.json.
	data struct {
		Kubernetes  string         `json:"kubernetes"`
		Commands    []commandData  `json:"commands"`
		GlobalFlags []flagData     `json:"globalFlags"`
		Resources   []resourceData `json:"resources"`
	}
	commandData struct {
		Path    string     `json:"path"`
		Aliases []string   `json:"aliases"`
		Flags   []flagData `json:"flags"`
	}
	flagData struct {
		Name           string `json:"name"`
		Short          string `json:"short"`
		Type           string `json:"type"`
		Value          bool   `json:"value"`
		Repeatable     bool   `json:"repeatable"`
		Default        string `json:"default"`
		NoValueDefault string `json:"noValueDefault"`
	}
	resourceData struct {
		Name       string   `json:"name"`
		Singular   string   `json:"singular"`
		Kind       string   `json:"kind"`
		Group      string   `json:"group"`
		Version    string   `json:"version"`
		Namespaced bool     `json:"namespaced"`
		Short      []string `json:"short"`
		Categories []string `json:"categories"`
	}
)

// TestDataIsFresh compares assets/kubectl.json with upstream's command tree and
// with the discovery documents that Kubernetes publishes in its sources.
func TestDataIsFresh(t *testing.T) {
	fresh := marshal(t, upstreamData(t))
	if *update {
		if err := os.WriteFile(dataFile, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(dataFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, fresh) {
		t.Fatal("assets/kubectl.json is stale: run go test ./internal/engine/console -run DataIsFresh -update")
	}
}

func upstreamData(t *testing.T) data {
	root := kubectlCommand([]string{"kubectl"}, nil)
	d := data{
		Kubernetes:  release.Version,
		Commands:    commandsBelow(root),
		GlobalFlags: flagsOf(root.PersistentFlags()),
		Resources:   discovered(t),
	}
	return d
}

func commandsBelow(c *cobra.Command) (all []commandData) {
	for _, sub := range c.Commands() {
		_, path, _ := strings.Cut(sub.CommandPath(), " ")
		all = append(all, commandData{path, append([]string{}, sub.Aliases...), flagsOf(sub.LocalNonPersistentFlags(), sub.PersistentFlags())})
		all = append(all, commandsBelow(sub)...)
	}
	return all
}

func flagsOf(sets ...*pflag.FlagSet) []flagData {
	all := []flagData{}
	for _, set := range sets {
		set.VisitAll(func(f *pflag.Flag) { all = append(all, flagDataOf(f)) })
	}
	slices.SortFunc(all, func(a, b flagData) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func flagDataOf(f *pflag.Flag) flagData {
	kind := f.Value.Type()
	_, list := f.Value.(pflag.SliceValue)
	repeatable := list || strings.HasSuffix(kind, "Array") || strings.HasSuffix(kind, "Slice") || strings.HasPrefix(kind, "stringTo") || kind == "count"
	return flagData{
		Name: f.Name, Short: f.Shorthand, Type: kind,
		Value: f.NoOptDefVal == "", Repeatable: repeatable,
		Default: portable(f.DefValue), NoValueDefault: f.NoOptDefVal,
	}
}

// portable hides the machine that the data was made on.
func portable(value string) string {
	if home, err := os.UserHomeDir(); err == nil && home != "/" {
		value = strings.ReplaceAll(value, home, "~")
	}
	return value
}

// aggregated is the discovery document of all groups but the core one.
type aggregated struct {
	Items []struct {
		Metadata struct{ Name string }
		Versions []struct {
			Version   string
			Resources []aggregatedResource
		}
	}
}

type aggregatedResource struct {
	Resource         string
	SingularResource string
	ResponseKind     struct{ Kind string }
	Scope            string
	ShortNames       []string
	Categories       []string
}

// discovered reads the discovery documents in the sources of Kubernetes. Of each
// resource it takes the preferred version; what is not stable is not served
// unless asked for.
func discovered(t *testing.T) []resourceData {
	all := legacy(t, document(t, "api__v1.json"))
	var doc aggregated
	if err := json.Unmarshal(document(t, "aggregated_v2.json"), &doc); err != nil {
		t.Fatal(err)
	}
	for _, group := range doc.Items {
		seen := map[string]bool{}
		for _, v := range group.Versions {
			for _, r := range v.Resources {
				if !seen[r.Resource] && !strings.ContainsAny(v.Version, "ab") {
					seen[r.Resource] = true
					all = append(all, r.data(group.Metadata.Name, v.Version))
				}
			}
		}
	}
	return all
}

func (r aggregatedResource) data(group, version string) resourceData {
	return resourceData{
		Name: r.Resource, Singular: r.SingularResource, Kind: r.ResponseKind.Kind,
		Group: group, Version: version, Namespaced: r.Scope == "Namespaced",
		Short: append([]string{}, r.ShortNames...), Categories: append([]string{}, r.Categories...),
	}
}

func document(t *testing.T, name string) []byte {
	raw, err := os.ReadFile(filepath.Join(sources(t), "api", "discovery", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// legacy reads the core group, which has a document of the older form.
func legacy(t *testing.T, raw []byte) (all []resourceData) {
	var doc struct {
		Resources []struct {
			Name, SingularName, Kind string
			Namespaced               bool
			ShortNames, Categories   []string
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, r := range doc.Resources {
		if strings.Contains(r.Name, "/") {
			continue
		}
		all = append(all, resourceData{
			Name: r.Name, Singular: r.SingularName, Kind: r.Kind, Version: "v1", Namespaced: r.Namespaced,
			Short: append([]string{}, r.ShortNames...), Categories: append([]string{}, r.Categories...),
		})
	}
	return all
}

// sources is the directory of the Kubernetes module.
func sources(t *testing.T) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes").Output()
	if err != nil {
		t.Fatalf("finding the sources of Kubernetes: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func marshal(t *testing.T, d data) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
