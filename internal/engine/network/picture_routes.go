package network

import (
	"context"
	"encoding/json"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// The routes of Gateways are custom resources: their kinds come and go with their
// definitions, which no informer survives. So they are asked for again and again,
// as long as somebody watches.
const (
	routesGroup = "/apis/gateway.networking.k8s.io"
	routesEvery = 2 * time.Second
)

// routeKinds are the kinds of routes that are drawn, by their resources.
func routeKinds() map[string]string {
	return map[string]string{"httproutes": "HTTPRoute", "grpcroutes": "GRPCRoute", "tlsroutes": "TLSRoute", "tcproutes": "TCPRoute"}
}

// routes lists the routes of Gateways, if the cluster knows some of their kinds.
func routes(ctx context.Context, client rest.Interface) (list []*route, err error) {
	var group metav1.APIGroup
	if err := get(ctx, client, routesGroup, &group); err != nil {
		return nil, ignoreMissing(err)
	}
	for resource, kind := range routeKinds() {
		some, err := routesOf(ctx, client, group, resource)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			r.Kind = kind // items of a list do not say so
		}
		list = append(list, some...)
	}
	return list, nil
}

// routesOf lists the routes of a kind in the first version that has it.
func routesOf(ctx context.Context, client rest.Interface, group metav1.APIGroup, resource string) ([]*route, error) {
	for _, v := range group.Versions {
		var list struct {
			Items []*route `json:"items"`
		}
		err := get(ctx, client, routesGroup+"/"+v.Version+"/"+resource, &list)
		if !apierrors.IsNotFound(err) {
			return list.Items, err
		}
	}
	return nil, nil
}

func ignoreMissing(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func get(ctx context.Context, client rest.Interface, path string, into any) error {
	data, err := client.Get().AbsPath(path).SetHeader("Accept", "application/json").Do(ctx).Raw()
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// followRoutes asks for the routes until ctx ends. While there is no answer, those
// stay that were there last.
func (w *watch) followRoutes(ctx context.Context) {
	for {
		if list, err := routes(ctx, w.network.client.Discovery().RESTClient()); err == nil {
			select {
			case w.routes <- list:
			case <-ctx.Done():
				return
			}
		}
		if !sleep(ctx, routesEvery) {
			return
		}
	}
}
