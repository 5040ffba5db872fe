package check

import (
	"fmt"
	"time"

	"kubetutor/internal/course"
)

// What verdicts say. The engine sends both languages, so that a tutor can
// switch without asking again.

func textNotFound() course.Text { return course.Text{EN: "not found", ZH: "不存在"} }
func textNotSet() course.Text   { return course.Text{EN: "not set", ZH: "未设置"} }
func textSet() course.Text      { return course.Text{EN: "set", ZH: "已设置"} }
func textExists() course.Text   { return course.Text{EN: "exists", ZH: "存在"} }
func textAllowed() course.Text  { return course.Text{EN: "allowed", ZH: "允许"} }
func textDenied() course.Text   { return course.Text{EN: "not allowed", ZH: "不允许"} }

func textDone() course.Text {
	return course.Text{EN: "at least one such request", ZH: "至少一个这样的请求"}
}

func textNone() course.Text { return course.Text{EN: "none", ZH: "没有"} }

func textSucceeds() course.Text { return course.Text{EN: "exit code 0", ZH: "退出码为 0"} }

func textSaysSomething() course.Text { return course.Text{EN: "a log", ZH: "有日志"} }

func textNothingSaid(map[string]any) course.Text {
	return course.Text{EN: "an empty log", ZH: "日志为空"}
}

func textNoPod() course.Text { return course.Text{EN: "no Pod runs", ZH: "没有正在运行的 Pod"} }

func textNoPodYet() course.Text {
	return course.Text{EN: "there is no such Pod", ZH: "没有这样的 Pod"}
}

func textManyPods(limit int) course.Text {
	return course.Text{
		EN: fmt.Sprintf("more than %d Pods are meant", limit),
		ZH: fmt.Sprintf("涉及的 Pod 超过 %d 个", limit),
	}
}

func textNoContainer(name string) course.Text {
	return course.Text{EN: fmt.Sprintf("the Pod has no container %q", name), ZH: fmt.Sprintf("Pod 中没有容器 %q", name)}
}

func textNotRunning(container string) course.Text {
	return course.Text{EN: fmt.Sprintf("the container %s does not run", container), ZH: fmt.Sprintf("容器 %s 没有在运行", container)}
}

func textNotStarted(container string) course.Text {
	return course.Text{EN: fmt.Sprintf("the container %s has not started", container), ZH: fmt.Sprintf("容器 %s 尚未启动", container)}
}

func textNotRestarted(container string) course.Text {
	return course.Text{EN: fmt.Sprintf("the container %s has not restarted", container), ZH: fmt.Sprintf("容器 %s 没有重启过", container)}
}

func textTooSlow(limit time.Duration) course.Text {
	return course.Text{EN: fmt.Sprintf("no end within %v", limit), ZH: fmt.Sprintf("%v 内没有结束", limit)}
}

func textTooMuch(bytes int) course.Text {
	return course.Text{EN: fmt.Sprintf("more than %d KB of output", bytes>>10), ZH: fmt.Sprintf("输出超过 %d KB", bytes>>10)}
}

func textElsewhere(namespace string) course.Text {
	return course.Text{
		EN: fmt.Sprintf("on your own cluster only the namespace %s is looked into", namespace),
		ZH: fmt.Sprintf("在您自己的集群上只查看命名空间 %s", namespace),
	}
}

// inPod says of which Pod something is said, where there are several.
func inPod(pod string, t course.Text) course.Text {
	if t.IsZero() {
		return t
	}
	return course.Text{EN: pod + ": " + t.EN, ZH: pod + "：" + t.ZH}
}

func textNotYet() course.Text {
	return course.Text{EN: "the cluster may still get there", ZH: "集群可能还在处理"}
}

func textNotObserved() course.Text {
	return course.Text{EN: "its controller has not seen the last change yet", ZH: "控制器还没有处理最近一次改动"}
}

func textDeleting() course.Text {
	return course.Text{EN: "it is being deleted", ZH: "正在删除"}
}

func textGap() course.Text {
	return course.Text{
		EN: "the engine was down for a while and cannot know what happened meanwhile",
		ZH: "引擎停过一段时间，无法知道其间发生了什么",
	}
}

func textNoAudit() course.Text {
	return course.Text{EN: "this cluster's requests cannot be followed", ZH: "无法得知这个集群收到了哪些请求"}
}

func textNoWorkspace() course.Text {
	return course.Text{EN: "there is no workspace", ZH: "没有工作目录"}
}

func textUnknownSubject() course.Text {
	return course.Text{EN: "this engine cannot look at what the check is about", ZH: "这个引擎无法查看该检查的对象"}
}

func textBroken(err error) course.Text {
	return course.Text{
		EN: fmt.Sprintf("the check's expression is broken: %v", err),
		ZH: fmt.Sprintf("检查的表达式有误：%v", err),
	}
}

func textTooCostly(err error) course.Text {
	return course.Text{
		EN: fmt.Sprintf("the check's expression takes too long: %v", err),
		ZH: fmt.Sprintf("检查的表达式开销过大：%v", err),
	}
}

func textUnreadable(what string, err error) course.Text {
	return course.Text{
		EN: fmt.Sprintf("%s cannot be read: %v", what, err),
		ZH: fmt.Sprintf("无法读取 %s：%v", what, err),
	}
}

func textMalformed(as string, err error) course.Text {
	return course.Text{
		EN: fmt.Sprintf("not valid %s: %v", as, err),
		ZH: fmt.Sprintf("不是合法的 %s：%v", as, err),
	}
}

// comparison phrases what an operator wants of a value.
func comparison(op, value string) course.Text {
	switch op {
	case "==":
		return course.Same(value)
	case "!=":
		return course.Text{EN: "not " + value, ZH: "不是 " + value}
	case "in":
		return course.Text{EN: "one of " + value, ZH: value + " 之一"}
	case "not in":
		return course.Text{EN: "none of " + value, ZH: "不在 " + value + " 之中"}
	}
	return course.Same(op + " " + value)
}

// containing phrases what `value in container` wants of a container.
func containing(value string, negated bool) course.Text {
	if negated {
		return course.Text{EN: "without " + value, ZH: "不含 " + value}
	}
	return course.Text{EN: "with " + value, ZH: "含有 " + value}
}

// never turns what is wanted at no moment into what is wanted.
func never(t course.Text) course.Text {
	if t.IsZero() {
		return t
	}
	return course.Text{EN: "never " + t.EN, ZH: "从不 " + t.ZH}
}
