#!/bin/bash
# compare.sh HOLDUP FOLDER READER: holdup's counts of events by name against those of the real tool, for every fixture of READER
# below FOLDER that is no damaged one. Exit 77 (skipped) where the tool is not installed. HOLDUP_CAPTURES=DIR adds every
# capture of that format below DIR: the whole captures are not in the repository.
set -u
holdup=$1 folder=$2 reader=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Each prints "count name", one event name a line.
count() { sort | uniq -c | awk '{print $1, $2}' | LC_ALL=C sort -k2; }
tool_tracedat() {
	# The first name behind "[cpu] flags stamp: ". A call without calls inside is one line, entry and exit in one: exits are not asked.
	trace-cmd report -i "$1" 2>/dev/null |
		awk 'match($0, /\[[0-9]+\]( +[^ ]+)? +[0-9]+(\.[0-9]+)?: +[^ :]+:/) {
			s = substr($0, RSTART, RLENGTH); sub(/:$/, "", s); sub(/.* /, "", s)
			if (s ~ /^[A-Za-z0-9_]+$/ && s != "funcgraph_exit") print s }' | count
}
tool_perfdata() { perf script -f -i "$1" -G -F event 2>/dev/null | grep ': *$' | sed -E 's/: *$//; s/^ *//; s/^[a-z0-9_-]+:([A-Za-z0-9_]{4,})$/\1/' | grep -v '^$' | count; }
# What perf converted has the tracepoint's system in front of its name: sched:sched_switch.
tool_ctf() {
	local system='x'
	grep -q 'tracer_name = "perf"' "$1/metadata" && system='s/^[a-z0-9_]*://'
	# "[stamp] (+delta) host event: { …": LTTng's has a host
	babeltrace2 --clock-cycles "$1" 2>/dev/null | sed 's/^\[[^]]*\] ([^)]*) //; s/: {.*//' | awk '{print $NF}' |
		sed "${system#x}" | count
}

case $reader in
tracedat) need=trace-cmd ;;
perfdata) need=perf ;;
ctf) need=babeltrace2 ;;
*) echo "no real tool for $reader"; exit 2 ;;
esac
command -v "$need" >/dev/null || { echo "$need is not installed: skipped"; exit 77; }

failed=0 compared=0
compare() {
	rm -f "$work/store.db"
	"$holdup" ingest "$1" -o "$work/store.db" >/dev/null 2>"$work/err" || { echo "$1: $(tail -1 "$work/err")"; failed=1; return; }
	"$holdup" query "$work/store.db" --csv "SELECT sum(e.count), e.event FROM event_count e JOIN source s ON s.id = e.source
		WHERE s.format = '$reader' GROUP BY e.event" 2>"$work/err" | awk -F, 'NR > 1 && $1 > 0 {print $1, $2}' |
		LC_ALL=C sort -k2 >"$work/ours" || { cat "$work/err"; failed=1; }
	"tool_$reader" "$1" >"$work/theirs"
	[ -s "$work/theirs" ] || { echo "$1: $need printed no event: not compared"; return; }
	compared=$((compared + 1))
	# Every event that the tool prints, as often; what it keeps to itself (records that are no events) is not asked.
	if ! awk 'NR == FNR { ours[$2] = $1; next } ours[$2] != $1 { print $2 ": " $1 " by the tool, " ours[$2] + 0 " here"; bad = 1 }
		END { exit bad }' "$work/ours" "$work/theirs" >"$work/diff"; then
		echo "$1:"; sed 's/^/  /' "$work/diff"; failed=1
	fi
}
for truth in "$folder/$reader"/*/truth.json; do
	dir=$(dirname "$truth")
	case $dir in */bad-*) continue ;; esac
	file=$(sed -n 's/.*"file": *"\([^"]*\)".*/\1/p' "$truth" | head -n 1)
	# A capture that is cut, or that the tool itself cannot read, has its truth written down instead.
	grep -q '"status": *"complete"' "$truth" && grep -q "\"format\": *\"$reader\"" "$truth" || continue
	compare "$dir/$file"
done
if [ -n "${HOLDUP_CAPTURES:-}" ]; then
	case $reader in
	tracedat) list=$(find "$HOLDUP_CAPTURES" -name '*.dat' -size +0) ;;
	perfdata) list=$(find "$HOLDUP_CAPTURES" -name '*perf*.data' -size +0) ;;
	ctf) list=$(find "$HOLDUP_CAPTURES" -name metadata -exec dirname {} \;) ;;
	esac
	while read -r f; do compare "$f"; done <<<"$list"
fi
echo "$compared captures compared with $need"
exit $failed
