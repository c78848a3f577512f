#!/usr/bin/env bash
# tests/batch.sh ROOT CHECK HOLDUP: "holdup batch" as a machine treats it: killed at every step, twice at a time, out of disk,
# with bundles that vanish, change, hang, crash and eat. CHECK is a function below whose name starts with check_. What is in the
# fleet's database and reports is tests/fleet.sh's.
set -u -o pipefail
root=$1 what=$2 holdup=$3
shard=${what##*_}
# Where fsync() costs nothing, if there is such a place: these tests kill processes, not machines.
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
unset HOLDUP_TEST_KILL HOLDUP_TEST_WORKER TMPDIR
bad=0
cd "$work" || exit 1

fail() {
	echo "batch: $*"
	bad=1
}
# run STATUS ARGUMENTS…: outputs in out and err
run() {
	local want=$1 got
	shift
	timeout 120 "$holdup" batch "$@" >out 2>err </dev/null
	got=$?
	[ $got -eq "$want" ] || fail "status $got instead of $want: $* : $(head -n 5 err | cut -c 1-300)"
}
says() { grep -q -- "$1" out err || fail "'$1' is not said: $(cat out err | head -n 8 | cut -c 1-300)"; }
says_not() { ! grep -q -- "$1" out err || fail "'$1' is said: $(grep -- "$1" out err | head -n 2)"; }
# All that a run leaves but the journal, which has the order of work in it, as one list of hashes.
result() { (cd "$1" && find . -type f ! -name journal ! -name lock ! -path './tmp/*' | LC_ALL=C sort | xargs -d '\n' sha256sum); }
same() {
	result "$2" >got
	cmp -s "$1" got || fail "$3: the result differs: $(diff "$1" got | head -n 4)"
}
ask() { sqlite3 "$1/fleet.db" "$2"; }
have_sqlite() { command -v sqlite3 >/dev/null || { echo "skipped: no sqlite3 here"; exit 77; }; }

# Records of bundles in the journal.
done_in() { grep -c ' done ' "$1/journal" 2>/dev/null || [ -e "$1/journal" ] || echo 0; }

# Bundles of the real incidents: three folders, one tar with the same members as a folder, one of a few lines, one that is junk.
make_bundles() {
	mkdir cap
	for name in lockdep-held lookalike-tracer lookalike-stale-owner; do
		cp -R "$root/fixtures/incidents/$name/bundle" "cap/$name"
	done
	tar cf cap/again.tar -C cap/lookalike-tracer .
	printf '[   10.000000] INFO: task mount:1 blocked for more than 120 seconds.\n' >cap/line.txt
	printf '\001\002\003' >cap/junk.bin
}
# The same, made small enough to be done fifty times.
make_few() {
	mkdir cap
	cp -R "$root/fixtures/incidents/lockdep-held/bundle" cap/lockdep-held
	for i in 1 2 3 4; do
		printf '[   1%d.000000] INFO: task mount:1 blocked for more than 120 seconds.\n' $i >cap/line$i.txt
	done
	printf '\001\002\003' >cap/junk.bin
}
quick="-q -f json"

check_usage() {
	mkdir full && echo precious >full/notes.txt && mkdir cap && echo x >cap/x
	run 2
	run 2 cap
	says "with -o"
	run 2 -o fleet
	says "which bundles"
	run 2 cap -o full
	says "no batch made it"
	[ "$(ls -A full)" = notes.txt ] || fail "something was put into the folder"
	run 2 cap -o fleet -j 0
	run 2 cap -o fleet --timeout 3
	run 2 cap -o fleet --max-memory 12
	run 2 cap -o fleet --max-memory 1K
	for size in 12 1K 63M G 5X; do
		"$holdup" analyze cap -o alone --max-memory $size >out 2>err && fail "analyze --max-memory $size is taken"
		says "give 64M or more"
	done
	for part in 0/3 4/3 1 a/b 3/; do run 2 cap -o fleet --part $part; done
	run 2 cap -o fleet --watch cap --part 1/2
	run 2 cap -o fleet --threshold 5
	run 2 cap -o fleet -f pdf
	run 2 cap -o fleet --known missing
	[ ! -e fleet ] || fail "wrong usage made a folder"
	run 4 cap -o none/fleet
	run 3 cap -o fleet # a text that nobody reads
	says "no bundle has a verdict"
	mkdir empty
	run 3 empty -o fleet2
	says "no bundle was given"
	run 3 @missing -o fleet3
	[ ! -e fleet3 ] || fail "a missing list made a folder"
	"$holdup" analyze cap/x -o one -q >out 2>err
	run 2 cap -o one # another kind of folder of ours
}

# What is a bundle and what is not, through folders, patterns, lists and standard input.
check_inputs() {
	have_sqlite
	make_bundles
	mkdir -p more/a more/b kit
	cp cap/line.txt more/a/inc.txt && cp cap/junk.bin more/b/inc.txt
	touch cap/.hidden cap/x.tar.part cap/x.tmp cap/x.sha256 && mkfifo cap/pipe
	cp cap/lockdep-held/* kit/ && echo '{}' >kit/manifest.json
	run 1 cap -o f1
	says "x.tar.part: no bundle: it is still being copied"
	says "pipe: no bundle: neither a folder nor a regular file"
	[ "$(ask f1 'SELECT count(*) FROM bundle')" = 5 ] || fail "a folder and its tar are two: $(ask f1 'SELECT key, verdict FROM bundle')"
	[ "$(ask f1 'SELECT count(*) FROM place')" = 6 ] || fail "places of a folder and its tar"
	for link in $(ask f1 'SELECT report FROM place'); do [ -s "f1/$link" ] || fail "$link is not there"; done
	result f1 | sed 's/ .*//' >want

	# The same by a pattern and by a list: their paths are told the same way from the folder that does not change.
	rm -f cap/.hidden cap/x.* cap/pipe
	run 1 'cap/*' -o f2
	result f1 >want && same want f2 "pattern"
	(cd cap && printf '%s\r\n\n# a comment\n' * >../list)
	(cd cap && "$holdup" batch @../list -o ../f3 $quick >/dev/null 2>&1)
	(cd cap && printf '%s\n' * | "$holdup" batch - -o ../f4 $quick >/dev/null 2>&1)
	result f3 >want && same want f4 "standard input"
	[ "$(ask f1 'SELECT card FROM card' | sha256sum)" = "$(ask f3 'SELECT card FROM card' | sed 's/report.json/report.html/' | sha256sum)" ] || true
	run 1 'more/*/inc.*' -o f5 $quick
	[ "$(ask f5 'SELECT path FROM place ORDER BY 1' | tr '\n' ' ')" = "a/inc.txt b/inc.txt " ] || fail "paths of a pattern: $(ask f5 'SELECT path FROM place')"
	run 0 kit -o f6 $quick
	[ "$(ask f6 'SELECT count(*) FROM bundle')" = 1 ] || fail "a folder with a manifest is one bundle"
	# What a batch wrote is no bundle, also inside of the folder that it is given.
	run 0 more/a -o more/a/fleet $quick
	run 0 more/a -o more/a/fleet -f json
	says "fleet: no bundle: holdup wrote it"

	# A list of sha256sum: whose hash it states is not even opened for another part.
	(cd cap && sha256sum -- *.t* *.bin) | sed 's,  ,  cap/,' >sums
	sed 's/^./0/; s/cap.again/cap\/missing/' sums | grep missing >other
	told=
	for k in 1 2 3; do
		"$holdup" batch @other -o "o$k" --part $k/3 -q -f json >/dev/null 2>&1 </dev/null
		told="$told $?"
	done
	[ "$(tr ' ' '\n' <<<"$told" | sort | tr '\n' ' ')" = " 0 0 3 " ] || fail "one part of three opens it: $told"
	run 3 'nothing*' -o f7
	says "nothing\*: cannot open"
	[ "$(ask f7 'SELECT reason FROM bundle')" = missing ] || fail "a pattern without a match is missing"
}

# Twice the same: by -j, by order, by history.
check_same() {
	make_bundles
	cp cap/line.txt cap/aline.txt # the same bundle under a name that sorts before: it counts
	run 1 cap -o f1 -j 1
	result f1 >want
	run 1 cap -o f2 -j 3 && same want f2 "-j 3"
	run 1 cap -o f1 -j 3 && same want f1 "run again"
	says "6 done before; 1 given again"
	says_not "its worker said"
	run 1 cap -o f1 -j 1 && says "6 done before; 1 given again"
	for order in sort "sort -r" "sort -k 1.4"; do
		rm -rf f3
		(cd cap && printf '%s\n' * | $order | "$holdup" batch - -o ../f3 >../out 2>../err)
		same want f3 "another order: $order"
	done
	run 1 cap/lockdep-held cap/lookalike-tracer -o f6 && says "if they are bundles themselves (cap/lockdep-held)"
	rm cap/aline.txt && run 1 cap -o f4 && cp cap/line.txt cap/aline.txt
	run 1 cap -o f4 && same want f4 "a twin that sorts before came later"
	# Other options, another result; and back.
	run 1 cap -o f1 --threshold 1ms
	says_not "done before"
	run 1 cap -o f1 && same want f1 "options changed and back"
	# What was changed is done again, and what was removed counts no more.
	echo '[   11.000000] INFO: task mount:2 blocked for more than 120 seconds.' >>cap/line.txt
	run 1 cap -o f1
	says "6 done before"
	[ "$(ls -d f1/bundles/line.txt-* | wc -l)" = 1 ] || fail "reports of a changed bundle: $(ls f1/bundles)"
	cp cap/aline.txt cap/line.txt
	rm -r f1/bundles/lockdep-held-* f1/bundles/line.txt-*
	run 1 cap -o f1 && same want f1 "reports that somebody removed"
	run 1 cap -o f5 --keep-stores -f md
	[ "$(find f5/bundles -name store.db | wc -l)" = 6 ] || fail "stores are not kept"
	"$holdup" report f5/bundles/lockdep-held-*/store.db >/dev/null 2>&1 || fail "a kept store cannot be used"
	[ ! -e f5/tmp ] || fail "tmp/ stayed"
}

# Three parts are the whole.
check_parts() {
	have_sqlite
	make_bundles
	run 1 cap -o whole $quick
	for k in 1 2 3; do
		timeout 60 "$holdup" batch cap -o part$k --part $k/3 $quick >out 2>err || [ $? -le 3 ] || fail "part $k: $(cat err)"
	done
	[ "$(for k in 1 2 3; do ask part$k 'SELECT path FROM place'; done | sort)" = "$(ask whole 'SELECT path FROM place' | sort)" ] ||
		fail "the parts are not the whole: $(for k in 1 2 3; do ask part$k 'SELECT path FROM place'; done)"
	"$holdup" merge part3 part1 part2 -o merged >/dev/null 2>&1
	cmp -s whole/fleet.db merged/fleet.db || fail "merged parts differ from the whole"
}

# Crashes, hangs and bombs cost their bundle alone.
check_misbehave() {
	have_sqlite
	make_bundles
	mkdir slow eaten && mv cap/lockdep-held slow/ && cp cap/junk.bin slow/ && mv cap/lookalike-stale-owner eaten/ && cp cap/line.txt eaten/
	export HOLDUP_TEST_WORKER=hang:lockdep-held,crash:lookalike-tracer,exit:junk.bin,eat:lookalike-stale-owner
	run 1 cap -o f1
	says "lookalike-tracer: it crashed holdup"
	says "junk.bin: it crashed holdup: exit status 7"
	[ "$(ask f1 'SELECT count(*) FROM bundle WHERE reason IS NULL')" = 2 ] || fail "others suffered: $(ask f1 'SELECT reason FROM bundle')"
	run 3 slow -o f2 --timeout 3s
	says "lockdep-held: it was not done after 3 s, the limit of --timeout"
	says "no bundle has a verdict"
	run 1 eaten -o f3 --max-memory 256M
	says "needs more than 256 MiB of memory"
	[ "$(ask f3 "SELECT count(*) FROM bundle WHERE reason = 'memory'")" = 1 ] || fail "no reason: $(ask f3 'SELECT reason FROM bundle')"
	# The same limits: done before. Others: done again.
	run 1 eaten -o f3 --max-memory 256M && says "2 done before"
	unset HOLDUP_TEST_WORKER
	run 0 eaten -o f3 --max-memory 3G && says_not "done before"
	# Killed by somebody: that is no fault of the bundle.
	HOLDUP_TEST_WORKER=kill:line.txt run 1 cap -o f4
	says "killed from outside"
	run 1 cap -o f4 && says_not "killed from outside"
	run 1 cap -o f5 -q && result f5 >want && same want f4 "killed workers"
}

check_unreadable() {
	have_sqlite
	make_bundles
	cp cap/line.txt cap/locked.txt && chmod 0 cap/locked.txt && ln -s nowhere cap/gone && : >cap/empty.tar
	as=
	if [ "$(id -u)" = 0 ]; then
		command -v setpriv >/dev/null || { echo "skipped: no setpriv here"; exit 77; }
		chmod 755 "$work" && mkdir out1 && chown 65534 out1
		as="setpriv --reuid 65534 --clear-groups"
		$as test -x "$holdup" || { echo "skipped: the program cannot be reached as another user"; exit 77; }
	else
		mkdir out1
	fi
	$as timeout 60 "$holdup" batch cap -o out1/fleet -f json >out 2>err </dev/null
	[ $? = 1 ] || fail "status: $(cat err)"
	says "locked.txt: cannot open locked.txt: Permission denied"
	says "gone: cannot open gone: No such file"
	says "empty.tar is an empty file"
	[ "$(ask out1/fleet "SELECT group_concat(reason, ' ') FROM (SELECT reason FROM bundle WHERE reason IS NOT NULL ORDER BY 1)")" = "damaged denied missing nothing_usable" ] ||
		fail "reasons: $(ask out1/fleet 'SELECT reason FROM bundle')"
	# What may be read now is.
	chmod 644 cap/locked.txt && rm cap/gone
	$as timeout 60 "$holdup" batch cap -o out1/fleet -f json >out 2>err </dev/null
	says_not "Permission denied"
	cmp -s /dev/null /dev/null
	[ "$(ask out1/fleet "SELECT count(*) FROM bundle WHERE reason IN ('denied', 'missing')")" = 0 ] || fail "it is still refused"
}

# Bundles in which nothing can be read are known by what was listed, or by the archive's own bytes: two of them are not one.
check_nothing_read() {
	have_sqlite
	mkdir -p cap/a cap/b cap/c cap/d && cd cap || exit 1
	ln -s ../case-17/dmesg.txt a/dmesg.txt
	ln -s ../case-23/dmesg.txt b/dmesg.txt # another case
	ln -s ../case-17/dmesg.txt c/dmesg.txt # the first once more
	ln -s ../case-17/dmesg.txt d/trace.dat
	tar cf a.tar -C a . && cp a.tar again.tar && tar cf b.tar -C b .
	cd .. || exit 1
	run 3 cap -o f1 $quick
	[ "$(ask f1 "SELECT group_concat(path, ' ') FROM (SELECT path FROM place ORDER BY 1)")" = "a a.tar b b.tar d" ] ||
		fail "what counts: $(ask f1 "SELECT group_concat(path, ' ') FROM (SELECT path FROM place ORDER BY 1)")"
	[ "$(ask f1 'SELECT count(*) FROM bundle')" = 5 ] || fail "bundles: $(ask f1 'SELECT key, reason FROM bundle')"
	# Wherever they lie, and whenever they were made.
	mkdir elsewhere && cp -R cap elsewhere/ && touch -hd 2001-02-03 elsewhere/cap/*/*
	run 3 elsewhere/cap -o f2 $quick
	result f1 >want && same want f2 "another place"
	"$holdup" analyze cap/a -o one -q -f json >out 2>err
	grep -q "\"sha256\": *\"$(ask f1 "SELECT bundle FROM place WHERE path = 'a'")\"" one/report.json || fail "analyze and batch know it by two hashes"
}

check_changing() {
	have_sqlite
	make_bundles
	run 1 cap -o f1 -q && result f1 >want
	HOLDUP_TEST_WORKER=touch:lockdep-held run 1 cap -o f2 # once: it is begun again
	says_not "it changed while it was read"
	same want f2 "a bundle that changed once"
	HOLDUP_TEST_WORKER=change:line.txt run 1 cap -o f3 # always
	says "line.txt: it changed while it was read"
	[ "$(ask f3 "SELECT count(*) FROM bundle WHERE reason = 'changed'")" = 1 ] || fail "reasons: $(ask f3 'SELECT reason FROM bundle')"
	run 1 cap -o f3 -q && same want f3 "a bundle that changes no more"
}

# Each step of the parent in turn, and then the rest. Two shards: 0 and 1.
check_killed_parent() {
	make_few
	run 1 cap -o whole -j 1 $quick && result whole >want
	HOLDUP_TEST_KILL=count run 1 cap -o counted -j 1 $quick
	steps=$(sed -n 's/ steps$//p' err)
	[ "$steps" -ge 55 ] || fail "only $steps steps: not fifty points"
	hit=0
	for n in $(seq $((shard + 1)) 2 "$steps"); do
		rm -rf f
		HOLDUP_TEST_KILL=parent:$n "$holdup" batch cap -o f -j 1 $quick >/dev/null 2>err </dev/null
		[ $? = 137 ] && hit=$((hit + 1))
		run 1 cap -o f -j 2 $quick
		same want f "killed at step $n"
		[ ! -e f/tmp ] || fail "killed at step $n: tmp/ stayed"
	done 2>/dev/null
	[ "$hit" -ge 26 ] || fail "only $hit of the steps were hit"
	# A whole chain of kills on one folder.
	rm -rf f
	for n in 8 5 13 4 9 17 6; do
		HOLDUP_TEST_KILL=parent:$n "$holdup" batch cap -o f -j 2 $quick >/dev/null 2>&1 </dev/null
	done 2>/dev/null
	run 1 cap -o f $quick
	same want f "killed again and again"
}

check_killed_worker() {
	make_few
	run 1 cap -o whole -j 1 $quick && result whole >want
	for n in $(for w in 0 1 2 5; do seq $((16 * w + 1)) $((16 * w + 6)); done); do
		rm -rf f
		HOLDUP_TEST_KILL=worker:$n run 1 cap -o f -j 2 $quick
		same want f "worker killed at step $n"
	done
	# One that never comes to its end.
	rm -rf f
	HOLDUP_TEST_WORKER=kill:line2.txt run 1 cap -o f $quick
	run 1 cap -o f $quick
	same want f "worker killed each time"
}

# Workers die with their parent, whatever kills it; what they had in hand is done by the next run.
check_parent_dies() {
	make_few
	run 1 cap -o whole $quick && result whole >want
	HOLDUP_TEST_WORKER=hang:line1.txt,hang:line2.txt "$holdup" batch cap -o f -j 2 $quick >/dev/null 2>&1 </dev/null &
	pid=$!
	for _ in $(seq 100); do
		workers=$(pgrep -P $pid | wc -l)
		[ "$workers" = 2 ] && [ -e f/tmp/1/unpack ] && sleep 0.3 && workers=$(pgrep -P $pid) && break
		sleep 0.1
	done
	[ -n "$workers" ] || fail "no worker was seen"
	run 2 cap -o f $quick
	says "another run is at work in .*: pid $pid on "
	kill -9 $pid && wait $pid 2>/dev/null
	for _ in $(seq 50); do
		left=$(for w in $workers; do [ -d /proc/$w ] && grep -q '^State:.[^Z]' /proc/$w/status 2>/dev/null && echo "$w"; done)
		[ -z "$left" ] && break
		sleep 0.1
	done
	[ -z "$left" ] || fail "workers outlived their parent: $left"
	run 1 cap -o f $quick
	same want f "after the parent's death"

	# A signal that asks: ends at once, says how far it is, and dies of it.
	rm -rf f
	HOLDUP_TEST_WORKER=hang:line1.txt "$holdup" batch cap -o f -j 2 -f json >/dev/null 2>err </dev/null &
	pid=$!
	for _ in $(seq 100); do
		[ "$(done_in f)" -ge 2 ] && break
		sleep 0.1
	done
	kill -TERM $pid && wait $pid 2>/dev/null
	[ $? = 143 ] || fail "it did not die of SIGTERM"
	grep -q "interrupted: [2-9] bundles are done" err || fail "it does not say so: $(tail -n 1 err)"
	[ ! -e f/tmp ] || fail "tmp/ stayed"
	run 1 cap -o f $quick
	same want f "after SIGTERM"
}

# A journal cut at any place, with zeros behind it, and damaged in the middle.
check_journal() {
	make_few
	run 1 cap -o whole -j 1 $quick && result whole >want
	size=$(stat -c %s whole/journal)
	for cut in 0 5 16 17 18 40 200 $((size / 2)) $((size - 1)); do
		rm -rf f && cp -R whole f && truncate -s "$cut" f/journal
		run 1 cap -o f -f json
		[ "$cut" -le 17 ] || says "are no whole record and were cut off"
		same want f "journal cut at $cut"
	done
	rm -rf f && cp -R whole f && head -c 70000 /dev/zero >>f/journal
	run 1 cap -o f -f json && says "the last 70000 bytes are no whole record" && says "6 done before"
	rm -rf f && cp -R whole f && printf X | dd of=f/journal bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
	run 1 cap -o f -f json
	says "1 damaged records were left out"
	says "5 done before"
	same want f "journal damaged"
	# Twice in one journal counts once; a record moved to another place is none.
	rm -rf f && cp -R whole f && tail -n +2 whole/journal >>f/journal
	run 1 cap -o f -f json && says "are no whole record" && says "6 done before"
	same want f "journal with a copy of itself"
	echo "something else" >f/journal
	run 4 cap -o f $quick
	says "no journal that this version of holdup reads"
}

# A full disk stops the run, and what is done stays.
check_full() {
	make_few
	run 1 cap -o whole $quick && result whole >want
	# Injected, in a worker that finds the disk full; the others' work is kept.
	HOLDUP_TEST_WORKER=full:line3.txt run 4 cap -o f -j 1 -f json
	says "f cannot be written any more.*: [0-9] bundles are done"
	run 1 cap -o f $quick && same want f "after a worker's full disk"
	# The journal cannot grow beyond this: 4 blocks of 1 KiB.
	rm -rf f
	(ulimit -f 8 && exec timeout 60 "$holdup" batch cap -o f -j 1 -f json) >out 2>err </dev/null
	[ $? = 4 ] || fail "with a small limit for files: $(cat err)"
	says "f cannot be written any more"
	run 1 cap -o f $quick && same want f "after files that could not grow"
	# A real one.
	[ "$(id -u)" = 0 ] && mkdir disk && mount -t tmpfs -o size=300k none disk 2>/dev/null || return 0
	run 4 cap -o disk/f -j 2 -f html,json,md
	says "disk/f cannot be written any more"
	mount -o remount,size=30m disk
	run 1 cap -o disk/f -j 2 $quick
	same want disk/f "after a full disk"
	umount disk
}

# A drop folder: whole files, half-written ones, folders, what was there before; SIGTERM ends it with the report made.
check_watch() {
	have_sqlite
	make_few
	mkdir drop && cp cap/line1.txt drop/
	"$holdup" batch --watch drop --settle 150ms -o f -f json >out 2>err </dev/null &
	pid=$!
	until_done() {
		for _ in $(seq 150); do
			[ "$(done_in f)" -ge "$1" ] && return
			sleep 0.1
		done
		fail "no $1 bundles after a while: $(done_in f) $(tail -n 3 err)"
	}
	until_done 1
	exec 7>drop/slow.txt # stays open
	head -c 30 cap/line2.txt >&7
	cp cap/line3.txt drop/.line3 && mv drop/.line3 drop/line3.txt
	cp -R cap/lockdep-held drop/
	cp cap/line2.txt drop/x.part
	until_done 3
	sleep 0.7
	[ "$(done_in f)" = 3 ] || fail "a half-written file was taken"
	tail -c +31 cap/line2.txt >&7
	exec 7>&-
	until_done 4
	rm drop/line3.txt # it was dropped, and counts on
	kill -TERM $pid && wait $pid
	[ $? = 0 ] || fail "status after SIGTERM: $(cat err)"
	says "x.part: no bundle"
	[ "$(ask f 'SELECT count(*) FROM bundle WHERE reason IS NULL')" = 4 ] || fail "not four bundles: $(ask f 'SELECT * FROM place')"
	[ "$(ask f 'SELECT count(*) FROM place')" = 4 ] || fail "places"
	[ -s f/fleet.html ] || fail "no report"
	# Goes on where it was.
	"$holdup" batch --watch drop --settle 50ms -o f -f json >out 2>err </dev/null &
	pid=$!
	cp cap/line4.txt drop/
	until_done 5
	kill -INT $pid
	kill -TERM $pid 2>/dev/null
	wait $pid
	[ "$(ask f 'SELECT count(*) FROM bundle')" = 5 ] || fail "it did not go on: $(ask f 'SELECT * FROM place')"
	[ "$(done_in f)" = 5 ] || fail "something was done twice"
	run 3 --watch missing -o f2
	says "cannot watch missing"
}

check_progress() {
	have_sqlite
	make_few
	run 1 cap -o f1 -f json
	says "[0-9] of 6 ([0-9]* %) bundles.* a second"
	run 1 cap -o f1 -q -f json
	[ ! -s err ] || fail "--quiet says: $(cat err)"
	rm f1/fleet.db && sqlite3 f1/fleet.db 'PRAGMA user_version = 99; CREATE TABLE x(y)' 2>/dev/null
	result f1 >/dev/null
	run 1 cap -o f1 -q -f json # of another revision: made anew from the journal
	run 1 cap -o f2 -q -f json && result f2 >want && same want f1 "fleet.db of another revision"
	run 2 cap -o f2 --baseline f2 && says "made anew"
	sqlite3 old.db 'PRAGMA user_version = 99; CREATE TABLE x(y)'
	run 3 cap -o f3 --baseline old.db && says "old.db"
	run 3 cap -o f3 --baseline missing
	[ ! -e f3 ] || fail "work was begun for a baseline that cannot be read"
	run 1 cap -o f3 --baseline f2 $quick
	"$holdup" batch --help >out 2>err
	for option in $(sed -n 's/^ *\(-[a-z], \)\{0,1\}--\([a-z-]*\).*/\2/p' out | sort -u | grep -vxE "help|limit|no-sandbox"); do
		grep -qF -- "$(sed 's/-/\\-/g; s/^/Fl -/; s/\\-/-/g' <<<"$option")" "$root/docs/man/holdup.1" || fail "the manual does not name --$option"
		grep -q -- "--$option" "$root/docs/batch.md" || grep -q -- "--$option" "$root/README.md" || fail "docs/batch.md does not name --$option"
	done
}

declare -F "check_${what%_[0-9]}" >/dev/null || { echo "no such check: $what"; exit 2; }
"check_${what%_[0-9]}"
exit $bad
