package i18n

// statsHelp is the help of `kubetutor stats`.
type statsHelp struct{ Stats, StatsLong string }

func statsHelpEnglish() statsHelp {
	return statsHelp{
		Stats:     "Show how far you have come: what is done, what is left, time, tries, hints",
		StatsLong: "Show how far you have come. With a track, every lesson of it with its questions and labs, those that are not done first. A row of days goes on as long as of any seven no more than one was missed.\n\nWith --json: total, tracks, unfinished (the lessons begun and not done, the one visited last first) and days (the last half year). A sum has lessons, pages, questions and labs (each done and all), asked (questions answered), firstRight (right with the first answer), answers, attempts, hints, solutions (over all attempts) and spentSeconds. A track has id, title, its sum and list, its lessons; a lesson has id, title, state (untouched, begun, done), its sum, and items, questions and labs with id, kind, done, firstRight, pending, tries, hints, solutions and tookSeconds. A day has date, answers, right, labs and spentSeconds.",
	}
}

func statsHelpChinese() statsHelp {
	return statsHelp{
		Stats:     "查看学习情况：已完成、未完成、用时、次数、提示",
		StatsLong: "查看学习情况。指定课程系列时，列出其中每一课及其习题和实验，未完成的在前。任意七天中最多缺一天，连续的天数就不会中断。\n\n使用 --json 时输出 total、tracks、unfinished（开始过而未完成的课，最近看过的在前）和 days（最近半年）。每个合计包含 lessons、pages、questions 和 labs（各有 done 和 all）、asked（作答过的题）、firstRight（一次答对）、answers、attempts、hints、solutions（所有尝试合计）和 spentSeconds。系列包含 id、title、上述合计和 list（其中的课）；课包含 id、title、state（untouched、begun、done）、合计和 items，即习题和实验，字段有 id、kind、done、firstRight、pending、tries、hints、solutions 和 tookSeconds。每天包含 date、answers、right、labs 和 spentSeconds。",
	}
}
