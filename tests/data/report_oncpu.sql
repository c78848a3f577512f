-- report_oncpu.sql - made by hand for the renderer tests: CPUs spin, no operation is a victim; the case clock is a wall clock.
INSERT INTO source (path, format, why, sha256, bytes, status, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned) VALUES
  ('perf.script.txt', 'perfscript', 'lines like those of perf script', '', 822612, 'complete', 8191, 1795309480000000000, 1795309490000000000, 'realtime', 'the lines say so', 0, 0, 'stated');
INSERT INTO verdict VALUES ('found', 'CPUs spent 61 % of their time spinning for the mount lock in mntput_no_expire.', 'I1', 100000000, 1795309480000000000, 10000000000,
  '2026-11-22T01:04:40.000000000Z', '2026-11-22T01:04:50.000000000Z', 0);
INSERT INTO analyzer_result VALUES (1, 'oncpu', 'Did CPUs spin on a lock?', 'found', '61 % of 8,191 samples.');
INSERT INTO incident (id, rank, signature, title, summary, confidence, lock_name, lock_type, cause) VALUES
  ('I1', 1, 'oncpu|mount_lock|spin', '61 % of CPU time spun for the mount lock: mntput of overlay files', 'Every close of a file on a private overlay mount takes the lock for writing.', 'medium', 'mount_lock', 'spin', 'spinning on CPUs');
INSERT INTO incident_holder (incident, rank, comm, tid, role, how, share, doing) VALUES ('I1', 1, 'openclose', 811, 'user', 'overlapping', 0.374, 'mntput_no_expire'), ('I1', 2, 'openclose', 812, 'user', 'overlapping', 0.333, 'mntput_no_expire');
INSERT INTO incident_link VALUES ('I1', 1, 0, 'CPU 0 and 1', 'running', 'native_queued_spin_lock_slowpath', 'overlapping', 6100000000, 0.61);
INSERT INTO figure_lane VALUES ('I1', 0, 'holder', 'openclose (811)', NULL), ('I1', 1, 'counter', 'spinning', '%');
INSERT INTO figure_bar VALUES ('I1', 0, 1000000000, 2000000000, 'close', 'openclose (811) in close');
INSERT INTO figure_point VALUES ('I1', 1, 0, 61.5), ('I1', 1, 1500000000, 60.25);
