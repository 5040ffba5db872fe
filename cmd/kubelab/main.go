package main

import (
	_ "github.com/google/cel-go/cel"
	_ "github.com/itchyny/gojq"
	_ "github.com/landlock-lsm/go-landlock/landlock"
	_ "go.etcd.io/etcd/server/v3/embed"
	_ "k8s.io/kubectl/pkg/cmd"
	_ "k8s.io/kubernetes/cmd/kube-apiserver/app"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	_ "k8s.io/kubernetes/cmd/kube-scheduler/app"
	_ "k8s.io/kubernetes/cmd/kubelet/app"
	_ "mvdan.cc/sh/v3/interp"
	_ "sigs.k8s.io/yaml"
)

func main() {}
