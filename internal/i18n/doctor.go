package i18n

import "strings"

// DoctorWords are what `doctor` says. DoctorSum is given how many problems and
// how many notes there are.
type DoctorWords struct {
	Doctor, DoctorLong, DoctorFine, DoctorSum string

	groups   map[string]string
	findings map[string]advice
}

// advice is a finding and what to do about it, "" where there is nothing to do.
// Names in braces stand for what it is about.
type advice struct{ text, do string }

// Group names a group of findings.
func (w *DoctorWords) Group(id string) string { return named(w.groups, id) }

// Finding words a finding and what to do about it, "" where there is nothing.
func (w *DoctorWords) Finding(id string, data map[string]string) (text, do string) {
	pairs := make([]string, 0, 2*len(data))
	for name, value := range data {
		pairs = append(pairs, "{"+name+"}", value)
	}
	a, r := w.findings[id], strings.NewReplacer(pairs...)
	return r.Replace(a.text), r.Replace(a.do)
}

// Findings lists the IDs that there are words for, in no order.
func (w *DoctorWords) Findings() []string {
	ids := make([]string, 0, len(w.findings))
	for id := range w.findings {
		ids = append(ids, id)
	}
	return ids
}

func doctorEnglish() DoctorWords {
	return DoctorWords{
		Doctor:     "Look for what could be in the way on this machine",
		DoctorLong: "Look at the terminal, the directories, the lessons, the settings, the engine and its clusters, and say what could be in the way and what to do about it. It changes nothing and starts nothing.\n\nExit status: 0 if nothing stands in the way, 1 if there are problems. Notes do not count.\n\nWith --json: a list of id, group, level (ok, note or problem), ok, text, do and data, what the words are about. Fields are added, never taken away.",
		DoctorFine: "Nothing is in the way.",
		DoctorSum:  "Problems: %d. Notes: %d.",
		groups:     map[string]string{"terminal": "Terminal", "files": "Files and clock", "lessons": "Lessons and settings", "engine": "Engine", "clusters": "Clusters", "class": "Teaching a class"},
		findings:   doctorFindingsEnglish(),
	}
}

func doctorFindingsEnglish() map[string]advice {
	return map[string]advice{
		"terminal":           {"{name}", ""},
		"terminal-none":      {"The output is not a terminal: the tutor writes line after line (plain mode).", ""},
		"terminal-size":      {"{columns}×{rows}", ""},
		"terminal-sizeless":  {"The terminal does not say how large it is; 80×24 is assumed.", "Set its size, for example with `stty cols 120 rows 40`."},
		"terminal-small":     {"{columns}×{rows}: there is little room; the tutor is made for 80×24 and more.", "Enlarge the window or take a smaller font."},
		"terminal-tiny":      {"{columns}×{rows}: this is too small to read in.", "Enlarge the window to 80×24 or more, or use --plain."},
		"terminal-conhost":   {"This is the old console window of Windows, which draws some characters badly.", "Use Windows Terminal."},
		"terminal-unnamed":   {"TERM is not set: what the terminal can do is not known.", "Set it, for example `export TERM=xterm-256color`, or use --plain."},
		"terminal-dumb":      {"TERM is dumb: the tutor writes line after line (plain mode).", ""},
		"terminal-console":   {"This is the console of Linux, whose font has no Chinese and few signs.", "Read in English (--lang en) with `kubetutor settings set ascii true`, or use a terminal of the desktop or ssh."},
		"locale":             {"Locale {locale}", ""},
		"locale-none":        {"No locale is set: UTF-8 is assumed, and the language is English.", "Set one, for example `export LANG=C.UTF-8` or `LANG=zh_CN.UTF-8`."},
		"locale-not-utf8":    {"The locale {locale} is not of UTF-8: Chinese cannot be shown, lines are drawn in ASCII.", "Set one of UTF-8, for example `export LANG=C.UTF-8`; `locale -a` lists what there is."},
		"width":              {"Signs such as ─ and … take one column, as they should.", ""},
		"width-wide":         {"The terminal draws signs such as ─ and … two columns wide: lines and frames will not fit.", "Switch that off in the terminal's settings (ambiguous-width characters: narrow), or `kubetutor settings set ascii true`."},
		"colours":            {"{colours} colours", ""},
		"colours-few":        {"The terminal says that it has only {colours} colours.", "If it has more, set TERM accordingly (xterm-256color); else the theme `ansi` is for it."},
		"colours-off":        {"NO_COLOR is set: the tutor uses no colours.", ""},
		"tmux":               {"The settings of tmux fit.", ""},
		"tmux-escape":        {"tmux waits {milliseconds} ms after each Esc.", "Put `set -s escape-time 20` into ~/.tmux.conf and run `tmux source-file ~/.tmux.conf`."},
		"tmux-colours":       {"Within tmux, TERM is {name}: most colours are lost.", "Put `set -g default-terminal tmux-256color` into ~/.tmux.conf, and start tmux anew."},
		"tmux-clipboard":     {"tmux does not let programs copy to the clipboard (set-clipboard is {value}).", "Put `set -s set-clipboard on` into ~/.tmux.conf and run `tmux source-file ~/.tmux.conf`."},
		"screen":             {"GNU screen shows fewer colours and keeps what is copied to itself.", "Use tmux, or none, if that is in the way."},
		"ssh":                {"You are here over ssh: the cluster, its ports and the tutor's files are on this machine; copying goes through the terminal (OSC 52).", ""},
		"editor":             {"Editor {editor}", ""},
		"editor-missing":     {"The editor {editor} is not on the PATH; ctrl+e in a question and `kubectl edit` need one.", "Set EDITOR to one that is there, for example `export EDITOR=nano`."},
		"data":               {"Progress is kept in {dir}", ""},
		"data-nowhere":       {"It is not known where to keep progress: {error}", "Set HOME, or use --data DIR."},
		"data-unwritable":    {"Progress cannot be kept in {dir}: {error}", "Give yourself the right to write in {above}, or use --data DIR."},
		"data-full":          {"There are only {free} left for progress at {dir}; {wanted} should be.", "Make room, or use --data DIR."},
		"data-network":       {"Progress is on a network file system ({dir}): it is slower there, and two machines should not use it at the same time.", "If that is in the way, use --data DIR with a directory of this machine."},
		"state":              {"Clusters are kept in {dir}", ""},
		"state-nowhere":      {"It is not known where to keep clusters: {error}", "Set HOME."},
		"state-unwritable":   {"Clusters cannot be kept in {dir}: {error}", "Give yourself the right to write in {above}, or set XDG_STATE_HOME to another directory."},
		"state-full":         {"There are only {free} left for clusters at {dir}; {wanted} should be.", "Make room, or set XDG_STATE_HOME to another disk."},
		"state-network":      {"Clusters are kept on a network file system ({dir}): etcd is slow there, and may lose what it wrote.", "Set XDG_STATE_HOME to a directory of this machine."},
		"cache-unwritable":   {"Nothing can be written in {dir}: {error}. A built engine and the index of the search cannot be kept.", "Give yourself that right, or set XDG_CACHE_HOME to another directory."},
		"sockets":            {"Sockets are made in {dir}", ""},
		"sockets-untrusted":  {"The directory for sockets cannot be used: {error}", "Do that, or set XDG_RUNTIME_DIR to a directory of your own with the mode 0700."},
		"sockets-unwritable": {"The directory for sockets {dir} cannot be made: {error}", "If you became this user with su or sudo, XDG_RUNTIME_DIR is still the other user's: `unset XDG_RUNTIME_DIR`."},
		"sockets-elsewhere":  {"Paths in {long} (XDG_RUNTIME_DIR) would be too long for sockets; {dir} is used instead.", "Set XDG_RUNTIME_DIR to a shorter path if you do not want that."},
		"class":              {"A class could be taught from here, at {address}; {labs} labs can run at once", ""},
		"class-alone":        {"This machine has no address at which learners could reach it.", "Connect it to a network before a class."},
		"class-unconfined":   {"Consoles of learners in a class cannot be confined: {why}", "Teach only people whom you trust: `kubetutor class serve --trusted-room`."},
		"class-port":         {"Something listens on port {port}, on which a class would.", "Choose another one for a class: `kubetutor class serve --port N`."},
		"clock":              {"The clock says {now}", ""},
		"clock-behind":       {"The clock says {now}, but {file} is of {newest}: certificates of clusters would not be valid yet, and answers would be dated wrongly.", "Set the clock."},
		"lessons":            {"{count} lessons", ""},
		"lessons-broken":     {"The lessons cannot be read: {error}", "Mend what --lessons names, or leave the flag out."},
		"pack-fault":         {"{fault}", "Mend the pack (`kubetutor author lint` lists all its faults), or take it out of the settings (`kubetutor settings set packs ...`)."},
		"settings":           {"Settings in {file}", ""},
		"settings-none":      {"No settings in {file}: every one is the default.", ""},
		"settings-nowhere":   {"It is not known where the settings are: {error}", "Set HOME."},
		"settings-fault":     {"{fault}", "Mend it with `kubetutor settings edit`; the rest of the file counts meanwhile."},
		"engine":             {"Engine {id}: {file}", ""},
		"engine-other":       {"The engine {file} that --kubelab names is of other sources ({id}) than this tutor wants ({wanted}).", "Build it anew from the same sources if labs behave oddly."},
		"engine-unbuilt":     {"The engine is not built yet: the first lab builds it from {source}, or the tutor does while you read.", ""},
		"engine-missing":     {"{reason}", "Unpack both programs of a release into one directory. Lessons, questions and reviews work without an engine; labs do not."},
		"engine-unsupported": {"There is no engine for {os}. Lessons and questions work, labs do not.", "Run kubetutor within WSL 2 (on Windows) or on a Linux machine over ssh to do labs."},
		"engine-untried":     {"On {os} the engine is made of the same sources as on Linux, but it is tried on Linux only. Its nodes may ignore the memory and CPU limits of containers here.", "If a lab behaves oddly, run kubetutor on Linux: in a virtual machine, or over ssh."},
		"engine-noexec":      {"The engine {file} is on a file system whose programs may not be executed (noexec).", "Move both programs to another file system, or set XDG_CACHE_HOME to a directory on one."},
		"engine-broken":      {"The engine beside kubetutor, {file}, cannot be used: {error}", "Unpack the release again; the file must be executable (`chmod +x {file}`)."},
		"engine-stray":       {"The engine beside kubetutor, {file}, is another one ({id}) than this tutor wants ({wanted}): it is not used.", "Take kubetutor and kubelab from the same release."},
		"go":                 {"{version} to build it with: {file}", ""},
		"go-missing":         {"There is no Go on the PATH to build the engine with.", "Install Go from https://go.dev/dl, or use a release, which brings the engine along."},
		"go-broken":          {"Go cannot be used: {error}", "See whether `go version` works."},
		"go-old":             {"{version} is too old to build the engine, which wants Go {wanted}.", "Install a newer one from https://go.dev/dl."},
		"go-fetched":         {"{version} is older than the sources want: it will download Go {wanted} for itself.", "Install a newer one from https://go.dev/dl to be without that."},
		"modules-missing":    {"The sources of Kubernetes are not in Go's module cache, and GOPROXY=off forbids downloading them.", "Set GOPROXY, and run `go mod download` where there is a network."},
		"modules-fetched":    {"The sources of Kubernetes are not in Go's module cache: the build downloads them, about 300 MB.", "Run `go mod download` in the checkout while there is a network."},
		"build-memory":       {"{free} of memory are free; building the engine needs {wanted}.", "Close other programs before the first lab, or use a release, which brings the engine along."},
		"build-disk":         {"{free} are free at {dir}; building the engine needs {wanted}.", "Make room, or set XDG_CACHE_HOME and GOCACHE to another disk."},
		"build-noexec":       {"Programs in {dir}, where the engine would be built, may not be executed (noexec).", "Set XDG_CACHE_HOME to a directory on another file system."},
		"memory":             {"{free} of memory are free, of {all}", ""},
		"memory-low":         {"Only {free} of memory are free; a cluster with three nodes needs about {wanted}.", "Close other programs before you do labs."},
		"landlock":           {"Landlock, version {version}, keeps what is typed in the console away from your files.", ""},
		"landlock-old":       {"The kernel's Landlock (version {version}) confines files, but not ports: there the console's own rules hold alone.", "A kernel from 6.7 on does both."},
		"landlock-none":      {"The kernel has no Landlock, or it is switched off: the console's own rules alone keep what is typed away from your files.", "Start kernels from 5.13 on with landlock among the LSMs (lsm=landlock,...)."},
		"confinement-none":   {"This system cannot confine processes as Linux does: the console's own rules alone keep what is typed away from your files.", ""},
		"files-few":          {"A process may have only {limit} files open; the engine wants {wanted}.", "Raise the limit: `ulimit -n {wanted}` as far as it goes, then /etc/security/limits.conf."},
		"loopback":           {"Ports of 127.0.0.1 can be listened on.", ""},
		"loopback-closed":    {"No port of 127.0.0.1 can be listened on: {error}", "See that the loopback interface is up (`ip link set lo up`) and that no sandbox forbids it."},
		"cluster":            {"{name} is up: Kubernetes {kubernetes}, engine {id}", ""},
		"cluster-none":       {"None; a lab starts one.", ""},
		"cluster-asleep":     {"{name} is asleep; a lab wakes it.", ""},
		"cluster-dead":       {"The engine of {name} ended without tidying up. Nothing is lost; the next start does that.", "Wake it with `kubetutor cluster up --name {name}`, or remove it with `kubetutor cluster down --name {name}`."},
		"cluster-port":       {"Port {port}, which {name} had, is taken by another program: it will get another one when it wakes.", "Then ask again for `kubetutor cluster kubeconfig --name {name}` in other terminals."},
		"cluster-stale":      {"The engine of {name} is of another build ({id}) than this tutor wants.", "Run `kubetutor cluster up --restart --name {name}`; its state is kept."},
		"cluster-mute":       {"The engine of {name} cannot be spoken with: {error}", "Stop that process; `kubetutor cluster up --name {name}` then goes on with its state."},
	}
}
