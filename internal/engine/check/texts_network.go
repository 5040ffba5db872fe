package check

import (
	"fmt"
	"strings"

	"kubetutor/internal/course"
)

func textNoNetwork() course.Text {
	return course.Text{
		EN: "this cluster has no network that can be entered",
		ZH: "这个集群没有可以进入的网络",
	}
}

func textPodNotRunning(pod string) course.Text {
	return course.Text{EN: fmt.Sprintf("the Pod %s does not run", pod), ZH: fmt.Sprintf("Pod %s 没有在运行", pod)}
}

func textNoAuthority(secret string) course.Text {
	return course.Text{
		EN: fmt.Sprintf("the Secret %s holds no certificate of an authority", secret),
		ZH: fmt.Sprintf("Secret %s 中没有证书颁发机构的证书", secret),
	}
}

func textAnswers() course.Text { return course.Text{EN: "an answer", ZH: "有应答"} }

func textResolves() course.Text { return course.Text{EN: "it resolves", ZH: "能够解析"} }

func textStatus(values map[string]any) course.Text {
	return course.Text{EN: fmt.Sprintf("status %v", values["status"]), ZH: fmt.Sprintf("状态码 %v", values["status"])}
}

// textFollows says that a failure may be of the moment.
func textFollows() course.Text {
	return course.Text{EN: "the network may not have followed the last change yet", ZH: "网络可能还没有跟上最近一次改动"}
}

// textNoAnswer says why there is no answer, in the words of those who know
// networks.
func textNoAnswer(f *failure) course.Text {
	detail := ": " + shorten(f.Error())
	switch f.kind {
	case failedRefused:
		return course.Text{EN: "no answer: connection refused", ZH: "没有应答：连接被拒绝"}
	case failedTimeout:
		return course.Text{EN: "no answer: timed out", ZH: "没有应答：超时"}
	case failedUnreachable:
		return course.Text{EN: "no answer: no route to the host", ZH: "没有应答：主机不可达"}
	case failedClosed:
		return course.Text{EN: "no answer: the connection was closed", ZH: "没有应答：连接被关闭"}
	case failedName:
		return course.Text{EN: "no answer" + detail, ZH: "没有应答" + strings.Replace(detail, ": ", "：", 1)}
	case failedTLS:
		return course.Text{EN: "no answer, TLS failed" + detail, ZH: "没有应答，TLS 失败" + strings.Replace(detail, ": ", "：", 1)}
	}
	return course.Text{EN: "no answer of HTTP" + detail, ZH: "不是 HTTP 应答" + strings.Replace(detail, ": ", "：", 1)}
}

// textNoRecords says what the DNS said in place of an answer.
func textNoRecords(rcode string) course.Text {
	if rcode == "NOERROR" {
		return course.Text{EN: "the name has no such record", ZH: "该名称没有这种记录"}
	}
	return course.Text{EN: "the DNS says " + rcode, ZH: "DNS 应答 " + rcode}
}
