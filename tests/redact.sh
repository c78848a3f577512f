#!/usr/bin/env bash
# tests/redact.sh ROOT CHECK HOLDUP: --redact. CHECK is a function below whose name starts with check_. Bundles with planted names:
# nothing of them may be found in any byte that holdup writes, and what it concludes must be what it concludes without --redact.
set -u -o pipefail
export LC_ALL=C
root=$1 what=$2 holdup=$3
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
cd "$work" || exit 1

fail() {
	echo "redact: $*"
	bad=1
}
# run STATUS ARGUMENTS…: outputs in out and err
run() {
	local want=$1 got
	shift
	timeout 300 "$holdup" "$@" >out 2>err </dev/null
	got=$?
	[ $got -eq "$want" ] || fail "status $got instead of $want: $* : $(head -n 5 err | cut -c 1-300)"
}

# Whatever has zqx in it is planted: names of the same length as those in the fixtures, so that binary formats stay whole.
plant() { # plant FIXTURE [NAME]: a capture of fixtures/, with other names
	local file
	for file in "$root/fixtures/$1"/*; do
		case ${file##*/} in ORIGIN | truth.json) continue ;; esac
		[ -f "$file" ] || continue
		sed 's/mountloop/zqxountlp/g; s/memhog/zqxhog/g; s/sampler/zqxampl/g; s/appender/zqxppend/g; s/guest/zqxgs/g; s#/mnt/data#/mnt/zqxd#g
			s#/usr/bin/perf#/usr/zqx/perf#g; s#/out/#/zqx/#g; s/backupd/zqxckup/g; s/vg00/zqxv/g; s/overlay "/zqx "/' "$file" >"cap/${2:-${1//\//-}-${file##*/}}"
	done
}
secrets='10\.77\.13\.9|10\.77\.0\.0|fe80::5a6b|2001:db8:77|52:54:00:12:a7|525400a7c1d2|9f1c33aa-|b7d1e2f3a4b5c6d7|S4EWNX0M|12D8F0A1|50:06:01:60'
make_bundle() {
	mkdir -p cap/zqxfolder cap/sys/fs/cgroup/zqxslice.slice/docker-b7d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f.scope
	for f in kmsg/lockdep-held kmsg/oom kmsg/syslog-file kmsg/blockers-7.3 kmsg/sysrq-t-m kmsg/lockups kmsg/journal-short-precise \
		kmsg/journal-full-two-boots kmsg/two-copies strace/exec-and-exit-6.1 bcctable/mountsnoop-libbpf-d bcctable/klockstat-libbpf-P \
		bcctable/offcputime-libbpf bpftrace/forms-0.17 bpftrace/holders-6.1 perfscript/perf-5.10 perfscript/header sar/devices procfs/cgroup-v2 \
		procfs/cgroup-grep manifest/tags-6.1 tracedat/v7-uncompressed tracedat/v6-latency perfdata/lock-6.1 perfdata/profile-6.1 pidstat/all \
		uname/plain bpftracejson/holders-6.1; do
		[ -d "$root/fixtures/$f" ] && plant "$f"
	done
	cat >cap/dmesg.txt <<-'END'
		[    0.000000] Linux version 6.1.0-zqxrelease (zqxbuild@zqxbuilder.zqx.example) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP
		[    0.000001] Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-zqxrelease root=UUID=9f1c33aa-2d51-4a5e-8a0e-6a3e01c4d5e6 ip=10.77.13.9 zqxparam=zqx
		[    0.100000] DMI: zqxvendor zqxmodel/zqxboard, BIOS zqxbios 04/01/2014
		[    1.000000] e1000e 0000:00:19.0 eth0: (PCI Express:2.5GT/s:Width x1) 52:54:00:12:a7:c1
		[    1.100000] IPv6: ADDRCONF(NETDEV_CHANGE): zqxif0: link becomes ready fe80::5a6b:c1ff:fe12:a7c1
		[    1.200000] scsi 0:0:0:0: Direct-Access ZQXDISK  ZQXMODEL  1.0  PQ: 0 ANSI: 5 serial number S4EWNX0M712345 wwn 50:06:01:60:3b:20:41:77
		[    1.300000] usb 1-1: SerialNumber: 12D8F0A177
		[    1.300000] usb 1-1: Manufacturer: zqxmaker
		[    2.000000] EXT4-fs (dm-3): mounted filesystem 9f1c33aa-2d51-4a5e-8a0e-6a3e01c4d5e6 with ordered data mode. Quota mode: none.
		[    2.100000] XFS (zqxvg-zqxlv): Mounting V5 Filesystem
		[    3.000000] nfs: server zqxfiler.zqx.example not responding, still trying
		[    3.100000] CIFS: VFS: \\zqxsmb.zqx.example\zqxshare cifs_setup_session failed with -13
		[    3.200000] audit: type=1400 audit(1795309767.35:12): apparmor="DENIED" operation="open" profile="/usr/sbin/zqxd" name="/srv/zqxdata/zqx.key" pid=99 comm="zqxd" uid=1000
		[    3.300000] IN=eth0 OUT= MAC=52:54:00:12:a7:c1:52:54:00:12:a7:c2:08:00 SRC=10.77.13.9 DST=2001:db8:77::1 LEN=60
		[    3.400000] TCP: request_sock_TCP: Possible SYN flooding on port 10.77.13.9:443. Sending cookies.
		[    4.000000] zqxmod: loading out-of-tree module taints kernel.
		[    4.100000] zqxsvc[812]: segfault at 0 ip 00007f1ea1b2c3d4 sp 00007ffd1a2b3c40 error 4 in libzqx.so[7f1ea1b00000+2a000]
		[    4.200000] overlayfs: upperdir is in-use as upperdir/workdir of another mount: /var/lib/docker/overlay2/b7d1e2f3a4b5c6d7e8f90a1b/diff zqxend
		[    4.300000] systemd[1]: zqxunit.service: Main process exited, user zqx.user@zqx.example, path "/home/zqxuser/zqx file"
		[  100.000000] INFO: task zqxserver/3:4242 blocked for more than 120 seconds.
		[  100.000000]       Not tainted 6.1.0-zqxrelease #1
		[  100.000000] "echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
		[  100.000000] task:zqxserver/3     state:D stack:0     pid:4242  ppid:1      flags:0x00004000
		[  100.000000] Call Trace:
		[  100.000000]  <TASK>
		[  100.000000]  __schedule+0x34d/0x9e0
		[  100.000000]  schedule+0x5a/0xd0
		[  100.000000]  rwsem_down_write_slowpath+0x2a5/0x5b0
		[  100.000000]  down_write+0x5b/0x60
		[  100.000000]  unregister_shrinker+0x1e/0x70
		[  100.000000]  deactivate_locked_super+0x27/0xa0
		[  100.000000]  cleanup_mnt+0xbd/0x150
		[  100.000000]  task_work_run+0x59/0x90
		[  100.000000]  exit_to_user_mode_prepare+0x1a5/0x1d0
		[  100.000000]  do_syscall_64+0x69/0x90
		[  100.000000]  entry_SYSCALL_64_after_hwframe+0x64/0xce
		[  100.000000]  </TASK>
		[  200.000000] zqx job invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
		[  200.000000] CPU: 1 PID: 777 Comm: zqx job Not tainted 6.1.0-zqxrelease #1
		[  200.000001] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=docker-b7d1e2f3a4b5c6d7e8f90a1b.scope,mems_allowed=0,oom_memcg=/zqx.slice/docker-b7d1e2f3a4b5c6d7e8f90a1b.scope,task_memcg=/zqx.slice/zqxpod,task=zqxjava,pid=778,uid=1000
		[  200.000002] Memory cgroup out of memory: Killed process 778 (zqxjava) total-vm:102400kB, anon-rss:51200kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:200kB oom_score_adj:0
	END
	cat >cap/strace.zqx.txt <<-'END'
		457   1795309767.357988 mount("overlay", "/srv/zqxm/m0", "overlay", 0, "lowerdir=/srv/zqxl:/zqxmnt,upperdir=/srv/zqxu") = 0 <0.301274>
		457   1795309768.419825 umount2("/srv/zqxm/m0", 0) = 0 <0.413740>
		457   1795309769.419825 openat(AT_FDCWD, "/etc/zqx name", O_RDONLY) = -1 ENOENT (No such file or directory) <0.113740>
		457   1795309770.419825 write(1, "zqx private words", 17) = 17 <0.213740>
		457   1795309771.419825 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("10.77.13.9")}, 16) = 0 <0.201234>
	END
	cat >cap/manifest.json <<-'END'
		{"schema": "holdup.capture.v1", "generator": {"name": "holdup-capture", "version": "0.1.0"}, "profile": "mounts",
		 "arguments": "--for 2s -o /zqx/dir/zqx.tar.gz --tag zqxrole=zqxweb", "host": {"hostname": "zqxhost.zqx.example", "kernel": "6.1.0-zqxrelease", "arch": "x86_64", "cpus": 2, "memory_kb": 983460},
		 "uid": 0, "lockdown": null, "btf": true, "tags": {"zqxrole": "zqxweb", "owner": "zqx@zqx.example", "site": "10.77.0.0/16"},
		 "window": {"clock": "monotonic", "start_ns": null, "end_ns": null, "trigger_ns": null, "ended_by": "zqxended"}, "trace": null, "mounts": {"start": 1, "end": 1},
		 "tools": [{"name": "zqxtool", "version": "zqxtool 1.0", "used": true}], "recorded": [{"path": "zqxfile.txt", "what": "zqxwhat"}],
		 "missing": [{"what": "zqxmissing", "why": "/zqx/is/not/there"}], "notes": ["zqxnote of zqx"]}
	END
	printf 'Linux zqxhost 6.1.0-zqxrelease #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02) x86_64 GNU/Linux\n' >cap/uname.txt
	printf 'BOOT_IMAGE=/boot/zqx root=/dev/mapper/zqxvg-zqxroot ip=10.77.13.9 zqx.secret=1\n' >cap/cmdline.txt
	printf 'NAME="zqxos"\nVERSION_ID="12"\nID=zqxid\nPRETTY_NAME="zqxpretty 12 (zqxname)"\nHOME_URL="https://zqx.example/"\n' >cap/os-release.txt
	printf '22 1 253:0 / / rw - ext4 /dev/mapper/zqxvg rw\n36 22 0:31 / /srv/zqxm rw - nfs zqxfiler:/zqx rw,addr=10.77.13.9\n' >cap/mountinfo.start.txt
	printf 'kernel.hostname = zqxhost.zqx.example\nkernel.domainname = zqx.example\nvm.swappiness = 60\nkernel.core_pattern = |/usr/zqx/core %%h\n' >cap/sysctl.txt
	printf 'CONFIG_LOCALVERSION="-zqxrelease"\nCONFIG_DEFAULT_HOSTNAME="zqxhost"\nCONFIG_LOCKDEP=y\n' >cap/config-6.1.0-zqxrelease
	printf 'zqx nobody reads this\n' >cap/zqxfolder/zqxnotes.txt
	printf '\037\213\010\000zqxbroken' >cap/zqxbroken.gz
	for f in cap/sys/fs/cgroup/zqxslice.slice/docker-*; do printf 'anon 4096\nfile 8192\npgfault 17\n' >"$f/memory.stat"; done
	tar cf zqxbundle.tar cap
}
# search PLACE…: every byte of every file, and the files' names
search() {
	local hit
	for hit in $(find "$@" -type f | grep -i -E "zqx|$secrets"); do fail "a file's name: $hit"; done
	hit=$(find "$@" -type f -print0 | xargs -0 grep -a -i -o -E ".{0,40}(zqx|$secrets).{0,30}" | tr -cd '\11\12\40-\176' | head -n 12)
	[ -z "$hit" ] || fail "left over: $hit"
}

check_planted() {
	make_bundle
	run 0 analyze zqxbundle.tar -o made --redact -f html,md,json,plain
	cp out err made/
	run 0 export made --perfetto made/trace
	cp err made/err2
	run 0 report made -f text -o made/text
	run 0 query --csv made "SELECT * FROM name"
	cp out made/names.csv
	run 0 query --json made "SELECT * FROM fact"
	cp out made/facts.json
	for view in source_v task_v message_v syscall_v span_v snapshot_v aggregate_v counter_v loss_v stack_v lock_event_v sample_v; do
		run 0 query --csv made "SELECT * FROM $view"
		cp out "made/$view.csv"
	done
	search made
	grep -q 'Redacted' made/report.md && grep -q 'Redacted' made/report.html && grep -q 'Redacted' made/report.json &&
		grep -q 'Redacted' made/report.txt || fail "not every report says that it is redacted"
	# Hashes of what is short enough to be guessed, and of the bundle.
	run 0 query --csv made "SELECT sha256 FROM source UNION SELECT value FROM meta"
	sort out >hashes
	[ "$(grep -c -E '^[0-9a-f]{64}$' hashes)" -gt 30 ] || fail "no hashes are there"
	find cap -type f -print0 | xargs -0 sha256sum | cut -d ' ' -f 1 | sort | comm -12 - hashes | grep . && fail "a member's own hash is there"
	# Without --redact all of it is there: the search finds something.
	run 0 analyze zqxbundle.tar -o plain -q
	[ "$(grep -a -o -i zqx plain/store.db | wc -l)" -gt 200 ] || fail "the bundle has no names in it"
	grep -q -i zqxserver/3 plain/report.json || fail "the report has no names in it"
	# A store of its own.
	run 0 ingest -q zqxbundle.tar -o ingested.db --redact
	search ingested.db
}

# What is concluded: everything but texts with names in them.
results() {
	for sql in "SELECT outcome, incident, threshold_ns, window_case, duration_ns, wall_from, wall_to, lossy FROM verdict" \
		"SELECT id, rank, confidence, victim_operation, victim_tid, victim_at_ns, stalled, operations, worst_ns, median_ns, total_ns, worst_open, lock_name, lock_type, lock_wanted, lock_held, cause, estimate_worst_ns FROM incident ORDER BY id" \
		"SELECT incident, rank, tid, role, how, holds, longest_ns, longest_at_ns, blocking_ns, share, doing, doing_ns, stack FROM incident_holder ORDER BY 1, 2" \
		"SELECT incident, rank, depth, state, how, ns, share FROM incident_link ORDER BY 1, 2" \
		"SELECT incident, rank, location, time_ns, event_table, event_row FROM incident_evidence ORDER BY 1, 2" \
		"SELECT name, outcome FROM analyzer_result" "SELECT incident, id, applies, decided_by, fixed_in FROM incident_fix ORDER BY 1, rank" \
		"SELECT name, recorded_by, count, stalled, bursts, worst_ns FROM operation_kind" "SELECT tid, kind, from_ns, to_ns, mode, how FROM task_interval ORDER BY rowid" \
		"SELECT kernel_base, kernel_vendor FROM host" "SELECT tid, running_ns, runnable_ns, blocked_ns FROM task_time ORDER BY tid"; do
		"$holdup" query --csv "$1" "$sql"
	done
}
check_same() {
	local name n=0
	for name in lockdep-held oom-storm-dmesg s1-shrinker-rwsem-kswapd k-hung-7.3 seed-text-only klockstat-drop-caches sosreport-hung-writers; do
		run 0 analyze "$root/fixtures/incidents/$name"/bundle* -o "a.$name" -q -f json
		run 0 analyze "$root/fixtures/incidents/$name"/bundle* -o "b.$name" -q -f json --redact
		results "a.$name" >a
		results "b.$name" >b
		[ "$(wc -l <a)" -gt 20 ] || fail "$name: no results"
		cmp -s a b || fail "$name: $(diff a b | head -n 6)"
		n=$((n + 1))
	done
	[ $n -eq 7 ] || fail "only $n were compared"
	# The same locks by the same names, elsewhere; and so are the kernel's symbols.
	for side in a b; do
		run 0 query --csv $side.s1-shrinker-rwsem-kswapd "SELECT address, name, events FROM lock_v WHERE name NOT NULL ORDER BY name, address"
		mv out $side
	done
	[ "$(wc -l <a)" -gt 2 ] || fail "no lock has a name"
	cmp -s <(cut -d , -f 2- a) <(cut -d , -f 2- b) || fail "other names of locks: $(diff a b | head -n 4)"
	[ -z "$(comm -12 <(cut -d , -f 1 a | grep 0x | sort) <(cut -d , -f 1 b | grep 0x | sort))" ] || fail "a lock is where it was"
}

check_stable() {
	local host
	make_bundle
	head -c 40 /dev/zero | tr '\0' k >key
	printf 'another key, as long as it has to be' >key2
	for to in one two; do run 0 analyze zqxbundle.tar -o $to -q --redact; done
	for f in report.html report.md report.json store.db; do cmp -s one/$f two/$f || fail "$f is not the same twice"; done
	run 0 analyze zqxbundle.tar -o keyed -q --redact --redact-key key
	run 0 analyze zqxbundle.tar -o other -q --redact --redact-key key2
	mkdir less
	cp cap/uname.txt cap/dmesg.txt less/
	run 0 analyze less -o part -q --redact --redact-key key
	run 0 analyze less -o part0 -q --redact
	search keyed other part part0
	name() { "$holdup" query --csv "$1" "SELECT DISTINCT value FROM fact WHERE key = 'hostname' AND source = (SELECT id FROM source WHERE path = 'uname.txt')" | tail -n 1; }
	task() { "$holdup" query --csv "$1" "SELECT name.text FROM name JOIN snapshot ON comm = name.id WHERE kind = 2 AND tid = 4242" | tail -n 1; }
	host=$(name keyed)
	[[ $host == host-???????? ]] || fail "a host's name is $host"
	[ "$host" = "$(name part)" ] || fail "the same key gives two names: $host, $(name part)"
	[ "$host" != "$(name other)" ] || fail "two keys give the same name: $host"
	[ "$(name one)" != "$(name part0)" ] || fail "two bundles give the same name without a key: $(name one)"
	# The number behind a name stays, and the name is the same in the sentence.
	[[ $(task one) == task-????????/3 ]] || fail "a task's name is $(task one)"
	grep -q "$(task one)" one/report.md || fail "$(task one) is not in the report"
}

check_batch() {
	mkdir in
	make_bundle
	mv zqxbundle.tar in/zqxbundle.tar
	cp -R "$root/fixtures/incidents/lockdep-held/bundle" in/zqxheld
	printf '\001\002zqx' >in/zqxjunk.bin
	printf 'PK\003\004zqx' >in/zqxjunk.zip
	printf 'a key that is long enough' >key
	run 2 batch in -o fleet --redact
	run 1 batch in -o fleet -q --redact --redact-key key -f json,html,md,plain --keep-stores
	search fleet out
	grep -q -F 'redact=key-' fleet/journal || fail "the journal does not say how"
	find fleet -type f ! -name journal ! -name lock | sort | xargs sha256sum >first
	run 1 batch in -o fleet -q --redact --redact-key key -f json,html,md,plain --keep-stores
	find fleet -type f ! -name journal ! -name lock | sort | xargs sha256sum >second
	cmp -s first second || fail "a second run changes the fleet: $(diff first second | head -n 4)"
	[ "$(grep -c ' done ' fleet/journal)" -eq 4 ] || fail "$(grep -c ' done ' fleet/journal) records of 4 bundles"
}

check_usage() {
	printf '[   10.000000] INFO: task mount:1 blocked for more than 120 seconds.\n' >line.txt
	printf 'short' >short
	run 2 analyze line.txt -o x --redact-key short
	run 2 analyze line.txt -o x --redact --redact-key short
	run 2 analyze line.txt -o x --redact --redact-key missing
	run 2 analyze line.txt -o x --redact --task mount
	[ ! -e x ] || fail "something was made"
	run 0 analyze line.txt -o x --redact --task 1
	run 0 analyze line.txt -o y
	grep -q Redacted y/report.md && fail "a report says that it is redacted, and is not"
	# Times of the case, which need the store a second time.
	run 0 analyze line.txt -o z --redact --from 0.5
}

case $what in
planted | same | stable | batch | usage) "check_$what" ;;
*) fail "no such check: $what" ;;
esac
exit $bad
