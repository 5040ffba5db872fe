package course

import "slices"

// Lab is an exercise on a cluster. LESSON/ID is stable for ever. A lab is sent
// to the engine whole, as JSON: the engine reads no lesson files.
type Lab struct {
	ID         string            `yaml:"id" json:"id"`
	Lesson     string            `yaml:"-" json:"lesson"` // the lesson that it belongs to
	Title      Text              `yaml:"title" json:"title"`
	Needs      []string          `yaml:"needs,omitempty" json:"needs,omitempty"`         // what the engine must be able to do; see [Abilities]
	Profile    string            `yaml:"profile,omitempty" json:"profile,omitempty"`     // kind of cluster, one of [Profiles]; follows from Needs if not given
	Scope      string            `yaml:"scope,omitempty" json:"scope,omitempty"`         // "cluster" (default) or "namespace": touches nothing outside its namespace
	Namespace  string            `yaml:"namespace,omitempty" json:"namespace,omitempty"` // the console's namespace and the default of checks
	AddOns     []string          `yaml:"addons,omitempty" json:"addons,omitempty"`       // what the cluster has besides, such as ingress-nginx; on nodes only
	User       string            `yaml:"user,omitempty" json:"user,omitempty"`           // whom the learner acts as; default "learner", a cluster-admin
	Vars       map[string]Var    `yaml:"vars,omitempty" json:"vars,omitempty"`
	Setup      []string          `yaml:"setup,omitempty" json:"setup,omitempty"`     // manifests (.yaml) and console scripts (.console), in order
	Given      []string          `yaml:"given,omitempty" json:"given,omitempty"`     // files put into the learner's workspace
	Settled    []Check           `yaml:"settled,omitempty" json:"settled,omitempty"` // what must hold before the attempt begins
	Task       Text              `yaml:"task" json:"task"`
	Checks     []Check           `yaml:"checks" json:"checks"`
	Hints      []Hint            `yaml:"hints,omitempty" json:"hints,omitempty"` // from a nudge to nearly the answer
	Solution   string            `yaml:"solution" json:"solution"`               // a console script
	NearMisses []NearMiss        `yaml:"near_misses,omitempty" json:"near_misses,omitempty"`
	Debrief    Text              `yaml:"debrief,omitempty" json:"debrief,omitzero"` // shown once it is passed
	Files      map[string]string `yaml:"-" json:"files,omitempty"`                  // contents of every file named above, by name
}

// What a lab may need.
const (
	NeedsControlPlane = "control-plane" // an API server, controllers and a scheduler
	NeedsFile         = "file"          // files that the learner writes
	NeedsSimNode      = "sim-node"      // nodes that run Pods
	NeedsExec         = "exec"          // commands in containers
	NeedsLogs         = "logs"          // what containers write
	NeedsNetwork      = "network"       // Pods that reach each other through Services
	NeedsMetrics      = "metrics"       // kubectl top, and scaling by it
)

// Abilities lists what a lab may need.
func Abilities() []string {
	return []string{NeedsControlPlane, NeedsFile, NeedsSimNode, NeedsExec, NeedsLogs, NeedsNetwork, NeedsMetrics}
}

// The kinds of clusters.
const (
	ProfileControlPlane = "control-plane" // no nodes
	ProfileNodes        = "nodes"         // three nodes that run Pods
	ProfileNodesFast    = "nodes-fast"    // the same, and what upstream waits for takes seconds, not minutes
)

// Profiles lists the kinds of clusters.
func Profiles() []string {
	return []string{ProfileControlPlane, ProfileNodes, ProfileNodesFast}
}

// ClusterProfile is the kind of cluster that the lab is done on: its own word,
// else nodes where it needs what only they can give.
func (l *Lab) ClusterProfile() string {
	onNodes := func(need string) bool { return need != NeedsControlPlane && need != NeedsFile }
	switch {
	case l.Profile != "":
		return l.Profile
	case slices.ContainsFunc(l.Needs, onNodes):
		return ProfileNodes
	}
	return ProfileControlPlane
}

// ScopeNamespace is the scope of labs that touch nothing outside their
// namespace. They alone can be done on a learner's own cluster.
const ScopeNamespace = "namespace"

// Path returns LESSON/LAB, the name under which a lab is known everywhere.
func (l *Lab) Path() string { return l.Lesson + "/" + l.ID }

// Var is a value drawn once per attempt: one of OneOf, or a whole number from
// Min to Max. Texts and scripts write it @{name}; expressions, vars.name.
type Var struct {
	OneOf []string `yaml:"one_of,omitempty" json:"one_of,omitempty"`
	Min   int      `yaml:"min,omitempty" json:"min,omitempty"`
	Max   int      `yaml:"max,omitempty" json:"max,omitempty"`
}

// Hint is shown on request, one after the other. With a condition it is offered
// only while that holds: CEL over `checks`, which has the state of each of the
// lab's checks by its ID (`checks["bound"] == "fail"`; see protocol.Result),
// `vars`, and the objects that the hint names under `with`. A condition that has
// no value, because a field is missing, does not hold.
type Hint struct {
	EN   string               `yaml:"en" json:"en"`
	ZH   string               `yaml:"zh" json:"zh"`
	When string               `yaml:"when,omitempty" json:"when,omitempty"`
	With map[string]ObjectRef `yaml:"with,omitempty" json:"with,omitempty"` // objects bound by name; null where absent
}

// Text returns the hint's words.
func (h Hint) Text() Text { return Text{EN: h.EN, ZH: h.ZH} }

// NearMiss is an almost right solution that learners really try. After its
// script exactly the checks named in Fails fail.
type NearMiss struct {
	Script string   `yaml:"script" json:"script"`
	Fails  []string `yaml:"fails" json:"fails"`
	Why    Text     `yaml:"why" json:"why"`
}

// Check is one thing that must hold for a lab to be passed: a subject, and a
// CEL expression over it. Exactly one subject is set, and at most one of
// Expect, Always and Never. Without any of them the check says: it exists.
type Check struct {
	ID    string `yaml:"id,omitempty" json:"id,omitempty"`
	Title Text   `yaml:"title,omitempty" json:"title,omitzero"`

	Object *ObjectRef `yaml:"object,omitempty" json:"object,omitempty"` // bound as `object`
	List   *ListRef   `yaml:"list,omitempty" json:"list,omitempty"`     // bound as `items`
	Absent *ObjectRef `yaml:"absent,omitempty" json:"absent,omitempty"` // holds while there is no such object
	Access *AccessRef `yaml:"access,omitempty" json:"access,omitempty"` // bound as `allowed`; without Expect: it is allowed
	File   *FileRef   `yaml:"file,omitempty" json:"file,omitempty"`     // bound as `file`
	Audit  *AuditRef  `yaml:"audit,omitempty" json:"audit,omitempty"`   // bound as `requests`; without Expect: at least one
	Exec   *ExecRef   `yaml:"exec,omitempty" json:"exec,omitempty"`     // bound as `exit`, `stdout`, `stderr`, `lines`; without Expect: exit is 0
	Logs   *LogsRef   `yaml:"logs,omitempty" json:"logs,omitempty"`     // bound as `log`, `lines`; without Expect: there are some

	Request *RequestRef `yaml:"request,omitempty" json:"request,omitempty"` // bound as `response`; without Expect: its status is below 400
	Resolve *ResolveRef `yaml:"resolve,omitempty" json:"resolve,omitempty"` // bound as `answers`, `rcode`, `error`; without Expect: there are some

	With   map[string]ObjectRef `yaml:"with,omitempty" json:"with,omitempty"` // further objects, bound by name; null where absent
	Expect string               `yaml:"expect,omitempty" json:"expect,omitempty"`
	Always string               `yaml:"always,omitempty" json:"always,omitempty"` // held at every moment since the lab had settled
	Never  string               `yaml:"never,omitempty" json:"never,omitempty"`   // held at no moment since then
	Want   Text                 `yaml:"want,omitempty" json:"want,omitzero"`      // what was wanted, where it cannot be derived
	Have   string               `yaml:"have,omitempty" json:"have,omitempty"`     // CEL: what there is, as text
}

// ObjectRef names one object of the Kubernetes API. Name is empty only for the
// result of a dry run.
type ObjectRef struct {
	APIVersion string `yaml:"apiVersion" json:"apiVersion"`
	Kind       string `yaml:"kind" json:"kind"`
	Namespace  string `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	Name       string `yaml:"name,omitempty" json:"name,omitempty"`
}

// ListRef names the objects of one kind that selectors find, in the API's
// textual form; all namespaces where Namespace is empty and AllNamespaces set.
type ListRef struct {
	APIVersion    string `yaml:"apiVersion" json:"apiVersion"`
	Kind          string `yaml:"kind" json:"kind"`
	Namespace     string `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	AllNamespaces bool   `yaml:"allNamespaces,omitempty" json:"allNamespaces,omitempty"`
	LabelSelector string `yaml:"labelSelector,omitempty" json:"labelSelector,omitempty"`
	FieldSelector string `yaml:"fieldSelector,omitempty" json:"fieldSelector,omitempty"`
}

// AccessRef asks whether somebody may do something (a SubjectAccessReview). A
// user "system:serviceaccount:NS:NAME" gets the groups of that service account.
type AccessRef struct {
	User        string   `yaml:"user" json:"user"`
	Groups      []string `yaml:"groups,omitempty" json:"groups,omitempty"`
	Verb        string   `yaml:"verb" json:"verb"`
	Group       string   `yaml:"group,omitempty" json:"group,omitempty"` // API group; empty is the core group
	Resource    string   `yaml:"resource,omitempty" json:"resource,omitempty"`
	Subresource string   `yaml:"subresource,omitempty" json:"subresource,omitempty"`
	Name        string   `yaml:"name,omitempty" json:"name,omitempty"`
	Namespace   string   `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	Path        string   `yaml:"path,omitempty" json:"path,omitempty"` // a non-resource path such as /healthz
}

// FileRef names a file in the learner's workspace. As says how it is read:
// "text" (default; surrounding white space removed), "yaml", "json" or "lines".
// `answer VALUE` in the console writes the file "answer".
type FileRef struct {
	Path string `yaml:"path" json:"path"`
	As   string `yaml:"as,omitempty" json:"as,omitempty"`
}

// AuditRef selects requests that the learner made since the attempt began;
// an empty field matches everything. Each is bound as an audit.k8s.io/v1 Event
// reduced to verb, user, groups, impersonatedUser, resource, subresource, group,
// namespace, name, code, and uri.
type AuditRef struct {
	Verb        string `yaml:"verb,omitempty" json:"verb,omitempty"`
	Group       string `yaml:"group,omitempty" json:"group,omitempty"`
	Resource    string `yaml:"resource,omitempty" json:"resource,omitempty"`
	Subresource string `yaml:"subresource,omitempty" json:"subresource,omitempty"`
	Namespace   string `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	Name        string `yaml:"name,omitempty" json:"name,omitempty"`
}

// ExecRef runs a command in a container of one Pod (Pod), or of each Pod that
// LabelSelector finds and that has not ended; the condition must hold in all of
// them, with Any in one. It is bound as `exit` (the exit code), `stdout` and
// `stderr` (surrounding white space removed), and `lines` (of stdout).
//
// What a command finds cannot be watched. It runs again on events of the Pods
// and, while the condition does not hold, a few times a second: so it must
// change nothing. It is ended after 5 s, and after 64 KB of output.
type ExecRef struct {
	Namespace     string   `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	Pod           string   `yaml:"pod,omitempty" json:"pod,omitempty"`
	LabelSelector string   `yaml:"labelSelector,omitempty" json:"labelSelector,omitempty"`
	Container     string   `yaml:"container,omitempty" json:"container,omitempty"` // the one that kubectl would take if not given
	Command       []string `yaml:"command" json:"command"`                         // no shell reads it, unless it names one
	Stdin         string   `yaml:"stdin,omitempty" json:"stdin,omitempty"`
	Any           bool     `yaml:"any,omitempty" json:"any,omitempty"`
}

// LogsRef reads the log of a container of one Pod (Pod), or of each Pod that
// LabelSelector finds, ended ones too; the condition must hold of all of them,
// with Any of one. It is bound as `log` (surrounding white space removed) and
// `lines`, of a log above 1 MB the end. It is read as often as an ExecRef runs.
type LogsRef struct {
	Namespace     string `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	Pod           string `yaml:"pod,omitempty" json:"pod,omitempty"`
	LabelSelector string `yaml:"labelSelector,omitempty" json:"labelSelector,omitempty"`
	Container     string `yaml:"container,omitempty" json:"container,omitempty"`   // the one that kubectl would take if not given
	Previous      bool   `yaml:"previous,omitempty" json:"previous,omitempty"`     // of the container before its last restart
	SinceStart    bool   `yaml:"sinceStart,omitempty" json:"sinceStart,omitempty"` // only what was written since the attempt began
	Any           bool   `yaml:"any,omitempty" json:"any,omitempty"`
}
