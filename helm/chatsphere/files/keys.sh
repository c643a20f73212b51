# keys.sh restore | publish: the two ends of the keys Job. `restore` gets the folder of keys out of its Secret; then the
# programs `chatsphere secrets` and `chatsphere nats-init` add what is missing; `publish` stores the folder again and gives
# each process a Secret with its own files and no other's. Run by sh with the folders below.
# shellcheck shell=sh
set -eu
keys=${KEYS_DIR:-/keys} scripts=${SCRIPTS_DIR:-/scripts} tmp=${TMPDIR:-/tmp}

restore() {
    kubectl get secret "$KEYS_SECRET" --ignore-not-found -o 'jsonpath={.data.keys\.tar}' >"$tmp/keys.b64"
    if [ -s "$tmp/keys.b64" ]; then
        base64 -d <"$tmp/keys.b64" >"$tmp/keys.tar"
        tar -x -f "$tmp/keys.tar" -C "$keys"
        echo "the keys of $KEYS_SECRET are used"
    else
        echo "there is no $KEYS_SECRET: new keys are made"
    fi
    rm -f "$tmp/keys.b64" "$tmp/keys.tar"
}

# secret_put <name> <key=file>...: creates or replaces a Secret
secret_put() {
    name=$1
    shift
    for pair; do
        set -- "$@" "--from-file=$pair"
        shift
    done
    kubectl create secret generic "$name" "$@" --dry-run=client -o yaml >"$tmp/secret.yaml"
    kubectl apply --server-side --force-conflicts --field-manager=chatsphere-keys -f "$tmp/secret.yaml"
    rm -f "$tmp/secret.yaml"
}

# pg_url <role> <file of its password>
pg_url() { printf 'postgresql://%s:%s@%s?%s' "$1" "$(cat "$2")" "$PG_ADDRESS" "$PG_OPTIONS"; }

# publish_process <service> <process> <schema or -> <SETTING=file,...>
publish_process() {
    service=$1 process=$2
    files="nats.creds=$keys/nats/creds/$service.creds"
    if [ "$3" = schema ]; then
        pg_url "chatsphere_$service" "$keys/secrets/pg/$service" >"$tmp/pg-url"
        files="$files pg-url=$tmp/pg-url"
    fi
    for pair in $(echo "$4" | tr ',' ' '); do
        folder=secrets
        case $pair in *.creds) folder=nats/creds ;; esac
        files="$files ${pair#*=}=$keys/$folder/${pair#*=}"
    done
    # shellcheck disable=SC2086 # paths without blanks
    secret_put "$FULLNAME-$process" $files
}

publish_migration() {
    files="nats.creds=$keys/nats/creds/ops.creds"
    for file in "$keys"/secrets/pg/*; do files="$files pg.${file##*/}=$file"; done
    if [ "$BUNDLED_POSTGRESQL" = yes ]; then
        pg_url postgres "$keys/secrets/pg/owner" >"$tmp/pg-url"
        files="$files pg-url=$tmp/pg-url"
    fi
    # shellcheck disable=SC2086
    secret_put "$FULLNAME-migrate" $files
}

# The folder comes first: a Job that fails later starts from the same keys.
publish() {
    if [ "$KEYS_WRITE" = yes ]; then
        tar -c -f "$tmp/keys.tar" -C "$keys" secrets nats
        secret_put "$KEYS_SECRET" "keys.tar=$tmp/keys.tar"
    fi
    tab=$(printf '\t')
    while IFS=$tab read -r service process _ schema _ secrets; do
        if [ -n "$service" ]; then publish_process "$service" "$process" "$schema" "$secrets"; fi
    done <"$scripts/topology.tsv"
    publish_migration
    secret_put "$FULLNAME-nats" "nats.conf=$keys/nats/nats.conf"
    if [ "$BUNDLED_POSTGRESQL" = yes ]; then secret_put "$FULLNAME-postgresql" "password=$keys/secrets/pg/owner"; fi
}

case ${1:-} in
restore) restore ;;
publish) publish ;;
*) echo "usage: keys.sh restore | publish" >&2 && exit 2 ;;
esac
