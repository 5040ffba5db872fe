// Package protocol is what the tutor and its engine say to each other: verbs,
// types and framing. Both sides import it, and nothing else of each other.
//
// # Transport
//
// HTTP/1.1 over a unix socket (mode 0600 in a directory of mode 0700; the
// engine verifies the peer's user). A verb is a POST of one JSON object to
// /v1/VERB, answered by one JSON object, or, where the table says stream, by
// JSON lines (application/x-ndjson), one object each, flushed at once. Closing
// the connection cancels the verb. An error before the first line is an HTTP
// status and an [Error]; later, a line whose "error" is set, which is the last.
//
//	verb              request              answer
//	hello             -                    Hello
//	cluster/up        Up                   stream of Progress; the last carries Status
//	cluster/sleep     -                    Status     processes gone, state and ports kept; the daemon ends
//	cluster/down      -                    Status     state gone; the daemon ends
//	cluster/status    -                    Status     never starts anything
//	lab/start         StartLab             stream of Progress; the last carries Attempt
//	lab/reset         -                    stream of Progress; the active lab again, attempt n+1
//	lab/stop          -                    Empty      back to the baseline
//	lab/verdicts      Since                stream of Verdicts, endless
//	console/open      OpenConsole          Console
//	console/run       RunLine              stream of Output; the last carries Exit
//	console/input     Input                Empty      standard input of the running line
//	console/signal    Signal               Empty
//	console/resize    Resize               Empty
//	console/edited    Edited               Empty      answer to Output.Edit
//	console/complete  Complete             Completion
//	console/close     CloseConsole         Empty
//	file/get          FileName             File       in the workspace
//	file/put          File                 Empty
//	judge             Judge                Judgement  one manifest, or expressions to compile
//	prove             Prove                stream of ProofStep
//	nodes             -                    Nodes
//	node/stop         NodeName             Node       its plug is pulled
//	node/start        NodeName             stream of Progress; the last carries Node: until it is Ready
//	node/add          AddNode              stream of Progress; the last carries Node: until it is Ready
//	node/remove       RemoveNode           stream of Progress; the last carries Node
//	node/pressure     Pressure             Node
//	components        -                    Components
//	component/pause   ComponentName        Component
//	component/resume  ComponentName        Component
//	images            -                    Images     what the registries of the cluster serve
//	network           NetworkView          stream of Network, endless; at most four a second
//	explain           Explain              Explanation  what would happen to a connection
//	open              Open                 Door       a port of 127.0.0.1 that leads into the lab
//	open/list         -                    Doors
//	open/close        DoorName             Doors      that have been closed
//
// # Resumption
//
// lab/verdicts starts with the present state (Seq >= 1) and goes on with every
// change. Sequence numbers grow by one within an engine's life; a client that
// was lost asks again with the last Seq that it saw and gets what is newer, at
// least the present state. Verdicts.Epoch changes when the numbers start anew.
//
// # Versions
//
// Version changes when an old client cannot talk to a new engine. Beyond that,
// hello carries the engine's id (see package lab): a client offers to restart a
// daemon of another id.
package protocol

import (
	"time"

	"kubetutor/internal/course"
)

// Version is the protocol's version.
const Version = 1

// Verbs, as paths below /v1/.
const (
	VerbHello           = "hello"
	VerbClusterUp       = "cluster/up"
	VerbClusterSleep    = "cluster/sleep"
	VerbClusterDown     = "cluster/down"
	VerbClusterStatus   = "cluster/status"
	VerbLabStart        = "lab/start"
	VerbLabReset        = "lab/reset"
	VerbLabStop         = "lab/stop"
	VerbLabVerdicts     = "lab/verdicts"
	VerbConsoleOpen     = "console/open"
	VerbConsoleRun      = "console/run"
	VerbConsoleInput    = "console/input"
	VerbConsoleSignal   = "console/signal"
	VerbConsoleResize   = "console/resize"
	VerbConsoleEdited   = "console/edited"
	VerbConsoleComplete = "console/complete"
	VerbConsoleClose    = "console/close"
	VerbFileGet         = "file/get"
	VerbFilePut         = "file/put"
	VerbJudge           = "judge"
	VerbProve           = "prove"
	VerbNodes           = "nodes"
	VerbNodeStop        = "node/stop"
	VerbNodeStart       = "node/start"
	VerbNodeAdd         = "node/add"
	VerbNodeRemove      = "node/remove"
	VerbNodePressure    = "node/pressure"
	VerbComponents      = "components"
	VerbComponentPause  = "component/pause"
	VerbComponentResume = "component/resume"
	VerbImages          = "images"
	VerbNetwork         = "network"
	VerbExplain         = "explain"
	VerbOpen            = "open"
	VerbOpenList        = "open/list"
	VerbOpenClose       = "open/close"
)

// Prefix stands before every verb's path.
const Prefix = "/v1/"

// MaxRequest is the largest request body in bytes; a larger one is refused.
const MaxRequest = 8 << 20

// Empty is the request or answer of a verb that has nothing to say.
type Empty struct{}

// Code says what kind of error it is, for programs.
type Code string

// The codes, with the HTTP status that carries them before a stream begins.
const (
	CodeInvalid     Code = "invalid"     // 400: the request is malformed
	CodeNotFound    Code = "notFound"    // 404: no such verb, session or file
	CodeConflict    Code = "conflict"    // 409: not in this state (no cluster up, no lab active)
	CodeUnsupported Code = "unsupported" // 501: this engine or cluster cannot do it
	CodeInternal    Code = "internal"    // 500: a fault of the engine or the cluster
)

// Error is a failed verb. Message is a sentence for the learner; Hint says what
// to do next.
type Error struct {
	Code    Code     `json:"code"`
	Message string   `json:"message"`
	Hint    string   `json:"hint,omitempty"`
	Log     []string `json:"log,omitempty"` // last lines of the log of what failed

	// Said and Advice are Message and Hint in both languages, where the engine has
	// them so.
	Said   course.Text `json:"said,omitzero"`
	Advice course.Text `json:"advice,omitzero"`
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// In is the error in a language, as far as the engine has it so.
func (e *Error) In(lang course.Lang) *Error {
	in := *e
	if !e.Said.IsZero() {
		in.Message = e.Said.In(lang)
	}
	if !e.Advice.IsZero() {
		in.Hint = e.Advice.In(lang)
	}
	return &in
}

// Hello introduces an engine.
type Hello struct {
	Protocol   int       `json:"protocol"`
	Engine     string    `json:"engine"`     // id of the sources that made it
	Kubernetes string    `json:"kubernetes"` // such as "v1.37.1"
	Cluster    string    `json:"cluster"`    // its name
	PID        int       `json:"pid"`
	Started    time.Time `json:"started"`
}

// State is what a cluster is doing.
type State string

// The states of a cluster.
const (
	StateDown     State = "down"     // no state on disk
	StateSleeping State = "sleeping" // state on disk, no process
	StateStarting State = "starting"
	StateUp       State = "up"
	StateFailed   State = "failed" // see Status.Error
)

// Status is a cluster as it is now.
type Status struct {
	Name       string    `json:"name"`
	State      State     `json:"state"`
	Kubernetes string    `json:"kubernetes,omitempty"`
	Server     string    `json:"server,omitempty"`     // URL of the API server
	Kubeconfig string    `json:"kubeconfig,omitempty"` // file of the user learner, absolute
	Workspace  string    `json:"workspace,omitempty"`  // directory of the console, absolute
	LogFile    string    `json:"logFile,omitempty"`    // absolute
	Foreign    string    `json:"foreign,omitempty"`    // context name, where the cluster is the learner's own
	Profile    string    `json:"profile,omitempty"`
	Nodes      int       `json:"nodes"`
	Stages     []Stage   `json:"stages,omitempty"` // of the last start
	Since      time.Time `json:"since,omitzero"`
	Lab        *Attempt  `json:"lab,omitempty"` // the active one
	Error      *Error    `json:"error,omitempty"`
	PID        int       `json:"pid,omitempty"`
	Memory     int64     `json:"memory,omitempty"` // resident bytes of all its processes
}

// Up asks for a cluster that is up; it is idempotent. Without a profile the
// cluster keeps its own, and a new one has no nodes. Another profile than the
// present one leads to that profile's baseline; but while a lab is active the
// cluster keeps its profile, and Status.Profile tells so.
type Up struct {
	Profile string `json:"profile,omitempty"`
}

// Stage is a step of a longer work.
type Stage struct {
	ID     string        `json:"id"`               // stable: "etcd", "api-server", "controllers", "nodes"; "baseline", "setup", "settled"
	Done   bool          `json:"done"`             // else it has begun
	Took   time.Duration `json:"took,omitempty"`   // nanoseconds, once done
	Detail string        `json:"detail,omitempty"` // what it is waiting for
}

// Progress is one line of a verb that takes its time. Of the fields after
// Stage, the last line sets one.
type Progress struct {
	Stage   *Stage   `json:"stage,omitempty"`
	Status  *Status  `json:"status,omitempty"`
	Attempt *Attempt `json:"attempt,omitempty"`
	Node    *Node    `json:"node,omitempty"`
	Error   *Error   `json:"error,omitempty"`
}

// StartLab begins attempt Number at a lab, after going back to the baseline.
// The engine keeps its own copy of the lab.
type StartLab struct {
	Lab           course.Lab `json:"lab"`
	Number        int        `json:"number"`                  // 1 for the first
	Seed          uint64     `json:"seed"`                    // draws the variables
	AfterSolution bool       `json:"afterSolution,omitempty"` // run the solution, then hand over: see Attempt.Jumped
	Confirmed     string     `json:"confirmed,omitempty"`     // Status.Foreign as the learner typed it; a foreign cluster wants it
}

// Attempt is one go at a lab.
type Attempt struct {
	Lab        string            `json:"lab"` // LESSON/LAB
	Number     int               `json:"number"`
	Hash       string            `json:"hash"` // of the lab as it was sent
	Namespace  string            `json:"namespace,omitempty"`
	Vars       map[string]string `json:"vars,omitempty"`
	Started    time.Time         `json:"started"`
	Jumped     bool              `json:"jumped,omitempty"`     // begun after the solution: nothing in it is passed
	Passed     time.Time         `json:"passed,omitzero"`      // never taken back
	PassedEver []string          `json:"passedEver,omitempty"` // checks that have held once in this attempt
}

// Since asks for verdicts newer than Seq of the same Epoch.
type Since struct {
	Epoch string `json:"epoch,omitempty"`
	Seq   uint64 `json:"seq,omitempty"`
}

// Result is the state of a check.
type Result string

// The results. Waiting fails now but may pass without another step of the
// learner; it counts as a failure. Unjudged cannot be judged here.
const (
	Pass     Result = "pass"
	Fail     Result = "fail"
	Waiting  Result = "waiting"
	Unjudged Result = "unjudged"
)

// Verdict is how one check stands.
type Verdict struct {
	Check  string      `json:"check"`
	Result Result      `json:"result"`
	Want   course.Text `json:"want,omitzero"`
	Have   course.Text `json:"have,omitzero"`
	Path   string      `json:"path,omitempty"`  // of the field, such as spec.storageClassName
	Reason course.Text `json:"reason,omitzero"` // why waiting or unjudged
}

// Verdicts is how an attempt stands: every check, in the lab's order. Without
// an active lab Attempt is nil.
type Verdicts struct {
	Epoch   string    `json:"epoch"`
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Attempt *Attempt  `json:"attempt,omitempty"`
	Checks  []Verdict `json:"checks,omitempty"`
	Hints   []int     `json:"hints,omitempty"` // those whose condition holds, by their places in the lab's list, from 1
	Error   *Error    `json:"error,omitempty"` // ends the stream
}

// OpenConsole opens a command line in the workspace.
type OpenConsole struct {
	Columns  int  `json:"columns"`
	Rows     int  `json:"rows"`
	Terminal bool `json:"terminal,omitempty"` // the client can lend a terminal to a program; see Loan
}

// Loan is a turn in the use of the client's terminal. While a program has it,
// Output.Data is what a terminal is sent, Input.Data what its keys send,
// control-C included, and Resize tells the size of all of it.
type Loan string

// The turns.
const (
	LoanBegins Loan = "begins"
	LoanEnds   Loan = "ends"
)

// Console is an open command line.
type Console struct {
	ID        string   `json:"id"`
	Directory string   `json:"directory"` // relative to the workspace; "." at first
	Namespace string   `json:"namespace"` // of the current context, for the prompt
	History   []string `json:"history,omitempty"`
}

// RunLine runs one command line, which may have several lines itself (here
// documents, loops). One line at a time runs in a console.
type RunLine struct {
	Console string `json:"console"`
	Line    string `json:"line"`
}

// Output is a piece of what a running line says.
type Output struct {
	Data       []byte `json:"data,omitempty"`
	Stderr     bool   `json:"stderr,omitempty"`     // Data is from standard error
	Input      bool   `json:"input,omitempty"`      // the program waits for standard input
	Incomplete bool   `json:"incomplete,omitempty"` // the line is not finished: ask for another and send both
	Clear      bool   `json:"clear,omitempty"`      // clear the screen
	Terminal   Loan   `json:"terminal,omitempty"`   // a program takes the terminal, or has done with it
	Edit       *Edit  `json:"edit,omitempty"`
	// Explanation is for the client to put into words.
	Explanation *Explanation `json:"explanation,omitempty"`
	Exit        *Exit        `json:"exit,omitempty"`
	Error       *Error       `json:"error,omitempty"`
}

// Edit asks the client to let the learner edit a text (kubectl edit).
type Edit struct {
	ID      string `json:"id"`
	Name    string `json:"name"` // a file name, for the editor's highlighting
	Content []byte `json:"content"`
}

// Edited answers an Edit. Aborted means the learner left without saving.
type Edited struct {
	Console string `json:"console"`
	ID      string `json:"id"`
	Content []byte `json:"content,omitempty"`
	Aborted bool   `json:"aborted,omitempty"`
}

// Exit ends a line.
type Exit struct {
	Code      int    `json:"code"`
	Directory string `json:"directory"`
	Namespace string `json:"namespace"`
	Closed    bool   `json:"closed,omitempty"` // the learner said exit
}

// Input is standard input for the running line.
type Input struct {
	Console string `json:"console"`
	Data    []byte `json:"data,omitempty"`
	EOF     bool   `json:"eof,omitempty"`
}

// Signal interrupts ("INT") or kills ("KILL") the running line.
type Signal struct {
	Console string `json:"console"`
	Name    string `json:"name"`
}

// Resize tells the size of the learner's terminal.
type Resize struct {
	Console string `json:"console"`
	Columns int    `json:"columns"`
	Rows    int    `json:"rows"`
}

// CloseConsole ends a console and what runs in it.
type CloseConsole struct {
	Console string `json:"console"`
}

// Complete asks what could stand at the cursor (a byte offset into Line).
type Complete struct {
	Console string `json:"console"`
	Line    string `json:"line"`
	Cursor  int    `json:"cursor"`
}

// Completion offers words that replace Line[From:Cursor].
type Completion struct {
	From  int             `json:"from"`
	Items []CompletedWord `json:"items,omitempty"`
}

// CompletedWord is one offer.
type CompletedWord struct {
	Word string `json:"word"`
	Help string `json:"help,omitempty"`
	Open bool   `json:"open,omitempty"` // no space after it: more may follow (a directory, a flag's "=")
}

// FileName names a file in the workspace by its slash-separated relative path.
type FileName struct {
	Path string `json:"path"`
}

// File is a file in the workspace.
type File struct {
	Path string `json:"path"`
	Data []byte `json:"data"`
}

// Judge judges one manifest: a server-side dry run, then Checks, with `object`
// bound to the result (for a List of several documents also `items`). With
// Compile set it only compiles expressions, which needs no cluster.
type Judge struct {
	Manifest  string         `json:"manifest,omitempty"`
	Namespace string         `json:"namespace,omitempty"`
	Checks    []course.Check `json:"checks,omitempty"`
	Compile   bool           `json:"compile,omitempty"`
	Vars      []string       `json:"vars"` // with Compile: the variables that there are; nil: not verified

	// With Compile: hints, and the IDs of the checks that they may name.
	Hints    []course.Hint `json:"hints,omitempty"`
	CheckIDs []string      `json:"checkIDs,omitempty"`
}

// Judgement is the result. Rejection is the API server's own message, empty
// when the manifest was accepted. With Compile, a broken expression is a
// verdict Fail whose Reason says why.
type Judgement struct {
	Rejection string    `json:"rejection,omitempty"`
	Verdicts  []Verdict `json:"verdicts,omitempty"`

	Hints []HintFault `json:"hints,omitempty"`
}

// HintFault is a hint whose condition does not compile.
type HintFault struct {
	Hint   int         `json:"hint"` // its place in the list, from 1
	Key    string      `json:"key"`  // of the hint: "when" or "with"
	Reason course.Text `json:"reason"`
}

// Prove runs a lab's proof, judged at rest: untouched and then its solution, and
// every near miss; each from the baseline.
type Prove struct {
	Lab     course.Lab `json:"lab"`
	Seeds   []uint64   `json:"seeds,omitempty"`   // for labs with variables; default one seed
	ByTurns bool       `json:"byTurns,omitempty"` // near misses take turns with the seeds, else each has all of them
}

// ProofStep is one step of a proof as it ended.
type ProofStep struct {
	Step     string        `json:"step"` // "untouched", "solution", or a near miss's script
	Seed     uint64        `json:"seed"`
	OK       bool          `json:"ok"`
	Expected []string      `json:"expected"` // checks that should fail
	Failed   []string      `json:"failed"`   // checks that do
	Verdicts []Verdict     `json:"verdicts,omitempty"`
	Hints    []int         `json:"hints,omitempty"`  // whose condition holds at its end, as in Verdicts
	Output   string        `json:"output,omitempty"` // of the script, where it is not OK
	Start    time.Duration `json:"start"`            // nanoseconds until the lab had started; 0 for a step that goes on from the last one
	Took     time.Duration `json:"took"`             // nanoseconds in all
	Stages   []Stage       `json:"stages,omitempty"` // what took them: those of a lab's start, then "script" and "rest"
	Error    *Error        `json:"error,omitempty"`
	Done     bool          `json:"done,omitempty"` // the last line; Step is empty
}
