# shellcheck shell=bash disable=SC2154
# Texts at their limits, and free JSON in rows of before. Parts of tests/stack/run, which sources this.

# status_of_file <method> <token> <path> <file>: of a request whose body is too large for an argument
status_of_file() {
    curl -s -o /dev/null -w '%{http_code}' --max-time 60 -X "$1" "$base_url$3" -H "Authorization: Bearer $2" \
        -H 'Content-Type: application/json' --data-binary "@$4"
}

# limit_of <schema> <field>: maxLength in the API's description
limit_of() { curl -fsS "$base_url/api/openapi.json" | jq ".components.schemas.$1.properties.$2.maxLength"; }

# Every text of the greatest length in characters of four bytes is accepted and comes back; one that cannot be is refused by name.
largest() {
    local token bot conversation body n got
    token=$(new_user "largest-$RANDOM$RANDOM" | jq -r .access_token)
    body=$(mktemp)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Largest"}' | jq -r .id)
    conversation=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)

    n=$(limit_of BotConfiguration system_prompt)
    jq -nc --argjson n "$n" '{configuration: {system_prompt: ("𝔸" * $n)}}' >"$body"
    shows "the longest prompt is accepted" 200 "$(status_of_file PATCH "$token" "/api/v1/bots/$bot" "$body")"
    got=$(body_of GET "$port" "$token" "/api/v1/bots/$bot" | jq '.configuration.system_prompt | length')
    shows "and comes back whole" "$n" "$got"
    shows "also in the list" "$n" "$(body_of GET "$port" "$token" /api/v1/bots | jq '.items[0].configuration.system_prompt | length')"

    n=$(limit_of SendMessageRequestBody content)
    jq -nc --argjson n "$n" '{content: ("𝔸" * $n)}' >"$body"
    shows "the longest message is answered" 200 "$(status_of_file POST "$token" "/api/v1/conversations/$conversation/messages" "$body")"
    got=$(body_of GET "$port" "$token" "/api/v1/conversations/$conversation/messages" | jq '[.items[] | .content | length] | max')
    shows "and is kept whole" "$n" "$got"

    jq -nc '{name: "long.md", text: ("𝔸" * 1048000)}' >"$body"
    shows "a document of nearly 4 MiB is accepted as JSON" 202 "$(status_of_file POST "$token" "/api/v1/bots/$bot/documents" "$body")"
    jq -nc '{name: "long.md", text: ("𝔸" * 1048577)}' >"$body"
    shows "a document of more is refused as too large" 413 "$(status_of_file POST "$token" "/api/v1/bots/$bot/documents" "$body")"
    rm -f "$body"
}

# Rows written before free JSON was kept as text have numbers that jsonb spells out; they can be read.
old_rows() {
    local token bot conversation
    token=$(new_user "old-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Old"}' | jq -r .id)
    conversation=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
    sql postgres owner "update bot_store.bots set configuration = '{\"tools\": [{\"name\": \"x\", \"maximum\": 1.7976931348623157e308}]}',
            configuration_json = null, configuration_version = null where id = '$bot';
        update chat.conversations set metadata = '{\"n\": 1e21, \"order\": \"A-17\"}', metadata_json = null, metadata_version = null
            where id = '$conversation'"
    shows "a bot of before can be read" '"x"' "$(body_of GET "$port" "$token" "/api/v1/bots/$bot" | jq '.configuration.tools[0].name')"
    shows "its number is the one that was written" true \
        "$(body_of GET "$port" "$token" "/api/v1/bots/$bot" | jq '.configuration.tools[0].maximum > 1.7e308')"
    shows "the list of bots can be read" 1 "$(body_of GET "$port" "$token" /api/v1/bots | jq '.items | length')"
    shows "metadata of before can be read" '"A-17"' \
        "$(body_of GET "$port" "$token" "/api/v1/conversations/$conversation" | jq '.metadata.order')"
    shows "a bot of before can be changed" 200 "$(status_of PATCH "$port" "$token" "/api/v1/bots/$bot" '{"name":"New"}')"
}
