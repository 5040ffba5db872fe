package console

import "kubetutor/internal/lab/protocol"

// The kinds of messages between the daemon, a shell and a command.
const (
	kindShell     = "shell"     // to a fresh process: be a shell (Shell)
	kindExec      = "exec"      // to a fresh process: run a command (Exec; standard files attached)
	kindRun       = "run"       // to a shell: a line (Line, Name, Columns, Rows, Terminal, History, Servers, Nodes)
	kindInput     = "input"     // to a shell: standard input (Data, EOF)
	kindSignal    = "signal"    // to a shell or a command: interrupt
	kindEdited    = "edited"    // answer to kindEdit (ID, Data, Aborted)
	kindExplained = "explained" // answer to kindExplain (ID, Data, Code, Error)
	kindLent      = "lent"      // to a shell: a process to run a command in (its socket attached, and a terminal if one was asked for)
	kindOutput    = "output"    // from a shell (Data, Stderr)
	kindAsk       = "ask"       // from a shell: the line waits for standard input
	kindClear     = "clear"     // from a shell: clear the screen
	kindLend      = "lend"      // from a shell: lend me a process (Terminal: and a terminal)
	kindBack      = "back"      // from a shell: the terminal is not used any more
	kindEdit      = "edit"      // from a shell or a command: let the learner edit (ID, Name, Data)
	kindExplain   = "explain"   // from a shell: what happens to a connection? (ID, Explain, Shown: to the client)
	kindDone      = "done"      // from a shell: the line has ended (Code, Dir, Closed, Incomplete); of a command, from the daemon (Code)
)

// message is one frame on a [wire]; which fields it has depends on its kind.
type message struct {
	Kind       string
	Shell      *shellSetup       `json:",omitempty"`
	Exec       *execRequest      `json:",omitempty"`
	Explain    *protocol.Explain `json:",omitempty"`
	Shown      bool              `json:",omitempty"`
	Line       string            `json:",omitempty"`
	Name       string            `json:",omitempty"`
	ID         string            `json:",omitempty"`
	Error      string            `json:",omitempty"`
	Dir        string            `json:",omitempty"`
	Data       []byte            `json:",omitempty"`
	History    []string          `json:",omitempty"`
	Servers    []string          `json:",omitempty"`
	Nodes      []Node            `json:",omitempty"`
	Columns    int               `json:",omitempty"`
	Rows       int               `json:",omitempty"`
	Code       int               `json:",omitempty"`
	Stderr     bool              `json:",omitempty"`
	EOF        bool              `json:",omitempty"`
	Aborted    bool              `json:",omitempty"`
	Closed     bool              `json:",omitempty"`
	Incomplete bool              `json:",omitempty"`
	Terminal   bool              `json:",omitempty"`
}

// place is what a shell or a command may touch.
type place struct {
	Workspace string   // directory, without symbolic links
	Private   string   // directory of the console's own: kubeconfig and temporary files
	Servers   []string // URLs of the API servers that the kubeconfig came with
	Nodes     []Node   // whose runtimes crictl may speak to
	Program   string   // this program, for kubectl diff and edit
	Exported  string   // KUBECONFIG as the learner exported it; empty for the console's own
	Guest     bool     // the learner is not at this machine: no port of it is for them
	Env       []string // what it needs in its environment
}

// shellSetup makes a process a shell.
type shellSetup struct {
	Place  place
	Script bool // runs one script: no standard input, no editor
}

// execRequest makes a process run a command.
type execRequest struct {
	Place place
	Args  []string // the first is the command's name
	Dir   string   // working directory, inside the workspace
	Env   []string
	TTY   bool // the standard files are a terminal, which this command controls
}
