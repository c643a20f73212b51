# shellcheck shell=bash disable=SC2154
# Official clients, unmodified: the part `interop` of tests/stack/run, which sources this. The programs are in tests/interop.

interop_told() { # <client> <command...>: one test for each line of the program
    local client=$1 line n=0
    shift
    while read -r line; do
        n=$((n + 1))
        case $line in
        'ok '*) ok "$client: ${line#ok }" ;;
        'bad '*) bad "$client: ${line#bad }" ;;
        *) printf '        %s\n' "$line" ;;
        esac
    done < <(timeout 120 "$@" 2>&1)
    if ((!n)); then bad "$client says nothing"; fi
}

interop_node() { # the packages of tests/interop in a folder of the build; false: they cannot be had
    local at=build/interop/node
    command -v npm >/dev/null || return 1
    mkdir -p "$at"
    cp tests/interop/package.json tests/interop/package-lock.json tests/interop/*.mjs "$at"
    if cmp -s "$at/package-lock.json" "$at/installed"; then return; fi
    (cd "$at" && timeout 120 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || return 1
    cp "$at/package-lock.json" "$at/installed"
}

interop_python() {
    local at=build/interop/python
    command -v python3 >/dev/null || return 1
    if cmp -s tests/interop/requirements.txt "$at/installed"; then return; fi
    rm -rf "$at"
    timeout 60 python3 -m venv "$at" >/dev/null 2>&1 || return 1
    timeout 120 "$at/bin/pip" -q install -r tests/interop/requirements.txt >"$at/pip.log" 2>&1 || return 1
    cp tests/interop/requirements.txt "$at/installed"
}

interop() {
    local token bot conversation
    token=$(new_user "interop-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Interop"}' | jq -r .id)
    status_of PUT "$port" "$token" "/api/v1/bots/$bot/provider-keys/house" "{\"api_key\":\"sk-x\",\"base_url\":\"$provider_url/v1\"}" >/dev/null
    status_of PATCH "$port" "$token" "/api/v1/bots/$bot" '{"configuration":{"llm_provider":"house","llm_model":"interop?words=8",
        "embedding_provider":"house","embedding_model":"interop?dims=8"}}' >/dev/null
    conversation=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
    if interop_node; then
        interop_told openai-node node build/interop/node/openai.mjs "$base_url" "$token" "$bot"
        interop_told ws node build/interop/node/ws.mjs "$base_url" "$token" "$conversation"
    else
        skip "openai-node and ws: node, npm or their packages are not to be had"
    fi
    if interop_python; then
        interop_told openai-python build/interop/python/bin/python tests/interop/openai_client.py "$base_url" "$token" "$bot"
    else
        skip "openai-python: python3 or its packages are not to be had"
    fi
    consumers
}
