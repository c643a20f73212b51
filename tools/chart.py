"""chart.py readme <values.yaml> <README.md> | split <folder>: the parts of tools/chart that read YAML.

readme prints README.md with the table of values made anew from the `# --` comments; split reads rendered objects on
standard input and writes a file for each component, and a kustomization.yaml that lists them."""
import json
import pathlib
import re
import sys

import yaml

BEGIN, END = "<!-- values: made by tools/chart readme -->", "<!-- end of values -->"


def values_rows(text):
    """(path, default, description) for each key below a `# --` comment."""
    values = yaml.safe_load(text)
    path, description = [], None
    for line in text.splitlines():
        comment = re.match(r"\s*# -- (.*)", line)
        key = re.match(r"(\s*)([\w-]+):", line)
        if comment:
            description = comment[1]
        elif key:
            path = path[: len(key[1]) // 2] + [key[2]]
            if description:
                value = values
                for part in path:
                    value = value[part]
                yield ".".join(path), json.dumps(value, ensure_ascii=False), description
            description = None


def readme(values_path, readme_path):
    text = pathlib.Path(readme_path).read_text()
    table = ["| value | default | |", "|---|---|---|"]
    for path, default, description in values_rows(pathlib.Path(values_path).read_text()):
        table.append("| `%s` | `%s` | %s |" % (path, default, description.replace("|", "\\|")))
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    sys.stdout.write(before + BEGIN + "\n" + "\n".join(table) + "\n" + END + after)


def objects(stream):
    return [o for o in yaml.safe_load_all(stream) if o]


def component(o):
    return o["metadata"]["labels"]["app.kubernetes.io/component"]


def split(folder):
    """Tests of helm belong to a release and are left out; hooks become plain objects; nothing names helm as its manager."""
    files = {}
    for o in objects(sys.stdin):
        meta = o["metadata"]
        hook = meta.get("annotations", {}).get("helm.sh/hook", "")
        if hook == "test":
            continue
        meta["annotations"] = {k: v for k, v in meta.get("annotations", {}).items() if not k.startswith("helm.sh/")}
        if not meta["annotations"]:
            del meta["annotations"]
        del meta["labels"]["helm.sh/chart"], meta["labels"]["app.kubernetes.io/managed-by"]
        files.setdefault(component(o), []).append(o)
    for name, found in files.items():
        found.sort(key=lambda o: (o["kind"], o["metadata"]["name"]))
        text = "# made by `make k8s-base` from the chart; changes here are lost\n"
        text += "---\n".join(yaml.safe_dump(o, sort_keys=False, width=150, default_flow_style=None) for o in found)
        pathlib.Path(folder, name + ".yaml").write_text(text)
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(name + ".yaml" for name in files),
    }
    text = "# made by `make k8s-base` from the chart; changes here are lost\n" + yaml.safe_dump(kustomization, sort_keys=False)
    pathlib.Path(folder, "kustomization.yaml").write_text(text)


if __name__ == "__main__":
    commands = {"readme": readme, "split": split}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
