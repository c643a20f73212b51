# shellcheck shell=bash disable=SC2154
# Sources: crawls of a web site of our own (tests/site), with all that sites do to a crawler. A part of tests/stack/run, which
# sources this.

site_token='' site_bot=''

# site_put <path> <body> [header...]: a page of the site
site_put() {
    local path=$1 body=$2 args=() header
    shift 2
    for header; do args+=(-H "$header"); done
    curl -sS --max-time 20 -X PUT "${args[@]}" --data-binary "$body" "$site_url$path" >/dev/null
}
site_remove() { curl -sS --max-time 20 -X DELETE "$site_url$1" >/dev/null; }
site_log() { curl -sS --max-time 20 "$site_url/--log"; }

site_html() { # <title> <text> [link...]
    local title=$1 text=$2 link
    shift 2
    printf '<!doctype html><html><head><title>%s</title></head><body><nav>Menu of everything</nav><main><h1>%s</h1><p>%s</p>' "$title" "$title" "$text"
    for link; do printf '<a href="%s">more</a> ' "$link"; done
    printf '</main><footer>Imprint and cookies</footer></body></html>'
}

# site_source <json>: a new source of $site_bot, whose id is printed; else the answer
site_source() {
    local made
    made=$(body_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/sources" "$1")
    jq -r '.id // .' <<<"$made"
}
site_get() { body_of GET "$port" "$site_token" "/api/v1/bots/$site_bot/sources/$1"; }
site_pages() { body_of GET "$port" "$site_token" "/api/v1/bots/$site_bot/sources/$1/pages?limit=100"; }
site_post() { status_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/sources/$1/$2"; }

site_ends() { # <source>: waits for the end of its crawl, and prints its status
    local status=''
    for _ in {1..1200}; do
        status=$(site_get "$1" 2>/dev/null | jq -r .status 2>/dev/null)
        [[ $status == completed || $status == failed || $status == cancelled ]] && break
        sleep 0.1
    done
    echo "$status"
}

# site_settled: waits until no document of the bot is being worked on; then "name status" of each, sorted
site_settled() {
    local all=''
    for _ in {1..600}; do
        all=$(body_of GET "$port" "$site_token" "/api/v1/bots/$site_bot/documents?limit=100" 2>/dev/null)
        jq -e '[.items[].status] | all(. == "ready" or . == "failed" or . == "cancelled")' <<<"$all" >/dev/null 2>&1 && break
        sleep 0.1
    done
    jq -r '.items[] | "\(.name) \(.status)"' <<<"$all" | sort
}

site_finds() { # <query>: the URL of the first passage
    body_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/search" "{\"query\":\"$1\",\"mode\":\"lexical\"}" |
        jq -r '.items[0] | if . then "\(.document_name) \(.document_url)" else "nothing" end'
}

site_state() { # <source> <path>: status and reason of a page
    site_pages "$1" | jq -r --arg url "$site_url$2" '.items[] | select(.url == $url) | "\(.status): \(.error)"'
}

site_is() { # <what> <expected> <actual>
    if [[ $3 == "$2" ]]; then ok "$1"; else bad "$1: '$3' instead of '$2'"; fi
}

site_begins() { # <what for>: a bot of its own, and a log that begins anew
    site_bot=$(body_of POST "$port" "$site_token" /api/v1/bots "{\"name\":\"$1\"}" | jq -r .id)
    curl -sS --max-time 20 -X DELETE "$site_url/--log" >/dev/null
}

# A site with robots.txt, a compressed sitemap in an index, and pages of every kind.
site_whole() {
    local source file=$state/sitemap.gz
    site_begins Whole
    site_put /robots.txt $'User-agent: *\nDisallow: /private\nSitemap: /index.xml\n' 'Content-Type: text/plain'
    site_put /index.xml "<sitemapindex><sitemap><loc>$site_url/map.xml.gz</loc></sitemap></sitemapindex>" 'Content-Type: text/xml'
    printf '<urlset><url><loc>%s/sitemapped</loc></url><url><loc>http://elsewhere.example/x</loc></url></urlset>' "$site_url" | gzip >"$file"
    curl -sS --max-time 20 -X PUT -H 'Content-Type: application/gzip' --data-binary @"$file" "$site_url/map.xml.gz" >/dev/null
    site_put / "$(site_html Start 'Herons stand in the shallows.' /a /a#part '/a?utm_source=x' b/ /private/x /moved /gone /picture.png /noindex /typed /huge /nowhere /circle mailto:x@example.org http://elsewhere.example/ /slow)"
    site_put /a "$(site_html 'Page A / part' 'Otters live by the river.' /deep /b/same)" 'X-ETag: "a1"'
    site_put /b/ "$(site_html 'Page B' 'Badgers dig at night.')"
    site_put /b/same "$(site_html 'Page B' 'Badgers dig at night.')"
    site_put /deep "$(site_html Deep 'Moles see little.' /deeper)"
    site_put /deeper "$(site_html Deeper 'Worms see nothing.')"
    site_put /private/x "$(site_html Private 'Ravens know a secret.')"
    site_put /sitemapped "$(site_html Sitemapped 'Lynxes are shy.')"
    site_put /moved '' 'X-Status: 301' 'X-Location: /arrived'
    site_put /arrived "$(site_html Arrived 'Storks come back.')"
    site_put /noindex "$(site_html Noindex 'Foxes hide.')" 'X-Robots: noindex'
    site_put /typed 'GIF89a' 'Content-Type: image/gif'
    site_put /huge "$(site_html Huge 'Whales.')" 'X-Pad: 9000000'
    site_put /nowhere '' 'X-Status: 302' 'X-Location: http://169.254.169.254/latest/meta-data/'
    site_put /circle '' 'X-Status: 302' 'X-Location: /circle2'
    site_put /circle2 '' 'X-Status: 302' 'X-Location: /circle'
    site_put /slow "$(site_html Slow 'Snails are slow.')" 'X-Delay: 1500'
    source=$(site_source "{\"url\":\"$site_url\",\"depth\":2}")
    site_is "a site is crawled" completed "$(site_ends "$source")"
    site_is "its pages are documents, named by their titles" $'Arrived ready\nDeep ready\nPage A - part ready\nPage B ready\nSitemapped ready\nSlow ready\nStart ready' "$(site_settled)"
    site_is "a page of the sitemap is found, with its address" "Sitemapped $site_url/sitemapped" "$(site_finds 'lynxes')"
    site_is "what stands in navigation and footer is not" nothing "$(site_finds 'imprint')"
    site_is "a page that is forbidden by robots.txt is not asked for" null "$(site_log | jq -c '.pages["/private/x"]')"
    site_is "nor one of another form that is no page" null "$(site_log | jq -c '.pages["/picture.png"]')"
    site_is "each page is asked for once" '{"200":1}' "$(site_log | jq -c '.pages["/a"]')"
    site_is "one at a time, and nothing is carried along" '1 []' "$(site_log | jq -r '"\(.most) \(.carried)"')"
    site_is "a page that redirects" "skipped: The page redirects to $site_url/arrived." "$(site_state "$source" /moved)"
    site_is "a page that is not there" 'gone: The page does not exist (status 404).' "$(site_state "$source" /gone)"
    site_is "a page that asks not to be indexed" 'skipped: The page asks not to be indexed.' "$(site_state "$source" /noindex)"
    site_is "a page of another type" 'skipped: Pages of the type image/gif are not read.' "$(site_state "$source" /typed)"
    site_is "a page that is too large" 'failed: The page has more than 8 MiB.' "$(site_state "$source" /huge)"
    site_is "a page that leads inwards" 'skipped: The page redirects to another site.' "$(site_state "$source" /nowhere)"
    site_is "a page that leads in a circle" 'failed: The page redirects in a circle.' "$(site_state "$source" /circle2)"
    site_is "a page of the same content as another one" "skipped: The page has the same content as $site_url/b/." "$(site_state "$source" /b/same)"
    site_is "progress ends where it should" true "$(site_get "$source" | jq '.progress.done == .progress.total and .pages.stored == 7 and .pages.waiting == 0 and .limited == false')"
    site_again "$source"
}

# The next crawl: what changed replaces, what vanished goes, what is as before costs nothing.
site_again() { # <source>
    local before after
    before=$(body_of GET "$port" "$site_token" "/api/v1/bots/$site_bot/documents?limit=100" | jq -r '.items[] | select(.name == "Page B") | .id')
    site_put /b/ "$(site_html 'Page B, again' 'Beavers build dams.')"
    site_remove /sitemapped
    site_remove /b/same
    site_put / "$(site_html Start 'Herons stand in the shallows.' /a /b/ /fresh)"
    site_put /fresh "$(site_html Fresh 'Swifts never rest.')"
    curl -sS --max-time 20 -X DELETE "$site_url/--log" >/dev/null
    site_is "it is crawled again" 202 "$(site_post "$1" crawl)"
    site_is "to the end" completed "$(site_ends "$1")"
    site_settled >/dev/null
    after=$(body_of GET "$port" "$site_token" "/api/v1/bots/$site_bot/documents?limit=100" | jq -r '.items[] | select(.name == "Page B, again") | "\(.id) \(.status)"')
    site_is "a page that changed is the same document" "$before ready" "$after"
    site_is "with its new content" "Page B, again $site_url/b/" "$(site_finds beavers)"
    site_is "and not the old one" nothing "$(site_finds badgers)"
    site_is "a page that vanished is gone" nothing "$(site_finds lynxes)"
    site_is "a new one is found" "Fresh $site_url/fresh" "$(site_finds swifts)"
    site_is "an unchanged one is not sent again" '{"304":1}' "$(site_log | jq -c '.pages["/a"]')"
    site_is "and says so" 'unchanged: null' "$(site_state "$1" /a)"
    site_wish "$1"
}

# A document that was deleted on request stays away; so does all of a source that is deleted.
site_wish() { # <source>
    local id
    id=$(site_pages "$1" | jq -r --arg url "$site_url/a" '.items[] | select(.url == $url) | .document_id')
    status_of DELETE "$port" "$site_token" "/api/v1/bots/$site_bot/documents/$id" >/dev/null
    site_post "$1" crawl >/dev/null
    site_ends "$1" >/dev/null
    site_is "a page whose document was deleted does not come back" 'removed: null/nothing' "$(site_state "$1" /a)/$(site_finds otters)"
    status_of PATCH "$port" "$site_token" "/api/v1/bots/$site_bot/sources/$1" '{"exclude":["/fr*"],"refresh_hours":24}' >/dev/null
    sql postgres owner "update ingest.sources set crawl_at = now() where id = '$1'"
    for _ in {1..300}; do
        [[ $(site_get "$1" | jq -r '.crawl') == 4 ]] && break
        sleep 0.1
    done
    site_is "the schedule crawls it" completed "$(site_ends "$1")"
    site_is "and what its patterns leave out goes" "skipped: The page is left out by the patterns of the source./nothing" "$(site_state "$1" /fresh)/$(site_finds swifts)"
    site_is "the next time is a day away" true "$(site_get "$1" | jq '(.next_at | sub("\\.[0-9]+Z$"; "Z") | fromdate) > now + 86000')"
    site_is "a source is deleted" 204 "$(status_of DELETE "$port" "$site_token" "/api/v1/bots/$site_bot/sources/$1")"
    site_is "with its documents" 'nothing ' "$(site_finds herons) $(site_settled)"
    site_is "and rows" 0 "$(sql postgres owner "select (select count(*) from ingest.pages where source_id = '$1') + (select count(*) from ingest.documents where source_id = '$1')")"
}

# What leads inwards is refused, by its text, where it redirects to, and where its name leads.
site_guard() {
    local url path status
    restart_with ingest "LD_PRELOAD=$bin/test-names.so" "ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0"
    site_begins Guard
    site_put /inwards '' 'X-Status: 302' 'X-Location: http://127.0.0.1:1/'
    site_put /meta '' 'X-Status: 301' 'X-Location: http://[::ffff:169.254.169.254]/latest/'
    site_put /name '' 'X-Status: 301' 'X-Location: http://www.inwards.test:1/'
    for url in http://169.254.169.254/latest http://127.0.0.1:1/ http://localhost:1/ 'http://[::1]/' http://10.0.0.1/ http://2130706433/ http://0x7f.1/ 'http://[::ffff:a9fe:a9fe]/'; do
        status=$(status_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/documents" "{\"url\":\"$url\"}")
        site_is "$url is refused" 422 "$status"
    done
    for url in ftp://example.org/ file:///etc/passwd http://user:secret@example.org/ ''; do
        site_is "'$url' is refused" 400 "$(status_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/documents" "{\"url\":\"$url\"}")"
    done
    for path in /inwards /meta /name; do
        url=$(body_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/documents" "{\"url\":\"$site_url$path\"}" | jq -r .document.id)
        status=$(document_comes_to failed "$site_token" "/api/v1/bots/$site_bot/documents/$url" | jq -r '"\(.status): \(.error)"')
        if [[ $status == 'failed: '*'not public'* ]]; then ok "$path fails: ${status#failed: }"; else bad "$path, which leads inwards, is $status"; fi
    done
    restart_with ingest
}

# A site that is busy, slow or away: asked again as it says, then given up; others of the site are read.
site_busy() {
    local source
    site_begins Busy
    site_put /robots.txt '' 'X-Status: 404'
    site_put / "$(site_html Busy 'Crowds.' /later /broken)"
    site_put /later "$(site_html Later 'Patience pays.')" 'X-Times: 2' 'X-After: 1'
    site_put /broken '' 'X-Status: 500'
    source=$(site_source "{\"url\":\"$site_url\",\"depth\":1}")
    site_is "a busy site is crawled" completed "$(site_ends "$source")"
    site_is "a page that was busy is asked for again" '{"200":1,"503":2}' "$(site_log | jq -cS '.pages["/later"]')"
    site_is "one that stays broken is given up" 'failed: The server answers with the status 500.' "$(site_state "$source" /broken)"
    site_is "after three times" '{"500":3}' "$(site_log | jq -c '.pages["/broken"]')"
    site_put /robots.txt '' 'X-Status: 503'
    site_put /away "$(site_html Away 'Nobody asks.')"
    source=$(site_source "{\"url\":\"$site_url/away\"}")
    site_is "without robots.txt nothing is asked for" failed "$(site_ends "$source")"
    site_is "and the reason is said" 'robots.txt of the site cannot be read. The server answers with the status 503.' "$(site_get "$source" | jq -r .error)"
    site_is "the page was not asked for" null "$(site_log | jq -c '.pages["/away"]')"
    site_put /robots.txt '' 'X-Status: 404'
}

# The first page leads to another name: its robots.txt counts, and what is crawled is there.
site_other() {
    local source other=http://localhost:${site_url##*:}
    site_begins Other
    site_put /robots.txt $'User-agent: chatsphere\nDisallow: /b/\n' 'Content-Type: text/plain'
    site_put /old '' 'X-Status: 301' "X-Location: $other/new"
    site_put /new "$(site_html New 'Cranes dance.' /b/ /c "$site_url/a")"
    site_put /c "$(site_html C 'Cuckoos count.')"
    source=$(site_source "{\"url\":\"$site_url/old\",\"depth\":1}")
    site_is "a site that has moved is crawled where it is" completed "$(site_ends "$source")"
    site_is "and no page of the old one" $'C ready\nNew ready' "$(site_settled)"
    site_is "its robots.txt is asked for" '{"200":2}' "$(site_log | jq -c '.pages["/robots.txt"]')"
    site_put /robots.txt '' 'X-Status: 404'
}

# ingest is killed in mid-crawl: it goes on, and each page is one document.
site_killed() {
    local source n links=()
    site_begins Killed
    for n in {1..12}; do
        site_put "/k$n" "$(site_html "K$n" "Kestrel number $n.")" 'X-Delay: 300'
        links+=("/k$n")
    done
    site_put /k "$(site_html K 'Kestrels hover.' "${links[@]}")"
    source=$(site_source "{\"url\":\"$site_url/k\",\"depth\":1}")
    for _ in {1..300}; do
        n=$(site_get "$source" 2>/dev/null | jq -r .pages.stored)
        ((n >= 4)) && break
        sleep 0.1
    done
    kill -KILL "$(pid_of ingest)"
    site_is "a crawl whose process was killed goes on to its end" completed "$(site_ends "$source")"
    site_is "with each page once" '13 13' "$(site_settled | sort | uniq -c | awk '$1 == 1 && $3 == "ready" { n++ } { all++ } END { print n, all }')"
    site_is "and nothing of it is left half" 0 "$(sql postgres owner "select count(*) from ingest.documents d where source_id = '$source' and not exists (select from ingest.pages p where p.document_id = d.id)")"
}

# A crawl is cancelled, one has a limit of pages, and a plan one of documents.
site_limits() {
    local source token='' name=sites-$RANDOM$RANDOM id
    site_begins Limits
    site_put /endless "$(site_html Endless 'On and on.' /e1 /e2 /e3 /e4 /e5 /e6 /e7 /e8)" 'X-Delay: 1000'
    for id in {1..8}; do site_put "/e$id" "$(site_html "E$id" "Eel $id.")"; done
    source=$(site_source "{\"url\":\"$site_url/endless\",\"depth\":1,\"max_pages\":3}")
    site_is "a crawl is cancelled" '200 409' "$(site_post "$source" cancel) $(site_post "$source" cancel)"
    site_is "and its document too" 'cancelled' "$(body_of GET "$port" "$site_token" "/api/v1/bots/$site_bot/documents" | jq -r '.items[].status')"
    id=$(site_get "$source" | jq -r .document_id)
    site_is "a cancelled document is tried again" 202 "$(status_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/documents/$id/retry")"
    site_is "by a crawl" completed "$(site_ends "$source")"
    site_is "which ends at its number of pages" '3 true' "$(site_get "$source" | jq -r '"\(.progress.total) \(.limited)"')"
    site_is "and no earlier" $'E1 ready\nE2 ready\nEndless ready' "$(site_settled)"
    site_is "the same address once more is the same document" "200 $id" "$(api POST "$port" "$site_token" "/api/v1/bots/$site_bot/documents" "{\"url\":\"$site_url/endless\",\"depth\":1,\"max_pages\":3}" | jq -rs '"\(.[1]) \(.[0].document.duplicate_of)"')"
    site_is "with other settings it is refused" 409 "$(status_of POST "$port" "$site_token" "/api/v1/bots/$site_bot/documents" "{\"url\":\"$site_url/endless\"}")"
    site_ends "$source" >/dev/null
    # shellcheck disable=SC2034 # plan_user() sets it
    local tenant
    plan_user "$name" max_documents=2
    site_token=$token
    site_begins Plan
    source=$(site_source "{\"url\":\"$site_url/endless\",\"depth\":1}")
    site_is "a plan that is used up ends a crawl" 'failed The plan allows no more documents in the workspace.' "$(site_ends "$source") $(site_get "$source" | jq -r .error)"
    site_is "with as many documents as it allows" 2 "$(site_settled | wc -l)"
}

sites() {
    site_token=$(new_user "sites-$RANDOM$RANDOM" | jq -r .access_token)
    site_whole
    site_guard
    site_busy
    site_other
    site_killed
    site_limits
}
