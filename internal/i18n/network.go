package i18n

// NetworkWords are those of the picture of the network, everywhere. The formats
// name their arguments beside them.
type NetworkWords struct {
	NetworkTitle, NetworkAbout                                string
	NetworkNames                                              string // by which it is found: words between bars
	NetworkEntries, NetworkService, NetworkSlice, NetworkPods string // columns
	NetworkNamespace, NetworkEverywhere                       string
	NetworkSystem, NetworkPaused                              string
	NetworkLoose                                              string // Pods that no Service leads to
	NetworkMissing                                            string
	NetworkNodePort                                           string // %d
	NetworkNoNode, NetworkOutside                             string
	NetworkDefault                                            string // the default of an Ingress
	NetworkMore                                               string // %d that are left out
	NetworkNoEndpoint                                         string

	NetworkInTen string // what numbers without words count
	NetworkComma string // between the parts of a list

	NetworkReady, NetworkNotReady, NetworkEnding string
	NetworkRecent, NetworkRecentFailed           string // %d in 10 s; %d of them, %d failed

	NetworkConnections, NetworkConnectionsOf, NetworkNone string // Of: %s
	NetworkNow, NetworkSeconds, NetworkMinutes            string // %d
	NetworkTimes                                          string // %d
	NetworkFrom                                           string // %s, a way to a Service
	NetworkIsolated                                       string // of a Pod
	NetworkNoNamespace                                    string // %q, %s: those that there are

	NetworkLabels, NetworkSelector, NetworkNoSelector    string // %s
	NetworkAddress                                       string // %s
	NetworkIsolatedIn, NetworkIsolatedOut, NetworkIsOpen string // policies %s
	NetworkAffinity, NetworkInternal, NetworkExternal    string
	NetworkTried                                         string // %d times, from %s to %s

	NetworkNoLab, NetworkNoCluster, NetworkNoNodes, NetworkForeign, NetworkEmpty, NetworkLooking string
	NetworkSay                                                                                   string // the command of plain mode

	NetworkOutcomes map[string]string // by protocol.Outcome: how a connection ended
	// NetworkReasons say why, in a few words, by protocol.ExplainCode. The names in
	// braces are those of the step.
	NetworkReasons map[string]string
}

// networkHelp is the help of `kubetutor network`.
type networkHelp struct {
	Network, NetworkLong, FlagNetworkNamespace, FlagNetworkAll, FlagNetworkWatch, NetworkOneOrAll string
}

func networkEnglish() NetworkWords {
	return NetworkWords{
		NetworkTitle: "Network", NetworkAbout: "the live picture of Services, Pods and connections", NetworkNames: "network|traffic|connections",
		NetworkEntries: "Ways in", NetworkService: "Service", NetworkSlice: "EndpointSlice", NetworkPods: "Pods, by node", NetworkInTen: "in 10 s", NetworkComma: ", ",
		NetworkNamespace: "Namespace", NetworkEverywhere: "all", NetworkSystem: "with system namespaces", NetworkPaused: "paused",
		NetworkLoose: "Pods behind no Service", NetworkMissing: "there is no such Service", NetworkNodePort: "every node:%d", NetworkNoNode: "on no node",
		NetworkOutside: "outside", NetworkDefault: "default backend", NetworkMore: "%d more are left out", NetworkNoEndpoint: "no endpoint",
		NetworkReady: "ready", NetworkNotReady: "not ready", NetworkEnding: "terminating", NetworkRecent: "%d in 10 s", NetworkRecentFailed: "%d in 10 s, %d failed",
		NetworkConnections: "Last connections", NetworkConnectionsOf: "Last connections of %s", NetworkNone: "none yet",
		NetworkTimes: "%d times", NetworkFrom: "from %s", NetworkIsolated: "isolated", NetworkNoNamespace: "there is no namespace %q: there is %s",
		NetworkNow: "now", NetworkSeconds: "%d s ago", NetworkMinutes: "%d min ago",
		NetworkLabels: "labels %s", NetworkSelector: "selector %s", NetworkNoSelector: "no selector", NetworkAddress: "address %s",
		NetworkIsolatedIn: "incoming connections are isolated by %s", NetworkIsolatedOut: "outgoing connections are isolated by %s", NetworkIsOpen: "no NetworkPolicy isolates it",
		NetworkAffinity: "affinity %s", NetworkInternal: "internal traffic policy %s", NetworkExternal: "external traffic policy %s",
		NetworkTried:     "%d times, from %s to %s",
		NetworkNoLab:     "There are no clusters here.",
		NetworkNoCluster: "No cluster is up. Start a lab that needs nodes, or run `kubetutor cluster up --profile nodes` in another terminal: this page shows it by itself.",
		NetworkNoNodes:   "This cluster has no nodes, so no Pod runs and nothing connects. Start a lab that needs nodes, or run `kubetutor cluster up --profile nodes` in another terminal.",
		NetworkForeign:   "The network can be seen in kubetutor's own cluster only, not in %s.",
		NetworkEmpty:     "There are no Services and no Pods here yet. Make some, such as with `kubectl create deployment web --image=nginx` and `kubectl expose deployment web --port=80`.",
		NetworkLooking:   "Looking …",
		NetworkSay:       "the network: its Services, Pods and last connections",
		NetworkOutcomes: map[string]string{
			"connects": "connected", "refused": "refused", "rejected": "rejected", "timesOut": "timed out", "unreachable": "no route", "unresolved": "no such name", "idle": "not running",
		},
		NetworkReasons: map[string]string{
			"egress-rule": "{policy} rule {rule} lets it out", "egress-none": "no rule lets it out: {policies}", "ingress-rule": "{policy} rule {rule} lets it in", "ingress-none": "no rule lets it in: {policies}",
			"service-no-endpoint": "the Service has no endpoint", "service-local-only": "traffic policy Local, no endpoint on {node}", "service-source": "the source is not allowed (loadBalancerSourceRanges)",
			"service-unhandled": "kube-proxy has no rule on {node}", "node-down": "{node} is down", "listens-not": "nothing listens on port {port}", "address-free": "nobody has this address", "address-unknown": "nobody has this address", "service-port-missing": "the Service has no port {port}",
			"target-unnamed": "no Pod names the port {target}", "own-node": "its own node",
		},
	}
}

func networkChinese() NetworkWords {
	return NetworkWords{
		NetworkTitle: "网络", NetworkAbout: "Service、Pod 和连接的实时图", NetworkNames: "网络|流量|连接|network|traffic",
		NetworkEntries: "入口", NetworkService: "Service", NetworkSlice: "EndpointSlice", NetworkPods: "Pod（按节点）", NetworkInTen: "10 秒内", NetworkComma: "，",
		NetworkNamespace: "命名空间", NetworkEverywhere: "全部", NetworkSystem: "含系统命名空间", NetworkPaused: "已暂停",
		NetworkLoose: "不在任何 Service 之后的 Pod", NetworkMissing: "没有这个 Service", NetworkNodePort: "每个节点:%d", NetworkNoNode: "未在节点上",
		NetworkOutside: "集群外", NetworkDefault: "默认后端", NetworkMore: "另有 %d 个未显示", NetworkNoEndpoint: "没有端点",
		NetworkReady: "就绪", NetworkNotReady: "未就绪", NetworkEnding: "终止中", NetworkRecent: "10 秒内 %d 次", NetworkRecentFailed: "10 秒内 %d 次，失败 %d 次",
		NetworkConnections: "最近的连接", NetworkConnectionsOf: "%s 最近的连接", NetworkNone: "还没有",
		NetworkTimes: "%d 次", NetworkFrom: "来自 %s", NetworkIsolated: "已隔离", NetworkNoNamespace: "没有命名空间 %q：有 %s",
		NetworkNow: "刚才", NetworkSeconds: "%d 秒前", NetworkMinutes: "%d 分钟前",
		NetworkLabels: "标签 %s", NetworkSelector: "选择算符 %s", NetworkNoSelector: "没有选择算符", NetworkAddress: "地址 %s",
		NetworkIsolatedIn: "入站连接被隔离：%s", NetworkIsolatedOut: "出站连接被隔离：%s", NetworkIsOpen: "没有 NetworkPolicy 隔离它",
		NetworkAffinity: "会话亲和性 %s", NetworkInternal: "内部流量策略 %s", NetworkExternal: "外部流量策略 %s",
		NetworkTried:     "%d 次，从 %s 到 %s",
		NetworkNoLab:     "这里没有集群。",
		NetworkNoCluster: "没有集群在运行。启动一个需要节点的实验，或在另一个终端运行 `kubetutor cluster up --profile nodes`：本页会自动显示。",
		NetworkNoNodes:   "这个集群没有节点，因此没有 Pod 运行，也没有连接。启动一个需要节点的实验，或在另一个终端运行 `kubetutor cluster up --profile nodes`。",
		NetworkForeign:   "只有 kubetutor 自己的集群能显示网络，%s 不能。",
		NetworkEmpty:     "这里还没有 Service 和 Pod。可以创建一些，例如 `kubectl create deployment web --image=nginx` 和 `kubectl expose deployment web --port=80`。",
		NetworkLooking:   "正在查看……",
		NetworkSay:       "网络：Service、Pod 和最近的连接",
		NetworkOutcomes: map[string]string{
			"connects": "已连通", "refused": "被拒绝", "rejected": "无端点", "timesOut": "超时", "unreachable": "无路由", "unresolved": "无此名称", "idle": "未运行",
		},
		NetworkReasons: map[string]string{
			"egress-rule": "{policy} 的规则 {rule} 允许出站", "egress-none": "没有规则允许出站：{policies}", "ingress-rule": "{policy} 的规则 {rule} 允许入站", "ingress-none": "没有规则允许入站：{policies}",
			"service-no-endpoint": "Service 没有端点", "service-local-only": "流量策略为 Local，{node} 上没有端点", "service-source": "来源不被允许（loadBalancerSourceRanges）",
			"service-unhandled": "{node} 上的 kube-proxy 没有规则", "node-down": "{node} 已停机", "listens-not": "端口 {port} 上没有程序监听", "address-free": "没有谁使用这个地址", "address-unknown": "没有谁使用这个地址", "service-port-missing": "Service 没有端口 {port}",
			"target-unnamed": "没有 Pod 命名端口 {target}", "own-node": "所在的节点",
		},
	}
}

func networkHelpEnglish() networkHelp {
	return networkHelp{
		Network: "Show the network: ways in, Services, endpoints, Pods, and the last connections",
		NetworkLong: "Show how the network of the cluster stands: which Ingresses, routes and ports lead to which Services, which EndpointSlices and Pods are behind them and on which nodes, and of the last connections which came through, and which did not and why. Counts are of the last ten seconds.\n\n" +
			"Without --namespace it shows the namespace of the active lab, or all but those of the system.\n\n" +
			"With --watch it prints connections as they happen, one a line, until it is interrupted: time, outcome, how many alike, from, to, endpoint, reason.\n\n" +
			"With --json: an object with at, namespace, namespaces, entries, services (with slices and their endpoints), pods, nodes, policies, connections (the newest first: id, began, last, count, network, from, to, endpoint, outcome, steps) and left (what was too much to tell). With --watch it is one such object a line whenever something changes. Fields may be added, none is taken away.",
		FlagNetworkNamespace: "only this namespace", FlagNetworkAll: "all namespaces, those of the system too", FlagNetworkWatch: "print connections as they happen",
		NetworkOneOrAll: "name one namespace or ask for all, not both",
	}
}

func networkHelpChinese() networkHelp {
	return networkHelp{
		Network: "查看网络：入口、Service、端点、Pod 和最近的连接",
		NetworkLong: "查看集群网络的状况：哪些 Ingress、路由和端口通向哪些 Service，它们之后有哪些 EndpointSlice 和 Pod、在哪些节点上；最近的连接哪些通过了，哪些没有、为什么。次数为最近十秒的。\n\n" +
			"不加 --namespace 时显示当前实验的命名空间；没有时显示系统以外的全部命名空间。\n\n" +
			"加 --watch 时逐行输出发生的连接，直到中断：时间、结果、相同的次数、来源、目标、端点、原因。\n\n" +
			"使用 --json 时输出一个对象，字段有 at、namespace、namespaces、entries、services（含 slices 及其 endpoints）、pods、nodes、policies、connections（从新到旧：id、began、last、count、network、from、to、endpoint、outcome、steps）和 left（因过多而未列出的）。与 --watch 同用时，每次变化输出一行这样的对象。字段可能增加，不会减少。",
		FlagNetworkNamespace: "只看这个命名空间", FlagNetworkAll: "全部命名空间，包括系统的", FlagNetworkWatch: "逐行输出发生的连接",
		NetworkOneOrAll: "指定一个命名空间或要求全部，不能同时使用",
	}
}
