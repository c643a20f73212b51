// render: the templates of a chart rendered as `helm template` does, for machines without helm. It knows what this
// repository's chart uses: merged values, the schema, sprig, include, tpl, fail, Files and Release. Subcharts, hooks and a
// cluster are unknown to it.
//
//	render <chart> <release> <namespace> [-f values]... [--set path=value]...
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

type values = map[string]any

type files struct{ root string }

// Get returns the text of a file of the chart, or none.
func (f files) Get(name string) string {
	text, _ := os.ReadFile(filepath.Join(f.root, name))
	return string(text)
}

func valuesRead(path string) (values, error) {
	ret := values{}
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(text, &ret)
	}
	return ret, err
}

// valuesMerge puts what is in over onto base; a null deletes a key.
func valuesMerge(base, over values) values {
	for key, value := range over {
		below, isMap := value.(values)
		under, wasMap := base[key].(values)
		switch {
		case value == nil:
			delete(base, key)
		case isMap && wasMap:
			base[key] = valuesMerge(under, below)
		default:
			base[key] = value
		}
	}
	return base
}

// valuesSet is --set: a path with dots, and a YAML scalar.
func valuesSet(path, text string) (values, error) {
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return nil, err
	}
	keys := strings.Split(path, ".")
	for i := len(keys) - 1; i >= 0; i-- {
		value = values{keys[i]: value}
	}
	return value.(values), nil
}

func schemaCheck(path string, v values) error {
	compiler := jsonschema.NewCompiler()
	schema, err := compiler.Compile(path)
	if err != nil {
		return err
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(instance)
}

func yamlText(v any) string {
	text, err := yaml.Marshal(v)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

func yamlMap(text string) values {
	ret := values{}
	if err := yaml.Unmarshal([]byte(text), &ret); err != nil {
		ret["Error"] = err.Error()
	}
	return ret
}

func templateText(t *template.Template, name string, data any) (string, error) {
	var out strings.Builder
	err := t.ExecuteTemplate(&out, name, data)
	return strings.ReplaceAll(out.String(), "<no value>", ""), err
}

func functions(t *template.Template) template.FuncMap {
	ret := sprig.TxtFuncMap()
	ret["toYaml"] = yamlText
	ret["fromYaml"] = yamlMap
	ret["fail"] = func(text string) (string, error) { return "", errors.New(text) }
	ret["lookup"] = func(...string) values { return values{} }
	ret["include"] = func(name string, data any) (string, error) { return templateText(t, name, data) }
	ret["tpl"] = func(text string, data any) (string, error) {
		clone, err := t.Clone()
		if err == nil {
			clone, err = clone.New("tpl").Parse(text)
		}
		if err != nil {
			return "", err
		}
		return templateText(clone, "tpl", data)
	}
	return ret
}

// chartParse reads every template; those to be rendered are returned in order of their names.
func chartParse(root string) (*template.Template, []string, error) {
	var names []string
	t := template.New("chart").Option("missingkey=zero")
	t.Funcs(functions(t))
	err := filepath.Walk(filepath.Join(root, "templates"), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Ext(path) == ".yaml" || filepath.Base(path) == "NOTES.txt" {
			names = append(names, name)
		}
		_, err = t.New(name).Parse(string(text))
		return err
	})
	sort.Strings(names)
	return t, names, err
}

func chartValues(root string, args []string) (values, error) {
	v, err := valuesRead(filepath.Join(root, "values.yaml"))
	for i := 0; err == nil && i+1 < len(args); i += 2 {
		var over values
		if args[i] == "-f" {
			over, err = valuesRead(args[i+1])
		} else {
			path, text, _ := strings.Cut(args[i+1], "=")
			over, err = valuesSet(path, text)
		}
		v = valuesMerge(v, over)
	}
	if err == nil {
		err = schemaCheck(filepath.Join(root, "values.schema.json"), v)
	}
	return v, err
}

func render(root, release, namespace string, args []string) error {
	chart, err := valuesRead(filepath.Join(root, "Chart.yaml"))
	if err != nil {
		return err
	}
	for _, key := range []string{"name", "version", "appVersion"} {
		chart[strings.ToUpper(key[:1])+key[1:]] = chart[key]
	}
	v, err := chartValues(root, args)
	if err != nil {
		return err
	}
	t, names, err := chartParse(root)
	if err != nil {
		return err
	}
	data := values{"Values": v, "Chart": chart, "Files": files{root},
		"Release": values{"Name": release, "Namespace": namespace, "Revision": 1, "Service": "Helm", "IsInstall": true}}
	for _, name := range names {
		text, err := templateText(t, name, data)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(text) != "" {
			fmt.Printf("---\n# Source: %s/%s\n%s\n", chart["name"], name, text)
		}
	}
	return nil
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: render <chart> <release> <namespace> [-f values]... [--set path=value]...")
		os.Exit(2)
	}
	if err := render(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}
