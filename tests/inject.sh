#!/usr/bin/env bash
# tests/inject.sh ROOT CHECK HOLDUP: what tests/inject_main.c cannot do call by call: disks that are really full, files that may
# not grow, media that cannot be written, two runs at a time, what killed runs left. CHECK is a function below.
set -u -o pipefail
root=$1 what=$2 holdup=$3
dir=$(mktemp -d)
mounted=''
trap '[ -z "$mounted" ] || umount "$dir/disk"; chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir" || exit 2
mkdir tmp text
export TMPDIR=$dir/tmp
cp "$root/fixtures/incidents/lockdep-held/bundle/dmesg.txt" text/
bad=0

fail() {
	echo "inject: $what: $*"
	sed 's/^/	it said: /' err 2>/dev/null
	bad=1
}
run() { # run STATUS ARGUMENT...
	local want=$1
	shift
	timeout 120 "$holdup" "$@" >out.txt 2>err </dev/null
	local got=$?
	[ "$got" = "$want" ] || fail "status $got, not $want: $*"
}
says() { grep -q -- "$1" err || fail "does not say: $1"; }
sentence() { grep -q '^holdup: ' err || fail "no sentence"; }
clean() { [ -z "$(ls -A tmp)" ] || fail "TMPDIR: $(ls -A tmp)"; }
reports() { (cd "$1" && sha256sum report.html report.md report.json); }
fresh() {
	run 0 analyze text -o want
	reports want >want.sums
}
same() { reports "$1" | cmp -s - want.sums || fail "$1: other reports"; }

# A folder with a run's output is there whole, or there is none.
whole_or_absent() {
	if [ -e "$1" ]; then
		same "$1"
		run 0 report "$1" -f md -o "$dir/again.md"
	fi
	left=$(find "$(dirname "$1")" -mindepth 1 -maxdepth 1 -name '.*' | head -n 3)
	[ -z "$left" ] || fail "left: $left"
	clean
}

# A file system of all sizes up to enough.
check_disk() {
	fresh
	[ "$(id -u)" = 0 ] && mkdir disk && mount -t tmpfs -o size=64k none disk 2>/dev/null || {
		echo "skipped: nothing can be mounted here"
		exit 77
	}
	mounted=1
	refused=0 done=0
	for size in 16 64 128 256 400 600 800 1000 1200 2000 8000; do
		mount -o "remount,size=${size}k" disk
		rm -rf disk/out
		timeout 120 "$holdup" analyze text -o disk/out >out.txt 2>err </dev/null
		case $? in
		0) done=$((done + 1)) ;;
		4) refused=$((refused + 1)) && sentence && { [ ! -e disk/out ] || fail "$size KiB: refused, and out is there"; } ;;
		*) fail "$size KiB: status" ;;
		esac
		whole_or_absent disk/out
	done
	[ "$refused" -gt 2 ] && [ "$done" -gt 0 ] || fail "refused $refused times, done $done times"
	# An older output stays as it is.
	mount -o remount,size=8000k disk
	run 0 analyze text -o disk/out
	used=$(du -sk disk | cut -f 1)
	mount -o "remount,size=$((used + 100))k" disk
	run 4 analyze text -o disk/out
	sentence
	whole_or_absent disk/out
	# TMPDIR is what is full.
	mount -o remount,size=16k disk
	rm -rf disk/out
	tar cf text.tar text
	TMPDIR=$dir/disk timeout 120 "$holdup" analyze text.tar -o full >out.txt 2>err </dev/null
	status=$?
	[ "$status" = 0 ] || sentence
	[ -z "$(ls -A disk)" ] || fail "left in TMPDIR: $(ls -A disk)"
}

# ulimit -f: no file may grow beyond so many KiB.
check_sizes() {
	fresh
	refused=0
	for size in 0 1 8 64 200 400 800 100000; do
		rm -rf out
		(ulimit -f "$size" && exec timeout 120 "$holdup" analyze text -o out) >out.txt 2>err </dev/null
		case $? in
		0) ;;
		4) refused=$((refused + 1)) && [ "$size" = 0 ] || sentence ;;
		*) [ "$size" = 0 ] || fail "$size KiB: status" ;; # out.txt and err cannot be written either
		esac
		[ ! -e out ] || same out
		left=$(find . -mindepth 1 -maxdepth 1 -name '.*')
		[ -z "$left" ] || fail "left: $left"
		clean
	done
	[ "$refused" -gt 2 ] || fail "refused $refused times"
}

# A bundle that cannot be written is read as any other; an output that cannot be written is refused in a sentence.
check_readonly() {
	fresh
	mkdir shut
	if [ "$(id -u)" = 0 ] && mkdir disk && mount -t tmpfs -o size=8m none disk 2>/dev/null; then
		mounted=1
		cp -r text disk/text
		cp -r want disk/want
		mount -o remount,ro disk
		shut=disk bundle=disk/text store=disk/want
	elif [ "$(id -u)" = 0 ]; then
		echo "skipped: root writes everywhere, and nothing can be mounted here"
		exit 77
	else
		cp -r text readonly && chmod -R a-w readonly
		chmod a-w shut want
		shut=shut bundle=readonly store=want
	fi
	cp -r "$bundle" out-text 2>/dev/null
	run 0 analyze "$bundle" -o out
	same out
	run 4 analyze text -o $shut/out
	says "cannot create a temporary folder in .*$shut"
	run 4 ingest text -o $shut/case.db
	says "cannot create a temporary folder in .*$shut"
	run 0 report "$store" -f md -o page.md
	cmp -s page.md want/report.md || fail "a store that cannot be written gives another report"
	run 4 report "$store" -f md -o $shut/page.md
	sentence
	run 0 export "$store" --perfetto trace.perfetto
	run 0 query "$store" "SELECT count(*) FROM source"
	run 4 batch text -o $shut/fleet
	sentence
	TMPDIR=$dir/$shut timeout 120 "$holdup" analyze text -o out2 >out.txt 2>err </dev/null && fail "analyze without a TMPDIR that can be written"
	sentence
	clean
	chmod u+w shut want
}

# Many runs at once into one folder and from one store: each is whole, and the last one stands.
check_two() {
	fresh
	for round in 1 2 3; do
		for i in 1 2 3 4; do
			"$holdup" analyze text -o out >out.$i 2>err.$i </dev/null &
		done
		for i in 1 2; do
			"$holdup" report want -f json -o page.json >/dev/null 2>err.r$i </dev/null &
		done
		wait
		# One that finds the folder made while it worked, before it could look, says so; no run breaks another.
		good=$(grep -l "out/report.html" out.[1-4] | wc -l)
		[ "$good" -ge 1 ] || fail "round $round: no run came through: $(cat err.[1-4])"
		grep -v "^holdup: cannot \(make\|replace\|move\)" err.[1-4] err.r[12] | grep . && fail "round $round: odd sentences"
		same out
		cmp -s page.json want/report.json || fail "two reports into one file"
		left=$(find . -mindepth 1 -maxdepth 1 -name '.*')
		[ -z "$left" ] || fail "left: $left"
	done
	for i in 1 2 3; do
		"$holdup" ingest text -o case.db >out.$i 2>err.$i </dev/null
		echo $? >status.$i
	done &
	"$holdup" ingest text -o case.db >out.4 2>err.4 </dev/null
	wait
	run 0 report case.db -f json -o page.json
	clean
}

# What killed runs left goes: that of this boot at once, unless somebody lives who made it; what is another's, or not ours, stays.
check_leftovers() {
	fresh
	run 0 analyze text -o out
	mkdir -p .out.ffffff.abcdef tmp/holdup.ffffff.abcdef .out.notours tmp/holdup.ffffff.fresh1 tmp/holdup.ffffff.strang
	for d in .out.ffffff.abcdef tmp/holdup.ffffff.abcdef tmp/holdup.ffffff.fresh1; do
		echo "made by holdup 0" >$d/.holdup
	done
	echo "something" >tmp/holdup.ffffff.strang/.holdup
	echo "somebody's" >.out.ffffff.abcdef/notes
	touch -d '2 days ago' .out.ffffff.abcdef tmp/holdup.ffffff.abcdef tmp/holdup.ffffff.strang
	run 0 analyze text -o out
	[ ! -e tmp/holdup.ffffff.abcdef ] || fail "two days old, of another boot, and still there"
	[ ! -e .out.ffffff.abcdef ] || fail "two days old, beside the output, and still there"
	[ -s out/notes ] || fail "what somebody had put into the output is lost"
	[ -d tmp/holdup.ffffff.fresh1 ] || fail "somebody may live on another host, and its folder was taken"
	[ -d tmp/holdup.ffffff.strang ] || fail "a folder that holdup did not make was taken"
	[ -d .out.notours ] || fail "a folder with another name was taken"
	same out
	rm -rf tmp/* .out.notours
	# A run that lives keeps its own, whoever begins meanwhile.
	for try in $(seq 50); do
		"$holdup" analyze text -o live >/dev/null 2>err.live </dev/null &
		pid=$!
		until compgen -G '.live.*' >/dev/null || ! kill -0 $pid 2>/dev/null; do :; done
		kill -STOP $pid 2>/dev/null
		mine=$(compgen -G '.live.*') && [ -s "$mine/.holdup" ] && break
		kill -CONT $pid 2>/dev/null
		wait $pid
		rm -rf live
		mine=''
	done
	[ -n "$mine" ] || fail "no run was seen at work in $try"
	run 0 analyze text -o live
	[ -d "$mine" ] || fail "the folder of a run at work was taken"
	kill -CONT $pid
	wait $pid || fail "a run was disturbed: $(cat err.live)"
	same live
	clean
}

declare -F "check_$what" >/dev/null || { echo "no such check: $what"; exit 2; }
"check_$what"
exit $bad
