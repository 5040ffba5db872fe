package i18n

import (
	"reflect"

	"kubetutor/internal/course"
)

// ClassNotes are the words of the speaker notes in a second terminal. The formats
// name their arguments beside them.
type ClassNotes struct {
	TooSmall                                             string // %d columns, %d lines
	Step                                                 string // %d of %d
	Whole                                                string // the step about the lesson as a whole
	Page                                                 string // %d, %d, %s
	Lab                                                  string // %s
	Elapsed                                              string // %s of %d minutes
	Planned                                              string // this step %d, up to its end %d minutes
	Following, FollowingMe, Lost                         string
	ClassAt                                              string // %s
	Behind, Ahead, OnPlan                                string // %d minutes
	Loading, NoNotes, NothingHere, NoLesson, Failed      string // Failed: %s
	Objectives, Pages, Attention, Figure, Table          string // Figure, Table: %s
	Question                                             string // %d of %d
	Answer                                               string // %s
	Right, Wrong, Solution, NearMisses, Hints, Debrief   string
	Refused                                              string // %s, checks
	Comma, ListComma, Colon, Dash, More, HelpTitle, Help string // More: %d lines
	Scopes, Actions                                      map[string]string
}

// ClassNotesWords returns the words in a language.
func ClassNotesWords(l course.Lang) ClassNotes {
	if l == course.Chinese {
		return classNotesChinese()
	}
	return classNotesEnglish()
}

// WithKeys returns the words with the keys written into them: label says how
// that of SCOPE/ACTION is shown.
func (w ClassNotes) WithKeys(label func(path string) string) ClassNotes {
	keyed(reflect.ValueOf(&w).Elem(), label)
	return w
}

func classNotesEnglish() ClassNotes {
	return ClassNotes{
		TooSmall: "%d×%d is too small for the notes: at least 40 columns and 12 lines.",
		Step:     "%d/%d", Whole: "The whole lesson", Page: "Page %d of %d: %s", Lab: "Lab: %s",
		Elapsed: "%s of %d min", Planned: "here %d min, up to its end %d min",
		Following: "follows the class", FollowingMe: "follows your own tutor", Lost: "connection lost",
		ClassAt: "class at %s", Behind: "%d min behind plan", Ahead: "%d min ahead of plan", OnPlan: "on plan",
		Loading: "Opening the lesson …", NoNotes: "This lesson has no written notes; what follows from it is below.", NothingHere: "Nothing is noted about this page, and nothing is asked on it.", NoLesson: "The class is in no lesson that is here.", Failed: "This lesson cannot be shown: %s",
		Objectives: "What they shall be able to do", Pages: "Pages", Attention: "Draw attention to", Figure: "Figure: %s", Table: "Table: %s",
		Question: "Question %d of %d", Answer: "**Right:** %s", Right: "Right", Wrong: "Wrong",
		Solution: "Solution", NearMisses: "What goes wrong", Refused: " (Refused by: %s)", Hints: "Hints", Debrief: "Once it is passed",
		Comma: ", ", ListComma: "; ", Colon: ": ", Dash: " — ", More: "%d lines more", HelpTitle: "Keys", Help: "any key closes the help",
		Scopes: map[string]string{"class-notes": "Notes", "always": "Always"},
		Actions: map[string]string{
			"next-page": "next step", "prev-page": "step before", "next": "on", "previous": "back", "up": "up", "down": "down", "top": "beginning", "bottom": "end",
			"right": "next lesson", "left": "lesson before", "follow": "follow", "restart": "clock to 0", "language": "Chinese", "help": "help", "quit": "leave", "interrupt": "leave", "suspend": "suspend",
		},
	}
}

func classNotesChinese() ClassNotes {
	return ClassNotes{
		TooSmall: "窗口 %d×%d 太小：至少需要 40 列 12 行。",
		Step:     "%d/%d", Whole: "整课", Page: "第 %d 页，共 %d 页：%s", Lab: "实验：%s",
		Elapsed: "已用 %s，共 %d 分钟", Planned: "本步 %d 分钟，到此为止 %d 分钟",
		Following: "跟随课堂", FollowingMe: "跟随自己的教程", Lost: "连接已断开",
		ClassAt: "课堂在 %s", Behind: "比计划慢 %d 分钟", Ahead: "比计划快 %d 分钟", OnPlan: "与计划一致",
		Loading: "正在打开……", NoNotes: "这一课没有写好的备注；以下内容由课程本身得出。", NothingHere: "这一页没有备注，也没有题目。", NoLesson: "课堂所在的课不在这里。", Failed: "无法显示这一课：%s",
		Objectives: "学完之后能做到", Pages: "各页", Attention: "提醒大家看", Figure: "图：%s", Table: "表：%s",
		Question: "第 %d 题，共 %d 题", Answer: "**正确答案：**%s", Right: "对", Wrong: "错",
		Solution: "解法", NearMisses: "常见错误", Refused: "（未通过的检查：%s）", Hints: "提示", Debrief: "通过之后",
		Comma: "、", ListComma: "；", Colon: "：", Dash: "——", More: "还有 %d 行", HelpTitle: "按键", Help: "按任意键关闭帮助",
		Scopes: map[string]string{"class-notes": "备注", "always": "任何时候"},
		Actions: map[string]string{
			"next-page": "下一步", "prev-page": "上一步", "next": "往下", "previous": "往回", "up": "向上", "down": "向下", "top": "开头", "bottom": "结尾",
			"right": "下一课", "left": "上一课", "follow": "跟随", "restart": "时钟归零", "language": "English", "help": "帮助", "quit": "离开", "interrupt": "离开", "suspend": "挂起",
		},
	}
}
