package i18n

import "kubetutor/internal/course"

// TUI is what the full-screen interface says. A word with %s or %d is a format;
// its arguments are named beside it. Keys are written {SCOPE/ACTION}; WithKeys
// puts in those that the learner has.
type TUI struct {
	MouseWords
	DraftWords
	StatsWords
	ReviewTerms
	SettingsPageWords
	LabWords
	PaletteWords
	ReadingWords
	ReviewWords
	InsightWords
	NetworkWords
	ExplainWords
	ReviewSettingWords
	RoomWords

	// Home.
	Morning, Afternoon, Evening string
	Continue, Course            string
	Begin                       string // what Continue offers at first
	PageOf                      string // %s, page %d of %d
	LessonsDone                 string // %d of %d lessons
	ThisWeek, NothingYet        string
	Answers                     string // %d
	RightShare                  string // %d %% right
	LabsPassed                  string // %d

	// Course.
	Filter, NoMatch, Coming, Minutes string // Minutes: %d
	QuestionCount, LabCount          string // %d
	QuestionCountOne, LabCountOne    string // where the count is 1

	// Lesson.
	Text, Lab, Console, Questions, Outline string
	EnterAnswers, EnterStarts, Loading     string
	End                                    string // the last page has been read
	OneQuestion, ManyQuestions             string // %d

	// Questions.
	QuestionOf                         string // %d of %d
	PickOne, PickAll, FillIn, PutRight string
	TypeCommand, TypeOutput, WriteYAML string
	Grading, Right, NotQuite, Kept     string
	RightAnswer, Sample, Rejected      string
	Missed, NotSaved                   string // NotSaved: %v, key %s
	AllDone                            string // %d right of %d
	PickFirst, Judged                  string // Judged: %d kept answers, %d right

	// Labs.
	Task, Checks, Debrief, HintsTitle, SolutionTitle string
	StartLab, StartsCluster, Starting, Passed        string
	PassedAt, Attempt                                string // %s; %d
	Score                                            string // %d of %d
	HintsLeft                                        string // %d
	AskSolution, AskRestart                          string
	Want, Have                                       string
	NoEngine, EngineMissing, Failed, LogLines        string
	LabTitle, StateReason                            string // %s; %s: %s
	LabGone, LabLost, AgainToTry, OtherLab           string // OtherLab: %s
	NeedsOwn, TypeName                               string
	OwnHere, WrongName                               string // namespace %s, context %s; typed %q, context %s
	States                                           map[string]string
	Stages                                           map[string]string

	// Console.
	OpensWithLab, OpeningConsole, Running, ConsoleClosed string
	InterruptHint                                        string

	// The frame.
	ClusterState    map[string]string // by protocol.State
	ContextState    map[string]string // the same for a cluster of the learner's own
	Nodes           string            // %d
	EngineBuilding  string            // %d of %d
	EngineShort     string            // %d per cent
	EnginePreparing string
	EngineLinking   string
	TooSmall        string // %d×%d
	QuitAgain       string
	SaveFailed      string // %v
	EngineGone      string
	EngineSilent    string
	OtherBuild      string // id %s, process %d
	OtherVersion    string // process %d
	EnterReplaces   string
	TooLong         string // %d KB
	Help, AnyKey    string
	KeyColumn       string
	DoesColumn      string
	Scopes          map[string]string // by keymap.Scope
	Actions         map[string]string // by keymap.Action, or SCOPE/ACTION where it differs
}

// TUIWords returns the interface's words in a language.
func TUIWords(l course.Lang) TUI {
	if l == course.Chinese {
		return tuiChinese()
	}
	return tuiEnglish()
}

func tuiEnglish() TUI {
	return TUI{
		MouseWords:         mouseEnglish(),
		DraftWords:         draftEnglish(),
		StatsWords:         statsEnglish(),
		ReviewTerms:        reviewTermsEnglish(),
		SettingsPageWords:  settingsPageEnglish(),
		LabWords:           labEnglish(),
		PaletteWords:       paletteEnglish(),
		ReadingWords:       readingEnglish(),
		ReviewWords:        reviewEnglish(),
		InsightWords:       insightEnglish(),
		NetworkWords:       networkEnglish(),
		ExplainWords:       explainEnglish(),
		ReviewSettingWords: reviewSettingsEnglish(),
		RoomWords:          roomEnglish(),

		Morning: "Good morning.", Afternoon: "Good afternoon.", Evening: "Good evening.",
		Continue: "Continue", Course: "Course", Begin: "Begin: %s", PageOf: "%s, page %d of %d", LessonsDone: "%d of %d lessons",
		ThisWeek: "This week", NothingYet: "nothing yet", Answers: "answers %d", RightShare: "%d %% right", LabsPassed: "labs passed %d",

		Filter: "Filter: ", NoMatch: "No lesson matches.", Coming: "coming", Minutes: "%d min",
		QuestionCount: "%d questions", LabCount: "%d labs", QuestionCountOne: "1 question", LabCountOne: "1 lab",

		Text: "Text", Lab: "Lab", Console: "Console", Questions: "Questions", Outline: "Outline",
		EnterAnswers: "{reading/next} answers", EnterStarts: "{reading/next} opens", Loading: "…",
		End: "End of the lesson.", OneQuestion: "A question", ManyQuestions: "%d questions",

		QuestionOf: "Question %d of %d", PickOne: "Pick one.", PickAll: "Pick all that apply.", FillIn: "Fill in the blanks.",
		PutRight: "Put these into order.", TypeCommand: "Type the command.", TypeOutput: "Type what you expect.", WriteYAML: "Write the manifest.",
		Grading: "Checking …", Right: "Right.", NotQuite: "Not quite.",
		Kept:        "Your answer is kept. A cluster has to judge it: start a lab, then try again.",
		RightAnswer: "Right would be: ", Sample: "One right answer:", Rejected: "The API server says:",
		Missed: "this one is right", NotSaved: "Your answer could not be saved: %v. Press %s to try again.",
		Judged:  "%d answers kept earlier are judged now; %d right.",
		AllDone: "%d right of %d.", PickFirst: "Pick an answer first.",

		Task: "Task", Checks: "Checks", Debrief: "Passed", HintsTitle: "Hint", SolutionTitle: "Solution",
		StartLab: "Press {lab-idle/start} to start the lab.", StartsCluster: "A Kubernetes cluster of its own starts with it; nothing on this machine is touched.",
		Starting: "Starting …", Passed: "Passed", PassedAt: "passed on %s", Attempt: "attempt %d", Score: "%d of %d",
		HintsLeft:   "{lab-runs/hint} hint (%d)",
		AskSolution: "Show the solution?", AskRestart: "Start the lab again from its beginning?",
		Want: "want", Have: "have",
		NoEngine: "Labs are not available here.", EngineMissing: "No engine: ", Failed: "It did not start.", LogLines: "Last lines of the log:",
		LabGone: "The lab is no longer running. Press {lab-idle/start} to start it again.",
		LabLost: "The cluster has stopped. Press {lab-idle/start} to bring it back and go on where you were.", AgainToTry: "Press {lab-idle/start} to try again.",
		OtherLab: "The cluster is busy with the lab %s. Starting this one ends that.",
		NeedsOwn: "This lab sets up or looks at things outside a single namespace, so it is not done on your own cluster. Start kubetutor without --kubeconfig: it brings one along.",
		TypeName: "Type the context's name: ", WrongName: "%q is not the context's name, %s. Nothing was begun.",
		OwnHere:  "It is done on your own cluster: it makes the namespace %s there, works in it, and deletes it when the lab is stopped. Nothing else is changed. The context: %s",
		LabTitle: "Lab: %s", StateReason: "%s: %s",
		States: map[string]string{"pass": "passes", "fail": "fails", "waiting": "waiting", "unjudged": "not judged"},
		Stages: map[string]string{
			"certificates": "certificates", "etcd": "etcd", "api-server": "API server", "controllers": "controllers", "scheduler": "scheduler", "nodes": "nodes",
			"connect": "connection", "engine": "engine", "baseline": "baseline", "addons": "add-ons", "setup": "set-up", "settled": "settled",
		},

		OpensWithLab: "The console opens once the lab runs.", OpeningConsole: "Opening the console …", Running: "running",
		ConsoleClosed: "The console was closed. Press {console/run-line} to open it again.",
		InterruptHint: "Interrupted. Press {always/interrupt} again to quit.",

		ClusterState: map[string]string{
			"": "cluster ?", "down": "cluster off", "sleeping": "cluster asleep", "starting": "cluster starting",
			"up": "cluster up", "failed": "cluster failed",
		},
		ContextState: map[string]string{
			"": "?", "down": "not connected", "sleeping": "not connected", "starting": "connecting", "up": "connected", "failed": "no answer",
		},
		Nodes: "%d nodes", EngineBuilding: "building the engine %d of %d", EngineShort: "engine %d %%", EnginePreparing: "preparing the engine", EngineLinking: "linking the engine",
		TooSmall:  "Please make the window larger: it is %d×%d, 40×10 are needed.",
		QuitAgain: "Something is still running. Press {always/interrupt} again to quit.", SaveFailed: "This could not be saved: %v",
		EngineGone:    "The cluster has stopped. Go to the lab and press {lab-idle/start} to bring it back.",
		EngineSilent:  "The engine does not answer, or its cluster has just stopped. Try again in a moment.",
		OtherBuild:    "The running cluster belongs to another build of the engine (%s, process %d).",
		OtherVersion:  "The running engine (process %[1]d) is of a version that this tutor cannot talk to. Stop it with kill %[1]d and start the lab again; its state is kept.",
		EnterReplaces: "Press {lab-idle/start} to restart the engine with the right one. The cluster's state is kept, and you go on where you were.",
		TooLong:       "That was too long: this input takes %d KB.",
		Help:          "Keys", AnyKey: "any key closes this", KeyColumn: "Key", DoesColumn: "What it does",
		Scopes:  tuiScopesEnglish(),
		Actions: tuiActionsEnglish(),
	}
}

func tuiScopesEnglish() map[string]string {
	return map[string]string{
		"always": "Always", "global": "Everywhere but in inputs", "home": "Home", "course": "Course", "filter": "Filter",
		"reading": "Reading", "outline": "Outline", "choice": "A question: options", "sorting": "A question: order",
		"blank": "A question: blanks", "writing": "A question: manifest", "verdict": "After an answer", "lab": "Lab", "lab-idle": "A lab that does not run", "lab-runs": "A lab that runs",
		"console": "Console", "confirm": "Are you sure?", "naming": "Naming your own cluster", "helping": "The list of keys", "stats": "Statistics", "insight": "Review statistics", "network": "Network", "settings": "Settings",
		"palette": "Search", "finding": "Find in a lesson", "found": "What was found, while reading", "picking": "Copy and links", "words": "Glossary",
		"review": "Review", "review-end": "Review: waiting, and the end", "review-cards": "Review: the cards", "rating": "An answered card",
		"card": "A card", "card-asked": "A card that is not answered", "card-typing": "A card, while its answer is typed", "card-console": "The console of a card", "history": "The history of a card",
		"editing": "The editor", "class": "In a class, everywhere but in inputs", "class-always": "In a class, always", "class-page": "The page of the class", "hand": "Asking for help",
		"called": "The class is called to a place", "asked": "Somebody asks to see your screen", "shown": "The instructor's screen", "told": "Something to have read",
	}
}

func tuiActionsEnglish() map[string]string {
	return map[string]string{
		"quit": "quit", "interrupt": "interrupt, quit", "suspend": "suspend", "help": "help", "language": "中文", "back": "back",
		"up": "up", "down": "down", "page-up": "a screen up", "page-down": "a screen down", "top": "to the beginning", "bottom": "to the end",
		"left": "scroll code left", "right": "scroll code right", "open": "open", "filtering": "filter", "questions": "its questions only",
		"next": "next", "previous": "back", "next-page": "next page", "prev-page": "previous page", "contents": "outline", "other": "switch",
		"tick": "tick", "pick": "tick that one", "submit": "answer", "move-up": "move up", "move-down": "move down", "next-blank": "next blank", "editor": "editor",
		"continue": "next", "reread": "read the page again", "retry": "try again", "start": "start", "jump": "begin after the solution", "hint": "hint", "solution": "solution",
		"restart": "restart", "run-line": "run", "complete": "complete", "end-input": "end of input", "clear": "clear", "yes": "yes", "no": "no",
		"mouse": "mouse on, off", "network": "network", "pause": "pause, go on", "system": "system namespaces", "network/down": "choose", "network/other": "connections", "network/right": "namespace", "network/left": "the namespace before", "network/back": "close", "settings": "settings", "stats": "statistics", "stats/open": "open", "stats/right": "unfold", "stats/left": "fold", "stats/other": "reviews", "insight/page-down": "more", "insight/right": "track", "insight/left": "previous track", "insight/other": "lessons", "insight/next-page": "next", "insight/prev-page": "previous part",
		"save": "save", "add": "one more key", "reset": "default", "settings/open": "change", "settings/right": "next value", "settings/left": "previous value",
		"search": "search all lessons", "find": "find", "next-match": "next", "prev-match": "previous", "copy": "copy", "insert": "into the console",
		"links": "links", "next-link": "next link", "prev-link": "previous link", "explain": "glossary", "return": "back after a jump",
		"review": "review", "again": "again", "hard": "hard", "good": "good", "easy": "easy", "undo": "undo", "reveal": "give up",
		"bury": "bury until tomorrow", "hide": "suspend", "past": "history", "forget": "begin anew", "card/reread": "its page", "card-typing/reread": "its page", "card/back": "leave", "card-typing/back": "leave", "card-console/back": "lab",
		"rating/continue": "take what is marked", "review/left": "value before", "review/right": "next value", "review-end/open": "go on", "history/back": "close",
		"review-cards/hide": "suspend, let back", "review-cards/bury": "bury, let back", "review-cards/open": "its page",
		"review-cards/left": "others", "review-cards/right": "others",
		"home/search": "search", "reading/copy": "copy a block", "palette/back": "close", "finding/open": "keep", "finding/up": "previous", "finding/down": "next", "finding/back": "as before",
		"found/back": "no search", "picking/open": "follow or copy", "picking/left": "part before", "picking/right": "part", "picking/back": "text",
		"words/open": "its lesson", "words/back": "close",
		"naming/submit": "begin", "naming/back": "leave it", "filter/back": "no filter", "choice/back": "text", "sorting/back": "text", "blank/back": "text", "writing/back": "text",
		"lab/back": "text", "console/back": "text", "lab/other": "console", "lab-runs/other": "console", "console/other": "lab",
		"reading/other": "lab, console", "console/up": "earlier line", "console/down": "later line",
		"hand": "hand up, down", "class": "class", "screen": "the instructor's screen", "follow": "where the class is", "unwatch": "nobody may watch any more",
		"hand/submit": "raise the hand", "hand/back": "leave it", "called/follow": "go now", "called/back": "stay", "editing/back": "leave", "class-page/back": "close", "told/continue": "I have read it",
		"shown/left": "scroll left", "shown/right": "scroll right", "shown/back": "close",
	}
}
