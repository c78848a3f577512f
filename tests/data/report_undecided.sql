-- report_undecided.sql - made by hand for the renderer tests: two causes fit, little is known of either, no wall clock, no kernel.
INSERT INTO source (path, format, why, sha256, bytes, status, error, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned) VALUES
  ('paste.txt', 'bpftrace', 'lines like the output of a bpftrace script', '', 1999, 'complete', NULL, 13, NULL, NULL, 'none', 'the lines carry no time', NULL, NULL, 'none');
INSERT INTO verdict VALUES ('undecided', 'Mounts stalled up to 180 ms behind shrinker_rwsem or behind a grace period: the record fits both, and a capture with acquire, try result and release would decide.',
  'I1', 100000000, 0, 0, NULL, NULL, 0);
INSERT INTO analyzer_result VALUES (1, 'lock_wait', 'Who held the lock that others waited for?', 'found', 'One stack waits for shrinker_rwsem.'),
  (2, 'grace_period', 'Did anybody wait for an RCU grace period?', 'found', 'One stack waits in synchronize_rcu_expedited.');
INSERT INTO incident (id, rank, signature, title, summary, confidence, victim_operation, victim_comm, stalled, worst_ns, lock_name, lock_type, lock_wanted) VALUES
  ('I1', 1, 'mount|shrinker_rwsem|write||', 'Mounts stalled behind shrinker_rwsem: kswapd0 may have held it', 'A pasted stack waits for shrinker_rwsem, and a script says that kswapd0 held a read lock for 180 ms. Its stack at the release is another lock''s.', 'low', 'mount', 'runc', 1, 180000000, 'shrinker_rwsem', 'rwsem', 'write');
INSERT INTO incident (id, rank, signature, title, summary, confidence, victim_operation, cause, worst_open) VALUES
  ('I2', 2, 'umount|rcu', 'umount waited for an RCU grace period', 'The stack ends in synchronize_rcu_expedited; nobody holds anything in such a wait.', 'low', 'umount', 'an expedited RCU grace period', 1);
INSERT INTO incident_holder (incident, rank, comm, role, how, stack) VALUES ('I1', 1, 'kswapd0', 'kswapd', 'signature', 'up_read' || char(10) || 'rmap_walk' || char(10) || 'page_referenced');
INSERT INTO incident_evidence VALUES ('I1', 1, 'kswapd0 was seen at the release of another lock', 'paste.txt', 'line 7', NULL, 'kswapd lock, cost=180ms', NULL, NULL);
INSERT INTO incident_note VALUES ('I1', 'caveat', 1, 'The script begins its interval at the entry of down_read_trylock and never looks at the result; the stack of the release is in rmap_walk, where shrinker_rwsem is not held.'),
  ('I1', 'next_capture', 1, 'Record `kprobe:down_read_trylock`, its return value and `up_read` with the lock''s address.'),
  ('I2', 'next_capture', 1, 'Record `sched_switch` on all CPUs: a CPU that never switches holds up the grace period.');
INSERT INTO incident_fix VALUES ('I1', 1, 'shrinker-rwsem-lockless', 'Slab reclaim walks shrinkers without the lock', 'unknown', 'nothing', '', '6.7', 'Before 6.7 reclaim held shrinker_rwsem while it ran the shrinkers.', 'built-in', NULL);
