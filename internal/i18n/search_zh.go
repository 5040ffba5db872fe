package i18n

func searchChinese() SearchWords {
	return SearchWords{
		Search:       "搜索课程和术语表",
		SearchLong:   "在所有课程（两种语言）和术语表中搜索：词语、命令、错误信息。当前语言的结果排在前面。结果须包含所有的词；找不到时，包含其中一部分的也算。最后一个词可以只写开头。双引号中的文字按原样查找。\n\n使用 --json 时输出对象列表，字段有 kind（page、question、lab、term）、lesson（id）、lang、page（从 1 开始）、block、question、lab 和 term（id）、title、snippet，以及 marks（snippet 中匹配之处的起止字节）。字段只会增加，不会减少。",
		Glossary:     "解释一个词",
		GlossaryLong: "解释一个词；不写词时，列出术语表中的所有词。\n\n使用 --json 时输出对象列表，字段有 id、term、also（其他名称）、text 和 lesson（讲到它的课的 id）。",
		FlagLimit:    "最多显示的条数",
		FlagPack:     "在已有课程之外，再加上这个目录中的课程（可以多次使用）",
		HitPage:      "%s › %s，第 %d 页：%s",
		HitQuestion:  "题目，%s › %s，第 %d 页：%s",
		HitLab:       "实验，%s › %s：%s（%s）",
		HitTerm:      "术语：%s",
		NothingFor:   "没有找到 %s。",
		OpenHit:      "打开这 %d 条中的哪一条？输入编号，直接回车则不打开：",
		WhatToFind:   "要找什么？",
		Taught:       "课程：%s  %s",
		UnknownTerm:  "术语表中没有 %q；最接近的是：%s",
		NoTerms:      "这些课程没有术语表。",
		MenuSearch:   "查找词语、命令、错误信息",
		MenuGlossary: "解释一个词",
		WhichTerm:    "哪个词？直接回车列出所有的词：",
		PackLeftOut:  "课程包 %s 没有加载：%s",
		PackFaults:   "%s（另有 %d 处；用 `kubetutor --lessons %s author lint` 查看）",
	}
}
