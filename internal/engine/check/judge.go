package check

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

const (
	maxManifest  = 1 << 20 // bytes
	maxDocuments = 50
	maxDepth     = 100 // of maps and lists within each other
	judgeTimeout = 10 * time.Second
)

// Judge judges a manifest: each document is created in a server-side dry run
// with strict field validation as the user of config, and the checks are judged
// on what the server would have stored. `object` is the first document and
// `items` are all of them, those of a List one by one; a check with an object
// looks at the first document of that kind (and name, if it gives one).
//
// What the cluster happens to hold does not matter: a namespace that does not
// exist is stood in for by default, and a name that is taken by another one; the
// result has the names that the manifest gave.
//
// A manifest that is refused is no error but a Rejection, in the server's own
// words, or those of the parser. With Compile, the checks are only compiled.
func (c *Checker) Judge(ctx context.Context, config *rest.Config, req protocol.Judge) (protocol.Judgement, error) {
	if req.Compile {
		return CompileAll(req), nil
	}
	objects, err := parseManifest(req.Manifest)
	if err != nil {
		return protocol.Judgement{Rejection: err.Error()}, nil
	}
	client, err := dynamic.NewForConfig(unhindered(config))
	if err != nil {
		return protocol.Judgement{}, fmt.Errorf("making a client for a dry run: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, judgeTimeout)
	defer cancel()
	return c.judgeObjects(ctx, dryRun{client, c.kinds, req.Namespace}, objects, req.Checks)
}

func (c *Checker) judgeObjects(ctx context.Context, run dryRun, objects []*unstructured.Unstructured, checks []course.Check) (protocol.Judgement, error) {
	var stored []*unstructured.Unstructured
	for _, o := range objects {
		result, err := run.create(ctx, o)
		if isRejection(err) {
			return protocol.Judgement{Rejection: err.Error()}, nil
		}
		if err != nil {
			return protocol.Judgement{}, fmt.Errorf("trying %s %q: %w", o.GetKind(), o.GetName(), err)
		}
		stored = append(stored, result)
	}
	return protocol.Judgement{Verdicts: judgeStored(checks, stored)}, nil
}

// judgeStored judges checks on the results of a dry run.
func judgeStored(checks []course.Check, stored []*unstructured.Unstructured) []protocol.Verdict {
	items := make([]any, len(stored))
	for i, o := range stored {
		items[i] = o.Object
	}
	verdicts := make([]protocol.Verdict, len(checks))
	for i, r := range newCompiler(nil).rules(checks, nil) {
		in := input{values: map[string]any{"vars": map[string]string{}, "items": items}}
		if c := r.check; c.List != nil || c.Access != nil || c.File != nil || c.Audit != nil || r.isSampled() || r.lasting() {
			in.unjudged = textUnknownSubject()
		}
		if object := find(stored, reference(r.check)); object != nil {
			in.there, in.values["object"] = true, object.Object
		}
		for name, ref := range r.check.With {
			in.values[name] = nil
			if object := find(stored, &ref); object != nil {
				in.values[name] = object.Object
			}
		}
		verdicts[i] = r.judge(in)
	}
	return verdicts
}

func reference(c course.Check) *course.ObjectRef {
	if c.Absent != nil {
		return c.Absent
	}
	return c.Object
}

// find returns the first object that is meant; a nil reference means any.
func find(objects []*unstructured.Unstructured, ref *course.ObjectRef) *unstructured.Unstructured {
	for _, o := range objects {
		if ref == nil || o.GetAPIVersion() == ref.APIVersion && o.GetKind() == ref.Kind && (ref.Name == "" || ref.Name == o.GetName()) {
			return o
		}
	}
	return nil
}

// dryRun creates objects without storing them.
type dryRun struct {
	client    dynamic.Interface
	kinds     meta.RESTMapper
	namespace string // of objects that name none; empty: default
}

// create returns the object as the server would have stored it.
func (d dryRun) create(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	mapping, err := d.kinds.RESTMapping(o.GroupVersionKind().GroupKind(), o.GroupVersionKind().Version)
	if err != nil {
		return nil, err
	}
	meant := o.DeepCopy()
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace && meant.GetNamespace() == "" {
		meant.SetNamespace(d.namespaceOr())
	}
	result, err := d.attempt(ctx, mapping, meant.DeepCopy())
	if err != nil {
		return nil, err
	}
	if meant.GetName() != "" { // else the server made one up
		result.SetName(meant.GetName())
	}
	result.SetNamespace(meant.GetNamespace())
	return result, nil
}

func (d dryRun) namespaceOr() string {
	if d.namespace == "" {
		return metav1.NamespaceDefault
	}
	return d.namespace
}

// attempt tries the object as it is, then with what stands in for a missing
// namespace or a name that is taken.
func (d dryRun) attempt(ctx context.Context, mapping *meta.RESTMapping, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	options := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict, FieldManager: "kubetutor"}
	for range 2 {
		result, err := d.client.Resource(mapping.Resource).Namespace(o.GetNamespace()).Create(ctx, o, options)
		switch {
		case isMissingNamespace(err) && o.GetNamespace() != metav1.NamespaceDefault:
			o.SetNamespace(metav1.NamespaceDefault)
		case apierrors.IsAlreadyExists(err):
			o.SetName(fmt.Sprintf("k%08x", rand.Uint32()))
		default:
			return result, err
		}
	}
	return d.client.Resource(mapping.Resource).Namespace(o.GetNamespace()).Create(ctx, o, options)
}

func isMissingNamespace(err error) bool {
	var status apierrors.APIStatus
	return apierrors.IsNotFound(err) && errors.As(err, &status) &&
		status.Status().Details != nil && status.Status().Details.Kind == "namespaces"
}

// isRejection tells the cluster's no from a cluster that cannot answer.
func isRejection(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return meta.IsNoMatchError(err)
	}
	code := status.Status().Code
	return code >= 400 && code < 500 && !apierrors.IsTooManyRequests(err) && !apierrors.IsUnauthorized(err)
}

// parseManifest reads YAML or JSON documents. Its errors are for the learner.
func parseManifest(text string) ([]*unstructured.Unstructured, error) {
	if len(text) > maxManifest {
		return nil, fmt.Errorf("the manifest is larger than %d bytes", maxManifest)
	}
	var objects []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if objects, err = appendDocument(objects, document); err != nil {
			return nil, err
		}
		if len(objects) > maxDocuments {
			return nil, fmt.Errorf("the manifest has more than %d objects", maxDocuments)
		}
	}
	if len(objects) == 0 {
		return nil, errors.New("the manifest is empty")
	}
	return objects, nil
}

func appendDocument(objects []*unstructured.Unstructured, document []byte) ([]*unstructured.Unstructured, error) {
	data, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(data, []byte("null")) { // only comments
		return objects, nil
	}
	var content map[string]any
	if err := utiljson.Unmarshal(data, &content); err != nil {
		return nil, errors.New("a manifest is a map with apiVersion, kind and metadata")
	}
	if depthOf(content) > maxDepth {
		return nil, fmt.Errorf("the manifest is nested more than %d levels deep", maxDepth)
	}
	return appendObject(objects, &unstructured.Unstructured{Object: content})
}

// appendObject takes the elements of a List one by one, as kubectl does.
func appendObject(objects []*unstructured.Unstructured, o *unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	switch {
	case o.GetAPIVersion() == "":
		return nil, errors.New("apiVersion not set")
	case o.GetKind() == "":
		return nil, errors.New("kind not set")
	case !o.IsList() || !strings.HasSuffix(o.GetKind(), "List"):
		return append(objects, o), nil
	}
	items, _ := o.Object["items"].([]any)
	for _, item := range items {
		content, ok := item.(map[string]any)
		if !ok {
			return nil, errors.New("an item of the list is no object")
		}
		var err error
		if objects, err = appendObject(objects, &unstructured.Unstructured{Object: content}); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

func depthOf(value any) int {
	deepest := 0
	switch v := value.(type) {
	case map[string]any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
	case []any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
	default:
		return 0
	}
	return deepest + 1
}
