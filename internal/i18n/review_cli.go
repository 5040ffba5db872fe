package i18n

// ReviewCommands are the help of the commands of reviews, and what they say.
type ReviewCommands struct {
	ReviewShort, ReviewLong, ReviewList, ReviewListLong                   string
	ReviewSuspend, ReviewUnsuspend, ReviewBury, ReviewUnbury              string
	ReviewForget, ReviewFit, ReviewFitLong, ReviewUndo, ReviewUndoLong    string
	Due, DueLong                                                          string
	FlagReviewTrack, FlagReviewLesson, FlagReviewTag, FlagReviewKind      string
	FlagReviewNew, FlagReviewLimit, FlagReviewAhead, FlagReviewCram       string
	FlagReviewTime, FlagReviewHandsOn, FlagReviewJSON                     string
	FlagQuiet, FlagFormat                                                 string
	UnknownTrack, UnknownTag, UnknownKind, UnknownCard, UnknownField      string // what was named %q, the nearest %s
	NoTags, NoCards                                                       string
	ReviewOneMode                                                         string // --ahead, --cram and --hands-on together
	ReviewNumber                                                          string // flag %s: a number from %d to %d
	ReviewBoxFrom                                                         string
	CardsSuspended, CardsUnsuspended, CardsBuried, CardsUnburied          string // %d
	CardsForgotten                                                        string // %d
	CardIsDue, CardNotDue                                                 string // %s when it was, will be due
	CardLapses                                                            string // %d, for Several
	FitBetter                                                             string // %d reviews, log loss %.4f before, %.4f with the new ones
	FitNotBetter                                                          string // %d reviews
	FitTooFew                                                             string // %d reviews, %d are needed, %d are missing
	UndoneRating                                                          string // card %s, rating %s
	UndoneNothing                                                         string
	DueNothing                                                            string
	DueOneForm                                                            string
	ProtocolLine, ProtocolDo, ProtocolNoCard, ProtocolOther, ProtocolRate string // %v; %q, all %s; ""; %q, %q; %q
	ProtocolNoLab                                                         string
}

func reviewCommandsEnglish() ReviewCommands {
	return ReviewCommands{
		ReviewShort: "Review what you have learnt, before you forget it",
		ReviewLong: "Ask again what you have learnt, each card when you are about to forget it (FSRS-6). Questions become cards once you have answered them or read their lesson to the end, clozes once you have read their page, labs once you have passed them. What you got wrong becomes a card at once.\n\n" +
			"Every rating is on disk before the next card is shown. Flags narrow what is asked; each of --track, --lesson, --tag and --kind can be given several times. How many new cards and reviews a day are asked is a setting (`kubetutor settings`); --new and --limit change it for this time.\n\n" + reviewProtocolEnglish,
		ReviewList:      "List your cards",
		ReviewListLong:  "List your cards and how they stand: the stage, when they are due, how often they were forgotten, and whether they are suspended, buried or leeches (suspended, because they were forgotten too often).\n\nWith --json: a list of objects with id, kind, track, lesson, page (1 is the first, 0 unknown), tags, stage (new, learning, review, relearning), due, last, stability (days), difficulty (1 to 10), reps, lapses, suspended, leech, and buriedUntil. Fields may be added, none is taken away.",
		ReviewSuspend:   "Ask cards no more, until they are unsuspended",
		ReviewUnsuspend: "Ask suspended cards again",
		ReviewBury:      "Set cards aside until tomorrow",
		ReviewUnbury:    "Ask buried cards today after all",
		ReviewForget:    "Begin anew with cards; their history stays",
		ReviewFit:       "Fit the schedule to your memory now",
		ReviewFitLong:   "Fit the 21 parameters of the schedule to your own reviews, and reschedule your cards by them if they foretell your answers better than those so far. Otherwise nothing changes. This happens by itself after a session once there are enough new reviews.\n\nThe log loss says how well answers are foretold; less is better.",
		ReviewUndo:      "Take the last rating back",
		ReviewUndoLong:  "Take back the newest rating of a session of the last 24 hours; once more takes back the one before it. The card is then as it was before. In a session, undo goes back as far as you like.",
		Due:             "Tell in one line whether reviews are due",
		DueLong: "Tell in one line what is due, for a shell's prompt or a status bar. Exit status: 0 nothing is due; 1 something is; 2 that could not be told, or the command line was wrong.\n\n" +
			"What is due are reviews, learning steps, new cards and hands-on cards, within the limits of a day. It reads your progress without changing anything, while other kubetutors run too, and before the first use it says that nothing is due.\n\n" +
			"--format writes the fields that it names: {cards} all that is due, {due} reviews, {learning} learning steps, {new} new cards, {hands-on} hands-on cards, {minutes} about how long it takes, {next} when the next card is due if none is now. With --json: the same as an object, with handsOn, waiting (due beyond the limit of a day) and next (a time, or null).\n\n" +
			"  kubetutor due --quiet; [ $? -eq 1 ] && echo 'reviews are due'\n  kubetutor due --format '{cards} cards, {minutes} min'",
		FlagReviewTrack: "only this track", FlagReviewLesson: "only this lesson", FlagReviewTag: "only lessons with this tag",
		FlagReviewKind: "only cards of this kind: question, cloze or lab", FlagReviewNew: "at most so many new cards today", FlagReviewLimit: "at most so many reviews today",
		FlagReviewAhead: "also what will be due within so many days", FlagReviewCram: "all cards, without changing the schedule", FlagReviewTime: "end after this time, such as 10m",
		FlagReviewHandsOn: "hands-on cards only: labs done again on a fresh cluster", FlagReviewJSON: "speak JSON lines, for programs",
		FlagQuiet: "say nothing: the exit status tells", FlagFormat: "write this, with {cards}, {due}, {learning}, {new}, {hands-on}, {minutes}, {next} filled in",
		UnknownTrack: "there is no track %q; the nearest are: %s", UnknownTag: "no lesson has the tag %q; the nearest are: %s",
		UnknownKind: "there is no kind of cards %q; the nearest are: %s", UnknownCard: "you have no card %q; the nearest are: %s", UnknownField: "there is no field %q; the nearest are: %s",
		NoTags: "no lesson has a tag", NoCards: "you have no cards yet: read a lesson and answer its questions first",
		ReviewOneMode: "--ahead, --cram and --hands-on do not go together: choose one", ReviewNumber: "--%s takes a number from %d to %d", ReviewBoxFrom: "--time takes a time from 1m to 24h, such as 10m",
		CardsSuspended: "Suspended: %d", CardsUnsuspended: "No longer suspended: %d", CardsBuried: "Buried until tomorrow: %d", CardsUnburied: "No longer buried: %d", CardsForgotten: "Begun anew: %d",
		CardIsDue: "was due %s", CardNotDue: "due %s", CardLapses: "forgotten %d time|forgotten %d times",
		FitBetter:    "Fitted to %d reviews: log loss %.4f before, %.4f now. Your cards are rescheduled.",
		FitNotBetter: "The parameters so far foretell your %d reviews as well as others would: nothing was changed.",
		FitTooFew:    "there are %d reviews to go by (a day or more after the one before), %d are needed: %d more. Nothing was changed",
		UndoneRating: "Taken back: %s was rated %s.", UndoneNothing: "no rating was given in a session in the last 24 hours: there is nothing to take back",
		DueNothing: "nothing is due", DueOneForm: "--quiet, --format and --json do not go together: choose one",
		ProtocolLine: "this line is no request: %v", ProtocolDo: "there is no request %q; there are: %s", ProtocolNoCard: "no card was asked for yet: send {\"do\":\"next\"}",
		ProtocolOther: "the card is %q, not %q", ProtocolRate: "a rating is again, hard, good or easy, not %q", ProtocolNoLab: "a lab has no answer: do it with `kubetutor lab start`, then ask for its grade with {\"do\":\"grade\"}",
	}
}

// reviewProtocolEnglish documents `review --json`.
const reviewProtocolEnglish = `With --json it speaks JSON lines: each line in gets exactly one line out, whose type says what it is. A rating is on disk before it is answered; at the end of input the session ends, and another one goes on where it was.

  {"do":"next"}      type card: card, question or lab, recall, choices, left; or wait (until), or done (a tally)
  {"do":"early"}     the card that next would have you wait for, before its time
  {"do":"answer","options":["ID"]} or {"do":"answer","texts":["TEXT"]}
                     type grade: judged, right, score, parts, explain (Markdown), answer, suggested, choices
  {"do":"grade"}     type grade: of a lab that was done with lab start, or of a card that was only looked at
  {"do":"rate","rating":"good"}    again, hard, good or easy; type rated: card, rating, due, seconds
  {"do":"undo"}      takes the last thing back; type card
  {"do":"suspend"} {"do":"bury"}   of the card that is shown; type marked
  {"do":"tally"}     type tally

A request can name the card that it means, "card":"ID": where another one is shown nothing happens. What fails is answered with type error, and the session goes on.`
