// Package cri is the container runtime of the simulated nodes. It serves
// RuntimeService and ImageService of CRI v1 (k8s.io/cri-api) on one unix socket
// for each node, over containers that package kernel runs and images that
// package image knows. [Main] is the process that holds all nodes of a cluster.
//
// What a user can see of a runtime follows containerd: states, exit codes,
// reasons, and the texts of errors, which kubectl describe shows word for word.
// The comments of api.proto are the specification where containerd is silent.
//
// A [node] has sandboxes, which have containers. Each of the three guards its
// own state with its own lock, and no lock is held while files are written,
// programs run or connections wait; a list works on a copy of the index. Every
// sandbox and container has a record on disk, so that a runtime that was killed
// comes back as a machine does after a power cut: all containers have exited
// with code 255, and the kubelet makes new ones.
package cri
