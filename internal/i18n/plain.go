package i18n

// PlainWords are what plain mode says at its prompts. What is typed there (help,
// page, start) is the same in every language.
type PlainWords struct {
	AtHome, AtPage, AtCourse, AtLab                    string // prompts; AtPage is given the page %d and their number %d
	AtOptions, AtOption, AtOrder, AtText, AtGap, AtEnd string // prompts of questions, given what Enter does %s; but AtGap the number of the gap %d, and AtEnd nothing
	EnterPasses                                        string // what Enter alone does at them
	AtMore                                             string // between two screens of one text
	PageHead                                           string // title %s, page %d of %d
	HelpHead, HelpFree, HelpEnter                      string // above the list, below it
	Unclear                                            string // what was typed %s
	Ambiguous                                          string // what was typed %s, the words that begin with it %s
	NoPage                                             string // how many pages there are %d
	FoundOn                                            string // page %d, the text %s
	NotInLesson                                        string // %s
	LabHow, LabRuns                                    string // below the task of a lab that waits, that runs
	AskRestart                                         string
	NoManifestEditor                                   string
	Edited                                             string // above what an editor gave back
	ConsoleInterrupted                                 string
	NotStarted                                         string
	LessonHead                                         string // track %s, lesson %s
	CheckSaid                                          string // how a check stands %s, its title %s
	Copied, NoCode                                     string

	// Parts of an answer: the option or item %s; GapWrong the number of the gap %s.
	ChosenRight, ChosenWrong, MissedRight, LeftRight, RightPlace, WrongPlace, GapRight, GapWrong, PartNote string

	About map[string]string // what the commands do, by their words
}

func plainEnglish() PlainWords {
	return PlainWords{
		AtHome: "Number or word: ", AtPage: "Page %d of %d. Enter: next. help: all commands. > ",
		AtCourse: "Which lesson? Number, name or words of its title: ", AtLab: "lab > ",
		AtOption:  "One letter; %s: ",
		AtOptions: "All letters that are right; %s: ",
		AtOrder:   "The numbers in the right order; %s: ",
		AtText:    "Answer; %s: ", AtGap: "Gap %d: ",
		EnterPasses: "Enter passes over it",
		AtEnd:       "Enter: next. r: try again. > ", AtMore: "Enter: more. s: skip the rest. > ",
		PageHead:  "%s, page %d of %d",
		HelpHead:  "What can be typed here (the beginning of a word is enough):",
		HelpFree:  "Here any text is an answer. So put a colon before a command: :back, :home. help and quit need none.",
		HelpEnter: "Enter alone goes on.",
		Unclear:   "%s is not understood here. help lists what is.",
		Ambiguous: "%s can be: %s.", NoPage: "There are pages 1 to %d.",
		FoundOn: "Page %d: %s", NotInLesson: "This lesson does not have %s.",
		LabHow:             "start begins the lab, Enter passes over it, help lists all commands.",
		LabRuns:            "console opens the command line, check tells how the checks stand, hint gives a hint, Enter goes on reading.",
		AskRestart:         "Begin again? What you made in this attempt is gone then.",
		NoManifestEditor:   "An editor needs a terminal. Type the text here.",
		Edited:             "Your answer:",
		ConsoleInterrupted: "The line is dropped. exit leaves the console.",
		NotStarted:         "Interrupted; the lab was not started.",
		ChosenRight:        "Chosen, and right: %s", ChosenWrong: "Chosen, but wrong: %s",
		MissedRight: "Not chosen, but right: %s", LeftRight: "Not chosen, and rightly so: %s",
		RightPlace: "In the right place: %s", WrongPlace: "In the wrong place: %s",
		GapRight: "Gap %s is right", GapWrong: "Gap %s is wrong", PartNote: "%s. %s",
		LessonHead: "%s: %s", CheckSaid: "%s: %s",
		Copied: "It is in the clipboard.", NoCode: "There is no code on this page.",
		About: map[string]string{
			"again": "say again what is asked", "search": "find words, commands, error messages in all lessons: search WORDS",
			"glossary": "explain a word: glossary WORD", "stats": "what is done and what is left: stats, or stats TRACK",
			"settings": "show the settings, or change one: settings NAME VALUE", "language": "go on in Chinese (中文)",
			"help": "list what can be typed", "home": "go to the beginning", "quit": "leave; your place is saved",
			"continue": "go on reading", "course": "list the lessons, or open one: course LESSON",
			"quiz": "only the questions of a lesson: quiz LESSON", "next": "the next page", "back": "the page before",
			"page": "go to a page: page NUMBER", "outline": "list the pages", "find": "find words in this lesson: find WORDS",
			"copy":      "list the code of this page, or copy one: copy NUMBER",
			"quiz here": "only the questions of this lesson", "skip": "leave out the rest of this text",
			"start": "begin the lab, or begin it again", "check": "tell how all checks stand", "watch": "tell each change of a check, until Enter",
			"hint": "the next hint for where you are", "hints": "the hints so far", "solution": "show the solution",
			"jump": "run the solution and begin after it", "console": "the command line; exit leaves it", "stop": "end the lab",
			"edit": "write the answer in your editor", "try": "answer once more", "task": "say again what the lab asks for",
			"watch end": "end following",
		},
	}
}
