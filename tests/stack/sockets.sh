# shellcheck shell=bash disable=SC2154
# WebSockets: the part `sockets` of tests/stack/run, which sources this. The client is tests/sockets.

sockets() {
    if ! command -v python3 >/dev/null; then skip "WebSockets: python3 is not installed"; return; fi
    sum python3 tests/sockets/run.py "$base_url" "$provider_url/v1"
}
