"""tilt.py <Tiltfile> <objects>: executes the Tiltfile, which is Starlark and here read as Python, against a stub of Tilt's
functions. Every image of the chart's services must be built from a folder that its compile step makes, and every Deployment must
be a resource that waits for it."""
import re
import sys

import yaml


class Config:
    def define_string_list(self, name):
        self.name = name

    def parse(self):
        return {}


class Stub:
    def __init__(self):
        self.images, self.resources, self.local, self.charts = {}, {}, {}, []

    def docker_build(self, ref, context, dockerfile_contents=""):
        assert ref not in self.images, ref + " is built twice"
        assert dockerfile_contents.strip().startswith("FROM scratch") and "USER 65532" in dockerfile_contents
        self.images[ref] = context

    def k8s_resource(self, name, resource_deps=(), **options):
        self.resources.setdefault(name, set()).update(resource_deps)

    def local_resource(self, name, cmd, **options):
        self.local[name] = cmd

    def helm(self, path, name="", values=()):
        for file in values + [path + "/Chart.yaml"]:
            open(file, encoding="utf-8").close()
        return name

    def names(self):
        functions = ("docker_build", "k8s_resource", "local_resource", "helm")
        return {"config": Config(), "k8s_yaml": self.charts.append, "TRIGGER_MODE_MANUAL": 1, **{f: getattr(self, f) for f in functions}}


def main():
    stub = Stub()
    with open(sys.argv[1], encoding="utf-8") as f:
        exec(compile(f.read(), sys.argv[1], "exec"), stub.names())  # pylint: disable=exec-used
    with open(sys.argv[2], encoding="utf-8") as f:
        found = [o for o in yaml.safe_load_all(f) if o]
    deployments = {o["metadata"]["name"]: o for o in found if o["kind"] == "Deployment"}
    used = set(re.findall(r"image: (ghcr\.io/chatsphere/[a-z-]+)", yaml.safe_dump_all(found)))
    assert stub.charts == ["dev"], "the chart is not applied as dev"
    assert used == set(stub.images), "images: %s" % (used ^ set(stub.images))
    assert {n.replace("cs-", "dev-", 1) for n in deployments} == set(stub.resources), "resources: %s" % sorted(stub.resources)
    assert all("compile" in deps for deps in stub.resources.values()), "a resource does not wait for the compile step"
    folder = re.search(r"deploy/docker/stage (\S+)", stub.local["compile"])[1]
    assert all(c == folder + "/" + ref.split("/")[-1] for ref, c in stub.images.items()), "an image has another folder"


main()
