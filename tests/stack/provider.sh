# shellcheck shell=bash disable=SC2154
# What a hostile provider may do to others: the part `providers` of tests/stack/run, which sources this.

# used <tenant> <tokens>: counts a message with so many tokens of each kind; then the tokens of the month
used() {
    sql postgres owner "select auth.use(array['$1']::uuid[], array[gen_random_uuid()], array[(extract(epoch from now()) * 1000)::bigint],
        array[$2], array[$2])" >/dev/null
    sql postgres owner "select prompt_tokens || ' ' || completion_tokens from auth.usage where tenant_id = '$1'"
}

# Numbers of tokens that an event should never hold: counted within limits, and a sum ends at the largest number.
providers_counts() {
    local tenant got most=9223372036854775807
    tenant=$(new_user "counts-$RANDOM$RANDOM" | jq -r .workspace.id)
    got=$(used "$tenant" $most)/$(used "$tenant" -5000000)
    if [[ $got == '10000000 10000000/10000000 10000000' ]]; then ok "a message counts 0 to 10,000,000 tokens"; else bad "messages of too many and of negative tokens counted $got"; fi
    sql postgres owner "update auth.usage set prompt_tokens = $most - 5, completion_tokens = $most where tenant_id = '$tenant'"
    got=$(used "$tenant" 10)
    if [[ $got == "$most $most" ]]; then ok "a sum of tokens ends at the largest number"; else bad "the largest sum of tokens and 10 make '$got'"; fi
}

providers() {
    providers_counts
}
