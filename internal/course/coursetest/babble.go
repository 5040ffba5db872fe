package coursetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// babble makes up sentences, commands and errors.
type babble struct{ *rand.Rand }

const (
	englishWords = `a and another asks before binds by claim class cluster controller creates deletes finds for from grants in is label
list may namespace never node not object of one only order policy quota reads role rule scheduler secret selector sends server service
storage that the then this token until user verb volume waits watches when which who with without writes`
	chineseWords = `对象 控制器 命名空间 集群 节点 调度 卷 申领 存储类 角色 绑定 用户 服务账号 标签 选择算符 请求 拒绝 允许 创建 删除 更新 监视 等待 之后 之前 因此 但是 如果 只有 所有 一个 这个 不会 可以 必须 已经 重新`
	kinds        = `pods pvc pv secrets configmaps deployments services roles rolebindings nodes events jobs ingresses quotas`
	failures     = `Error from server (Forbidden): pods is forbidden: User "kim" cannot list resource "pods"
error: the server doesn't have a resource type "pod5"
0/3 nodes are available: 3 Insufficient memory
Back-off restarting failed container
Failed to pull image "nginx:1.99": ErrImagePull`
)

func (b babble) pick(words []string) string { return words[b.IntN(len(words))] }

// english is a sentence of so many words, one of them rare.
func (b babble) english(words int) string {
	all := strings.Fields(englishWords)
	list := make([]string, words)
	for i := range list {
		list[i] = b.pick(all)
	}
	list[b.IntN(words)] = fmt.Sprintf("thing%d", b.IntN(5000))
	return strings.ToUpper(list[0][:1]) + strings.Join(list, " ")[1:] + "."
}

// chinese is a sentence of so many words.
func (b babble) chinese(words int) string {
	all := strings.Fields(chineseWords)
	var s strings.Builder
	for range words {
		s.WriteString(b.pick(all))
	}
	return s.String() + "。"
}

func (b babble) command() string {
	return fmt.Sprintf("kubectl get %s -n shop -l app=thing%d", b.pick(strings.Fields(kinds)), b.IntN(5000))
}

func (b babble) failure() string { return b.pick(strings.Split(failures, "\n")) }
