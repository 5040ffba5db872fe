package i18n

func englishCLI() *CLI {
	w := &CLI{SettingsWords: settingsEnglish(), StatsWords: statsEnglish(), statsHelp: statsHelpEnglish(), ReviewTerms: reviewTermsEnglish(), ReviewWords: reviewEnglish(), InsightWords: insightEnglish(), ReviewSettingWords: reviewSettingsEnglish(), insightHelp: insightHelpEnglish(), NetworkWords: networkEnglish(), networkHelp: networkHelpEnglish(), OpenWords: openEnglish(), ExplainWords: explainEnglish(), explainHelp: explainHelpEnglish(), ReviewCommands: reviewCommandsEnglish(), ClassCommands: classCommandsEnglish(), ReviewPlain: reviewPlainEnglish(), ExchangeWords: exchangeEnglish(), AuthorWords: authorEnglish(), DoctorWords: doctorEnglish()}
	englishHelp(w)
	englishMessages(w)
	englishLabs(w)
	englishOwn(w)
	englishPlain(w)
	englishNodes(w)
	w.states = map[string]string{
		"down": "down", "sleeping": "sleeping", "starting": "starting", "up": "up", "failed": "failed",
	}
	w.ownStates = map[string]string{
		"down": "not connected", "sleeping": "not connected", "starting": "connecting", "up": "connected", "failed": "no answer",
	}
	w.results = map[string]string{
		"pass": "passed", "fail": "failed", "waiting": "waiting", "unjudged": "not judged",
	}
	w.stages = map[string]string{
		"etcd": "etcd", "api-server": "API server", "controllers": "controllers", "scheduler": "scheduler", "nodes": "nodes",
		"connect": "connection", "baseline": "back to the beginning", "addons": "add-ons", "setup": "set-up", "settled": "settled", "solution": "solution",
	}
	w.columns = map[string]string{
		"server": "server", "kubeconfig": "kubeconfig", "log": "log", "memory": "memory", "lab": "lab", "context": "context",
		"profile": "profile", "nodes": "nodes", "name": "name", "state": "state", "zone": "zone", "disk": "disk", "image": "image", "tags": "tags", "size": "size",
	}
	return w
}

func englishHelp(w *CLI) {
	w.Root = "Learn Kubernetes in the terminal, with a real Kubernetes at hand"
	w.RootLong = "kubetutor teaches Kubernetes: read a lesson, answer its questions, do its labs on a real cluster that it brings along. It needs no Docker, no root, no network and no account.\n\nWithout a command it opens the tutor where you were last. Exit status: 0 done, 1 failed, 2 the command line was wrong, 130 interrupted."
	w.Lessons = "List the lessons"
	w.LessonsLong = "List the lessons in learning order.\n\nWith --json: a list of objects with id, track, title (in the language of --lang), level (intro, core, advanced), minutes, pages, after (ids of lessons that should come first), questions and labs (ids within the lesson). Fields may be added, none is taken away."
	w.Lesson = "Show or open one lesson"
	w.LessonShow = "Print a lesson"
	w.LessonOpen = "Open the tutor at a lesson"
	w.Quiz = "Answer a lesson's questions"
	w.Lab = "Start, stop and look at a lab"
	w.LabLong = "A lab is an exercise on the practice cluster. Starting one sets the cluster back and prepares it for the exercise.\n\n`lab start --json` prints the attempt: lab, number, hash, namespace, vars, started, jumped. `lab status --json` prints lab, active (the attempt, or null), attempts, passed, checks (ids of those that have held), of, hints (how many were shown), hintsLeft (how many more apply now), solution, jumped, jumps."
	w.LabStart = "Begin a new attempt at a lab"
	w.LabStop = "End a lab and set the cluster back"
	w.LabStatus = "Tell how a lab stands"
	w.Check = "Check the running lab"
	w.CheckLong = "Tell how each check of the running lab stands.\n\nExit status: 0 all pass, 1 some fail, 2 they could not be judged. With --json: lab, attempt, passed, and checks, a list of objects with id, title, result (pass, fail, waiting, unjudged), want, have, path and reason. With --watch, one line for each change, until the lab is passed."
	w.Hint = "Show the next hint"
	w.HintLong = "Show the next hint for where the lab stands, or say why there is none and show again those that were shown.\n\nWith --json: lab, hint (the new one, or null), why (noHints, allHold, allShown, notNow or notKnown, where there is none), left (how many more apply now), and shown (all of this attempt, in their order); a hint has number (its place in the lab's list) and text."
	w.FlagAfterSolution = "run the solution first: jump to the state after it; that does not count as passed"
	w.Solution = "Show a lab's solution"
	w.SolutionLong = "Show a lab's solution, with the values of the newest attempt. That is remembered, but not once the lab is passed. With --run, begin a new attempt in which the solution has been run, and check it."
	w.Console = "Open the tutor's command line"
	w.ConsoleLong = "Open the tutor's command line on the running cluster: kubectl, small tools, pipes, files of the lab. With -c it runs one command and ends with its exit status."
	w.Shell = "Open your own shell on the practice cluster"
	w.ShellLong = "Open your own shell with KUBECONFIG set to the practice cluster and a kubectl first on the PATH. Your own ~/.kube/config is not touched."
	w.Kubectl = "Run kubectl on the practice cluster"
	w.Cluster = "Start, stop and look at the practice cluster"
	w.ClusterLong = "The practice cluster starts by itself with a lab, and sleeps when it is not used.\n\n`status`, `up`, `sleep` and `down` with --json print name, state (down, sleeping, starting, up, failed), kubernetes, server, kubeconfig, workspace, logFile, nodes, stages, lab, pid and memory, those that are known. `kubeconfig --json` prints kubeconfig, `logs --json` prints logFile.\n\nWith --kubeconfig the cluster is your own: `up` only connects, `sleep` only ends the engine, `down` also deletes the namespaces that the engine made for labs. Nothing else is started, changed or deleted. --json then also prints foreign, the context's name."
	w.ClusterUp = "Start the cluster"
	w.ClusterSleep = "End its processes and keep its state"
	w.ClusterDown = "End it and remove its state"
	w.ClusterStatus = "Tell how it stands"
	w.ClusterKubeconfig = "Print the file for KUBECONFIG"
	w.ClusterLogs = "Print the engine's log"
	w.Progress = "Show what you have learnt"
	w.ProgressLong = "Show what you have learnt.\n\nWith --json: an object with lessons, a list of objects with id, track, title, opened (time), page (furthest), pages, answered (questions answered right once), questions, passed (labs), labs and spentSeconds."
	w.ProgressExport = "Write your progress to a new file, or - for standard output"
	w.ProgressImport = "Add the progress of an exported file, or - for standard input"
	w.Author = "Tools for authors of lessons"
	w.AuthorLong = "Tools for authors. PATH is a directory of lessons, or below one; the default is --lessons, else the lessons of this checkout."
	w.AuthorLint = "Find faults in lessons"
	w.AuthorProve = "Prove labs: unsolved they fail, solved they pass, near misses fail as they should"
	w.Version = "Print the versions of the tutor and the engine"
	w.VersionLong = "Print the versions of the tutor and the engine, and of Kubernetes where it runs.\n\nWith --json: an object with version, engine (unknown, ready, building, missing), engineID, engineFile, running (id of the running engine) and kubernetes, those that are known."
	w.FlagLang = "language: en or zh (default: that of the settings, else of the environment)"
	w.FlagTheme = "colours: auto, contrast, light, dark, ansi, mono (default: that of the settings, else auto)"
	w.FlagPlain = "write line after line instead of drawing a screen"
	w.FlagLessons = "use the lessons in this directory instead of the built-in ones"
	w.FlagData = "keep progress in this directory"
	w.FlagKubelab = "use this engine"
	w.FlagKubeconfig = "do labs on a cluster of your own, named by this file"
	w.FlagContext = "context in that file"
	w.FlagName = "name of the practice cluster (default main)"
	w.FlagJSON = "print JSON"
	w.FlagRestart = "first put a running cluster to sleep, which replaces its engine"
	w.FlagRun = "run it in a new attempt"
	w.FlagWatch = "follow the checks until all pass"
	w.FlagWait = "how long checks may take to pass"
	w.FlagCommand = "run this command and end"
	w.FlagAll = "all lessons"
	w.FlagEngine = "also let the engine compile the checks' expressions"
	w.FlagJobs = "clusters side by side (default: as many as the machine has processors and memory for)"
	w.FlagRecord = "write down what was proven, in proven.yaml of the lessons"
	w.RecordWhere = "there is no directory of lessons to record it in: name one with --lessons"
	w.ProveWhat = "name what is to be proven: a PATH, a lesson, a lab, or --all"
	w.NothingToProve = "there is no lab to prove there"
}

func englishMessages(w *CLI) {
	w.UnknownLang = "the language %q is not known: use en or zh"
	w.ContextAlone = "--context names a context of the file that --kubeconfig names: give both"
	w.ArgumentsWanted = "wrong number of arguments: %s"
	w.TryHelp = "Add --help to see how it is used."
	w.Interrupted = "Interrupted."
	w.UnknownLesson = "there is no lesson %q; the nearest names are: %s"
	w.UnknownLab = "there is no lab %q; this lesson has: %s"
	w.NoLabs = "the lesson %s has no labs"
	w.NotActive = "the lab %s is not running: start it with `kubetutor lab start %s`"
	w.LessonHow = "%[1]s is a lesson: `kubetutor lesson open %[1]s` opens it, `kubetutor lesson show %[1]s` prints it"
	w.NoSuchCommand = "`kubetutor %s` has no command %q: use one of %s"
	w.UnknownTheme = "there is no theme %q: use one of %s"
	w.LessonsFrom = "lessons: %s"
	w.EngineEnded = "the engine has stopped: `kubetutor cluster up` brings the cluster back, and a lab that was running"
	w.Asleep = "the cluster sleeps: `kubetutor cluster up` wakes it, and a lab that was running goes on"
	w.LabNeedsOwn = "the lab %s sets up or looks at things outside a single namespace, so it is done only on the cluster that the tutor brings along, not on your own: leave --kubeconfig out"
	w.FileExists = "%s exists already: name a new file"
	w.Exported = "%d events written to %s"
	w.Imported = "%d new events from %s"
	w.ProgressLine = "page %d of %d, questions %d of %d, labs %d of %d"
	w.Stale = "the running cluster belongs to another build of the engine (%s, process %d; this tutor goes with %s): `kubetutor cluster up --restart` replaces it, its state is kept"
	w.ClusterNotUp = "the cluster is not up: start it with `kubetutor cluster up`"
	w.NoLog = "there is no log: %s does not exist"
	w.NoKubectl = "the engine, which is kubectl as well, is not there: %s"
	w.EngineMissing = "not there"
	w.EngineUnbuilt = "not built yet: the first lab builds it, in 6 to 10 minutes"
	w.RunningEngine = "Kubernetes %s is running (engine %s)"
	w.UseKubeconfig = "In any terminal: export KUBECONFIG=%s"
	w.AttemptNumber = "attempt %d"
	w.ShellOpen = "This shell uses the practice cluster; `exit` leaves it."
	w.GoOnUnsaved = "Go on without saving anything? Type yes: "
}

func englishLabs(w *CLI) {
	w.LabWords = labEnglish()
	w.SearchWords = searchEnglish()
	w.LabStarted = "Work in `kubetutor console`, or in any terminal after\n    export KUBECONFIG=%s\nThen: `kubetutor check %s`"
	w.LabStopped = "%s has ended; the cluster is as it was at the beginning."
	w.Attempts = "%d attempts"
	w.ChecksHeld = "%d of %d checks"
	w.Passed = "passed"
	w.Active = "running"
	w.ListSeparator = ", "
	w.LabHere = "Lab: %s (%s)"
	w.QuestionHere = "Question: %s"
	w.LessonLine = "%s, %d min, labs: %d"
	w.PassingOf = "%d of %d pass"
	w.LabPassed = "Passed, after %s."
	w.Want, w.Have, w.At, w.Why = "want", "have", "at", "why"
	w.AfterSolution = "after the solution"
	w.ShownHints = "Shown so far:"
	w.TypeYes = "%s Type yes: "
	w.BuildBegins = "Building the engine. The first time takes 6 to 10 minutes on two cores, later about one."
	w.BuildLinks = "Linking the engine, the last step."
	w.BuildProgress = "%d of %d packages built"
	w.LabWord = "Lab: "
	w.LabGoesOn = "This lab is running; it goes on."
	w.StartFirst = "Start the lab first: type start."
	w.Watching = "Following the checks; Enter ends that."
	w.ReallySolution = "Show the solution? It is remembered that you saw it. Type yes: "
	w.ConsoleOpen = "The console: type commands, `exit` leaves it."
	w.CommandIncomplete = "the command is not finished"
	w.NoEditor = "an editor needs a terminal"
}

func englishOwn(w *CLI) {
	w.FlagConfirm = "the context's name: begin on your own cluster without being asked"
	w.OwnExplain = "This lab is done on your own cluster. It makes the namespace %s there, works in it, and deletes it when the lab is stopped. Nothing else is changed. The context: %s"
	w.OwnType = "Type the context's name to begin (%s): "
	w.OwnWrong = "%q is not the context's name, %s: nothing was begun"
	w.OwnUnasked = "this lab would be done on your own cluster: if that is meant, add --confirm-context %s"
	w.OwnUp = "This is your own cluster: nothing was started or changed in context %s."
	w.OwnSleep = "Your own cluster goes on, context %s; the namespace of a running lab stays there."
	w.OwnDown = "Your own cluster goes on, context %s; the namespaces that were made there for labs are deleted."
	w.OwnLabStopped = "%s has ended; its namespace is deleted from context %s."
}

func englishPlain(w *CLI) {
	w.PlainWords = plainEnglish()
	w.Welcome = "kubetutor. Type a number or a word, then Enter. help lists at every place what can be typed."
	w.Goodbye = "Your place is saved. Goodbye."
	w.MenuCourse = "choose a lesson"
	w.MenuLanguage = "中文"
	w.MenuQuit = "leave"
	w.Place = "%s: %s, page %d of %d"
	w.ReadUpTo = " (read up to page %d of %d)"
	w.LessonEnd = "The end of this lesson."
	w.Question = "Question: "
	w.QuizEnd = "%d of %d right."
	w.NoQuestions = "This lesson has no questions."
	w.StartsWith = "It begins with:"
	w.AnswerLines = "Answer, ended by a line that holds only a dot (%s):"
	w.AnswerManifest = "The whole manifest, ended by a line that holds only a dot; %s, :edit opens your editor, :help lists more:"
	w.AnswerKept = "A cluster judges this answer, and none is running. It is kept and judged later."
	w.Right = "Right."
	w.Wrong = "Not quite (%d %%)."
	w.RightAnswer = "A right answer: %s"
	w.Rejected = "The API server says: %s"
}
