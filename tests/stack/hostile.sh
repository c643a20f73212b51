# shellcheck shell=bash disable=SC2154
# Hostile documents: bombs, damaged files, files that are not what they are called, endless uploads and names. Each ends with
# a precise reason, and what is uploaded beside them becomes ready. A part of tests/stack/run, which sources this.

# hostile_upload <file> <name>: the path of its document, or the status of a refusal
hostile_upload() {
    local reply status
    reply=$(curl -s --max-time 120 -w '\n%{http_code}' -H "Authorization: Bearer $hostile_token" -F "file=@$1;filename=\"$2\"" \
        "$base_url/api/v1/bots/$hostile_bot/documents")
    status=${reply##*$'\n'}
    if [[ $status == 20* ]]; then
        echo "/api/v1/bots/$hostile_bot/documents/$(sed '$d' <<<"$reply" | jq -r .document.id)"
    else
        echo "$status"
    fi
}

# hostile_outcome <path>: ready, or its reason
hostile_outcome() {
    local document=''
    for _ in {1..600}; do # bombs take up to 40 s each, two at a time
        document=$(body_of GET "$port" "$hostile_token" "$1")
        jq -e '.status | IN("ready", "failed")' <<<"$document" >/dev/null && break
        sleep 0.5
    done
    jq -r 'if .status == "failed" then .error else .status end' <<<"$document"
}

# hostile_add <outcome pattern> <file> [<name>]: it is uploaded now and looked at later
hostile_add() {
    hostile_files+=("$1" "${3:-${2##*/}}" "$(hostile_upload "$2" "${3:-${2##*/}}")")
}

hostile_make() {
    local file
    yes '<div>' | head -n 200000 | tr -d '\n' >"$at/nested.html"
    echo 'deep' >>"$at/nested.html"
    for file in manual.docx talk.pptx sales.xlsx letter.odt book.epub files.zip page.png pages.tiff; do
        head -c $(($(stat -c %s "$docs/$file") * 2 / 3)) "$docs/$file" >"$at/cut-$file"
    done
    printf '{\\rtf1\\ansi cut' >"$at/cut.rtf"
    printf '[{"a": 1}, {"b"' >"$at/cut.json"
    head -c 100000 /dev/urandom >"$at/noise.pdf"
    printf '\0\0\0\0\0\0\0\0' >"$at/zeros.txt"
    : >"$at/empty.md"
}

# 1 GB without a length: refused as soon as it is more than a file may have
endless() {
    local status
    status=$({ printf -- '--b\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n'; head -c 1G /dev/zero; } |
        curl -s --max-time 120 -o "$at/endless.json" -w '%{http_code} %{size_upload}' -H "Authorization: Bearer $hostile_token" \
            -H 'Transfer-Encoding: chunked' -H 'Expect:' -H 'Content-Type: multipart/form-data; boundary=b' -X POST -T - \
            "$base_url/api/v1/bots/$hostile_bot/documents")
    if [[ ${status% *} == 413 || ${status% *} == 000 ]] && ((${status#* } < 200000000)); then
        ok "1 GB of unknown length is refused after $((${status#* } / 1000000)) MB: $(jq -r '.detail // ""' "$at/endless.json" 2>/dev/null)"
    else
        bad "1 GB of unknown length: $status $(head -c 300 "$at/endless.json")"
    fi
}

hostile_names() {
    local name got
    for name in '../../etc/passwd.md' $'a\u202egpj.md' '..\\..\\b.md'; do
        echo "A name, $name." >"$at/name"
        got=$(body_of GET "$port" "$hostile_token" "$(hostile_upload "$at/name" "$name")" | jq -r .name)
        if [[ $got != *[/\\]* && $got != *$'\u202e'* && $got == *.md ]]; then ok "a file called '$name' is kept as '$got'"; else bad "a file called '$name' is kept as '$got'"; fi
    done
    got=$(body_of POST "$port" "$hostile_token" "/api/v1/bots/$hostile_bot/documents" '{"name":"a\u0000b.md","text":"x"}' | jq -r '.status')
    if [[ $got == 400 ]]; then ok 'a name with NUL is refused'; else bad "a name with NUL: $got"; fi
}

hostile() {
    local docs=tests/data/documents at=$state/hostile i outcome plain
    hostile_files=()
    mkdir -p "$at"
    hostile_token=$(new_user "hostile-$RANDOM$RANDOM" | jq -r .access_token)
    hostile_bot=$(body_of POST "$port" "$hostile_token" /api/v1/bots '{"name":"Hostile"}' | jq -r .id)
    hostile_make
    hostile_add 'The PDF could not be read within the limits*|Reading the file took more than *' $docs/bomb.pdf
    hostile_add 'The document is damaged: its text is no well-formed XML*' $docs/laughs.docx
    hostile_add 'The archive holds more than 64 MiB.' $docs/bomb.docx
    hostile_add 'The archive holds more than 64 MiB.' $docs/bomb.zip
    hostile_add 'The picture is damaged*|OCR recognised no text.|*OCR is not installed.' $docs/bomb.png
    hostile_add ready "$at/nested.html"
    hostile_add 'The PDF is damaged or encrypted.' $docs/cut.pdf
    for i in docx pptx xlsx odt epub zip; do
        hostile_add 'The document is damaged*|The archive is damaged.' "$(compgen -G "$at/cut-*.$i")"
    done
    hostile_add '*damaged*|OCR *|*OCR is not installed.' "$at/cut-page.png"
    hostile_add '*damaged*|OCR *|*OCR is not installed.|ready' "$at/cut-pages.tiff"
    hostile_add ready "$at/cut.rtf"
    hostile_add ready "$at/cut.json"
    hostile_add 'The file is in no format that is supported, and is no text.' "$at/noise.pdf"
    hostile_add 'The file *' "$at/zeros.txt"
    hostile_add 422 "$at/empty.md" # at once
    hostile_add ready $docs/manual.docx manual.pdf
    hostile_add ready $docs/letter.odt letter.txt
    echo 'Plain words flow on.' >"$at/plain.md"
    plain=$(hostile_outcome "$(hostile_upload "$at/plain.md" plain.md)")
    if [[ $plain == ready ]]; then ok 'a document beside them is ready'; else bad "a document beside them: $plain"; fi
    endless
    hostile_names
    for ((i = 0; i < ${#hostile_files[@]}; i += 3)); do
        outcome=${hostile_files[i + 2]}
        if [[ $outcome == /* ]]; then outcome=$(hostile_outcome "$outcome"); fi
        if hostile_is "$outcome" "${hostile_files[i]}"; then ok "${hostile_files[i + 1]}: $outcome"; else bad "${hostile_files[i + 1]}: $outcome"; fi
    done
    if ready ingest; then ok 'ingest lives on'; else bad 'ingest is not ready any more'; fi
}

# hostile_is <outcome> <patterns with bars between>
hostile_is() {
    local patterns pattern
    IFS='|' read -r -a patterns <<<"$2"
    for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053
        if [[ $1 == $pattern ]]; then return 0; fi
    done
    return 1
}
