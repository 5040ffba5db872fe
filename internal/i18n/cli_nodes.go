package i18n

func englishNodes(w *CLI) {
	w.Node = "Look at the cluster's nodes, stop, start, add and remove them"
	w.NodeLong = "The nodes of the practice cluster are simulated below the container runtime; their kubelets are real. What is done here happens to the machine, not to the Node object: kubectl then shows what Kubernetes makes of it.\n\n`list --json` prints nodes, a list of objects with name, state (Ready, NotReady, Unknown, Joining, Stopped, Removing), unschedulable, ip, zone, added, pressure, kubelet (process), since, pods, usage and capacity (cpu in millicores, memory and disk in bytes). The other commands print one such object. A reset of the cluster, such as a lab's start, undoes all of it."
	w.NodeList = "List the nodes"
	w.NodeStop = "Pull a node's plug"
	w.NodeStart = "Start a stopped node"
	w.NodeAdd = "Add a node, which joins with a bootstrap token"
	w.NodeRemove = "Take a node away for good, with its Node object"
	w.NodePressure = "Make a node run short of memory, disk space or process ids"
	w.NoNodes = "This cluster has no nodes: `kubetutor cluster up --profile nodes` gives it three."
	w.Component = "Pause and resume components of the control plane"
	w.ComponentLong = "See what a component does by what no longer happens without it.\n\nShort names will do: scheduler, controller-manager. `list --json` prints components, a list of objects with name, state (running, paused, failed), since, pauseable and detail. A reset of the cluster, such as a lab's start, resumes all of them."
	w.ComponentList = "List the components"
	w.ComponentPause = "Stop a component until it is resumed"
	w.ComponentResume = "Start a paused component again"
	w.Images = "List the images that containers can be made of"
	w.ImagesLong = "List the images that the cluster's registries serve. Any other name ends in ErrImagePull, as a wrong name does anywhere.\n\nWith --json: images, a list of objects with repository, tags, version, size (bytes), digest, about (by language), ports, user and private."
	w.NeedsSecret = "needs a pull secret"
	w.UnknownProfile = "there is no profile %q: use one of %s"
	w.FlagProfile = "kind of cluster: control-plane (no nodes), nodes (three), nodes-fast (three, and short waits); a new cluster has nodes"
	w.FlagZone = "zone of the new node"
	w.FlagLabel = "label of the new node, as KEY=VALUE; may be repeated"
	w.FlagTaint = "taint of the new node, as KEY=VALUE:EFFECT; may be repeated"
	w.FlagDrain = "first move its Pods away, as kubectl drain does"
	w.FlagOff = "end the shortage"
	w.nodeStates = map[string]string{
		"Ready": "Ready", "NotReady": "NotReady", "Unknown": "Unknown", "Joining": "joining", "Stopped": "stopped", "Removing": "being removed",
		"cordoned": "cordoned", "added": "added", "removed": "removed", "short-of-memory": "short of memory", "short-of-disk": "short of disk", "short-of-pids": "short of pids",
	}
	w.componentStates = map[string]string{"running": "running", "paused": "paused", "failed": "failed"}
}

func chineseNodes(w *CLI) {
	w.Node = "查看、停止、启动、添加和移除集群的节点"
	w.NodeLong = "练习集群的节点在容器运行时以下是模拟的，kubelet 则是真实的。这里的操作针对机器，而不是 Node 对象：Kubernetes 如何反应，用 kubectl 查看。\n\n`list --json` 输出 nodes，即对象列表，字段有 name、state（Ready、NotReady、Unknown、Joining、Stopped、Removing）、unschedulable、ip、zone、added、pressure、kubelet（进程号）、since、pods、usage 和 capacity（cpu 以毫核计，memory 和 disk 以字节计）。其他命令输出一个这样的对象。集群恢复初始状态时（例如启动实验），这些操作全部撤销。"
	w.NodeList = "列出节点"
	w.NodeStop = "断开节点的电源"
	w.NodeStart = "启动已停止的节点"
	w.NodeAdd = "添加一个节点，它用引导令牌加入集群"
	w.NodeRemove = "永久移除节点及其 Node 对象"
	w.NodePressure = "让节点的内存、磁盘空间或进程号不足"
	w.NoNodes = "这个集群没有节点：`kubetutor cluster up --profile nodes` 会给它三个节点。"
	w.Component = "暂停和恢复控制平面的组件"
	w.ComponentLong = "暂停一个组件，看看没有它什么不再发生，就知道它的作用。\n\n可以用简称：scheduler、controller-manager。`list --json` 输出 components，即对象列表，字段有 name、state（running、paused、failed）、since、pauseable 和 detail。集群恢复初始状态时（例如启动实验），所有组件恢复运行。"
	w.ComponentList = "列出组件"
	w.ComponentPause = "停止一个组件，直到恢复它"
	w.ComponentResume = "恢复已暂停的组件"
	w.Images = "列出可用的容器镜像"
	w.ImagesLong = "列出集群的镜像仓库提供的镜像。其他名称会得到 ErrImagePull，与在任何集群上写错名称一样。\n\n使用 --json 时输出 images，即对象列表，字段有 repository、tags、version、size（字节）、digest、about（按语言）、ports、user 和 private。"
	w.NeedsSecret = "需要拉取 Secret"
	w.UnknownProfile = "没有名为 %q 的集群类型：请使用 %s"
	w.FlagProfile = "集群类型：control-plane（没有节点）、nodes（三个节点）、nodes-fast（三个节点，等待时间短）；新集群为 nodes"
	w.FlagZone = "新节点的可用区"
	w.FlagLabel = "新节点的标签，写作 KEY=VALUE，可重复"
	w.FlagTaint = "新节点的污点，写作 KEY=VALUE:EFFECT，可重复"
	w.FlagDrain = "先像 kubectl drain 那样腾空 Pod"
	w.FlagOff = "结束资源不足的状态"
	w.nodeStates = map[string]string{
		"Ready": "Ready", "NotReady": "NotReady", "Unknown": "Unknown", "Joining": "加入中", "Stopped": "已停止", "Removing": "移除中",
		"cordoned": "已封锁", "added": "后添加", "removed": "已移除", "short-of-memory": "内存不足", "short-of-disk": "磁盘不足", "short-of-pids": "进程号不足",
	}
	w.componentStates = map[string]string{"running": "运行中", "paused": "已暂停", "failed": "失败"}
}
