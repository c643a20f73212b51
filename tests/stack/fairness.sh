# shellcheck shell=bash disable=SC2154
# One workspace is at every limit at once, and the calls of another one succeed: the part `fairness` of tests/stack/run, which
# sources this. Its edge has the limits on. FAIRNESS_SECONDS is the length of each half.

# A name server that is silent, for the two services that ask for the names of providers.
fairness_names() {
    local name
    for name in chat embed; do
        restart_with "$name" "LD_PRELOAD=$bin/test-names.so" "ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0"
    done
}

# How often limits of one workspace, caller, lane or network have refused: of turns, watches and sign-ins.
fairness_refused() {
    printf '%d %d %d' "$(metric chat 'cs_share_refused_total{share="turns"}')" \
        "$(metric ingest 'cs_share_refused_total{share="principals_watches"}')" \
        "$(($(metric auth 'cs_lane_refused_total{lane="passwords"}') + $(metric auth 'chatsphere_passwords_refused_total{class="suspect"}')))"
}

fairness() {
    local before after i kinds=(turns watches sign-ins)
    fairness_names
    second_edge
    read -ra before < <(fairness_refused)
    sum "$bin/fairness" "http://127.0.0.1:$second_port" "$provider_url" "${FAIRNESS_SECONDS:-20}"
    read -ra after < <(fairness_refused)
    for i in "${!kinds[@]}"; do
        if ((after[i] > before[i])); then
            ok "the attacker is refused $((after[i] - before[i])) ${kinds[i]}"
        else
            bad "the attacker is refused no ${kinds[i]}: it is at no limit"
        fi
    done
    second_edge_stop
    restart_with chat
    restart_with embed
}
