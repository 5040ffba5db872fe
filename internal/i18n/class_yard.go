package i18n

import (
	"fmt"
	"time"

	"kubetutor/internal/course"
)

// LabTrouble is why a learner of a class cannot have their lab now, and what to
// try, in both languages: whoever finds out does not know which one is theirs.
type LabTrouble struct{ Why, Try course.Text }

// LabStopped is told of a lab that ended by itself.
func LabStopped() LabTrouble {
	return LabTrouble{
		course.Text{EN: "Your lab stopped unexpectedly. What was in it is kept.", ZH: "您的实验环境意外停止了，其中的内容都还在。"},
		course.Text{EN: "Go on with the lab: it starts again. If that does not help, begin the lab anew.", ZH: "继续做实验，它会重新启动；如果没有用，请重新开始这个实验。"},
	}
}

// LabNotStarted is told of a lab that would not start.
func LabNotStarted() LabTrouble {
	return LabTrouble{
		course.Text{EN: "The engine of your lab failed.", ZH: "实验引擎出了故障。"},
		course.Text{EN: "Try once more. If it fails again, raise your hand.", ZH: "请再试一次；如果仍然失败，请举手求助。"},
	}
}

// LabRests is told of a lab that failed again and again, and so long is left alone.
func LabRests(times int, left time.Duration) LabTrouble {
	seconds := int(left.Round(time.Second).Seconds())
	return LabTrouble{
		course.Text{
			EN: fmt.Sprintf("Your lab has failed %d times in a row. It can be started again in %d s.", times, seconds),
			ZH: fmt.Sprintf("您的实验环境已连续失败 %d 次，%d 秒后才能再次启动。", times, seconds),
		},
		course.Text{EN: "Read on meanwhile, or raise your hand.", ZH: "请先继续阅读，或者举手求助。"},
	}
}

// LabDiskFull is told where the machine of the class has no room for another lab.
func LabDiskFull() LabTrouble {
	return LabTrouble{
		course.Text{EN: "The disk of the class's machine is full: labs cannot start.", ZH: "课堂主机的磁盘已满，无法启动实验环境。"},
		course.Text{EN: "Raise your hand: the instructor has to make room.", ZH: "请举手告诉讲师，需要先腾出磁盘空间。"},
	}
}

// LabTooLarge is told of a lab whose files take more than a learner may have.
func LabTooLarge(bytes, limit int64) LabTrouble {
	return LabTrouble{
		course.Text{
			EN: fmt.Sprintf("The files of your lab take %d MB; %d MB is what each learner has.", bytes>>20, limit>>20),
			ZH: fmt.Sprintf("您的实验环境占用了 %d MB 磁盘空间，每位学员最多 %d MB。", bytes>>20, limit>>20),
		},
		course.Text{EN: "Begin the lab anew, which empties it. If that does not help, raise your hand.", ZH: "请重新开始这个实验，这会清空实验环境；如果没有用，请举手求助。"},
	}
}

// LabNoEngine is told where the class has no engine; why is the instructor's to
// know.
func LabNoEngine() LabTrouble {
	return LabTrouble{
		course.Text{EN: "This class has no labs: their engine is not on its machine.", ZH: "本课堂没有实验环境：主机上没有实验引擎。"},
		course.Text{EN: "Lessons and questions work. Tell the instructor.", ZH: "课文和题目可以正常使用，请告诉讲师。"},
	}
}

// LabAsleep is told of what would need a lab that runs, and does not start one.
func LabAsleep() LabTrouble {
	return LabTrouble{
		course.Text{EN: "No cluster is up.", ZH: "集群没有运行。"},
		course.Text{EN: "Start a lab first.", ZH: "请先开始一个实验。"},
	}
}

// LabClassOver is told when the class is no longer served.
func LabClassOver() LabTrouble {
	return LabTrouble{
		course.Text{EN: "The class is being closed: labs have gone to sleep.", ZH: "课堂正在关闭，实验环境已休眠。"},
		course.Text{EN: "What you did is kept.", ZH: "您所做的一切都已保存。"},
	}
}
