# shellcheck shell=bash disable=SC2154
# The services behind a pooler of transactions: the part `pooler` of tests/stack/run, which sources this.

pooler_pid=''

# PgBouncer with three connections a role, which many transactions share; its address is in $state/pooler.
pooler_start() {
    local p schema dir=$state/pgbouncer as=()
    p=$(free_port)
    mkdir -p "$dir"
    for schema in auth bot_store ingest embed retrieve chat; do
        printf '"chatsphere_%s" "%s"\n' "$schema" "$(<"$state/secrets/pg/$schema")"
    done >"$dir/users"
    cat >"$dir/pgbouncer.ini" <<INI
[databases]
chatsphere = host=$pg_socket dbname=chatsphere
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $p
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $dir/users
stats_users = chatsphere_auth
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
INI
    if ((!EUID)); then
        chown -R postgres: "$dir"
        as=(setpriv --reuid=postgres --regid=postgres --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
    fi
    "${as[@]}" pgbouncer "$dir/pgbouncer.ini" >"$state/logs/pgbouncer.log" 2>&1 &
    pooler_pid=$!
    for _ in {1..100}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null && break
        sleep 0.05
    done
    echo "127.0.0.1:$p" >"$state/pooler"
}

pooler_restart_services() {
    local name
    for name in auth bot-store ingest embed retrieve chat; do tools/stack restart "$name" >/dev/null || bad "$name does not become ready"; done
}

pooler_show() { # <address> <what> <column>: of all rows
    PGPASSWORD=$(<"$state/secrets/pg/auth") "$pg_bin/psql" -qXAt -h 127.0.0.1 -p "${1##*:}" -U chatsphere_auth -d pgbouncer -c "show $2" | cut -d '|' -f "$3"
}

# register, a bot, a document that becomes ready, an answer that cites it
pooler_main_job() {
    local token bot doc conversation answer
    token=$(new_user "pooler-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Pooled"}' | jq -r .id)
    doc=$(body_of POST "$port" "$token" "/api/v1/bots/$bot/documents" \
        '{"name":"sea.md","text":"# Masts\n\nMasts carry sails.\n"}' | jq -r .document.id)
    if [[ $(document_comes_to ready "$token" "/api/v1/bots/$bot/documents/$doc" | jq -r .status) == ready ]]; then
        ok "behind a pooler a document becomes ready"
    else
        bad "behind a pooler a document does not become ready"
    fi
    conversation=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
    answer=$(body_of POST "$port" "$token" "/api/v1/conversations/$conversation/messages" '{"content":"What do masts carry?"}')
    if jq -e '.message.status == "completed" and (.message.content | test("sails"))' <<<"$answer" >/dev/null; then
        ok "behind a pooler a turn is answered"
    else
        bad "behind a pooler a turn is not answered: $(cut -c 1-300 <<<"$answer")"
    fi
    pooler_crowd "$token" "$bot"
}

# More transactions at a time than the pooler has connections: each sees its own tenant and schema.
pooler_crowd() { # <token> <bot>
    local dir i odd pids=()
    dir=$(mktemp -d)
    for i in {1..40}; do
        status_of PATCH "$port" "$1" "/api/v1/bots/$2" "{\"name\":\"Pooled $i\"}" >"$dir/$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
    odd=$(cat "$dir"/* | grep -cv -e '^200$' -e '^409$')
    rm -r "$dir"
    if ((odd == 0)); then ok "behind a pooler 40 changes at once succeed"; else bad "behind a pooler $odd of 40 changes at once failed"; fi
}

pooler() {
    local at n migrated
    if ! command -v pgbouncer >/dev/null; then skip "the services behind a pooler: pgbouncer is not installed"; return; fi
    if [[ $pg_socket == @* ]]; then skip "the services behind a pooler: the socket of this stack has no path"; return; fi
    pooler_start
    at=$(<"$state/pooler")
    pooler_restart_services
    pooler_main_job
    n=$(pooler_show "$at" stats 2 | paste -sd +)
    if (($((n)) > 50)); then ok "the pooler carried $((n)) transactions"; else bad "the pooler carried only '$n' transactions"; fi
    migrated=$(CHATSPHERE_PG_URL=$(pg_url chatsphere_auth auth | sed "s#@/.*#@$at/chatsphere#") CHATSPHERE_PG_PASSWORDS=$state/secrets/pg \
        CHATSPHERE_NATS_URL=nats://127.0.0.1:$nats_port CHATSPHERE_NATS_CREDS=$state/nats/creds/ops.creds "$bin/chatsphere" migrate 2>&1)
    if [[ $migrated == *pooler* ]]; then ok "migrate says why not: $migrated"; else bad "migrate through a pooler says: $migrated"; fi
    rm "$state/pooler"
    pooler_restart_services
    kill -TERM "$pooler_pid"
    wait "$pooler_pid"
}
