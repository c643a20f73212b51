# shellcheck shell=bash disable=SC2154
# One workspace is at every limit at once, and the calls of another one succeed: the part `fairness` of tests/stack/run, which
# sources this. Its edge has the limits on. FAIRNESS_SECONDS is the length of each half.

# A name server that is silent, for the two services that ask for the names of providers.
fairness_names() {
    local name
    for name in chat embed; do
        providers_restart "$name" "LD_PRELOAD=$bin/test-names.so" "ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0"
    done
}

# fairness_reached <process> <metric> <what>: the attacker was refused by a limit of its own
fairness_reached() {
    local n
    n=$(metric "$1" "$2")
    if ((n > 0)); then ok "the attacker is refused $n $3"; else bad "the attacker is refused no $3: it is at no limit"; fi
}

fairness() {
    fairness_names
    second_edge
    sum "$bin/fairness" "http://127.0.0.1:$second_port" "$provider_url" "${FAIRNESS_SECONDS:-20}"
    fairness_reached chat 'cs_share_refused_total{share="turns"}' turns
    fairness_reached ingest 'cs_share_refused_total{share="principals_watches"}' watches
    fairness_reached auth 'cs_lane_refused_total{lane="passwords"}' sign-ins
    second_edge_stop
    providers_restart chat
    providers_restart embed
}
