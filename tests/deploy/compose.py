"""compose.py <compose.yaml> <topology.tsv> <Dockerfile>: every process of the topology is a service with its secrets and no
other's, hardened, scalable, and made from a target of the Dockerfile; every secret and volume that is used is declared."""
import re
import sys

import yaml


def service_offences(name, row, s, targets):
    _, _, program, schema, _, secrets = row
    expected = {"nats.creds"} | {p.split("=")[1] for p in secrets.split(",")} | ({"pg-url"} if schema == "schema" else set())
    given = {m["target"] if isinstance(m, dict) else m for m in s["secrets"]}
    if given != expected:
        yield "%s: secrets: %s" % (name, sorted(given ^ expected))
    files = {v.split("/")[-1] for k, v in s["environment"].items() if v.startswith("/run/secrets/")}
    if files != expected:
        yield "%s: settings of secrets: %s" % (name, sorted(files ^ expected))
    if s["build"]["target"] != program or program not in targets:
        yield "%s: the Dockerfile has no target %s" % (name, program)
    if not s.get("read_only") or s.get("cap_drop") != ["ALL"] or s.get("security_opt") != ["no-new-privileges:true"] or "user" not in s:
        yield "%s: it is not hardened" % name
    if "container_name" in s or (name != "edge" and "ports" in s):
        yield "%s: it cannot be scaled" % name


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        compose = yaml.safe_load(f)
    with open(sys.argv[2], encoding="utf-8") as f:
        rows = [line.split("\t") for line in f.read().splitlines()]
    with open(sys.argv[3], encoding="utf-8") as f:
        targets = set(re.findall(r"^FROM \S+ AS (\S+)", f.read(), re.M))
    services, bad = compose["services"], []
    for row in rows:
        bad += service_offences(row[1], row, services[row[1]], targets) if row[1] in services else [row[1] + " is missing"]
    for name, s in services.items():
        sources = {m["source"] if isinstance(m, dict) else m for m in s.get("secrets", [])}
        bad += ["%s: there is no secret %s" % (name, x) for x in sources - set(compose["secrets"])]
        bad += ["%s: there is no service %s" % (name, x) for x in set(s.get("depends_on", {})) - set(services)]
        bad += ["%s: its image is not pinned" % name for _ in [0] if not re.search(r":[^/]+$", s["image"]) or s["image"].endswith(":latest")]
    if "chatsphere" not in targets:
        bad.append("the Dockerfile has no target chatsphere")
    sys.exit("\n".join(bad) or 0)


main()
