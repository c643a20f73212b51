"""schema.py <chart>: every object in the schema of values either refuses unknown keys or is a map of the user's own; every key
of values.yaml is in it. Prints one misspelt path a line for each object of values.yaml that refuses them, for `--set`."""
import json
import pathlib
import sys

import yaml

FREE = {"free", "texts"}  # labels, tolerations and the like: Kubernetes checks these


def resolve(schema, root):
    return root["definitions"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema


def open_objects(schema, root, path):
    """Paths of objects that would take a misspelt key."""
    if schema.get("$ref", "").split("/")[-1] in FREE:
        return
    schema = resolve(schema, root)
    if "properties" in schema or schema.get("type") == "object":
        if schema.get("additionalProperties", True) is True:
            yield path or "the top"
        for key, below in schema.get("properties", {}).items():
            yield from open_objects(below, root, path + "." + key)
    if isinstance(schema.get("items"), dict):
        yield from open_objects(schema["items"], root, path + "[]")


def misspelt(values, schema, root, path):
    """A path with an unknown key for each closed object; an error for a key that the schema does not have."""
    if schema.get("$ref", "").split("/")[-1] in FREE:
        return
    schema = resolve(schema, root)
    if "properties" not in schema:
        return
    yield ".".join(path + ["misspelt"])
    for key, below in (values or {}).items():
        if key not in schema["properties"]:
            sys.exit("values.yaml: the schema has no " + ".".join(path + [key]))
        if isinstance(below, dict):
            yield from misspelt(below, schema["properties"][key], root, path + [key])


def main():
    chart = pathlib.Path(sys.argv[1])
    root = json.loads((chart / "values.schema.json").read_text())
    values = yaml.safe_load((chart / "values.yaml").read_text())
    found = list(open_objects(root, root, ""))
    if found:
        sys.exit("these objects of the schema take unknown keys: " + ", ".join(found))
    for path in misspelt(values, root, root, []):
        print(path)


main()
