# shellcheck shell=bash disable=SC2154
# The official MCP SDK, unmodified: the part `mcp` of tests/stack/run, which sources this. Its programs are in tests/interop/mcp.

mcp_packages() { # in a folder of the build; false: they cannot be had
    local at=build/interop/mcp
    command -v npm >/dev/null || return 1
    mkdir -p "$at"
    cp tests/interop/mcp/* "$at"
    if cmp -s "$at/package-lock.json" "$at/installed"; then return; fi
    (cd "$at" && timeout 120 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || return 1
    cp "$at/package-lock.json" "$at/installed"
}

# Its client at our server, with an API key: a line of it is a test.
mcp_client() { # <token>
    local key line n=0
    key=$(body_of POST "$port" "$1" /api/v1/api-keys '{"name":"mcp","scopes":["chat:write"]}' | jq -r .secret)
    body_of POST "$port" "$1" /api/v1/bots '{"name":"Official Guide"}' >/dev/null
    while read -r line; do
        n=$((n + 1))
        case $line in
        'ok '*) ok "the official client: ${line#ok }" ;;
        *) bad "the official client: ${line#bad }" ;;
        esac
    done < <(timeout 60 node build/interop/mcp/client.mjs "$base_url" "$key" official_guide 2>&1)
    if ((!n)); then bad "the official client says nothing"; fi
}

# Our client at its server: a bot calls its tool.
mcp_server() { # <token>
    local bot conversation server got
    timeout 120 node build/interop/mcp/server.mjs "$mcp_port" >"$state/logs/mcp-server.log" 2>&1 &
    server=$!
    for _ in {1..100}; do
        grep -q listening "$state/logs/mcp-server.log" && break
        sleep 0.1
    done
    bot=$(body_of POST "$port" "$1" /api/v1/bots '{"name":"Caller"}' | jq -r .id)
    status_of PUT "$port" "$1" "/api/v1/bots/$bot/provider-keys/house" "{\"api_key\":\"sk-x\",\"base_url\":\"$provider_url/v1\"}" >/dev/null
    status_of PATCH "$port" "$1" "/api/v1/bots/$bot" "{\"configuration\":{\"agent_type\":\"tool_using\",\"llm_provider\":\"house\",\"llm_model\":\"mcp?script=1\",
        \"tools\":[{\"type\":\"mcp\",\"name\":\"official\",\"url\":\"http://127.0.0.1:$mcp_port/mcp\"}]}}" >/dev/null
    conversation=$(body_of POST "$port" "$1" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
    got=$(body_of POST "$port" "$1" "/api/v1/conversations/$conversation/messages" '{"content":"call: official_math_add {\"a\": 40, \"b\": 2}\ncall: math.add {\"a\": 1, \"b\": 1}"}' |
        jq -r '[.message.tool_calls[]?.content] | join(" ")')
    if [[ $got == 'The sum is 42. The sum is 2.' ]]; then ok "a bot calls a tool of the official server"; else bad "a tool of the official server said '$got'"; fi
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
}

mcp() {
    local token
    if ! mcp_packages; then
        skip "the official MCP SDK: node, npm or its packages are not to be had"
        return
    fi
    token=$(new_user "mcp-$RANDOM$RANDOM" | jq -r .access_token)
    mcp_client "$token"
    mcp_server "$token"
}
