# shellcheck shell=bash disable=SC2034
# What the tools of the local stack share: where things are, and how to say them. Sourced.
PATH=$PATH:/usr/sbin # nats-server; not on every user's path
root=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
state=${CHATSPHERE_STATE:-$root/.run}
[[ $state == /* ]] || state=$root/$state
bin=${CHATSPHERE_BIN:-$root/build/release/bin}
port=${CHATSPHERE_PORT:-8080}
nats_port=${CHATSPHERE_NATS_PORT:-4222}
base_url=http://127.0.0.1:$port
services=(auth bot-store ingest embed retrieve chat)
pg_bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)

# A Unix socket's path may have 107 bytes; where the state folder is too deep the socket is an
# abstract one, which has no path (its name is bound to the folder).
pg_socket=$state/sock
if ((${#pg_socket} > 80)); then
    pg_socket=@chatsphere-$(printf '%s' "$state" | sha256sum | cut -c1-16)
fi

say() { printf 'stack: %s\n' "$*"; }
die() {
    printf 'stack: %s\n' "$*" >&2
    exit 1
}

alive() { [[ -n ${1:-} ]] && kill -0 "$1" 2>/dev/null; }
pid_of() { cat "$state/pids/$1" 2>/dev/null || true; }
running() { alive "$(pid_of supervisor)"; }

# ready <name>: does the process answer, with all it needs?
ready() {
    case $1 in
    postgres) "$pg_bin/pg_isready" -q -h "$pg_socket" -d chatsphere ;;
    nats) (exec 3<>"/dev/tcp/127.0.0.1/$nats_port") 2>/dev/null ;;
    *)
        local addr
        addr=$(cat "$state/admin/$1" 2>/dev/null) &&
            curl -fs -o /dev/null --max-time 1 "http://$addr/readyz"
        ;;
    esac
}
