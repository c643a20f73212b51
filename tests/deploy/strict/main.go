// strict: reads objects as YAML from standard input and decodes each into the type that Kubernetes has for it. An unknown
// field or a wrong type is an offence, a line each; kinds of extensions, such as ScaledObject, are counted and passed over.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
}

// objectCheck tells whether Kubernetes has the kind, and what is wrong with the object.
func objectCheck(text []byte, h *head) (bool, error) {
	if err := yaml.Unmarshal(text, h); err != nil {
		return true, err
	}
	if h.Kind == "" {
		return true, nil
	}
	object, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(h.APIVersion, h.Kind))
	if err != nil {
		return false, nil
	}
	return true, yaml.UnmarshalStrict(text, object)
}

func main() {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	known, foreign, bad := 0, 0, 0
	for {
		text, err := reader.Read()
		if err == io.EOF {
			break
		}
		var h head
		isKnown, err := objectCheck(text, &h)
		switch {
		case err != nil:
			fmt.Printf("%s/%s: %v\n", h.Kind, h.Metadata.Name, err)
			bad++
		case h.Kind == "":
		case isKnown:
			known++
		default:
			foreign++
		}
	}
	fmt.Printf("%d objects of Kubernetes, %d of extensions, %d offences\n", known, foreign, bad)
	if bad > 0 || known == 0 {
		os.Exit(1)
	}
}
