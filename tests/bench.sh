#!/bin/bash
# bench.sh MAKE_CAPTURE HOLDUP FORMAT - 10,000 events of bench/make: as many as the format's own tool prints, read by holdup to the
# end, without losses and without gaps between the copies of the seed. 77 where a tool is missing.
set -eu -o pipefail
export LC_ALL=C
make=$1 holdup=$2 format=$3
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

need() {
	for tool; do
		command -v "$tool" >/dev/null || {
			echo "bench.sh: skipped, no $tool here"
			exit 77
		}
	done
}
bundled() {
	zstd -q -d -c "$here/fixtures/incidents/$1/bundle.tar.zst" | tar -x -O -f - --wildcards "*$2"
}

case $format in
trace.dat)
	need zstd trace-cmd
	bundled s3b-control-mounts-only trace.dat >"$work/packed"
	trace-cmd convert -i "$work/packed" -o "$work/seed" --compression none >/dev/null 2>&1
	;;
perf.data)
	need zstd perf
	bundled s1-5.10-before-fix perf_tp.data >"$work/seed"
	;;
ctf)
	need babeltrace2
	ln -s "$here/fixtures/ctf/lttng-default/trace" "$work/seed"
	;;
esac
# counted as the tool prints them; stamps in the order of time
printed() {
	case $format in
	trace.dat) trace-cmd report "$1" 2>/dev/null | sed -n 's/^.*-[0-9]* *\[[0-9]*\] *\([0-9.]*\): .*/\1/p' ;;
	perf.data) perf script -i "$1" -F time,event 2>/dev/null | sed -n 's/^ *\([0-9.]*\): .*/\1/p' ;;
	ctf) babeltrace2 --clock-seconds "$1" 2>/dev/null | sed -n 's/^\[\([0-9.]*\)\] .*/\1/p' ;;
	esac
}

failed=0
fail() {
	echo "bench.sh: $format: $*"
	failed=1
}
for events in 1000 10000 25000; do
	capture=$work/capture
	[ "$format" = ctf ] && capture=$work/trace
	"$make" "$format" "$work/seed" "$events" "$capture" >"$work/said"
	printed "$capture" >"$work/stamps"
	n=$(wc -l <"$work/stamps")
	[ "$n" = "$events" ] || fail "$events events were wanted, and its tool prints $n"
	sort -s -c -n "$work/stamps" || fail "$events events: not in the order of time"
	"$holdup" ingest "$capture" -o "$work/store.db" --quiet >/dev/null || fail "$events events: holdup ingest failed"
	read -r n status <<<"$("$holdup" query "$work/store.db" --csv "SELECT sum(records) || ' ' || group_concat(status) FROM source" | tail -1 | tr -d '"')"
	[ "$n $status" = "$events complete" ] || fail "$events events: holdup read $n, $status"
	rm -rf "$capture" "$work/store.db"
done
# several copies behind each other look like one capture: no switch is missing at a seam
capture=$work/capture
[ "$format" = ctf ] && capture=$work/trace
copies=$("$make" "$format" "$work/seed" 100000 "$capture" | sed 's/.*events, \([0-9]*\) copies.*/\1/')
[ "$copies" -gt 1 ] || fail "100,000 events are one copy of the seed"
"$holdup" analyze "$capture" -o "$work/out" --quiet >/dev/null || fail "holdup analyze failed"
! grep -q 'the task that leaves a CPU is not the one' "$work/out/report.md" || fail "there are gaps between the copies"
exit $failed
