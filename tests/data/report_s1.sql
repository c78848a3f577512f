-- report_s1.sql - made by hand for the renderer tests: result tables as they may look for a mount stall behind shrinker_rwsem.
-- The times are those of a real capture (Debian 6.1, 22 Nov 2026); record numbers, row numbers, slacks and statistics are
-- invented. It says nothing about what the analyzers conclude.
INSERT INTO source (path, format, why, sha256, bytes, status, error, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned) VALUES
  ('bpftrace_holders.txt', 'bpftrace', 'text with printf lines and stacks', '0000000000000000000000000000000000000000000000000000000000000000', 11646, 'complete', NULL, 94, 69069081539, 81043456072, 'monotonic', 'nsecs of bpftrace', 0, 0, 'stated: nsecs is CLOCK_MONOTONIC'),
  ('dmesg.txt', 'kmsg', 'lines that begin with [seconds.microseconds]', '0000000000000000000000000000000000000000000000000000000000000000', 26126, 'complete', NULL, 391, 0, 48822000000, 'printk', 'the format says so', 0, 1000000, 'assumed: local_clock() runs with CLOCK_MONOTONIC'),
  ('kallsyms.txt', 'kallsyms', 'address, letter, name', '0000000000000000000000000000000000000000000000000000000000000000', 4217356, 'complete', NULL, 127311, NULL, NULL, 'none', 'the format says so', NULL, NULL, NULL),
  ('kernel_notes.bin', NULL, 'no reader knows these bytes', '0000000000000000000000000000000000000000000000000000000000000000', 504, 'unrecognised', NULL, 0, NULL, NULL, 'none', '', NULL, NULL, NULL),
  ('perf_cpu.data', NULL, 'perf.data: this version has no reader for it; `perf script` text can be added instead', '0000000000000000000000000000000000000000000000000000000000000000', 224136, 'unrecognised', NULL, 0, NULL, NULL, 'none', '', NULL, NULL, NULL),
  ('proc_vmstat.txt', 'procfs', 'blocks of /proc/vmstat', '0000000000000000000000000000000000000000000000000000000000000000', 96005, 'complete', NULL, 4671, 62207744639, 88207744639, 'monotonic', 'the blocks say so', 0, 1000000, 'stated: realtime and monotonic in every block'),
  ('psi_memory.txt', 'procfs', 'blocks of /proc/pressure/memory', '0000000000000000000000000000000000000000000000000000000000000000', 4675, 'complete', NULL, 54, 62239772163, 88239772163, 'monotonic', 'the blocks say so', 0, 1000000, 'stated: realtime and monotonic in every block'),
  ('sa.bin', NULL, 'sar data; convert it with `sadf -j`', '0000000000000000000000000000000000000000000000000000000000000000', 99196, 'unrecognised', NULL, 0, NULL, NULL, 'none', '', NULL, NULL, NULL),
  ('sar_B.txt', 'sar', 'sar -B table', '0000000000000000000000000000000000000000000000000000000000000000', 2914, 'partial', 'line 40: the table ends in the middle of a line', 26, 1795309483000000000, 1795309508000000000, 'realtime', 'TZ of the header', -1795309420286075760, 1000000000, 'derived: clock readings in clocks.start.txt'),
  ('trace.dat', 'tracedat', 'magic "tracing", version 7', '0000000000000000000000000000000000000000000000000000000000000000', 1301258, 'complete', NULL, 62423, 66251402117, 81140233208, 'monotonic', 'option TRACECLOCK: mono', 0, 0, 'stated: CLOCK_MONOTONIC');
INSERT INTO fact (source, key, value)
SELECT id, column1, column2 FROM (VALUES
  ('hostname', 'guest'),
  ('kernel.release', '6.1.0-56-amd64'),
  ('kernel.version', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)'),
  ('kernel.arch', 'x86_64'),
  ('kernel.base', '6.1.192'),
  ('kernel.vendor', 'debian'),
  ('os.pretty_name', 'Debian GNU/Linux 12 (bookworm)'),
  ('os.id', 'debian'),
  ('os.version_id', '12'),
  ('cpus', '2'),
  ('memory_bytes', '1007063040'),
  ('cmdline', 'console=ttyS0 panic=-1 mitigations=off tsc=reliable clocksource=tsc')), source WHERE path = 'dmesg.txt';
INSERT INTO loss (source, pos, kind, cpu, from_ts, to_ts, count, text)
SELECT id, 40, 4, NULL, NULL, NULL, 1, 'a line of the table has 5 of 10 columns' FROM source WHERE path = 'sar_B.txt';
INSERT INTO verdict VALUES
  ('found', '9 of 524 mount and umount calls stalled (worst 6.48 s, median 1.13 ms): each waited to write-lock shrinker_rwsem while kswapd0 (45) held it for reading, up to 6.41 s inside one super_cache_scan; Linux 6.7 ends this, and this kernel does not have the fix.', 'I1', 100000000, 66247627048, 14897975437, '2026-11-22T01:04:46.533702808Z', '2026-11-22T01:05:01.431678245Z', 0);
INSERT INTO analyzer_result VALUES
  (1, 'lock_wait', 'Who held the lock that others waited for?', 'found', 'kswapd0 (45) held shrinker_rwsem for 11.2 s in 3 holds; 9 operations waited for it.'),
  (2, 'grace_period', 'Did anybody wait for an RCU grace period?', 'clear', 'No operation waited in synchronize_rcu or its expedited form.'),
  (3, 'disk_io', 'Did the stalled operations wait for a disk?', 'not_assessed', 'No block events in the bundle. Next time record `block:block_rq_issue` and `block:block_rq_complete`.'),
  (4, 'pressure', 'Was memory short, and who reclaimed it?', 'found', 'kswapd0 was awake for 11.6 s; direct reclaim ran in 14 tasks.'),
  (5, 'oncpu', 'Did CPUs spin on a lock?', 'not_assessed', 'No profile samples in the bundle. Next time run `perf record -a -g -F 99 -k mono`.'),
  (6, 'reclaim_fault', 'Did reclaim re-enter a filesystem or allocate?', 'clear', 'No warning, lockdep splat or stack shows it.'),
  (7, 'oom', 'Were tasks killed for lack of memory?', 'clear', '391 kernel messages hold no OOM kill.');
INSERT INTO incident VALUES
  ('I1', 1, 'mount|shrinker_rwsem|write|kswapd|super_cache_scan', 'Mounts stalled up to 6.48 s: kswapd0 held shrinker_rwsem', 'Mounting and unmounting an overlay registers and removes a shrinker, which takes shrinker_rwsem for writing. kswapd0 held it for reading in 3 stretches of 299 ms, 6.41 s and 4.50 s, each nearly all inside one call of super_cache_scan. While a writer waited, 2,658 trylocks of other tasks failed; those tasks are no holders.', 'high', 'mount, umount', 'overlay', 'mountloop/1', 222, 3830098831, 9, 524, 6475222000, 1132000, 33903000000, 0, 'shrinker_rwsem', -1785415584, 'rwsem', 'write', 'read', NULL, 60000000, 'kswapd0''s holds taken out of the worst operation');
INSERT INTO incident_holder VALUES
  ('I1', 1, 'kswapd0', 45, 'kswapd', 'observed', 3, 6414130000, 3834181952, 33585000000, 0.9906, 'super_cache_scan', 6412700000, 'up_read
shrink_slab
shrink_node
balance_pgdat
kswapd
kthread
ret_from_fork');
INSERT INTO incident_link VALUES
  ('I1', 1, 0, 'mountloop/1 (222)', 'running', NULL, NULL, 14754121, 0.0023),
  ('I1', 2, 0, 'mountloop/1 (222)', 'waiting', 'shrinker_rwsem', 'observed', 6414780000, 0.9907),
  ('I1', 3, 1, 'kswapd0 (45)', 'holding', 'shrinker_rwsem', 'observed', 6403459000, 0.9889),
  ('I1', 4, 2, 'kswapd0 (45)', 'running', 'super_cache_scan', 'observed', 6401012000, 0.9885),
  ('I1', 5, 1, 'mountloop/0 (221)', 'holding', 'shrinker_rwsem', 'observed', 93000, 1.44e-05),
  ('I1', 6, 0, 'mountloop/1 (222)', 'runnable', NULL, NULL, 41083000, 0.0063),
  ('I1', 7, 0, 'mountloop/1 (222)', 'sleeping', 's_umount of the lower filesystem', 'overlapping', 4604879, 0.0007);
INSERT INTO incident_evidence VALUES
  ('I1', 1, 'kswapd0 (45) got shrinker_rwsem: down_read_trylock returned 1', 'trace.dat', 'record 18,204', 3834181952, 'kswapd0-45 [001] 70.081809: trylock_ret: (shrink_slab+0x8a <- down_read_trylock) ret=0x1', 'lock_event', 1822),
  ('I1', 2, 'mountloop/1 (222) began to wait for it, wanting to write', 'trace.dat', 'record 18,911', 3844852952, 'mountloop/1-222 [000] 70.092480: contention_begin: 0xffffffff9594b860 (flags=WRITE)', 'lock_event', 1907),
  ('I1', 3, 'kswapd0 (45) gave it back: 6.41 s later, at the same address', 'trace.dat', 'record 61,377', 10248311952, 'kswapd0-45 [001] 76.495939: up_read: (up_read+0x0) sem=0xffffffff9594b860', 'lock_event', 6120),
  ('I1', 4, 'mountloop/1 (222) had waited 6.41 s', 'trace.dat', 'record 61,502', 10259632952, 'mountloop/1-222 [000] 76.507260: contention_end: 0xffffffff9594b860 (ret=0)', 'lock_event', 6133),
  ('I1', 5, 'super_cache_scan took 6.41 s of that hold', 'trace.dat', 'records 18,206 and 61,375', 3835598952, 'kswapd0-45 [001] 70.083226: mm_shrink_slab_start: super_cache_scan+0x0 0xffff8910418e4c30: nid: 0 objects to shrink 0', 'shrink', 511),
  ('I1', 6, 'a second record says the same', 'bpftrace_holders.txt', 'line 71', 10248322952, 'read lock held, cost=6413ms, comm=kswapd0 tid=45', 'span', 40),
  ('I1', 7, 'this kernel has shrinker_rwsem, and no shrinker_mutex', 'kallsyms.txt', 'line 118,402', NULL, 'ffffffff9594b860 d shrinker_rwsem', NULL, NULL);
INSERT INTO incident_note VALUES
  ('I1', 'caveat', 1, 'Two frames of the stack at the release were resolved by kallsyms of the bundle, which is not the copy inside trace.dat; both name the same functions.'),
  ('I1', 'action', 1, 'Upgrade to Linux 6.7 or later, or to a vendor kernel whose changelog has "mm: shrinker: make global slab shrink lockless".'),
  ('I1', 'action', 2, 'Until then keep kswapd from long scans: raise `vm.watermark_scale_factor`, bound batch memory with `memory.high`, spread container starts, reuse mounts.'),
  ('I1', 'action', 3, 'Look at the shrinker: 400,000 cached inodes of one ext4 were scanned in one call, with `vm.vfs_cache_pressure=10000` set here.'),
  ('I1', 'ruled_out', 1, 'namespace_sem and s_umount: nobody waited longer than 4.6 ms for either.'),
  ('I1', 'ruled_out', 2, '2,658 failed trylocks of 14 other tasks: a failed trylock holds nothing.'),
  ('I1', 'next_capture', 1, '`trace-cmd record -e block` beside the same events would say what super_cache_scan waited for.'),
  (NULL, 'ruled_out', 1, 'The clock of trace.dat is mono, so that its stamps can be ordered across CPUs.'),
  (NULL, 'next_capture', 1, '`perf record -a -g -F 99 -k mono` for the time spent on the CPUs.');
INSERT INTO incident_fix VALUES
  ('I1', 1, 'shrinker-rwsem-lockless', 'Slab reclaim walks shrinkers without the lock', 'affected', 'kallsyms', 'shrinker_rwsem is in kallsyms, shrinker_mutex is not', '6.7', 'Before 6.7 every reclaimer held shrinker_rwsem for reading while it ran the shrinkers, and whoever registers or removes one, as every mount and umount does, had to wait for the slowest of them. Since 6.7 reclaim takes reference counts instead, and the lock became a mutex that reclaim never takes.', 'built-in', NULL);
INSERT INTO incident_fix_item VALUES
  ('I1', 'shrinker-rwsem-lockless', 'commit', 1, 'ca1d36b82394 mm: shrinker: make global slab shrink lockless'),
  ('I1', 'shrinker-rwsem-lockless', 'commit', 2, '50d09da8e119 mm: shrinker: make memcg slab shrink lockless'),
  ('I1', 'shrinker-rwsem-lockless', 'commit', 3, '8a0e8bb112af mm: shrinker: convert shrinker_rwsem to mutex'),
  ('I1', 'shrinker-rwsem-lockless', 'workaround', 1, 'Raise `vm.watermark_scale_factor` or `vm.min_free_kbytes`, so that kswapd begins earlier.'),
  ('I1', 'shrinker-rwsem-lockless', 'workaround', 2, 'Spread container starts, reuse mounts.'),
  ('I1', 'shrinker-rwsem-lockless', 'link', 1, 'https://lwn.net/Articles/944199/'),
  ('I1', 'shrinker-rwsem-lockless', 'link', 2, 'https://git.kernel.org/torvalds/c/ca1d36b82394'),
  ('I1', 'shrinker-rwsem-lockless', 'matched', 1, 'lock is shrinker_rwsem'),
  ('I1', 'shrinker-rwsem-lockless', 'matched', 2, 'holder runs in shrink_slab'),
  ('I1', 'shrinker-rwsem-lockless', 'untested', 1, 'vendor changelog: none in the bundle'),
  ('I1', 'shrinker-rwsem-lockless', 'verify', 1, '`grep -w shrinker_mutex /proc/kallsyms` prints a line.'),
  ('I1', 'shrinker-rwsem-lockless', 'verify', 2, 'No mount takes over 100 ms while `slabs_scanned` in /proc/vmstat rises.'),
  ('I1', 'shrinker-rwsem-lockless', 'consequence', 1, 'Out-of-tree modules with shrinkers must be ported to shrinker_alloc() and rebuilt.');
INSERT INTO figure_lane VALUES
  ('I1', 0, 'victim', 'mountloop/0', NULL),
  ('I1', 1, 'victim', 'mountloop/1', NULL),
  ('I1', 2, 'victim', 'mountloop/2', NULL),
  ('I1', 3, 'holder', 'kswapd0 (45)', NULL),
  ('I1', 4, 'reclaim', 'kswapd0 awake', NULL),
  ('I1', 5, 'reclaim', 'dd (231) direct', NULL),
  ('I1', 6, 'counter', 'free memory', 'MiB'),
  ('I1', 7, 'counter', 'slab scan', 'objects/s'),
  ('I1', 8, 'counter', 'direct reclaim', 'pages/s'),
  ('I1', 9, 'mark', 'memory pressure begins', NULL);
INSERT INTO figure_bar VALUES
  ('I1', 1, 3524697553, 3822379851, 'mount 298 ms', 'mountloop/1 (222): mount took 298 ms from 69.772325'),
  ('I1', 0, 3540884333, 3823687844, 'mount 283 ms', 'mountloop/0 (221): mount took 283 ms from 69.788511'),
  ('I1', 2, 3508958061, 3829234913, 'umount 320 ms', 'mountloop/2 (223): umount took 320 ms from 69.756585'),
  ('I1', 2, 3852729812, 10265710925, 'mount 6.41 s', 'mountloop/2 (223): mount took 6.41 s from 70.100357'),
  ('I1', 0, 3829615683, 10297242953, 'umount 6.47 s', 'mountloop/0 (221): umount took 6.47 s from 70.077243'),
  ('I1', 1, 3830098831, 10305320918, 'umount 6.48 s', 'mountloop/1 (222): umount took 6.48 s from 70.077726'),
  ('I1', 0, 10321089144, 14779864271, 'mount 4.46 s', 'mountloop/0 (221): mount took 4.46 s from 76.568716'),
  ('I1', 1, 10329153142, 14782900944, 'mount 4.45 s', 'mountloop/1 (222): mount took 4.45 s from 76.576780'),
  ('I1', 2, 10282241316, 14795345965, 'umount 4.51 s', 'mountloop/2 (223): umount took 4.51 s from 76.529868'),
  ('I1', 3, 3513603952, 3812344952, 'read 299 ms', 'kswapd0 (45) held shrinker_rwsem for reading, 299 ms from 69.761231'),
  ('I1', 3, 3834181952, 10248311952, 'read 6.41 s', 'kswapd0 (45) held shrinker_rwsem for reading, 6.41 s from 70.081809'),
  ('I1', 3, 10278793952, 14775398952, 'read 4.50 s', 'kswapd0 (45) held shrinker_rwsem for reading, 4.50 s from 76.526421'),
  ('I1', 4, 3264717952, 14852372952, 'awake 11.6 s', 'kswapd0 was awake for 11.6 s'),
  ('I1', 5, 3752372952, 3789372952, '', 'dd (231) reclaimed directly for 37 ms'),
  ('I1', 5, 4183372952, 4223372952, '', 'dd (231) reclaimed directly for 40 ms'),
  ('I1', 5, 4614372952, 4657372952, '', 'dd (231) reclaimed directly for 43 ms'),
  ('I1', 5, 5045372952, 5091372952, '', 'dd (231) reclaimed directly for 46 ms'),
  ('I1', 5, 5476372952, 5525372952, '', 'dd (231) reclaimed directly for 49 ms'),
  ('I1', 5, 5907372952, 5959372952, '', 'dd (231) reclaimed directly for 52 ms'),
  ('I1', 5, 6338372952, 6393372952, '', 'dd (231) reclaimed directly for 55 ms'),
  ('I1', 5, 6769372952, 6827372952, '', 'dd (231) reclaimed directly for 58 ms'),
  ('I1', 5, 7200372952, 7261372952, '', 'dd (231) reclaimed directly for 61 ms'),
  ('I1', 5, 7631372952, 7695372952, '', 'dd (231) reclaimed directly for 64 ms'),
  ('I1', 5, 8062372952, 8129372952, '', 'dd (231) reclaimed directly for 67 ms'),
  ('I1', 5, 8493372952, 8563372952, '', 'dd (231) reclaimed directly for 70 ms'),
  ('I1', 5, 8924372952, 8997372952, '', 'dd (231) reclaimed directly for 73 ms'),
  ('I1', 5, 9355372952, 9431372952, '', 'dd (231) reclaimed directly for 76 ms'),
  ('I1', 5, 9786372952, 9865372952, '', 'dd (231) reclaimed directly for 79 ms'),
  ('I1', 5, 10217372952, 10299372952, '', 'dd (231) reclaimed directly for 82 ms'),
  ('I1', 5, 10648372952, 10733372952, '', 'dd (231) reclaimed directly for 85 ms'),
  ('I1', 5, 11079372952, 11167372952, '', 'dd (231) reclaimed directly for 88 ms'),
  ('I1', 5, 11510372952, 11601372952, '', 'dd (231) reclaimed directly for 91 ms'),
  ('I1', 5, 11941372952, 12035372952, '', 'dd (231) reclaimed directly for 94 ms'),
  ('I1', 5, 12372372952, 12469372952, '', 'dd (231) reclaimed directly for 97 ms'),
  ('I1', 5, 12803372952, 12903372952, '', 'dd (231) reclaimed directly for 100 ms'),
  ('I1', 5, 13234372952, 13337372952, '', 'dd (231) reclaimed directly for 103 ms'),
  ('I1', 9, 2706059065, 2706059065, 'memory pressure begins', 'memory pressure begins at 68.953686');
INSERT INTO figure_point VALUES
  ('I1', 6, -37871280, 94),
  ('I1', 6, 959950624, 104),
  ('I1', 6, 1959990416, 104),
  ('I1', 6, 2961090423, 102),
  ('I1', 6, 3961535948, 56),
  ('I1', 6, 4960913155, 71),
  ('I1', 6, 5965048743, 90),
  ('I1', 6, 6961141650, 118),
  ('I1', 6, 7965588994, 128),
  ('I1', 6, 8965241869, 138),
  ('I1', 6, 9961834570, 148),
  ('I1', 6, 10961033853, 155),
  ('I1', 6, 11960977906, 169),
  ('I1', 6, 12961577539, 368),
  ('I1', 6, 13961593747, 552),
  ('I1', 6, 14960069993, 665),
  ('I1', 7, -37871280, 153600),
  ('I1', 7, 959950624, 30720),
  ('I1', 7, 1959990416, 0),
  ('I1', 7, 2961090423, 0),
  ('I1', 7, 3961535948, 25600),
  ('I1', 7, 4960913155, 62464),
  ('I1', 7, 5965048743, 55296),
  ('I1', 7, 6961141650, 54272),
  ('I1', 7, 7965588994, 57344),
  ('I1', 7, 8965241869, 23552),
  ('I1', 7, 9961834570, 26624),
  ('I1', 7, 10961033853, 24576),
  ('I1', 7, 11960977906, 39936),
  ('I1', 7, 12961577539, 58368),
  ('I1', 7, 13961593747, 133120),
  ('I1', 7, 14960069993, 526336),
  ('I1', 8, -37871280, 0),
  ('I1', 8, 959950624, 0),
  ('I1', 8, 1959990416, 0),
  ('I1', 8, 2961090423, 0),
  ('I1', 8, 3961535948, 84),
  ('I1', 8, 4960913155, 4076),
  ('I1', 8, 5965048743, 17077),
  ('I1', 8, 6961141650, 4720),
  ('I1', 8, 7965588994, 666),
  ('I1', 8, 8965241869, 1702),
  ('I1', 8, 9961834570, 4584),
  ('I1', 8, 10961033853, 3634),
  ('I1', 8, 11960977906, 5191),
  ('I1', 8, 12961577539, 2163),
  ('I1', 8, 13961593747, 0),
  ('I1', 8, 14960069993, 0);
INSERT INTO incident_latency VALUES
  ('I1', 0, 1000000, 179, 0),
  ('I1', 1000000, 2000000, 230, 0),
  ('I1', 2000000, 5000000, 33, 0),
  ('I1', 5000000, 10000000, 26, 0),
  ('I1', 10000000, 20000000, 30, 0),
  ('I1', 20000000, 50000000, 17, 0),
  ('I1', 50000000, 100000000, 0, 0),
  ('I1', 100000000, 200000000, 0, 1),
  ('I1', 200000000, 500000000, 3, 1),
  ('I1', 500000000, 1000000000, 0, 1),
  ('I1', 1000000000, 2000000000, 0, 1),
  ('I1', 2000000000, 5000000000, 3, 1),
  ('I1', 5000000000, 10000000000, 3, 1);
INSERT INTO pressure (kswapd_ns, kswapd_sessions, direct_ns, direct_sessions, direct_tasks, longest_direct_ns, psi_memory_full_max,
  psi_memory_some_max, scanned_pages, stolen_pages, slabs_scanned, in_stalled, in_other, out_stalled, out_other, basis, risk_ratio,
  risk_low, risk_high, p_value, sentence) VALUES
  (11587655000, 1, 4831000000, 611, 14, 212000000, 38.2, 61.7, 1934772, 201337, 3104411, 9, 22, 0, 493, 'kswapd and direct reclaim sessions of trace.dat', NULL, NULL, NULL, 3.1e-12, 'Memory was short for 11.6 s of 14.9 s, and stalls came only then: 9 of 31 operations that overlap reclaim stalled, and none of the 493 others.');
INSERT INTO pressure_shrinker VALUES
  (1, 'kswapd0', 45, 'super_cache_scan', 71, 6412700000, 3835598952, 11261000000),
  (2, 'kswapd0', 45, 'shadow_lru_isolate', 71, 1204000, 4835598952, 18200000),
  (3, 'dd', 231, 'super_cache_scan', 3, 88000, NULL, 131000);
