package i18n

// ClassCommands are the help of the commands of a class, and what they say.
type ClassCommands struct {
	Class, ClassLong, ClassServe, ClassServeLong, ClassWatch, ClassWatchLong                                                         string
	ClassNotes, ClassNotesLong, ClassJoin, ClassJoinLong, ClassList                                                                  string
	ClassExport, ClassExportLong, ClassCode, ClassCodeLong, ClassEnd, ClassEndLong                                                   string
	ClassForget, ClassForgetLong                                                                                                     string
	FlagClassLesson, FlagClassTrack, FlagClassMinutes, FlagClassRoster                                                               string
	FlagClassPort, FlagClassAddress, FlagClassLabs, FlagClassValid, FlagClassClosed                                                  string
	FlagClassTrusted, FlagClassCode, FlagClassFingerprint, FlagClassName, FlagClassOf                                                string
	FlagClassResume, FlagClassFormat, FlagClassOut, FlagClassRenew, FlagClassYes, FlagClassInstructor, FlagClassBy, FlagClassLearner string
	ClassNameWrong                                                                                                                   string // %q
	ClassUnknown                                                                                                                     string // %q, the nearest %s
	ClassNone, ClassNoneYet                                                                                                          string
	ClassWhich                                                                                                                       string // %s
	ClassServed, ClassNotServed, ClassOver                                                                                           string // %s
	ClassHasPlan                                                                                                                     string // class %s, flags %s
	ClassMinutesWrong                                                                                                                string // %q
	ClassValidWrong, ClassNoLessons, ClassNoTerminal                                                                                 string
	ClassUnconfined                                                                                                                  string // why %v
	ClassTrusted                                                                                                                     string
	ClassPortTaken                                                                                                                   string // address %s, why %v
	ClassRosterFaults                                                                                                                string // file %s, %v
	ClassEngineReady                                                                                                                 string // labs %d
	ClassEngineNone                                                                                                                  string // why %s
	ClassDiskLow                                                                                                                     string // what is free %s
	ClassBegun                                                                                                                       string // %s, lessons %d, %s
	ClassGoesOn                                                                                                                      string // %s, lessons %d, learners %d
	ClassWithSSH, ClassWithOwn, ClassJoinCode, ClassHostKey, ClassElsewhere                                                          string // names of facts
	ClassYours, ClassYoursFar, ClassYoursSSH, ClassYoursCode                                                                         string // names of facts
	ClassUntil                                                                                                                       string // the code %s, %s when
	ClassListensAll                                                                                                                  string // port %d
	ClassListensOne, ClassListensHere                                                                                                string // %s
	ClassNoAddress, ClassStop                                                                                                        string
	ClassCame, ClassWent, ClassAsksHelp                                                                                              string // %s
	ClassAsksName                                                                                                                    string // %s, from %s
	ClassNewCode                                                                                                                     string // %s, %s when
	ClassStopAgain                                                                                                                   string // learners %d
	ClassStopping                                                                                                                    string
	ClassStopped, ClassStoppedOver, ClassEnded, ClassForgotten                                                                       string // %s
	ClassSureEnd                                                                                                                     string // %s
	ClassSureForget                                                                                                                  string // %s, learners %d
	ClassForgetServed                                                                                                                string // %s
	ClassOlderHere, ClassOlderThere, ClassOwnCluster, ClassNameFlag, ClassNotAsked, ClassLeftAlone                                   string
	ClassChange, ClassChangeLong, FlagClassEveryone                                                                                  string
	ClassChanged                                                                                                                     string // %s, lessons %d, %s
	ClassMayJoin                                                                                                                     string // learners %d
	ClassAllMayJoin, ClassEveryone                                                                                                   string
	ClassLine                                                                                                                        string // the state %s, since %s, lessons %d, learners %d
	ClassNoLearner                                                                                                                   string // %q, the nearest %s
	ClassFormatUnsaid                                                                                                                string // %q
	ClassExported                                                                                                                    string // %s
	ClassMissing                                                                                                                     string // why %v
	ClassTrustKey                                                                                                                    string // host %s, fingerprint %s
	ClassOtherKey                                                                                                                    string // host %s, its fingerprint %s, the other %s
	ClassUnreachable                                                                                                                 string // address %s, why %v
	ClassUnsent                                                                                                                      string // events %d
	ClassTries                                                                                                                       string // until %s

	ClassHand, ClassMessages, ClassHandUp, ClassHandDown, ClassNoMessages string
	ClassHintCame                                                         string // hint %d, lab %s
	ClassCommandCame                                                      string // %s
	ClassMessageCame                                                      string // %s
	ClassResumeCode                                                       string // name %s, %s
	ClassCalled                                                           string // lesson %s, page %d
	ClassEndsAt                                                           string // a time of day %s, what for %s

	classStates, classQuestions, classRefusals map[string]string
}

// ClassState names the state of a class.
func (w *ClassCommands) ClassState(id string) string { return named(w.classStates, id) }

// ClassQuestion asks at a terminal what the server of a class wants to know.
func (w *ClassCommands) ClassQuestion(id string) string { return named(w.classQuestions, id) }

// ClassRefusal says why somebody is not let in.
func (w *ClassCommands) ClassRefusal(id string) string { return named(w.classRefusals, id) }

func classCommandsEnglish() ClassCommands {
	return ClassCommands{
		Class: "Teach a class over SSH, or take part in one",
		ClassLong: "Teach a room from one machine, without the Internet. `kubetutor class serve` opens it; learners come with `ssh`, which every system has, and get the whole tutor and a cluster of their own; `kubetutor class watch` shows who is where and who needs help.\n\n" +
			"Who has kubetutor can take part with the labs of their own machine: `kubetutor class join`.",
		ClassServe: "Hold a class: let learners in, give them labs",
		ClassServeLong: "Hold a class on this machine, until ctrl+c. Without NAME it is that of today. A class that was there goes on where it was, also after a crash or a restart in the middle of a lesson: its plan, its learners, what they did, and the join code while it is good.\n\n" +
			"It says what learners type (`ssh -p 2222 class@HOST`) and the join code that they are asked for, before they get a terminal. A first join issues a resume code: to come back under a name takes that code, the same SSH key, or your consent in `kubetutor class watch`. Nobody who comes has a shell or can reach files of this machine or of others; where consoles of labs cannot be confined (Linux's Landlock), it refuses to start unless told that the room is trusted.\n\n" +
			"It listens on all networks of this machine unless --address names one: whoever can reach the port is asked for the code.\n\n" +
			"Labs start when they are first needed, one cluster for each learner, and fall asleep when they are idle. So many run at once as this machine carries; the others wait in a queue and are told where they stand.",
		ClassWatch: "Show a class to its instructor: who is where, who needs help",
		ClassWatchLong: "Show the class that is served on this machine, or NAME of several, or one at HOST, to which you must give the instructor code (`kubetutor class code --instructor` tells it on that machine). Any number can watch.\n\n" +
			"Who is stuck stands first: a hand raised, many failed tries, no progress for a while. From here you send messages, hints and commands, open and lock lessons, call everybody back, start a countdown, look at a screen once its learner agrees, and let somebody in who lost the resume code.",
		ClassNotes:     "Show the speaker notes of a lesson in a second terminal",
		ClassNotesLong: "Show what there is to say about a lesson: its speaker notes, its questions with their answers, its labs with their solutions. It follows the class that is served here, that of --class, or stays at LESSON where there is none.",
		ClassJoin:      "Take part in a class with the labs of this machine",
		ClassJoinLong: "Join a class at HOST (or HOST:PORT), with the tutor and the labs of this machine. Your progress in the lessons of the class and your calls for help travel to the instructor; nothing else does, and nobody can see your screen. What is done while the class cannot be reached is sent later.\n\n" +
			"CODE is the join code. What is not given is asked for: the code, a name, and, where the name is yours from before on another machine, its resume code. The first time you are asked whether the host key is the one that the instructor shows; with --fingerprint you are not.",
		ClassList:   "List the classes of this machine",
		ClassExport: "Write attendance and results of a class",
		ClassExportLong: "Write who was there and when, and what each learner answered and passed, as CSV or JSON: to standard output, or to a new file with -o. It works while the class is served and when it is not.\n\n" +
			"CSV has one row for each learner. Cells that a spreadsheet would take for a formula are made harmless.\n\nWho wants to take their progress home gets a file by --learner NAME -o FILE, which `kubetutor progress import FILE` reads in there.",
		ClassChange:          "Change the lessons, the time or the roster of a class",
		ClassChangeLong:      "Change the plan or the roster of a class, before it, between two days or while it is held: everybody sees it within a second. With --lesson or --track the plan is another one, with --minutes alone the same one takes another time. Who has joined stays, and so does what was done in a lesson that is left out; in a class that began with --closed a new lesson is locked until you open it.",
		FlagClassEveryone:    "take the roster away: everybody may join who has the code",
		ClassChanged:         "Class %s: %d lessons, planned for %s.",
		ClassMayJoin:         "May join: %d on the roster.",
		ClassAllMayJoin:      "May join: everybody who has the code.",
		ClassEveryone:        "--roster takes a file; with --everyone all may join who have the code",
		ClassCode:            "Tell the join code, or make another one",
		ClassCodeLong:        "Tell the join code of a class and how long it is good. With --renew the old one is no longer good and another one is; those who are in the class, or have joined before, are not concerned.",
		ClassEnd:             "End a class for good: what was done stays",
		ClassEndLong:         "End a class: learners are told, nobody can join any more, and it cannot be gone on with. Attendance and results stay, see `kubetutor class export`. To stop for today only, end the server with ctrl+c.",
		ClassForget:          "Remove a class with its learners' labs and progress",
		ClassForgetLong:      "Remove a class from this machine, with all that its learners did. It cannot be brought back: write its results with `kubetutor class export` first.",
		FlagClassLesson:      "lessons of the class in their order, such as a,b; LESSON=MINUTES plans another time",
		FlagClassTrack:       "all lessons of this track; the default is the whole course",
		FlagClassMinutes:     "how long all of it may take: lessons get their shares",
		FlagClassRoster:      "a CSV file of those who may join; the default is everybody who has the code",
		FlagClassPort:        "the port to listen on; 0 takes a free one",
		FlagClassAddress:     "the address to listen on; the default is every one of this machine",
		FlagClassLabs:        "how many labs run at once; the default is what this machine carries",
		FlagClassValid:       "how long the join code is good",
		FlagClassClosed:      "lessons are locked until you open them",
		FlagClassTrusted:     "go on where consoles of labs cannot be confined: learners could read files of this machine",
		FlagClassCode:        "the instructor code",
		FlagClassFingerprint: "the host key's fingerprint, as the instructor tells it (SHA256:…)",
		FlagClassName:        "your name in the class",
		FlagClassOf:          "the class to follow: a name, or HOST with --code",
		FlagClassResume:      "the resume code of your name",
		FlagClassFormat:      "csv or json; the default follows the file's name",
		FlagClassOut:         "a new file; - is standard output",
		FlagClassRenew:       "make another code",
		FlagClassYes:         "do not ask",
		ClassNameWrong:       "a class is named with small letters, digits and hyphens, at most 40, such as storage-lab: not %q",
		ClassUnknown:         "there is no class %q on this machine; there is: %s",
		ClassNone:            "none",
		ClassNoneYet:         "there is no class on this machine yet: `kubetutor class serve` makes one",
		ClassWhich:           "which class? There are: %s",
		ClassServed:          "class %s is being served already, by another `kubetutor class serve`",
		ClassNotServed:       "class %s is not being served now: start it with `kubetutor class serve`",
		ClassOver:            "class %s has been ended: choose another name for a new one",
		ClassHasPlan:         "class %s is there already and goes on as it was set up: leave out %s, or choose another name; `kubetutor class change` changes a plan or a roster",
		ClassMinutesWrong:    "minutes are a number from 1 to 10080, not %q",
		ClassValidWrong:      "--code-valid takes a time from 1m to 720h, such as 4h",
		ClassNoLessons:       "a class needs at least one lesson",
		ClassNoTerminal:      "this needs a terminal with a screen",
		ClassUnconfined:      "consoles of labs cannot be confined on this machine (%v), so learners could read your files. If you trust everybody in the room, start again with --trusted-room",
		ClassTrusted:         "Consoles of labs are not confined: everybody who joins can read the files that you can read.",
		ClassPortTaken:       "cannot listen on %s: %v. Choose another port with --port",
		ClassRosterFaults:    "%s: %v",
		ClassEngineReady:     "Labs are ready; %d can run at once.",
		ClassEngineNone:      "Lessons, questions and reviews work, but no labs: %s",
		ClassDiskLow:         "! The disk has %s left. Once it is full, nobody's answers can be kept: make room now.",
		ClassBegun:           "Class %s begins. Lessons: %d, planned for %s.",
		ClassGoesOn:          "Class %s goes on. Lessons: %d, learners so far: %d.",
		ClassWithSSH:         "with nothing installed", ClassWithOwn: "with kubetutor", ClassJoinCode: "join code", ClassHostKey: "host key", ClassElsewhere: "other addresses",
		ClassYours: "your view", ClassYoursFar: "from elsewhere", ClassYoursSSH: "your own tutor", ClassYoursCode: "the code for both",
		FlagClassLearner: "the progress of this learner instead, as a file for `kubetutor progress import`", ClassNoLearner: "nobody named %q has joined the class; there is: %s",
		FlagClassBy:         "your name, as learners see it",
		FlagClassInstructor: "the instructor code, which lets one watch the class from elsewhere",
		ClassUntil:          "%s   good until %s",
		ClassListensAll:     "It listens on all networks of this machine, port %d: whoever can reach it is asked for the code.",
		ClassListensOne:     "It listens on %s: whoever can reach that is asked for the code.",
		ClassListensHere:    "It listens on %s: nobody but this machine can reach it.",
		ClassNoAddress:      "This machine has no address that others could reach: connect it to a network, then start again.",
		ClassStop:           "ctrl+c ends the server; everything that was done stays.",
		ClassCame:           "%s is here",
		ClassWent:           "%s has left",
		ClassAsksHelp:       "%s asks for help",
		ClassAsksName:       "%s wants to come back without the resume code, from %s: decide in `kubetutor class watch`",
		ClassNewCode:        "the join code is now %s   good until %s",
		ClassStopAgain:      "%d here. ctrl+c again within 5 seconds ends the server.",
		ClassStopping:       "Ending: labs fall asleep, which takes some seconds.",
		ClassStoppedOver:    "The server has ended. `kubetutor class export %s` writes the results.",
		ClassStopped:        "The class is closed. `kubetutor class serve %s` goes on with it.",
		ClassEnded:          "Class %s has been ended.",
		ClassForgotten:      "Class %s is removed.",
		ClassSureEnd:        "End class %s for good? It cannot be gone on with. [y/N] ",
		ClassSureForget:     "Remove class %s and all that its learners did (%d)? It cannot be brought back. [y/N] ",
		ClassForgetServed:   "class %s is being served: end its server first",
		ClassOlderHere:      "this kubetutor is older than the one that holds the class: update it", ClassOlderThere: "the kubetutor that holds the class is older than this one: ask the instructor to update it",
		ClassNameFlag:     "--name is for a practice cluster; the name of a class stands by itself: `class serve storage-lab`",
		ClassOwnCluster:   "--kubeconfig does not go with a class: each learner has a cluster of their own",
		ClassNotAsked:     "there is nobody to ask: say --yes",
		ClassLeftAlone:    "nothing was changed",
		ClassLine:         "%s, since %s, lessons: %d, learners: %d",
		ClassFormatUnsaid: "--format is csv or json, not %q",
		ClassExported:     "Attendance and results are in %s.",
		ClassMissing:      "what could not be read is missing: %v",
		ClassTrustKey:     "The host key of %s is\n  %s\nIs it the one that the instructor shows? [yes/no] ",
		ClassOtherKey:     "%s shows the host key %s, not %s: this may be another machine that pretends to be it. Nothing was sent. Ask the instructor; if the new key is right, say it with --fingerprint",
		ClassUnreachable:  "no class answers at %s: %v",
		ClassUnsent:       "Not all could be sent to the class: %d. It is sent when you join again.",
		ClassTries:        "too many wrong tries: the next is looked at from %s on",
		ClassHand:         "ask the instructor for help: hand WHY; once more takes it back",
		ClassMessages:     "what the instructor has sent",
		ClassHandUp:       "Your hand is up; hand takes it down.",
		ClassHandDown:     "Your hand is down.",
		ClassNoMessages:   "No messages yet.",
		ClassHintCame:     "Hint %d for the lab %s has come from the instructor: type hint in it.",
		ClassCommandCame:  "The instructor sends a command to try: %s",
		ClassMessageCame:  "The instructor: %s",
		ClassResumeCode:   "You are %s in the class. To come back under this name, keep the resume code: %s",
		ClassCalled:       "Everybody is called to the lesson %s, page %d.",
		ClassEndsAt:       "Time until %s: %s",
		classStates:       map[string]string{"served": "being served", "resting": "can be gone on with", "over": "ended", "unreadable": "cannot be read"},
		classQuestions: map[string]string{
			"code": "Join code: ", "name": "Your name: ", "resume": "This name is in use. Its resume code, or enter to ask the instructor: ", "instructor": "Instructor code: ",
		},
		classRefusals: map[string]string{
			"code": "this is not the join code", "expired": "the join code is no longer good: ask the instructor for the new one", "tries": "too many wrong tries: wait a little",
			"roster": "this name is not on the roster of the class", "name": "this cannot be a name: use letters and digits, and between them spaces . - _ '",
			"taken": "this name is in use: its resume code is needed (--resume), or the instructor's consent", "resume": "this is not the resume code of this name",
			"refused": "the instructor has refused", "full": "too many are here or at the door: try again in a minute", "over": "the class has been ended", "lost": "the class cannot be reached now",
			"unanswered": "the class asks for something that was not given: give the code, --name, and --resume where the name is in use", "secret": "this is not the instructor code", "none": "a server of SSH answers there, but it holds no class", "stranger": "the host key was not accepted", "newer": "the class was made by a newer kubetutor: update this one", "closed": "the class does not let you in",
		},
	}
}
