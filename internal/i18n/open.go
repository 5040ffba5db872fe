package i18n

// OpenWords are those of `kubetutor open`.
type OpenWords struct {
	Open, OpenLong, FlagOpenPort, FlagOpenList, FlagOpenClose, FlagOpenNamespace string

	OpenTo     string // the door's name %s, the address in the lab %s, the way %s
	OpenHosts  string // the address %s, the first host %s
	OpenOthers string // the other hosts %s
	OpenNone   string
	OpenHead   string // of the table, between bars
	OpenClosed string // name %s, address %s
	OpenNoneBy string // the name %s
	OpenWhat   string

	doorWays map[string]string
}

// DoorWay words how a target is reached from outside; node is whose port it is.
func (w *OpenWords) DoorWay(way string) string { return named(w.doorWays, way) }

func openEnglish() OpenWords {
	return OpenWords{
		Open:              "Open a port of this machine that leads into the lab",
		OpenLong:          "Open a port of 127.0.0.1 behind which is something of the lab's network, for your own browser or curl. In the lab, what comes through it comes from a machine outside of the cluster.\n\nTARGET is svc/NAME or svc/NAME:PORT (its load balancer's address, else a node's port; a ClusterIP is for the cluster alone), node/NAME:PORT, ingress (the controller), ingress/NAME, or gateway/NAME. The port stays open when the tutor ends, and is closed when a lab begins or ends, and with the cluster. Nobody but this machine reaches it.\n\nWith --json: an object, or with --list and --close doors, a list of them, with name, address, url, via (LoadBalancer, ExternalIP, NodePort, Node, Ingress, Gateway), node, to (the address in the lab), hosts, connections and since.",
		FlagOpenPort:      "the port of this machine, 1024 or above; any that is free if not given",
		FlagOpenList:      "list what is open",
		FlagOpenClose:     "close what has this name or port, or all",
		FlagOpenNamespace: "namespace of the target; the active lab's if not given",
		OpenTo:            "%s leads to %s (%s)",
		OpenHosts:         "Requests are told apart by their host: curl -H 'Host: %[2]s' %[1]s",
		OpenOthers:        "Other hosts: %s",
		OpenNone:          "Nothing is open.",
		OpenHead:          "name|address|in the lab|way|URL",
		OpenClosed:        "closed: %s, %s",
		OpenNoneBy:        "nothing that is open is called %q: `kubetutor open --list` names what is",
		OpenWhat:          "say what shall be opened, such as svc/web; or --list or --close",
		doorWays: map[string]string{
			"LoadBalancer": "load balancer", "ExternalIP": "external IP", "NodePort": "node port", "Node": "port of a node", "Ingress": "Ingress controller", "Gateway": "Gateway",
		},
	}
}

func openChinese() OpenWords {
	return OpenWords{
		Open:              "在本机打开一个通向实验的端口",
		OpenLong:          "在 127.0.0.1 上打开一个端口，通向实验网络中的目标，供您自己的浏览器或 curl 使用。对实验来说，从这里进来的请求来自集群外的一台机器。\n\nTARGET 可以是 svc/NAME 或 svc/NAME:PORT（使用负载均衡器的地址，否则使用节点端口；ClusterIP 只在集群内可用）、node/NAME:PORT、ingress（控制器）、ingress/NAME 或 gateway/NAME。退出教程后端口仍然打开；实验开始或结束时，以及集群停止时关闭。只有本机可以访问它。\n\n使用 --json 时输出一个对象；与 --list 或 --close 一起使用时输出 doors，即对象列表。字段有 name、address、url、via（LoadBalancer、ExternalIP、NodePort、Node、Ingress、Gateway）、node、to（实验中的地址）、hosts、connections 和 since。",
		FlagOpenPort:      "本机的端口，不小于 1024；不写则任选一个空闲端口",
		FlagOpenList:      "列出已打开的端口",
		FlagOpenClose:     "关闭指定名称或端口的项，或 all（全部）",
		FlagOpenNamespace: "目标所在的命名空间；不写则为当前实验的命名空间",
		OpenTo:            "%s 通向 %s（%s）",
		OpenHosts:         "请求按主机名区分：curl -H 'Host: %[2]s' %[1]s",
		OpenOthers:        "其他主机名：%s",
		OpenNone:          "没有打开任何端口。",
		OpenHead:          "名称|地址|实验中的地址|方式|URL",
		OpenClosed:        "已关闭：%s，%s",
		OpenNoneBy:        "没有打开名为 %q 的项：`kubetutor open --list` 可以列出",
		OpenWhat:          "请写出要打开的目标，例如 svc/web；或使用 --list、--close",
		doorWays: map[string]string{
			"LoadBalancer": "负载均衡器", "ExternalIP": "外部 IP", "NodePort": "节点端口", "Node": "节点的端口", "Ingress": "Ingress 控制器", "Gateway": "Gateway",
		},
	}
}
