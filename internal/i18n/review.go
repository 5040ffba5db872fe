package i18n

import "fmt"

// ReviewWords are what the page of reviews says.
type ReviewWords struct {
	// Home.
	ReviewItem    string
	ReviewDue     string // %d cards
	ReviewNew     string // %d
	ReviewSteps   string // %d in learning steps
	ReviewHandsOn string // %d
	ReviewMinutes string // %d, for Several
	ReviewNext    string // %s, when
	ReviewNothing string // no card is due, ever
	ReviewSlow    string // %v: what awaits the learner is not known

	// The start.
	ReviewTitle     string
	ReviewGoOn      string // the session that was left
	ReviewBegin     string
	ReviewAhead     string
	ReviewAheadSays string // %d days, for Several
	ReviewCram      string
	ReviewCramSays  string
	ReviewLabs      string
	ReviewLabsSays  string
	ReviewTrack     string
	ReviewTag       string
	ReviewBox       string
	ReviewAll       string // no track, no tag
	ReviewNoBox     string
	ReviewMinute    string // %d, for Several
	ReviewCards     string
	ReviewCardsSays string
	ReviewWaiting   string // %d are due beyond today's limit, for Several
	ReviewByTrack   string
	ReviewByKind    string
	ReviewHowCards  string // where cards come from

	// A card.
	AnswerIs        string // after the learner asked for it
	ComesBack       string // after a wrong answer in a lesson
	ReviewUnjudged  string
	ReviewLeft      string // %d
	ReviewCramming  string
	ReviewEnds      string // %s, when the time box ends
	WhyRight        string // %s, how long it took
	WhyWrong        string
	WhyShown        string
	WhyUnjudged     string
	WhyLab          string // %s how long, %d failed tries
	WhyLabHelped    string
	ReviewTakes     string // %s a key, %s a rating
	ReviewFirst     string // %s a key; stands before the two around it
	ReviewChoose    string // keys from %s to %s
	ReviewUnsaved   string // %v
	ReviewKept      string // %v: something else could not be done
	ReviewUndone    string
	NothingToUndo   string
	ReviewHidden    string // suspended
	ReviewBuried    string
	ReviewLeech     string // how often it lapsed %d
	ReviewGone      string // %v
	ReviewElsewhere string
	AskGiveUp       string
	ReviewNoLab     string

	// Waiting, and the end.
	ReviewWait     string // %s at what time, %s in what time
	ReviewWaitEnds string
	ReviewDone     string
	ReviewDoneBox  string
	// ReviewDoneChosen is said where only some cards were chosen.
	ReviewDoneChosen string
	TallyRated       string // %d
	TallyRecalled    string // %d of %d, %d %%
	TallyTime        string // %s
	TallyNew         string // %d
	TallyCram        string
	TallyTomorrow    string // %d, for Several
	TallyNext        string // %s, when
	TallyStreak      string // %d days
	TallyLeech       string // %s, the card
	ReviewFitted     string
	ReviewFitFailed  string // %v

	// The history of a card.
	HistoryTitle  string
	HistoryNone   string
	HistoryState  string // %s stage, %s when it is due
	HistoryFigure string // %.1f days of stability, %.1f difficulty, %d %% recall
	HistoryCounts string // %d ratings, %d lapses
	HistoryColumn string // words between bars: when, rating, took, then due after

	// The list of cards.
	CardsNone      string
	CardsShown     string // words between bars: all, suspended, leeches, buried
	CardsColumns   string // words between bars: card, stage, due, lapses
	CardsAskForget string
}

// ReviewCounts says how many cards of each kind there are; of none it says nothing.
func (w *ReviewWords) ReviewCounts(due, learning, fresh, handsOn int) (parts []string) {
	for _, count := range []struct {
		n    int
		said string
	}{{due, w.ReviewDue}, {learning, w.ReviewSteps}, {fresh, w.ReviewNew}, {handsOn, w.ReviewHandsOn}} {
		if count.n > 0 {
			parts = append(parts, fmt.Sprintf(count.said, count.n))
		}
	}
	return parts
}

func reviewEnglish() ReviewWords {
	return ReviewWords{
		ReviewItem: "Review", ReviewDue: "%d due", ReviewNew: "%d new", ReviewSteps: "%d learning", ReviewHandsOn: "%d hands-on",
		ReviewMinutes: "about %d minute|about %d minutes", ReviewNext: "the next is due %s", ReviewNothing: "cards come from what you read and answer",
		ReviewSlow: "What is due could not be read: %v",

		ReviewTitle: "Review", ReviewGoOn: "Go on", ReviewBegin: "Begin",
		ReviewAhead: "Study ahead", ReviewAheadSays: "what is due within %d day|what is due within %d days",
		ReviewCram: "Cram", ReviewCramSays: "all cards; the schedule stays as it is",
		ReviewLabs: "Hands-on", ReviewLabsSays: "labs done again, on a fresh cluster", ReviewTrack: "Track", ReviewTag: "Tag", ReviewBox: "Time box",
		ReviewAll: "all", ReviewNoBox: "none", ReviewMinute: "%d minute|%d minutes",
		ReviewCards: "Cards", ReviewCardsSays: "all of them, also those that are suspended",
		ReviewWaiting: "%d more is due, beyond the limit of a day|%d more are due, beyond the limit of a day", ReviewByTrack: "By track", ReviewByKind: "By kind",
		ReviewHowCards: "A question becomes a card once you have answered it or read its lesson to the end, a cloze once you have read its page, and a lab once you have passed it.",

		AnswerIs:       "The answer:",
		ComesBack:      "It will come back in review.",
		ReviewUnjudged: "Only a cluster can judge this answer, and none is up. Compare it yourself, and choose a rating.",
		ReviewLeft:     "%d left", ReviewCramming: "cram: nothing is scheduled", ReviewEnds: "until %s",
		WhyRight: "right, in %s", WhyWrong: "not right", WhyShown: "the answer was shown", WhyUnjudged: "not judged",
		WhyLab: "passed in %s, failed tries %d", WhyLabHelped: "passed with help",
		ReviewTakes: "%s takes %s", ReviewFirst: "first %s, then ", ReviewChoose: "Choose %s to %s.",
		ReviewUnsaved: "The rating could not be saved, so the card stays: %v", ReviewKept: "That could not be done: %v",
		ReviewUndone: "Taken back.", NothingToUndo: "There is nothing to take back in this session.",
		ReviewHidden: "The card is suspended. It is not asked until you say so.", ReviewBuried: "The card is buried until tomorrow.",
		ReviewLeech:     "The card is suspended: it was forgotten %d times. Read its page again, then let it back.",
		ReviewElsewhere: "Another kubetutor has dealt with that card meanwhile.",
		ReviewGone:      "The card cannot be shown: %v",
		AskGiveUp:       "Give the lab up? That counts as again.",
		ReviewNoLab:     "There is no engine for labs here. Bury the card with {card/bury} to do it tomorrow.",

		ReviewWait: "What is left is being learnt: the next card comes at %s, in %s.", ReviewWaitEnds: "Press {review-end/open} to go on with it now. Leaving loses nothing.",
		ReviewDone: "Nothing more is due today.", ReviewDoneBox: "The time is over.",
		ReviewDoneChosen: "All that was chosen has been asked.",
		TallyRated:       "Rated %d", TallyRecalled: "recalled %d of %d, %d %%", TallyTime: "time %s", TallyNew: "new %d", TallyCram: "The schedule is as it was.",
		TallyTomorrow: "Tomorrow %d is due.|Tomorrow %d are due.", TallyNext: "The next card is due %s.", TallyStreak: "Days in a row: %d",
		TallyLeech:   "Suspended, because it was forgotten too often: %s",
		ReviewFitted: "The schedule now follows your own memory: its parameters were fitted to your reviews.", ReviewFitFailed: "The parameters could not be fitted: %v",

		HistoryTitle: "History", HistoryNone: "It was never rated.", HistoryState: "%s, due %s",
		HistoryFigure: "stability %.1f days, difficulty %.1f of 10, recalled now with %d %%", HistoryCounts: "ratings %d, lapses %d",
		HistoryColumn: "when|rating|took|next",

		CardsNone: "There is none.", CardsShown: "all|suspended|leeches|buried", CardsColumns: "card|stage|due|lapses",
		CardsAskForget: "Begin anew with this card? Its history stays.",
	}
}
