# shellcheck shell=bash disable=SC2154
# What a change of a bot's embedding model does: the part `reembed` of tests/stack/run, which sources this.

# reembed_asked <token> <bot> <question>: status and number of passages of a search by vectors, and the model that was asked
reembed_asked() {
    local answer
    answer=$(curl -sS --max-time 30 -w ' %{http_code}' -H 'Content-Type: application/json' -H "Authorization: Bearer $1" \
        -d "{\"query\":\"$3\",\"mode\":\"vector\"}" "http://127.0.0.1:$port/api/v1/bots/$2/search")
    echo "${answer##* } $(jq -r '.items | length' <<<"${answer% *}") $(curl -sS --max-time 10 "$provider_url/last" |
        jq -r --arg q "$3" 'if .body.input == [$q] then .body.model else "other" end')"
}

# reembed_until <token> <bot> <model>: asks until that model is asked; `found` counts answers, `empty` those without a passage
reembed_until() {
    local answer
    found=0 empty=0
    for _ in {1..200}; do
        answer=$(reembed_asked "$1" "$2" "walruses $RANDOM$RANDOM")
        if [[ $answer == '200 1 '* ]]; then found=$((found + 1)); else empty=$((empty + 1)); fi
        if [[ $answer == "200 1 $3" ]]; then return 0; fi
        sleep 0.1
    done
    return 1
}

reembed() {
    local token bot id found empty before after a="a$RANDOM?dims=64" b="b$RANDOM?dims=32&first=1500" config
    config='"embedding_provider":"house"'
    token=$(new_user "reembed-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(providers_bot "$token" "$provider_url/v1" '{"llm_provider":"builtin"}')
    id=$(body_of POST "$port" "$token" "/api/v1/bots/$bot/documents" '{"name":"w.md","text":"# W\n\nA request may carry at most seventeen walruses."}' |
        jq -r .document.id)
    for _ in {1..100}; do
        [[ $(body_of GET "$port" "$token" "/api/v1/bots/$bot/documents/$id" | jq -r .status) == ready ]] && break
        sleep 0.1
    done
    status_of PATCH "$port" "$token" "/api/v1/bots/$bot" "{\"configuration\":{$config,\"embedding_model\":\"$a\"}}" >/dev/null
    if reembed_until "$token" "$bot" "$a"; then ok "documents without vectors get those of a first model"; else bad "documents without vectors do not get those of a first model"; fi

    status_of PATCH "$port" "$token" "/api/v1/bots/$bot" "{\"configuration\":{\"embedding_model\":\"$b\"}}" >/dev/null
    if reembed_until "$token" "$bot" "$b"; then ok "search comes to the new model"; else bad "search does not come to the new model"; fi
    if ((found > 1 && !empty)); then ok "until then $found searches were answered, none without its passage"; else bad "$empty of $((found + empty)) searches by vectors lacked their passage while the model changed"; fi
    found=$(sql postgres owner "select count(distinct space) from retrieve.segments where bot_id = '$bot'")
    if ((found == 2)); then ok "the vectors of the model before are kept"; else bad "vectors of $found models are kept"; fi

    # the count is that of the whole process, and another bot's passage may come at the same moment: not three times
    for _ in 1 2 3; do
        before=$(metric embed 'cs_embed_cache_total{result="miss"}')
        status_of PATCH "$port" "$token" "/api/v1/bots/$bot" "{\"configuration\":{\"embedding_model\":\"$a\"}}" >/dev/null
        reembed_until "$token" "$bot" "$a" || { bad "search does not go back to the former model"; return; }
        after=$(metric embed 'cs_embed_cache_total{result="miss"}')
        ((after == before)) && break
        status_of PATCH "$port" "$token" "/api/v1/bots/$bot" "{\"configuration\":{\"embedding_model\":\"$b\"}}" >/dev/null
        reembed_until "$token" "$bot" "$b" || break
    done
    ok "search goes back to the former model"
    if ((after == before)); then ok "going back makes no vector anew"; else bad "going back makes $((after - before)) vectors anew"; fi
}
