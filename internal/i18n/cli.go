package i18n

import "kubetutor/internal/course"

// CLI holds the words of the commands and of plain mode. Those that end in a
// format verb say in English what they are given.
type CLI struct {
	SettingsWords
	StatsWords
	ReviewTerms
	ReviewWords
	InsightWords
	ReviewSettingWords
	insightHelp
	NetworkWords
	networkHelp
	ExplainWords
	OpenWords
	explainHelp
	ReviewCommands
	ClassCommands
	ReviewPlain
	ExchangeWords
	statsHelp
	LabWords
	AuthorWords
	SearchWords
	DoctorWords
	PlainWords

	// Help of the commands.
	Root, RootLong, Lessons, LessonsLong, Lesson, LessonShow, LessonOpen, Quiz                           string
	Lab, LabLong, LabStart, LabStop, LabStatus, Check, CheckLong, Hint, HintLong, Solution, SolutionLong string
	Console, ConsoleLong, Shell, ShellLong, Kubectl                                                      string
	Cluster, ClusterLong, ClusterUp, ClusterSleep, ClusterDown, ClusterStatus                            string
	ClusterKubeconfig, ClusterLogs, Progress, ProgressLong, ProgressExport, ProgressImport               string
	Author, AuthorLong, AuthorLint, AuthorProve, Version, VersionLong                                    string
	FlagLang, FlagTheme, FlagPlain, FlagLessons, FlagData, FlagKubelab, FlagKubeconfig, FlagContext      string
	FlagName, FlagJSON, FlagRestart, FlagRun, FlagWatch, FlagWait, FlagCommand, FlagAll, FlagEngine      string
	FlagJobs, FlagRecord, RecordWhere, ProveWhat, NothingToProve, RightAnswer                            string
	UnknownLang, ContextAlone, ArgumentsWanted, TryHelp, Interrupted, UnknownLesson, UnknownLab          string
	NoLabs, NotActive, LabNeedsOwn, FileExists, Exported, Imported, ProgressLine, Stale, ClusterNotUp    string
	NoLog, NoKubectl, EngineMissing, EngineUnbuilt, RunningEngine, UseKubeconfig, AttemptNumber          string
	ShellOpen, GoOnUnsaved, Asleep, LessonHow, NoSuchCommand, UnknownTheme, LessonsFrom, EngineEnded     string

	// Nodes, components and images.
	Node, NodeLong, NodeList, NodeStop, NodeStart, NodeAdd, NodeRemove, NodePressure, NoNodes string
	Component, ComponentLong, ComponentList, ComponentPause, ComponentResume                  string
	Images, ImagesLong, NeedsSecret, UnknownProfile                                           string
	FlagProfile, FlagZone, FlagLabel, FlagTaint, FlagDrain, FlagOff                           string

	// A cluster of the learner's own. All but FlagConfirm are given its context
	// last, OwnExplain before that the lab's namespace, OwnWrong what was typed.
	FlagConfirm, OwnExplain, OwnType, OwnWrong, OwnUnasked, OwnUp, OwnSleep, OwnDown, OwnLabStopped string

	// A lab and its checks.
	LabStarted, LabStopped, Attempts, ChecksHeld, Passed, Active, ListSeparator  string
	LabHere, QuestionHere, LessonLine, PassingOf, LabPassed, Want, Have, At, Why string
	BuildBegins, BuildLinks, BuildProgress                                       string
	FlagAfterSolution, AfterSolution, ShownHints, TypeYes                        string
	LabWord, LabGoesOn, StartFirst, Watching, ReallySolution, ConsoleOpen        string
	CommandIncomplete, NoEditor                                                  string

	// Plain mode.
	Welcome, Goodbye, MenuCourse, MenuLanguage, MenuQuit, Place     string
	ReadUpTo, LessonEnd, Question, QuizEnd, NoQuestions, StartsWith string
	AnswerLines, AnswerManifest                                     string
	AnswerKept, Right, Wrong, Rejected                              string

	states, ownStates, results, stages, columns, nodeStates, componentStates map[string]string
}

// CLIWords returns the words in a language.
func CLIWords(lang course.Lang) *CLI {
	if lang == course.Chinese {
		return chineseCLI()
	}
	return englishCLI()
}

// State names a state of a cluster.
func (w *CLI) State(id string) string { return named(w.states, id) }

// OwnState names a state of a cluster of the learner's own.
func (w *CLI) OwnState(id string) string { return named(w.ownStates, id) }

// Result names the result of a check.
func (w *CLI) Result(id string) string { return named(w.results, id) }

// Stage names a stage of a start.
func (w *CLI) Stage(id string) string { return named(w.stages, id) }

// Fact names a line of a status.
func (w *CLI) Fact(id string) string { return named(w.columns, id) }

// NodeState names a state of a node, or what has been done to it.
func (w *CLI) NodeState(id string) string { return named(w.nodeStates, id) }

// ComponentState names a state of a component.
func (w *CLI) ComponentState(id string) string { return named(w.componentStates, id) }

// named falls back to the ID of what has no name yet.
func named(names map[string]string, id string) string {
	if name, ok := names[id]; ok {
		return name
	}
	return id
}
