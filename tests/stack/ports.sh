# shellcheck shell=bash
# A port of the loopback that nobody listens on, nor on the next one, which a second edge would take; below those that the kernel gives to outgoing
# connections: one of them could be in use the moment after. Sourced.
free_port() {
    local p
    while :; do
        p=$((20000 + RANDOM % 12000))
        { (exec 3<>"/dev/tcp/127.0.0.1/$p") || (exec 3<>"/dev/tcp/127.0.0.1/$((p + 1))"); } 2>/dev/null || break
    done
    echo "$p"
}
