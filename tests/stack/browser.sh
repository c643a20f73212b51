# shellcheck shell=bash disable=SC2154
# Parts of tests/stack/run: the browser suites of the web pages (services/edge/web/e2e). The dashboard's runs against this
# stack, that of visitors (the widget and the chat page) starts one of its own, whose edge it may kill.

# What the suite needs and does not find, in words; nothing: it can run.
browser_lacks() {
    [[ -e build/web/index.html ]] || { echo "the pages are not built (tools/web says why)"; return; }
    [[ -e services/edge/web/node_modules/@playwright/test ]] || { echo "its npm packages are not installed"; return; }
    command -v "${CHROMIUM:-chromium}" >/dev/null || echo "there is no chromium; tools/setup --test installs it"
}

browser() {
    local lacks report=$PWD/build/browser/report.json good bad_ skipped_

    lacks=$(browser_lacks)
    if [[ $lacks ]]; then
        skip "browser suite: $lacks"
        return
    fi
    # shellcheck source=../../tools/web-env.sh source-path=SCRIPTDIR
    source tools/web-env.sh
    web_node || { skip "browser suite: $web_node_missing"; return; }
    mkdir -p build/browser
    rm -f "$report"
    (cd services/edge/web && CHROMIUM=$(command -v "${CHROMIUM:-chromium}") WEB_URL=$base_url \
        timeout 2400 node node_modules/@playwright/test/cli.js test 2>&1 | tail -n 60)
    if [[ ! -s $report ]]; then
        bad "the browser suite ended without its report"
        return
    fi
    read -r good bad_ skipped_ < <(jq -r '.stats | "\(.expected + .flaky) \(.unexpected) \(.skipped)"' "$report")
    passed=$((passed + good)) failed=$((failed + bad_)) skipped=$((skipped + skipped_))
    echo "browser: $good passed, $bad_ failed, $skipped_ skipped; pictures of every page are in build/browser/pictures"
}

visitors() {
    local lacks out line good bad_ skipped_

    lacks=$(browser_lacks)
    if [[ $lacks ]]; then
        skip "browser suite of visitors: $lacks"
        return
    fi
    out=$(mktemp)
    tests/web/visitors >"$out" 2>&1
    tail -n 60 "$out"
    line=$(grep -E '^web: [0-9]+ passed' "$out" | tail -n 1)
    rm -f "$out"
    if [[ ! $line =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped ]]; then
        bad "the browser suite of visitors ended without its summary"
        return
    fi
    good=${BASH_REMATCH[1]} bad_=${BASH_REMATCH[2]} skipped_=${BASH_REMATCH[3]}
    passed=$((passed + good)) failed=$((failed + bad_)) skipped=$((skipped + skipped_))
    echo "visitors: $good passed, $bad_ failed, $skipped_ skipped; pictures are in build/shots"
}
