package i18n

import (
	"fmt"
	"strings"

	"kubetutor/internal/course"
)

// HostWords are what the SSH server of a class says to people, at the door and
// where a session ends. At the door nobody has said yet which language they speak,
// so there both are shown.
type HostWords struct {
	AskCode, AskName, AskResume, AskSecret string

	Welcome, WelcomeInstructor, Taken, Consent                     string
	Code, Expired, Name, Roster, Resume, Refused, Full, Over, Fail string
	Secret, Tries, TriesUntil, User, NoInstructor                  string // TriesUntil is given a time of day
	NoTerminal, TooMany, Stopped, Given, Broken, Ended             string
}

// TriesAgain says when the next try will be looked at.
func (w HostWords) TriesAgain(at string) string { return fmt.Sprintf(w.TriesUntil, at) }

// Host returns what the SSH server of a class says in a language.
func Host(l course.Lang) HostWords {
	if l == course.Chinese {
		return hostChinese()
	}
	return hostEnglish()
}

// AskAtDoor is a prompt in both languages.
func AskAtDoor(say func(HostWords) string) string {
	return strings.Join([]string{say(hostEnglish()), say(hostChinese())}, " / ") + ": "
}

func hostEnglish() HostWords {
	return HostWords{
		AskCode: "Join code", AskName: "Your name", AskResume: "Resume code", AskSecret: "Instructor code",
		Welcome:           "Welcome to the class. The join code is what the instructor shows.",
		WelcomeInstructor: "The instructor code was printed by `kubetutor class serve`.",
		Taken:             "This name is in use. If it is yours, type its resume code; with an empty line the instructor is asked.",
		Consent:           "The instructor has been asked. Please wait, at most two minutes.",
		Code:              "This is not the join code. Please try again.",
		Expired:           "This join code has expired. The instructor has the new one.",
		Name:              "A name has letters and digits, and between them spaces . - _ ' and is at most 40 characters wide.",
		Roster:            "This name is not on the roster. Please type it as the instructor has it.",
		Resume:            "This is not the resume code of this name. With an empty line the instructor is asked.",
		Refused:           "The instructor has not agreed. Please take another name.",
		Full:              "There is no place free just now. Please come back in a minute.",
		Over:              "The class is over.",
		Fail:              "The class cannot let anybody in just now. Please tell the instructor.",
		Secret:            "This is not the instructor code.",
		Tries:             "Too many wrong tries. Please come back in a minute.",
		TriesUntil:        "Too many wrong tries. Please come back at %s.",
		User:              "There is nobody of that name here: learners are `class@HOST`, instructors `instructor@HOST`.",
		NoInstructor:      "Instructors cannot come in by a code here.",
		NoTerminal:        "There is no terminal. Connect without a command, and with -t if need be.",
		TooMany:           "You are here as often as it goes already. End another session first.",
		Stopped:           "The class's server is stopping. All that you did is kept.",
		Given:             "The instructor has given this name to somebody else. If it is yours, tell the instructor.",
		Broken:            "Something broke in the tutor, and only in this session. All that you did is kept: please connect again.",
		Ended:             "Until next time. All that you did is kept.",
	}
}

func hostChinese() HostWords {
	return HostWords{
		AskCode: "加入码", AskName: "你的名字", AskResume: "返回码", AskSecret: "讲师码",
		Welcome:           "欢迎来到课堂。加入码就是讲师展示的那一串。",
		WelcomeInstructor: "讲师码由 `kubetutor class serve` 启动时打印。",
		Taken:             "这个名字已经有人用了。如果是你，请输入它的返回码；直接回车则请讲师同意。",
		Consent:           "已经请讲师确认，请稍等，最多两分钟。",
		Code:              "加入码不对，请再试一次。",
		Expired:           "这个加入码已经过期，新的请问讲师。",
		Name:              "名字由文字和数字组成，中间可以有空格和 . - _ '，最多 40 个字符宽。",
		Roster:            "名单上没有这个名字，请按讲师名单上的写法输入。",
		Resume:            "这不是这个名字的返回码。直接回车则请讲师同意。",
		Refused:           "讲师没有同意，请换一个名字。",
		Full:              "现在没有空位，请过一分钟再来。",
		Over:              "课堂已经结束。",
		Fail:              "现在谁都进不来，请告诉讲师。",
		Secret:            "讲师码不对。",
		Tries:             "错误次数太多，请过一分钟再来。",
		TriesUntil:        "错误次数太多，请在 %s 再来。",
		User:              "没有这个用户：学员用 `class@HOST`，讲师用 `instructor@HOST`。",
		NoInstructor:      "这里不能凭讲师码进入。",
		NoTerminal:        "没有终端。请不要带命令连接，必要时加上 -t。",
		TooMany:           "你已经达到同时在线的上限，请先结束另一个会话。",
		Stopped:           "课堂服务器正在停止。你做过的都已保存。",
		Given:             "讲师已把这个名字给了别人。如果它是你的，请当面告诉讲师。",
		Broken:            "程序出错了，只影响这个会话。你做过的都已保存，请重新连接。",
		Ended:             "下次见。你做过的都已保存。",
	}
}
