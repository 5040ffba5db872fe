package i18n

func labChinese() LabWords {
	return LabWords{
		HintNumber: "提示 %d：%s",
		MoreHints:  "还有提示：%d 条",
		HowDone:    "可以这样做",
		Jumped:     "现在是执行参考解法之后的状态，这个实验不算通过。",
		AskJump:    "要执行参考解法并从它之后开始吗？这会被记录下来，实验不算通过。",
		NoJumpHere: "不会在你自己的集群上执行参考解法。",
		NextLab:    "下一个实验：%s\n  kubetutor lab start %s",
		NoHint: map[string]string{
			"noHints":  "这个实验没有提示。",
			"allHold":  "检查项已全部通过，没有可提示的内容。",
			"allShown": "提示已经全部显示。",
			"notNow":   "针对目前的状态没有更多提示。",
			"notKnown": "其余提示取决于集群的状态，实验运行时才会给出。",
		},
	}
}
