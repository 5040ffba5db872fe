package i18n

// LabWords are the words about hints, solutions and jumps, of every way to use
// the tutor.
type LabWords struct {
	HintNumber string // %d, in the order shown, and its text %s
	MoreHints  string // %d more apply
	HowDone    string // stands above a solution once the lab is passed
	Jumped     string // what the attempt is after a jump
	AskJump    string
	NoJumpHere string            // on a cluster of the learner's own
	NextLab    string            // title %s, path %s
	NoHint     map[string]string // why there is none, by attempt.Silence
}

func labEnglish() LabWords {
	return LabWords{
		HintNumber: "Hint %d. %s",
		MoreHints:  "More hints: %d",
		HowDone:    "How it could have been done",
		Jumped:     "You are after the solution. The lab does not count as passed.",
		AskJump:    "Run the solution and begin after it? That is remembered; the lab does not count as passed.",
		NoJumpHere: "A solution is not run on your own cluster.",
		NextLab:    "The next lab: %s\n  kubetutor lab start %s",
		NoHint: map[string]string{
			"noHints":  "This lab has no hints.",
			"allHold":  "Nothing to hint at: all checks hold.",
			"allShown": "All hints have been shown.",
			"notNow":   "No further hint for where you are.",
			"notKnown": "The other hints depend on the cluster. They are offered while the lab runs.",
		},
	}
}
