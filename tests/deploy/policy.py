"""policy.py <name>: checks the rendered objects on standard input against the restricted Pod Security profile and the rules
of this repository. Each offence is a line; the exit status is 1 if there is one.

policy.py --golden prints one line for each object, in order, for the goldens.
policy.py --settings <folder of programs> checks that each container's settings are settings of its program."""
import json
import re
import subprocess
import sys

import yaml

WORKLOADS = ("Deployment", "StatefulSet", "Job", "Pod")


def objects():
    return [o for o in yaml.safe_load_all(sys.stdin) if o]


def name_of(o):
    return "%s/%s" % (o["kind"], o["metadata"]["name"])


def pod_of(o):
    return o if o["kind"] == "Pod" else {"metadata": o["spec"]["template"]["metadata"], "spec": o["spec"]["template"]["spec"]}


def containers_of(spec):
    return spec.get("initContainers", []) + spec["containers"]


def container_offences(c, long_lived):
    security = c.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "readOnlyRootFilesystem is not true"
    if security.get("runAsNonRoot") is not True:
        yield "runAsNonRoot is not true"
    if security.get("privileged"):
        yield "it is privileged"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "it does not drop all capabilities, or adds some"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "its seccomp profile is not RuntimeDefault"
    resources = c.get("resources", {})
    if not {"cpu", "memory"} <= set(resources.get("requests", {})):
        yield "it requests no cpu or no memory"
    if "memory" not in resources.get("limits", {}):
        yield "it has no limit of memory"
    if not re.search(r"(:[^:/]+|@sha256:[0-9a-f]{64})$", c["image"]) or c["image"].endswith(":latest"):
        yield "its image %s is not pinned" % c["image"]
    if any("hostPort" in p for p in c.get("ports", [])):
        yield "it has a port of the host"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        if long_lived and probe not in c:
            yield "it has no " + probe


def pod_offences(o):
    pod = pod_of(o)
    spec = pod["spec"]
    security = spec.get("securityContext", {})
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield key
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "the pod may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "the pod's seccomp profile is not RuntimeDefault"
    if "automountServiceAccountToken" not in spec:
        yield "it does not say whether it mounts a token"
    if spec["automountServiceAccountToken"] and pod["metadata"]["labels"].get("app.kubernetes.io/component") != "keys":
        yield "it mounts a token of the cluster"
    for v in spec.get("volumes", []):
        if not {"secret", "configMap", "emptyDir", "projected", "persistentVolumeClaim"} & set(v):
            yield "the volume %s has a kind that the restricted profile forbids" % v["name"]
        if "emptyDir" in v and "sizeLimit" not in v["emptyDir"]:
            yield "the volume %s has no limit" % v["name"]
    mounts = {v["name"] for v in spec.get("volumes", [])} | {t["metadata"]["name"] for t in o["spec"].get("volumeClaimTemplates", [])}
    for c in containers_of(spec):
        for offence in container_offences(c, o["kind"] in ("Deployment", "StatefulSet")):
            yield "%s: %s" % (c["name"], offence)
        for m in c.get("volumeMounts", []):
            if m["name"] not in mounts:
                yield "%s: there is no volume %s" % (c["name"], m["name"])


def selects(selector, pod):
    return all(pod["metadata"]["labels"].get(k) == v for k, v in selector.get("matchLabels", {}).items())


def deployment_offences(o, all_objects):
    spec, pod = o["spec"], pod_of(o)
    matches = spec["selector"]["matchLabels"]
    if any("version" in k or "chart" in k for k in matches):
        yield "its selector changes with the version"
    if not selects(spec["selector"], pod):
        yield "its selector does not select its pods"
    scalers = [s for s in all_objects if s["kind"] in ("HorizontalPodAutoscaler", "ScaledObject") and s["spec"]["scaleTargetRef"]["name"] == o["metadata"]["name"]]
    if len(scalers) > 1 or ("replicas" in spec) == bool(scalers):
        yield "it must have replicas or one autoscaler"
    if "topologySpreadConstraints" not in pod["spec"]:
        yield "its pods are not spread"
    longest = max((c.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0) for c in pod["spec"]["containers"]), default=0)
    if pod["spec"]["terminationGracePeriodSeconds"] < longest + 30:
        yield "its grace period is shorter than its drain"


def offences(all_objects, want_policies):
    pods = [(o, pod_of(o)) for o in all_objects if o["kind"] in WORKLOADS]
    names = [name_of(o) for o in all_objects]
    for name in {n for n in names if names.count(n) > 1}:
        yield name, "it is rendered twice"
    for o, pod in pods:
        yield from ((name_of(o), text) for text in pod_offences(o))
        if o["kind"] == "Deployment":
            yield from ((name_of(o), text) for text in deployment_offences(o, all_objects))
        policies = [p for p in all_objects if p["kind"] == "NetworkPolicy" and selects(p["spec"]["podSelector"], pod)]
        if want_policies and len(policies) != 1:
            yield name_of(o), "it has %d network policies" % len(policies)
        for p in policies:
            if p["spec"]["policyTypes"] != ["Ingress", "Egress"]:
                yield name_of(p), "it leaves a direction open"
    for o in all_objects:
        if o["kind"] in ("Service", "PodDisruptionBudget"):
            selector = o["spec"]["selector"] if o["kind"] == "Service" else o["spec"]["selector"]["matchLabels"]
            if not any(selects({"matchLabels": selector}, pod) for _, pod in pods):
                yield name_of(o), "it selects no pod"


def settings_offences(all_objects, programs):
    """A container of ours may have only settings that its program prints with --help."""
    for o in (o for o in all_objects if o["kind"] in WORKLOADS):
        for c in containers_of(pod_of(o)["spec"]):
            program = re.search(r"/(chatsphere[a-z-]*)[:@]", c["image"])
            if not program:
                continue
            command = [programs + "/" + program[1]] + ([c["args"][0]] if program[1] == "chatsphere" else []) + ["--help"]
            text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
            known = {n for line in re.findall(r"CHATSPHERE_(\w+(?:\[_FILE\])?)", text) for n in ([line] if "[" not in line else [line[:-7], line[:-7] + "_FILE"])}
            required = {n for n in re.findall(r"CHATSPHERE_(\w+)(?:\[_FILE\])?\n[^\n]*\(required\)", text)}
            given = {e["name"][len("CHATSPHERE_"):] for e in c.get("env", []) if e["name"].startswith("CHATSPHERE_")}
            for unknown in sorted(given - known):
                yield name_of(o), "%s has no setting %s" % (program[1], unknown)
            for missing in sorted(r for r in required if r not in given and r + "_FILE" not in given):
                yield name_of(o), "%s needs the setting %s" % (program[1], missing)


def main():
    found = objects()
    if sys.argv[1:] == ["--golden"]:
        for o in sorted(found, key=name_of):
            print(name_of(o), json.dumps(o, sort_keys=True, ensure_ascii=False))
        return 0
    if sys.argv[1:2] == ["--settings"]:
        bad = list(settings_offences(found, sys.argv[2]))
    else:
        bad = list(offences(found, any(o["kind"] == "NetworkPolicy" for o in found)))
    for name, text in bad:
        print("%s: %s" % (name, text))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
