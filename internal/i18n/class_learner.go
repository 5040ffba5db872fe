package i18n

import (
	"fmt"
	"time"
)

// RoomWords are what a learner reads of a class that they are in, and of the
// small editor that is there for those who have no other.
type RoomWords struct {
	// The line of the class.
	RoomWatched      string // name %s
	RoomWatchedShort string // name %s
	RoomEndsIt       string // stands behind a key
	RoomAsking       string // somebody wants to see the screen
	RoomLost         string
	RoomOver         string
	RoomHandUp       string
	RoomUnread       string // %d
	RoomUnreadOne    string
	RoomQueued       string // place, as QueuePlace says it: %s
	RoomCalled       string
	RoomShown        string
	RoomTimeUp       string

	// What is said once, below.
	RoomNewMessage   string // its text %s
	RoomNewCommand   string // the same
	RoomNewHint      string
	RoomReadIt       string // stands behind these; where nothing is typed
	RoomReadItTyping string // where something is
	RoomAsks         string // name %s, while something is typed
	RoomHandIsUp     string
	RoomHandIsDown   string
	RoomLowered      string // by the instructor
	RoomCallsTo      string // in %d s, place %s
	RoomCallsTyping  string // place %s
	RoomFollowed     string // place %s
	RoomStays        string
	RoomNoCall       string
	RoomCallIs       string // place %s
	RoomShows        string // the instructor's screen can be seen
	RoomShowsTyping  string
	RoomShowEnds     string
	RoomNothingShown string
	RoomLessonLocked string // title %s
	RoomPageLocked   string // page %d
	RoomPartLocked   string
	RoomNowLocked    string // what is on the screen stays
	RoomNotToldYet   string // %v: the class could not be told
	RoomWatchEnded   string // name %s
	RoomStopped      string // name %s
	RoomBack         string
	RoomEnds         string // %s is for, %s a time

	// The course.
	RoomPlan, RoomLocked string
	RoomItem             string // on the first page
	RoomPlanDone         string // %d of %d

	// The page of the class.
	RoomTitle, RoomNoMessages string
	RoomShownTitle            string
	RoomYou                   string // name %s
	RoomHint                  string // title of the lab %s
	RoomHintGone              string
	RoomCommand               string
	RoomTimeLeft              string // %s
	RoomResumeCode            string // %s

	// Questions and what must be read.
	RoomAsk                                   string // name %s
	RoomAskAbout                              string
	RoomHandLabel                             string
	RoomResumeTitle                           string
	RoomResumeAbout                           string // name %s
	RoomOverTitle                             string
	RoomOverAbout                             string // those whose progress is in the class
	RoomOverOwn                               string // those whose progress is on their machine
	RoomGuestNoSuspend                        string
	RoomFirst, RoomSecond, RoomThird, RoomNth string // %d: a place
	RoomPlaceOf                               string // title %s, page %d
	RoomSettingsKept                          string // instead of naming a file
	RoomClockMinutes, RoomClockSeconds        string // %d

	// The editor.
	EditorTitle    string // name of the text %s
	EditorUnsaved  string
	EditorDiscard  string
	EditorPosition string // line %d, column %d
	EditorTooBig   string // %d KB
	EditorLong     string // %d KB: more does not fit
	EditorNoUndo   string
}

// QueuePlace says the place in the queue for a lab, from 1.
func (w RoomWords) QueuePlace(n int) string {
	form := w.RoomNth
	if n/10%10 != 1 {
		form = [10]string{w.RoomNth, w.RoomFirst, w.RoomSecond, w.RoomThird, form, form, form, form, form, form}[n%10]
	}
	return fmt.Sprintf(w.RoomQueued, fmt.Sprintf(form, n))
}

// TimeLeft says how long it is still, in minutes, and in the last one in seconds.
func (w RoomWords) TimeLeft(d time.Duration) string {
	switch s := int((d + time.Second - 1) / time.Second); {
	case s <= 0:
		return w.RoomTimeUp
	case s <= 60:
		return fmt.Sprintf(w.RoomClockSeconds, s)
	default:
		return fmt.Sprintf(w.RoomClockMinutes, (s+59)/60)
	}
}

func roomEnglish() RoomWords {
	return RoomWords{
		RoomWatched: "%s is watching your screen", RoomWatchedShort: "%s is watching", RoomEndsIt: "ends it", RoomAsking: "somebody asks to see your screen", RoomLost: "connection to the class lost", RoomOver: "the class is over", RoomHandUp: "hand up",
		RoomUnread: "%d new messages", RoomUnreadOne: "1 new message", RoomQueued: "You are %s in the queue", RoomCalled: "called back", RoomShown: "screen shown", RoomTimeUp: "time is up",

		RoomNewMessage: "Message: %s", RoomNewCommand: "A command to try: %s", RoomNewHint: "A hint for you has come.",
		RoomReadIt: "{class/class} opens", RoomReadItTyping: "{class-always/class} opens",
		RoomAsks:     "%s asks to see your screen. {class-always/class} to answer; nothing is shown until you say yes.",
		RoomHandIsUp: "Your hand is up. {class/hand} takes it down.", RoomHandIsDown: "Your hand is down.", RoomLowered: "The instructor has taken your hand down.",
		RoomCallsTo: "In %d s to: %s", RoomCallsTyping: "Everybody is called to %s. {class-always/class} {class/follow} goes there; what you are doing stays as it is.",
		RoomFollowed: "You were called to %s. {reading/return} in the text goes back; all is there as you left it.",
		RoomStays:    "You stay here. {class/follow} goes to where the class is.", RoomNoCall: "The class has not been called anywhere.",
		RoomCallIs: "Everybody is called to: %s", RoomShows: "The instructor shows a screen: {class/screen} opens it.", RoomShowsTyping: "The instructor shows a screen: {class-always/class} leads there.",
		RoomShowEnds: "The instructor's screen is no longer shown.", RoomNothingShown: "The instructor shows no screen now.",
		RoomLessonLocked: "%s is locked: the instructor will open it.", RoomPageLocked: "Page %d is locked: the instructor will open it.", RoomPartLocked: "This step is locked: the instructor will open it.",
		RoomNowLocked:  "The instructor has locked this. What is on your screen stays; you can go on once it is opened.",
		RoomNotToldYet: "The class could not be told: %v",
		RoomWatchEnded: "%s no longer watches.", RoomStopped: "%s sees your screen no longer.",
		RoomBack: "Here is where you were.", RoomEnds: "%s: %s",

		RoomPlan: "This class", RoomLocked: "locked",
		RoomItem: "Class", RoomPlanDone: "%d of %d lessons",

		RoomTitle: "Class", RoomShownTitle: "The instructor's screen", RoomNoMessages: "No messages yet.", RoomYou: "You are %s here.",
		RoomHint: "Hint for the lab: %s", RoomHintGone: "This hint is for a lab that is not in your course.",
		RoomCommand:  "A command to try. It is not run unless you run it:",
		RoomTimeLeft: "Time left: %s", RoomResumeCode: "Your resume code: %s",

		RoomAsk:       "%s asks to see your screen.",
		RoomAskAbout:  "If you say yes, they see what you see, and can do nothing with it. A mark at the top says so as long as it lasts, and {class-always/unwatch} ends it at any time. If you say no, nothing is shown.",
		RoomHandLabel: "What do you need? (may be empty) ",

		RoomResumeTitle:    "Keep this code",
		RoomResumeAbout:    "With this code you can come back as %s, from any machine, should the connection break. It is shown only now: write it down, and tell nobody.",
		RoomOverTitle:      "The class is over",
		RoomOverAbout:      "Everything that you have done is kept. Nobody can come in any more, but you may go on here until the instructor ends the server. To take your progress home, ask the instructor for a file of it: kubetutor on your own machine reads it in (`kubetutor progress import FILE`).",
		RoomOverOwn:        "Everything that you have done is on your own machine, and stays there. Go on as you like.",
		RoomGuestNoSuspend: "There is nothing to go back to: this screen is all that the class gives you.",
		RoomFirst:          "%dst", RoomSecond: "%dnd", RoomThird: "%drd", RoomNth: "%dth", RoomPlaceOf: "%s, page %d",
		RoomSettingsKept: "Saved for this class.", RoomClockMinutes: "%d min", RoomClockSeconds: "%d s",

		EditorTitle: "Edit %s", EditorUnsaved: "not saved", EditorDiscard: "Leave without saving? What you changed is lost.",
		EditorPosition: "%d:%d", EditorTooBig: "This text is too big to edit here: more than %d KB.", EditorLong: "It cannot be longer than %d KB.", EditorNoUndo: "There is nothing to undo.",
	}
}

func roomChinese() RoomWords {
	return RoomWords{
		RoomWatched: "%s 正在看你的屏幕", RoomWatchedShort: "%s 正在看", RoomEndsIt: "结束", RoomAsking: "有人想看你的屏幕", RoomLost: "与课堂的连接已断开", RoomOver: "课堂已结束", RoomHandUp: "已举手",
		RoomUnread: "%d 条新消息", RoomUnreadOne: "1 条新消息", RoomQueued: "你排在%s", RoomCalled: "有召集", RoomShown: "讲师屏幕", RoomTimeUp: "时间到",

		RoomNewMessage: "消息：%s", RoomNewCommand: "一条可以试试的命令：%s", RoomNewHint: "你收到一条提示。",
		RoomReadIt: "按 {class/class} 打开", RoomReadItTyping: "按 {class-always/class} 打开",
		RoomAsks:     "%s 想看你的屏幕。按 {class-always/class} 答复；同意之前不会显示任何内容。",
		RoomHandIsUp: "已举手。按 {class/hand} 放下。", RoomHandIsDown: "手已放下。", RoomLowered: "讲师已把你的手放下。",
		RoomCallsTo: "%d 秒后全班前往：%s", RoomCallsTyping: "全班召集到 %s。按 {class-always/class} {class/follow} 前往；你正在做的事保持原样。",
		RoomFollowed: "你被召集到 %s。在课文中按 {reading/return} 可以返回，一切保持原样。",
		RoomStays:    "你留在这里。按 {class/follow} 到全班所在之处。", RoomNoCall: "目前没有召集。",
		RoomCallIs: "全班召集到：%s", RoomShows: "讲师正在展示屏幕：按 {class/screen} 打开。", RoomShowsTyping: "讲师正在展示屏幕：按 {class-always/class} 前往。",
		RoomShowEnds: "讲师已停止展示屏幕。", RoomNothingShown: "讲师现在没有展示屏幕。",
		RoomLessonLocked: "《%s》已锁定，等讲师开放。", RoomPageLocked: "第 %d 页已锁定，等讲师开放。", RoomPartLocked: "这一步已锁定，等讲师开放。",
		RoomNowLocked:  "讲师锁定了这里。屏幕上的内容保留，开放之后可以继续。",
		RoomNotToldYet: "没能通知课堂：%v",
		RoomWatchEnded: "%s 不再观看。", RoomStopped: "%s 已看不到你的屏幕。",
		RoomBack: "已回到刚才的位置。", RoomEnds: "%s：%s",

		RoomPlan: "本次课堂", RoomLocked: "已锁定",
		RoomItem: "课堂", RoomPlanDone: "%d / %d 课",

		RoomTitle: "课堂", RoomShownTitle: "讲师的屏幕", RoomNoMessages: "还没有消息。", RoomYou: "你在这里的名字是 %s。",
		RoomHint: "实验提示：%s", RoomHintGone: "这条提示所属的实验不在你的课程里。",
		RoomCommand:  "一条可以试试的命令。只有你自己执行，它才会运行：",
		RoomTimeLeft: "剩余时间：%s", RoomResumeCode: "你的返回码：%s",

		RoomAsk:       "%s 想看你的屏幕。",
		RoomAskAbout:  "如果同意，对方会看到你看到的内容，但不能操作。期间屏幕顶部一直有标记，随时可以按 {class-always/unwatch} 结束。如果不同意，不会显示任何内容。",
		RoomHandLabel: "需要什么帮助？（可以不填）",

		RoomResumeTitle:    "请记下这个返回码",
		RoomResumeAbout:    "如果连接中断，凭这个返回码可以在任何机器上以 %s 的身份回来。它只显示这一次：请抄下来，不要告诉别人。",
		RoomOverTitle:      "课堂已结束",
		RoomOverAbout:      "你做过的一切都已保存。不能再有人进来，但在讲师关闭服务器之前，你可以在这里继续。要把进度带回家，请向讲师索取进度文件，再用自己机器上的 kubetutor 导入（`kubetutor progress import 文件`）。",
		RoomOverOwn:        "你做过的一切都在你自己的机器上，会一直保留。可以随意继续。",
		RoomGuestNoSuspend: "没有可以返回的地方：课堂只提供这一个屏幕。",
		RoomFirst:          "第 %d 位", RoomSecond: "第 %d 位", RoomThird: "第 %d 位", RoomNth: "第 %d 位", RoomPlaceOf: "%s，第 %d 页",
		RoomSettingsKept: "已为本课堂保存。", RoomClockMinutes: "%d 分钟", RoomClockSeconds: "%d 秒",

		EditorTitle: "编辑 %s", EditorUnsaved: "未保存", EditorDiscard: "不保存就离开？改动将会丢失。",
		EditorPosition: "%d:%d", EditorTooBig: "这份文本太大，不能在这里编辑：超过 %d KB。", EditorLong: "长度不能超过 %d KB。", EditorNoUndo: "没有可以撤销的改动。",
	}
}
