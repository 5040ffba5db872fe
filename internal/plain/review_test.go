package plain

import (
	"io"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

const claims = "pv-pvc-matching"

// reviewer is a learner who has read a lesson to its end.
func reviewer(t *testing.T, typed string) *learner {
	t.Helper()
	l := sit(t, typed)
	c, err := course.OpenDir("../tui/testdata/course")
	if err != nil {
		t.Fatal(err)
	}
	l.Course, l.Reviews.Course = c, c
	l.record(t, progress.Position{Lesson: claims, Page: 2, Pages: 3})
	return l
}

func (l *learner) record(t *testing.T, events ...any) {
	t.Helper()
	if _, err := l.store.RecordAll(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

// reviews goes through a review and fails unless all texts are said, in order.
func (l *learner) reviews(t *testing.T, o review.Options, texts ...string) {
	t.Helper()
	if err := l.Review(soon(t), o); err != nil {
		t.Fatalf("%v, after\n%s", err, l.out)
	}
	l.says(t, texts...)
}

// card tells how a card stands.
func (l *learner) card(t *testing.T, id review.ID) progress.Card {
	t.Helper()
	c, _, err := l.store.Card(t.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// only asks one card.
func (l *learner) only(t *testing.T, item string) {
	t.Helper()
	ids, err := l.Reviews.List(t.Context(), review.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var others []review.ID
	for _, e := range ids {
		if e.ID.Item() != item {
			others = append(others, e.ID)
		}
	}
	if err := l.Reviews.Mark(t.Context(), others, progress.MarkSuspend, time.Time{}); err != nil {
		t.Fatal(err)
	}
}

func TestAnAnswerIsRated(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "\nloft\n3\nhome\n")
	l.only(t, "smallest-fit")
	l.reviews(t, review.Options{}, "1 new, about 1 min", "To be asked: all that is due.", "Card 1, 1 left, question, Storage: How a claim finds its volume, page 2, new",
		"Question: A claim asks for class manual", "Answer; Enter shows the answer: ", "Right.", "Of the two that fit", "  1 again: 1 min", "  3 good: 10 min",
		"right, in 0 s: ", "is suggested.", "1 to 4; Enter takes ", "Rated good: again in 10 min.", "What is left is being learnt",
		"Rated 1, recalled 1 of 1, 100 %, new 1, question: 1")
	if c := l.card(t, "question:pv-pvc-matching/smallest-fit"); c.Stage != progress.StageLearning || c.Reps != 1 {
		t.Errorf("the card is %+v", c)
	}
}

func TestRatingsByNumberAndByName(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"1": "again", "forgot": "again", "hard": "hard", "good": "good", "3": "good", "4": "easy", "again\n5\neasy": "easy"} {
		l := reviewer(t, "begin\n\n"+typed+"\nquit\n")
		l.only(t, "smallest-fit")
		l.reviews(t, review.Options{}, "A right answer: loft", "the answer was shown: 1 again is suggested", "Rated "+want)
		if strings.HasPrefix(typed, "again") {
			l.says(t, "A right answer:", "A right answer:", `"5" is not understood`)
		}
	}
}

func TestUndoSuspendBury(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "\nundo\n\n4\n:undo\n\n4\n:bury\n:undo\n:suspend\nquit\n")
	l.Reviews.Config.Bury = false
	l.reviews(t, review.Options{Filter: review.Filter{Kinds: []review.Kind{review.Question}}},
		"There is nothing to take back", "Rated easy", "Taken back.", "Rated easy", "The card is buried until tomorrow", "Taken back.", "The card is suspended")
	list, err := l.Reviews.List(t.Context(), review.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	rated, suspended, buried := 0, 0, 0
	for _, e := range list {
		rated += min(e.State.Reps, 1)
		if e.Suspended {
			suspended++
		}
		if !e.Buried.IsZero() {
			buried++
		}
	}
	if rated != 1 || suspended != 1 || buried != 0 {
		t.Errorf("rated %d, suspended %d, buried %d; want 1, 1, 0", rated, suspended, buried)
	}
}

func TestPageHistoryAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "\n:history\n:page\n:left\n\n3\nwait\n\n\n:history\nquit\n")
	l.only(t, "smallest-fit")
	l.reviews(t, review.Options{}, "It was never rated.", "What has to match", "asks of each free volume", "1 left", "Rated good",
		"Waiting.", "What is left is being learnt", "Card 2, 1 left", "learning", ": good, took 0 s, then 10 min")
}

func TestAStepComesByItself(t *testing.T) {
	t.Parallel()
	typed, keys := io.Pipe()
	l := reviewer(t, "")
	l.Reviews.Config.Steps = []time.Duration{time.Second}
	l.only(t, "smallest-fit")
	l.lines = NewLines(typed)
	said := &listener{Writer: l.out, heard: make(chan string, 1000)}
	l.Out = said
	go func() {
		io.WriteString(keys, "\n\n1\nwait\n")
		said.wait("Card 2")
		io.WriteString(keys, ":quit\n")
	}()
	l.reviews(t, review.Options{}, "Rated again: again in 1 s", "Waiting.", "Card 2, 1 left")
}

func TestWhatIsAskedIsChosenFirst(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "track storge\ntrack storage\nkind clozes\nkind cloze\nlesson x\nlesson pv-pvc-matching\ntag ckd\ntag cka\ntime x\ntime 10\nahead x\nahead 400\n"+
		"cards small\ncards zzz\nunsuspend x\nkind\ntag\ntrack\nlesson\ntime\nahead 3\nquit\n")
	l.reviews(t, review.Options{}, `there is no track "storge"; the nearest are: storage`, "To be asked: storage.", `no kind of cards "clozes"; the nearest are: cloze`,
		"1 new", "To be asked: storage, cloze.", `there is no lesson "x"`, "storage, pv-pvc-matching, cloze", `no lesson has the tag "ckd"; the nearest are: cka`,
		"Say how many minutes", "cloze, 10 minutes.", "Say how many days", "Say how many days", "cloze:pv-pvc-matching/smallest", "There is none.", `You have no card "x"`,
		"To be asked: all that is due.", "Left for today")
}

func TestCardsAreMarkedBeforeASession(t *testing.T) {
	t.Parallel()
	const card = "cloze:pv-pvc-matching/smallest"
	l := reviewer(t, "due\nsuspend "+card+"\ncards small\nunsuspend "+card+"\nbury "+card+"\ncards small\nunbury "+card+"\nforget "+card+"\nbury x\nquit\n")
	l.record(t, progress.Reviewed{Card: card, Rating: 3, State: progress.CardState{
		Stage: progress.StageReview, Stability: 5, Difficulty: 5, Due: time.Now().AddDate(0, 0, -3), Last: time.Now().AddDate(0, 0, -8), Reps: 1, Lapses: 2,
	}})
	l.reviews(t, review.Options{}, "Storage         1 due", "cloze           1 due", "Suspended: 1", "smallest               review, was due on", "forgotten 2 times, suspended",
		"No longer suspended: 1", "Buried until tomorrow: 1", "buried", "No longer buried: 1", "Begun anew: 1", `You have no card "x"`)
	if c := l.card(t, card); c.Stage != progress.StageNew || c.Suspended || c.Hidden(time.Now()) {
		t.Errorf("the card is %+v", c)
	}
}

func TestACramLeavesTheSchedule(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "cram\n\n4\nquit\n")
	l.record(t, progress.Reviewed{Card: "question:pv-pvc-matching/smallest-fit", Rating: 3, State: progress.CardState{
		Stage: progress.StageReview, Stability: 100, Difficulty: 5, Due: time.Now().AddDate(0, 3, 0), Last: time.Now(), Reps: 1,
	}})
	before := l.card(t, "question:pv-pvc-matching/smallest-fit")
	l.reviews(t, review.Options{}, "A claim asks for class manual", "Rated easy.", "The schedule is as it was.")
	if after := l.card(t, "question:pv-pvc-matching/smallest-fit"); after != before {
		t.Errorf("the card was %+v, and is %+v", before, after)
	}
}

func TestAnAnswerThatNobodyCanJudge(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "\nkind: Pod\n.\n\n2\nquit\n")
	l.only(t, "write-claim")
	l.reviews(t, review.Options{}, "To be asked", "answer, :edit opens your editor", "Only a cluster can judge this answer", "A right answer:",
		"storageClassName: manual", "1 to 4. > ", "1 to 4. > ", "Rated hard")
}

func TestReviewInChinese(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "\n:language\n\n:history\n:quit\n")
	l.only(t, "smallest-fit")
	l.reviews(t, review.Options{}, "A claim asks for class manual", "题目：一个申领要求存储类", "答案；", "正确答案之一：loft", "看过答案，建议选 1 重来", "还没有评过分")
}

const bindClaim = claims + "/bind-claim"

// handsOn is a learner who has passed the lesson's lab, which is due again.
func handsOn(t *testing.T, typed string) *learner {
	t.Helper()
	l := reviewer(t, typed)
	l.record(t, progress.Attempt{Lab: bindClaim, Number: 1}, progress.Passed{Lab: bindClaim, Number: 1, Took: 5 * time.Minute},
		progress.Reviewed{Card: "lab:" + bindClaim, Rating: 3, State: progress.CardState{
			Stage: progress.StageReview, Stability: 5, Difficulty: 5, Reps: 1, Last: time.Now().AddDate(0, 0, -9), Due: time.Now().AddDate(0, 0, -4),
		}})
	return l
}

func TestALabIsDoneAgain(t *testing.T) {
	t.Parallel()
	l := handsOn(t, "\nstart\nconsole\nsolve\nexit\n\n\nquit\n")
	l.reviews(t, review.Options{HandsOn: true}, "To be asked: hands-on.", "Card 1, 1 left, hands-on, Storage", "recalled with", "Lab: ", "This is a hands-on card", "set-up 1.0 s",
		"Passed, after", "  1 again:", "passed in", "Enter takes", "Rated", "Rated 1, recalled 1 of 1, 100 %, hands-on: 1")
	if c := l.card(t, "lab:"+bindClaim); c.Reps != 2 {
		t.Errorf("the card is %+v", c)
	}
	if len(l.cluster.begun) != 1 || l.cluster.begun[0].Number != 2 {
		t.Errorf("begun %+v, want attempt 2", l.cluster.begun)
	}
}

func TestALabWithAHintIsAgain(t *testing.T) {
	t.Parallel()
	l := handsOn(t, "\nstart\nhint\nconsole\nsolve\nexit\n\n\nquit\n")
	l.reviews(t, review.Options{HandsOn: true}, "passed with help: 1 again is suggested", "Rated again: again in")
}

func TestALabIsGivenUp(t *testing.T) {
	t.Parallel()
	l := handsOn(t, "\nstart\n\nno\n\nyes\n\nquit\n")
	l.reviews(t, review.Options{HandsOn: true}, "failed: ", "Give the lab up? That counts as again. Type yes: ", "Give the lab up?", "not passed: 1 again is suggested", "Rated again")
}

func TestALabThatIsNotBegunIsBuried(t *testing.T) {
	t.Parallel()
	l := handsOn(t, "\ntask\nhistory\n\nquit\n")
	l.reviews(t, review.Options{HandsOn: true}, "Lab: ", ": good, took", "The card is buried until tomorrow")
	if c := l.card(t, "lab:"+bindClaim); c.Buried.Before(time.Now()) {
		t.Errorf("the card is %+v", c)
	}
}

func TestAnActiveAttemptIsNoFreshOne(t *testing.T) {
	t.Parallel()
	l := handsOn(t, "\n\nquit\n")
	item, err := l.Reviews.Open(t.Context(), review.Card{ID: "lab:" + bindClaim})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Desk.Start(soon(t), item.Lab, false, nothing); err != nil {
		t.Fatal(err)
	}
	l.reviews(t, review.Options{HandsOn: true}, "This is a hands-on card", "The card is buried until tomorrow")
}

func TestHomeLeadsToReviews(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "review\n\n:home\nrev\n\nquit\n")
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	l.says(t, "1  continue", "3  review    4 new, about 2 min", "To be asked", "Card 1, ", "Left for today: 4 new", "3  review ", "Card 1, ", "Your place is saved")
}

// TestWhatComesBackIsFirstAtHome: new cards are not.
func TestWhatComesBackIsFirstAtHome(t *testing.T) {
	t.Parallel()
	l := reviewer(t, "quit\n")
	l.record(t, progress.Reviewed{Card: "question:pv-pvc-matching/smallest-fit", Rating: 3, State: progress.CardState{
		Stage: progress.StageReview, Stability: 5, Difficulty: 5, Reps: 1, Last: time.Now().AddDate(0, 0, -9), Due: time.Now().AddDate(0, 0, -4),
	}})
	if err := l.Run(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	l.says(t, "1  review    1 due, 3 new", "2  continue")
}
