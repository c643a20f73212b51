# shellcheck shell=bash disable=SC2034
# Node for the web pages: the machine's own if it is new enough, else the one that tools/setup has put into build/node.
# Sourced.
readonly WEB_NODE_VERSION=22.23.3
WEB_NODE_DIR=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)/build/node
readonly WEB_NODE_DIR

web_node_fits() { # node >= 20.19
    local version
    version=$(node --version 2>/dev/null) || return 1
    [[ $version =~ ^v([0-9]+)\.([0-9]+) ]] && ((BASH_REMATCH[1] > 20 || (BASH_REMATCH[1] == 20 && BASH_REMATCH[2] >= 19)))
}

# web_node: `node` is one that can build the pages, or false
web_node() {
    web_node_missing="Node 20.19 or later is needed, and this is $(node --version 2>/dev/null || echo 'a machine without it')"
    web_node_fits && return
    PATH=$WEB_NODE_DIR/node_modules/.bin:$PATH
    web_node_fits
}
