package i18n

import (
	"reflect"

	"kubetutor/internal/course"
)

// ClassWatch are the words of the instructor's view of a class. The formats name
// their arguments beside them.
type ClassWatch struct {
	TooSmall string // %d columns, %d lines

	Title, Present                  string // %s, the class; %d here, %d away
	AtDoor                          string // %d
	Lost, Over, TimeUp              string
	Most                            string // %s, a step
	Behind, Ahead, OnPlan           string // %d minutes
	Labs, Queued                    string // %d of %d; %d
	Waiting, NobodyYet              string
	Missing                         string // %s
	NobodyShown, Chosen, StuckAbove string // ; %d; %d
	ColumnName, ColumnPlace         string
	ColumnChecks, ColumnNeed        string
	Filters, Orders                 map[string]string
	AnyKey, HelpTitle               string
	AtLab, AtPage, AtPageTitle      string // %s; %d; %d %s
	AtQuestion, AtQuestionOf        string // %s; %d of %d
	Nowhere                         string
	AsksHelp, TriesFailed, IsIdle   string // ; %d; %d minutes
	IsHere, IsAway, IsWatched       string
	InQueue                         string // %d
	AwaySince                       string // %s
	OwnMachine, Done                string
	Want, Have                      string // %s
	LabelWant, LabelHave            string
	ChecksOf                        string // %d of %d
	JustNow                         string
	MinutesAgo, HoursAgo            string // %d
	Yes, No, Comma, Colon           string

	DetailTitle, Gone                                 string
	FieldPlace, FieldMoved, FieldLab, FieldTries      string
	TriesHints                                        string // %d, %d
	FieldAnswers, RightOf, PassedOf                   string // ; %d right, %d answered, of %d; %d of %d
	FieldPassed, FieldAttended, FieldNote, FieldEntry string

	To                                     string
	ToSome, ToAll                          string // %d
	LabelMessage, AboutMessage             string
	LabelCommand, AboutCommand             string
	LabelNote, AboutNote                   string // ; %s
	LabelElse, AboutElse, NotOnRoster      string
	LabelTime, AboutTime, AboutTimeRuns    string
	LabelFilter, AboutFilter               string
	LabelExport, AboutExport, LabelCaption string
	AboutCaption                           string
	NothingTyped                           string
	Sent                                   string // %s
	Noted, TimeSet                         string
	MarkedHere, MarkedAway                 string // %s
	Lowered                                string // %d
	NoHands, Ended                         string
	Exported                               string // %s
	AskEnd                                 string // %d
	AskReplace                             string // %s
	NotWhileLost, NoFiles, Declined        string
	NotHere, NotPossible                   string
	Failed                                 string // %s
	HintsTitle                             string // %s
	HintSent                               string // %d, %s
	NobodyInLab                            string
	PlanTitle, PlannedNow, IsLocked        string
	AreHere                                string // %d
	Opened, LockedNow                      string // %s
	LockedAbove                            string
	AskRecall, Recalled                    string // %s whom, %s where
	JoinTitle, JoinLine, JoinCode          string
	JoinHost                               string // %s
	CodeGood                               string // %s, %d minutes
	CodeExpired, AskRenew, Renewed         string
	DoorTitle, DoorAbout, NobodyAtDoor     string
	AsksFrom                               string // %s
	Admitted, RefusedNow                   string // %s
	LookTitle, LookWaits, LooksAt          string // %s
	LookAbout, OwnScreen                   string
	PartOf                                 string // column %d, line %d, of %d columns, %d lines
	SessionsTitle, SessionsAbout           string
	NoSessions                             string
	Session                                string // %d
	IsShown, ShownNow, ShownNoMore         string
	Scopes, Actions                        map[string]string // by keymap.Scope; by keymap.Action, or SCOPE/ACTION where it differs
}

// ClassWatchWords returns the words in a language.
func ClassWatchWords(l course.Lang) ClassWatch {
	if l == course.Chinese {
		return classWatchChinese()
	}
	return classWatchEnglish()
}

// WithKeys returns the words with the keys written into them: label says how
// that of SCOPE/ACTION is shown.
func (w ClassWatch) WithKeys(label func(path string) string) ClassWatch {
	keyed(reflect.ValueOf(&w).Elem(), label)
	return w
}

func classWatchEnglish() ClassWatch {
	return ClassWatch{
		TooSmall: "%d×%d is too small for the class: at least 40 columns and 12 lines.",
		Title:    "Class: %s", Present: "%d here, %d away", AtDoor: "{class-roster/door}: %d at the door",
		Lost: "connection lost", Over: "the class is over", TimeUp: "time is up",
		Most: "most at: %s", Behind: "%d min behind plan", Ahead: "%d min ahead of plan", OnPlan: "on plan",
		Labs: "labs awake %d of %d", Queued: "%d queued",
		Waiting: "Waiting for the class …", NobodyYet: "Nobody has joined yet. {class-roster/join} shows what the room needs.", NobodyShown: "Nobody is shown: {class/back} shows all.",
		Missing: "On the roster and not here yet: %s.",
		Chosen:  "%d chosen", StuckAbove: "%d stuck above", ColumnName: "Name", ColumnPlace: "Place", ColumnChecks: "Checks", ColumnNeed: "What is the matter",
		Filters: map[string]string{"all": "all", "stuck": "only who is stuck", "here": "only who is here", "away": "only who is away"},
		Orders:  map[string]string{"need": "by need", "name": "by name", "place": "by place"},
		AnyKey:  "any key closes the help", HelpTitle: "Keys",
		AtLab: "Lab: %s", AtPage: "Page %d", AtPageTitle: "%d %s", AtQuestion: "Question %s", AtQuestionOf: "Question %d of %d", Nowhere: "not in a lesson",
		AsksHelp: "asks for help", TriesFailed: "%d tries failed", IsIdle: "idle %d min",
		IsHere: "here", IsAway: "away", IsWatched: "screen is watched", InQueue: "number %d in the queue for a lab", AwaySince: "away, last seen %s",
		OwnMachine: "on their own machine", Done: "passed", Want: "want %s", Have: "have %s", LabelWant: "want", LabelHave: "have", ChecksOf: "%d of %d checks hold",
		JustNow: "just now", MinutesAgo: "%d min ago", HoursAgo: "%d h ago", Yes: "yes", No: "no", Comma: ", ", Colon: ": ",

		DetailTitle: "Learner", Gone: "This learner is not in the class any more.",
		FieldPlace: "place", FieldMoved: "last progress", FieldLab: "lab", FieldTries: "in this lab", TriesHints: "failed tries: %d, hints: %d",
		FieldAnswers: "questions", RightOf: "%d right, %d answered of %d", PassedOf: "%d of %d", FieldPassed: "labs passed", FieldAttended: "attended", FieldNote: "note", FieldEntry: "roster",

		To: "To:", ToSome: "%d learners", ToAll: "all %d learners",
		LabelMessage: "Message", AboutMessage: "{class-form/submit} sends · {class-form/recipients} to others",
		LabelCommand: "Command", AboutCommand: "a line for their console: they see it, nothing types it · {class-form/recipients} to others",
		LabelElse: "Attended", AboutElse: "who is in the room and has not joined: the beginning of the name; once more takes it back", NotOnRoster: "One name of those who have not joined begins so, no more and no less.",
		LabelNote: "Note", AboutNote: "on %s; only instructors see it",
		LabelTime: "Time", AboutTime: "minutes and what for: 15 bind the claim · also 90s, 7:30, 1h30m", AboutTimeRuns: "+5 is longer, -5 shorter, 0 stops it, 15 starts anew",
		LabelFilter: "Names with", AboutFilter: "shows only these; {class-form/back} shows all", LabelExport: "File", AboutExport: "attendance and results: a name that ends in .csv or .json",
		LabelCaption: "Caption", AboutCaption: "stands below your screen; may be empty", NothingTyped: "Nothing is typed yet.",
		Sent: "Sent to %s.", Noted: "Noted.", TimeSet: "The countdown is set.", MarkedHere: "Attended: %s.", MarkedAway: "Not attended: %s.", Lowered: "Hands lowered: %d.", NoHands: "Nobody of the chosen has a hand up.",
		Ended: "The class is over. What everybody did is kept.", Exported: "Written to %s.", AskEnd: "End the class for everybody? %d are here.", AskReplace: "%s is there already. Replace it?",
		NotWhileLost: "The class cannot be reached just now: nothing was done.", NoFiles: "From here nothing can be written to a file: use `kubetutor class export`.",
		Declined: "Their screen is not shown: they declined, or ended it.", NotHere: "This learner is away.", NotPossible: "That cannot be done.", Failed: "Not done: %s",
		HintsTitle: "Hints of the lab %s", HintSent: "Hint %d sent to %s.", NobodyInLab: "Nobody of the chosen is in a lab.",
		PlanTitle: "Plan", PlannedNow: "planned now", IsLocked: "locked", AreHere: "%d here", Opened: "Opened: %s.", LockedNow: "Locked: %s.",
		LockedAbove: "It is locked by what is above it: open that.", AskRecall: "Call %s to %s?", Recalled: "Called %s to %s.",
		JoinTitle: "Join the class", JoinLine: "With nothing installed, type in a terminal:", JoinCode: "Then this code and your name:", JoinHost: "The first time, ssh asks whether it is the right host. It is if the fingerprint is %s",
		CodeGood: "good until %s, %d min more", CodeExpired: "This code has expired: {class-join/renew} makes another one.", AskRenew: "Make another code? The present one ends.", Renewed: "There is another code.",
		DoorTitle: "At the door", DoorAbout: "Each wants a name that somebody has taken, without its resume code. Look who it is first.", NobodyAtDoor: "Nobody is at the door.",
		AsksFrom: "from %s", Admitted: "Let in: %s.", RefusedNow: "Refused: %s.",
		LookTitle: "Screen of %s", LookWaits: "Waiting until %s says yes …", LooksAt: "Screen of %s, only to look at", OwnScreen: "They work on a machine of their own: its screen cannot be shown.", LookAbout: "They are asked on their screen. {class/back} takes the question back.", PartOf: "from column %d, line %d of %d×%d",
		SessionsTitle: "Show a screen of yours to all", SessionsAbout: "Your own terminals in the class. {class-sessions/submit} shows one to all, {class-sessions/stop-showing} ends it.",
		NoSessions: "You have none: log in to the class as instructor in another terminal first.", Session: "terminal %d", IsShown: "shown to all", ShownNow: "Your screen is shown to all.", ShownNoMore: "Your screen is shown no more.",

		Scopes: map[string]string{
			"class": "Everywhere", "class-roster": "Learners", "class-detail": "One learner", "class-plan": "Plan", "class-join": "Join page", "class-door": "At the door",
			"class-hints": "Hints", "class-screen": "A learner's screen", "class-sessions": "Screens of yours", "class-form": "While typing", "class-question": "Questions", "always": "Always",
		},
		Actions: map[string]string{
			"hint": "hint", "message": "message", "send-command": "send a command", "note": "note", "attend": "attended or not", "attend-else": "attended, not joined", "lower": "lower hand",
			"look": "watch", "show": "show own screen", "plan": "open/lock", "recall": "call back", "time": "time", "join": "join page", "door": "at the door",
			"export": "export", "end": "end the class", "tick": "choose", "tick-all": "choose all or none", "sort": "other order", "narrow": "show fewer", "filtering": "find a name",
			"open": "all of a learner", "up": "up", "down": "down", "page-up": "page up", "page-down": "page down", "top": "first", "bottom": "last", "left": "left", "right": "right", "class-detail/left": "learner above", "class-detail/right": "learner below",
			"toggle-lock": "open or lock", "class-plan/recall": "call everyone here", "renew": "another code", "invert": "invert the picture", "admit": "let in", "refuse": "refuse",
			"submit": "send", "class-form/submit": "ok", "class-sessions/submit": "show to all", "stop-showing": "show no more", "recipients": "to others",
			"yes": "yes", "no": "no", "back": "back", "help": "help", "language": "Chinese", "quit": "leave", "interrupt": "leave; the class goes on", "suspend": "suspend",
		},
	}
}
