package setup

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// parse reads YAML or JSON documents into objects, Lists taken apart, in their
// order.
func parse(text string) ([]*unstructured.Unstructured, error) {
	decoder := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	var objects []*unstructured.Unstructured
	for n := 1; ; n++ {
		var content map[string]any
		err := decoder.Decode(&content)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
		if len(content) == 0 {
			continue // only comments
		}
		if objects, err = appendFlat(objects, &unstructured.Unstructured{Object: content}); err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
	}
}

func appendFlat(objects []*unstructured.Unstructured, o *unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	if o.IsList() {
		err := o.EachListItem(func(item runtime.Object) error {
			var err error
			objects, err = appendFlat(objects, item.(*unstructured.Unstructured))
			return err
		})
		return objects, err
	}
	if o.GetKind() == "" || o.GetAPIVersion() == "" || o.GetName() == "" {
		return nil, errors.New("an object needs apiVersion, kind and metadata.name")
	}
	return append(objects, o), nil
}

// phases puts what others need first: namespaces, then definitions of kinds,
// then the rest, each in the order of the file.
func phases(objects []*unstructured.Unstructured) (namespaces, definitions, rest []*unstructured.Unstructured) {
	for _, o := range objects {
		switch o.GroupVersionKind().GroupKind() {
		case namespaceKind:
			namespaces = append(namespaces, o)
		case definitionKind:
			definitions = append(definitions, o)
		default:
			rest = append(rest, o)
		}
	}
	return namespaces, definitions, rest
}
