#!/usr/bin/env bash
# tests/capture.sh ROOT CHECK HOLDUP: the capture kit without tracing anything: what it says, refuses and leaves behind,
# with tracefs out of reach or made of plain files. CHECK is a function below whose name starts with check_. What needs
# a kernel is tried in guests (docs/capture.md).
set -u -o pipefail
root=$1 what=$2 holdup=$3
kit=$root/capture/holdup-capture
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export HOLDUP_STATE=$work/state HOLDUP_TRACEFS=$work/none
bad=0
cd "$work" || exit 1
shells=sh
command -v dash >/dev/null && shells="sh dash"

fail() {
	echo "capture: $*"
	bad=1
}
# run STATUS ARGUMENTS…: output in $work/out and err
run() {
	local want=$1 got
	shift
	timeout 60 ${shell:-sh} "$kit" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ $got -eq "$want" ] || fail "status $got instead of $want: $* : $(head -n 3 "$work/err")"
}
says() { grep -q -- "$1" "$work/out" "$work/err" || fail "'$1' is not said: $(cat "$work/out" "$work/err" | head -n 5)"; }
nothing_left() {
	[ -z "$(find "$work" -maxdepth 1 -name '.holdup-capture*')" ] || fail "left behind: $(find "$work" -maxdepth 1 -name '.holdup-capture*')"
	[ ! -e "$HOLDUP_STATE/lock" ] && [ ! -e "$HOLDUP_STATE/journal" ] || fail "the lock or the journal stayed"
}
manifest() { tar xOf "$1" --wildcards '*/manifest.json'; }

# Words of other languages, other shells, and options of GNU alone have no place in it.
check_shell() {
	for shell in $shells; do
		$shell -n "$kit" || fail "$shell cannot parse it"
	done
	command -v shellcheck >/dev/null && { shellcheck -s sh -S warning "$kit" || fail "shellcheck"; }
	version=$(sed -n 's/^project(holdup VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
	run 0 --version
	says "holdup-capture $version"
	run 0 --help
	for option in $(sed -n 's/^\t-[a-z-]* | \(--[a-z-]*\)).*/\1/p; s/^\t\(--[a-z-]*\)).*/\1/p' "$kit"); do
		grep -q -- "$option" "$work/out" || fail "--help does not name $option"
		grep -q -- "${option#--}" "$root/docs/man/holdup-capture.1" || fail "the manual does not name $option"
	done
}

check_usage() {
	for shell in $shells; do
		while read -r line; do
			eval "set -- $line"
			run 2 "$@"
			says "holdup-capture: "
			[ ! -s "$work/out" ] || fail "wrong usage prints to standard output: $line"
		done <<'END'
-p nothing
-p
--profile=
--for
--for 1x
--for 0s
--for 99999999999999s
--when sometimes
--when op=mount
--when op=mo/unt:1s
--when op=mount:0
--when psi=disk:full:10%
--when psi=memory:half:10%
--when psi=memory:full:ten%
--when psi=memory:full:
--buffer 64
--buffer 12345678901M
--max-size 1M
--interval 1ms
--lock 'a b'
--lock '$(id)'
--tag novalue
--tag 'a b=c'
--with everything
--without nothing
--dry-run=1
--no-such-option
stray
-o none/x.tar
END
	done
	: >"$work/there.tar"
	run 2 -o there.tar --for 1s
	says "is there already"
	nothing_left
}

# No tracefs: what there is goes into a bundle, and what is not is said in it.
check_no_tracefs() {
	for shell in $shells; do
		rm -f a.tar*
		run 1 --for 1s -o a.tar.gz --tag role=web --tag 'note=a "b" \c' --when op=umount:100ms
		says "there is no tracefs"
		says "trigger op=umount:100ms"
		nothing_left
		manifest a.tar.gz >manifest.json || fail "no manifest"
		python3 -c 'import json; m = json.load(open("manifest.json")); assert m["tags"]["note"] == "a \"b\" \\c", m["tags"]
assert any("tracefs" in x["why"] for x in m["missing"]), m["missing"]' || fail "the manifest is not right"
		"$holdup" inspect a.tar.gz >inspect.txt || fail "holdup cannot read it: $(head -n 3 inspect.txt)"
		for format in manifest clockreadings procfs uname kallsyms; do grep -q " $format .*complete" inspect.txt || fail "no $format in it"; done
	done
	[ "$(find "$work" -perm /077 -name 'a.tar.gz')" = "" ] || fail "others may read the bundle"
	# the environment of whoever calls changes nothing
	mkdir sub
	CDPATH=$work TAR_OPTIONS=--verbose POSIXLY_CORRECT=1 LC_NUMERIC=tr_TR.UTF-8 run 1 --for 100ms --without facts -o sub/c.tar
	manifest sub/c.tar | grep '"locks"' && fail "a manifest without a trace has locks"
	manifest sub/c.tar | python3 -c 'import json, sys; json.load(sys.stdin)' || fail "no manifest with an odd environment"
	# a bundle may be called what the kit calls its own files
	for name in bundle symbols reserve stop in; do
		run 1 --for 100ms --without facts -o $name.tar
		tar tf $name.tar >list 2>/dev/null
		grep -q "^$name/manifest.json" list || fail "no bundle of the name $name"
	done
	nothing_left
}

# Not root: no journal to write, nothing changed, something is captured.
check_not_root() {
	[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || { echo "skipped: needs root and setpriv"; exit 77; }
	mkdir "$work/theirs"
	chmod 755 "$work"
	chmod 777 "$work/theirs"
	cp "$kit" "$work/theirs/kit"
	chmod 755 "$work/theirs/kit"
	unset HOLDUP_STATE
	(cd "$work/theirs" && LANG=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8 XDG_RUNTIME_DIR='' setpriv --reuid 65534 --regid 65534 --clear-groups \
		sh ./kit --for 1s -o n.tar) >"$work/out" 2>"$work/err" || [ $? -eq 1 ] || fail "$(cat "$work/err")"
	says "not root"
	# (not into grep -q: it may leave before tar has said all)
	tar xOf "$work/theirs/n.tar" n/manifest.json >"$work/said"
	grep -q '"uid": 65534' "$work/said" || fail "the manifest does not say who"
	tar tf "$work/theirs/n.tar" >"$work/said"
	grep -q proc_samples.txt "$work/said" || fail "no samples of /proc"
	[ -z "$(find "$work/theirs" -name '.holdup-capture.[0-9]*')" ] || fail "a folder was left"
}

# Plain files in place of tracefs: --dry-run writes to none of them, and names what it would write.
check_dry_run() {
	local t=$work/tracefs
	mkdir -p "$t/instances" "$t/events/sched/sched_switch" "$t/events/lock/contention_begin" "$t/events/syscalls/sys_enter_umount"
	for f in trace_clock kprobe_events saved_cmdlines_size events/sched/sched_switch/enable; do echo 128 >"$t/$f"; done
	find "$t" -type f -exec cat {} + | cksum >before
	for profile in mounts locks reclaim cpu minimal; do
		HOLDUP_TRACEFS=$t run 0 --dry-run -p $profile -o d.tar
		[ $profile = minimal ] || says "contention_begin/enable"
	done
	HOLDUP_TRACEFS=$t run 0 --dry-run -p mounts -o d.tar --when op=umount:100ms
	says "write  mono > $t/instances/holdup-"
	says "write  4096 > $t/saved_cmdlines_size"
	says "stacktrace if prev_state & 2 > "
	says "save   $work/d.tar"
	find "$t" -type f -exec cat {} + | cksum | cmp -s - before || fail "--dry-run changed a file"
	[ "$(find "$t/instances" -mindepth 1)" = "" ] || fail "--dry-run made an instance"
	[ ! -e d.tar ] && [ ! -e "$HOLDUP_STATE" ] || fail "--dry-run wrote"
}

# A run that was killed with SIGKILL: its guard, or else --cleanup or the next run, undoes what it did.
check_killed() {
	sh "$kit" --when never --max-time 50s -o k.tar 2>err &
	local pid=$!
	for _ in $(seq 100); do
		grep -q 'recording' err && break
		sleep 0.2
	done
	run 4 --for 1s -o second.tar
	says "one at a time"
	[ ! -e second.tar ] || fail "the second one wrote"
	kill -9 $(sed -n 's/^child \([0-9]*\) .*/\1/p' "$HOLDUP_STATE/journal") $pid
	wait $pid 2>/dev/null
	echo "value $work/setting 17" >>"$HOLDUP_STATE/journal"
	echo 4096 >setting
	run 0 --cleanup
	[ "$(cat setting)" = 17 ] || fail "--cleanup does not set back"
	says "had recorded is in "
	rm -rf .holdup-capture.*
	nothing_left
	run 0 --cleanup
	# what had not begun to record leaves nothing at all
	mkdir -p "with blank/.holdup-capture.1/in/k" "$HOLDUP_STATE"
	echo "stage $work/with blank/.holdup-capture.1" >"$HOLDUP_STATE/journal"
	run 0 --cleanup
	[ ! -e "with blank/.holdup-capture.1" ] || fail "the folder of a run that had not begun stayed"
	sh "$kit" --when never --max-time 50s -o k.tar 2>err &
	pid=$!
	for _ in $(seq 100); do
		grep -q 'recording' err && break
		sleep 0.2
	done
	kill -9 $pid
	for _ in $(seq 100); do
		[ -e "$HOLDUP_STATE/lock" ] || break
		sleep 0.2
	done
	rm -rf .holdup-capture.*
	nothing_left
}

# The loop that follows the text of the trigger's instance, fed with lines as kernels print them.
check_watch() {
	sed -n '/^bare()/,/^}/p; /^watch()/,/^}/p; /^begins()/,/^}/p; /^ends()/,/^}/p; /^strike()/,/^}/p' "$kit" >watch.sh
	cat >>watch.sh <<'END'
	stage=$1 op_us=300000
	watch
END
	for shell in $shells; do
		# umount with the work behind it: 329 ms in all, neither part is 300; a task's name may be anything
		rm -rf w && mkdir w
		$shell watch.sh w <<'END'
  a [000] 1.0: x-589     [001] .....   100.000100: sys_umount(name: 1, flags: 0)
  a [000] 1.0: x-589     [001] .....   100.200100: sys_umount -> 0x0
           other-7       [000] d..1.   100.200110: sys_mount(dev_name: 1)
  a [000] 1.0: x-589     [001] .....   100.200150: op_begin: (__cleanup_mnt+0x0/0x20)
  a [000] 1.0: x-589     [001] .....   100.329100: op_end: (task_work_run+0x5c/0x90 <- __cleanup_mnt)
           other-7       [000] d..1.   100.400110: sys_mount -> 0x0
              sh-2       [000] d..1.   100.500110: tracing_mark_write: holdup tick
END
		grep -q '^100329100 umount.* task 589 lasted 329 ms' w/struck && [ -e w/over ] || fail "umount: $(cat w/struck 2>&1)"
		# a call that has not ended strikes by the mark; stamps below a second have leading zeros
		rm -rf w && mkdir w
		$shell watch.sh w <<'END'
            tar-12       (     12) [001] .....     0.008100: sys_mount(dev_name: 1)
 holdup-capture-13       (     13) [001] .....     0.208100: tracing_mark_write: holdup tick
 holdup-capture-13       (     13) [001] .....     0.408100: tracing_mark_write: holdup tick
END
		# hung tasks are kept, to look whether they still hang
		rm -rf h && mkdir h
		$shell watch.sh h <<'END'
     khungtaskd-37       [000] .....   200.408100: sched_process_hang: comm=a pid=1 b pid=1267
END
		grep -q '^200408100 .*hung task' h/struck && [ "$(cat h/hung)" = 1267 ] && [ ! -e h/over ] || fail "a hung task: $(cat h/struck h/hung 2>&1)"
		# a second one that goes on: it is not over
		grep -q '^408100 sys_mount of task 12 lasted 400 ms' w/struck && [ ! -e w/over ] || fail "a call that goes on: $(cat w/struck 2>&1)"
	done
}

# Signals end the recording, not the bundle.
check_signals() {
	for signal in INT TERM HUP; do
		rm -f s.tar
		# a shell without job control starts background jobs with SIGINT ignored
		timeout -s $signal 6 sh "$kit" --when never --max-time 50s -o s.tar >out 2>err
		says "signal $signal"
		tar tf s.tar >/dev/null || fail "no bundle after $signal"
		nothing_left
	done
}

# A disk that fills up, and a /tmp that takes nothing: in a mount namespace of its own.
check_hindered() {
	[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || { echo "skipped: needs root and a mount namespace"; exit 77; }
	cp "$kit" "$work/kit"
	cat >inside.sh <<'END'
mount -t tmpfs -o size=$1 small /mnt && cd /mnt || exit 9
mount -t tmpfs -o ro none /tmp || exit 9
HOLDUP_STATE=/run/holdup-test.$$
export HOLDUP_STATE
sh "$2" --for 300ms -o b.tar >/dev/null
status=$?
ls -A | tr '\n' ' '
[ ! -e "$HOLDUP_STATE/lock" ] && [ ! -e "$HOLDUP_STATE/journal" ] && echo "nothing left"
rm -rf "$HOLDUP_STATE"
if [ -d b ]; then cat b/manifest.json; else tar xOf b.tar b/manifest.json; fi
exit $status
END
	exec 5<"$work/kit" # /tmp is gone in there
	for size in 40k 300k 64m; do
		unshare -m sh inside.sh $size /proc/self/fd/5 >out 2>err
		case $size:$? in
		40k:3) says "is full" ;;
		300k:1 | 64m:1) # no tracefs is missing at least
			says '^b.*nothing left'
			[ $size = 64m ] || says "no room for a copy of /proc/kallsyms"
			grep -q '^}' out || fail "no whole manifest on a disk of $size"
			;;
		*) fail "a disk of $size: $(tail -n 2 err)" ;;
		esac
	done
}

declare -F "check_$what" >/dev/null || { echo "no such check: $what"; exit 2; }
"check_$what"
exit "$bad"
