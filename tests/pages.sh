#!/usr/bin/env bash
# tests/pages.sh CHECK ROOT HOLDUP ODD FOLDER - holds the pages of all incidents and of odd inputs (tests/test_page_odd.c)
# against peers: html (tidy), valid (the W3C's checker), markdown (cmark-gfm), browser (Chromium, axe-core). Without the
# peer it says so and ends with 77. FOLDER keeps pages, screenshots and what npm fetched.
set -u -o pipefail
check=$1 root=$2 holdup=$3 odd=$4 folder=$5
export LC_ALL=C.UTF-8
bad=0

skip() {
	echo "skipped: $*"
	exit 77
}

fail() {
	echo "$*"
	bad=1
}

# Once for all checks, and anew when the program is.
make_pages() {
	mkdir -p "$folder"
	exec 9>"$folder/lock"
	command -v flock >/dev/null && flock 9
	[ "$folder/made" -nt "$holdup" ] && [ "$folder/made" -nt "$odd" ] && return
	rm -rf "$folder/pages" "$folder/made"
	mkdir -p "$folder/pages" "$folder/scratch"
	"$odd" "$folder/pages" >/dev/null || fail "the pages of odd inputs could not be made"
	"$root/tests/injection.sh" "$root" pages "$holdup" "$folder/pages" || fail "the pages of injected names could not be made"
	for incident in "$root"/fixtures/incidents/*/; do
		name=$(basename "$incident")
		bundle=("$incident"bundle*)
		"$holdup" analyze -q -f html,md,plain "${bundle[0]}" -o "$folder/scratch/$name" >/dev/null 2>&1
		for ending in html md txt; do
			cp "$folder/scratch/$name/report.$ending" "$folder/pages/$name.$ending" || fail "$name: no report.$ending"
		done
		rm -rf "$folder/scratch/$name"
	done
	[ $bad -eq 0 ] && touch "$folder/made"
	exec 9>&-
}

# What package-lock.json names, and nothing else.
fetch_peers() {
	command -v node >/dev/null || skip "no node here; scripts/setup --browser installs it"
	command -v npm >/dev/null || skip "no npm here; scripts/setup --browser installs it"
	mkdir -p "$folder/peers"
	exec 8>"$folder/peers/lock"
	command -v flock >/dev/null && flock 8
	if ! cmp -s "$root/tests/browser/package-lock.json" "$folder/peers/package-lock.json" || [ ! -e "$folder/peers/whole" ]; then
		[ -n "${HOLDUP_NPM:-}" ] || skip "npm fetches nothing unasked: HOLDUP_NPM=1 ctest --preset dev -L browser"
		cp "$root"/tests/browser/package*.json "$folder/peers/"
		(cd "$folder/peers" && timeout 180 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) ||
			skip "the modules of tests/browser cannot be had: $(tail -n 1 "$folder/peers/npm.log")"
		touch "$folder/peers/whole"
	fi
	exec 8>&-
}

# HTML Tidy 5.6 does not know that HTML 5.2 allows groups in a <dl>: it gets them without.
check_html() {
	command -v tidy >/dev/null || skip "no tidy here"
	make_pages
	for page in "$folder"/pages/*.html; do
		said=$(sed 's,<div class="[a-z]*"><dt>,<dt>,; s,</dd></div>,</dd>,' "$page" |
			tidy -quiet -errors --drop-empty-elements no 2>&1 | grep -v 'proprietary attribute' | head -n 5)
		[ -z "$said" ] || fail "$(basename "$page"): $said"
	done
}

# The checker's own list of CSS properties is older than paint-order (CSS Fill and Stroke, and SVG 2).
check_valid() {
	command -v java >/dev/null || skip "no java here; scripts/setup --browser installs it"
	fetch_peers
	make_pages
	java -Xss4m -jar "$folder/peers/node_modules/vnu-jar/build/dist/vnu.jar" --errors-only \
		--filterpattern '.*(paint-order|text-size-adjust|print-color-adjust).*' "$folder"/pages/*.html 2>&1 |
		sed 's,^"file:.*/,",' | head -n 40 >"$folder/valid.log"
	[ -s "$folder/valid.log" ] && fail "$(cat "$folder/valid.log")"
}

# What stands outside fenced blocks.
prose() {
	awk '/^```+/ { run = $0; sub(/[^`].*/, "", run); if (!fence) { fence = run; next } if ($0 == fence) { fence = ""; next } } !fence' "$1"
}

check_markdown() {
	command -v cmark-gfm >/dev/null || skip "no cmark-gfm here"
	make_pages
	for page in "$folder"/pages/*.md; do
		name=$(basename "$page" .md)
		shown=$(cmark-gfm -e table -e strikethrough -e autolink -e tasklist "$page") || fail "$name: cmark-gfm failed"
		# Every table is one, and its rows have as many cells as its head.
		tables=$(prose "$page" | grep -c '^|\(-*:\?--*:\?|\)*$')
		[ "$tables" -eq "$(grep -c '^<table>' <<<"$shown")" ] || fail "$name: $tables tables are meant, and not all are shown as such"
		prose "$page" | awk -v name="$name" '
			!/^\|/ { bars = 0; next }
			{ line = $0; gsub(/\\\\/, "", line); gsub(/\\\|/, "", line); n = gsub(/\|/, "", line) }
			bars && n != bars { print name ": a row of " n - 1 " cells in a table of " bars - 1 ": " substr($0, 1, 100) }
			{ bars = n }' | head -n 3 | grep . && bad=1
		# Nothing acts that is not ours: no raw HTML, no emphasis, no picture, no link but to the web.
		for tag in 'raw HTML omitted' '<em>' '<del>' '<img' '<input' '<a href="[^h]' '<h[56]>' 'footnote'; do
			grep -o "$tag.\{0,60\}" <<<"$shown" | head -n 1 | grep . && fail "$name: shows $tag"
		done
		# The same chapters as in HTML, where both show all there is.
		case $name in odd-*) continue ;; esac
		diff <(grep -o '^<h[1-6]>.*</h[1-6]>' <<<"$shown" | sed 's/​//g') \
			<(grep -o '<h[1-6][ >].*</h[1-6]>' "${page%.md}.html" |
				sed 's/<\(h[1-6]\)[^>]*>/<\1>/; s, <span class="tag [a-z]*">\([^<]*\)</span>, (\1),; s/&#39;/'"'"'/g') |
			head -n 5 | grep . && fail "$name: other headings than in report.html"
	done
}

check_browser() {
	chromium=$(command -v chromium || command -v chromium-browser || true)
	[ -n "$chromium" ] || skip "no chromium here; scripts/setup --browser installs it"
	fetch_peers
	make_pages
	rm -rf "$folder/shots"
	node "$root/tests/browser/pages.mjs" "$folder/peers" "$chromium" "$folder/shots" "$folder"/pages/$1*.html || bad=1
	echo "screenshots: $folder/shots"
}

case $check in
html | valid | markdown) "check_$check" ;;
browser_odd) check_browser odd- ;;
browser_injected) check_browser injected- ;;
browser_incidents) check_browser "[!oi]" ;;
*)
	echo "usage: pages.sh html|valid|markdown|browser_odd|browser_injected|browser_incidents ROOT HOLDUP ODD FOLDER" >&2
	exit 2
	;;
esac
exit $bad
