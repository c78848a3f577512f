-- report_long.sql - made by hand: names of 4 KB, without a blank, wide, stacked with marks, and full of markup.
CREATE TEMP TABLE long (n INTEGER PRIMARY KEY, t TEXT);
INSERT INTO long VALUES
  (1, replace(printf('%.*c', 4096, 'x'), 'x', 'a')),
  (2, replace(printf('%.*c', 512, 'x'), 'x', '<script>')),
  (3, 'e' || replace(printf('%.*c', 2048, 'x'), 'x', char(0x301))),
  (4, replace(printf('%.*c', 1365, 'x'), 'x', char(0x4e2d))),
  (5, replace(printf('%.*c', 1024, 'x'), 'x', '|`*_')),
  (6, replace(printf('%.*c', 1365, 'x'), 'x', char(0x202e))),
  (7, replace(printf('%.*c', 1024, 'x'), 'x', char(27) || '[2J'));
INSERT INTO source (path, format, why, sha256, bytes, status, error, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned)
  SELECT 'dir/' || n || t, 'ftext', t, '', 4099, 'partial', t, 41, 0, 10000000000, 'mono', t, 0, 0, t FROM long;
INSERT INTO fact (source, key, value) SELECT n, CASE n WHEN 1 THEN 'hostname' WHEN 2 THEN 'kernel.release' WHEN 3 THEN 'os.pretty_name' ELSE 'k' || n END, t FROM long;
INSERT INTO loss (source, pos, kind, cpu, from_ts, to_ts, count, text) SELECT n, 1, 1, 0, 0, 1000, 7, t FROM long;
INSERT INTO verdict SELECT 'found', 'Mounts stalled: ' || t, 'I1', 100000000, 0, 10000000000, NULL, NULL, 1 FROM long WHERE n = 1;
INSERT INTO analyzer_result SELECT n, t, t, 'clear', t FROM long;
INSERT INTO incident (id, rank, signature, title, summary, confidence, victim_operation, victim_detail, victim_comm, victim_tid, victim_at_ns, stalled, operations, worst_ns, median_ns, total_ns, lock_name, lock_address, lock_type, lock_wanted, lock_held, cause, estimate_worst_ns, estimate_basis)
  SELECT 'I' || n, n, t, t || ' stalled', t, 'low', t, t, t, n, 1000000000, 3, 17, 6000000000, 1000000, 7000000000, t, -1 - n, t, t, t, t, 11000000, t FROM long;
INSERT INTO incident_holder (incident, rank, comm, tid, role, how, holds, longest_ns, longest_at_ns, blocking_ns, share, doing, doing_ns, stack)
  SELECT 'I1', n, t, n, t, 'observed', 3, 5000000000, 1000000000, 5000000000, 0.5, t, 4000000000, t || char(10) || t FROM long;
INSERT INTO incident_link SELECT 'I1', 2 * n, 0, t, 'waiting', t, 'observed', 857142857, 0.142857 FROM long;
INSERT INTO incident_link SELECT 'I1', 2 * n + 1, n, t, 'holding', t, 'observed', 800000000, 0.133 FROM long;
INSERT INTO incident_evidence SELECT 'I1', n, t, t, t, 1000000000, t, NULL, NULL FROM long;
INSERT INTO incident_note SELECT 'I1', k.column1, n, t FROM long, (VALUES ('caveat'), ('next_capture'), ('action'), ('ruled_out')) k;
INSERT INTO incident_fix SELECT 'I1', n, 'f' || n, t, 'affected', 'version', t, t, t, 'built-in', t FROM long;
INSERT INTO incident_fix_item SELECT 'I1', 'f1', k.column1, n, t FROM long, (VALUES ('commit'), ('workaround'), ('link'), ('matched'), ('verify')) k;
INSERT INTO incident_fact SELECT 'I1', n, CASE n % 2 WHEN 1 THEN 'waiter.stack' ELSE 'holder.stack' END, t || ';' || t FROM long;
INSERT INTO figure_lane (incident, lane, kind, label, unit) SELECT 'I1', n, CASE n % 3 WHEN 0 THEN 'victim' WHEN 1 THEN 'holder' ELSE 'counter' END, t, t FROM long;
INSERT INTO figure_bar (incident, lane, from_ns, to_ns, label, title) SELECT 'I1', n, n * 1000000000, n * 1000000000 + 900000000, t, t FROM long;
INSERT INTO figure_point (incident, lane, at_ns, value) SELECT 'I1', 2, n * 1000000000, n FROM long;
INSERT INTO pressure (sentence, basis, in_stalled, in_other, out_stalled, out_other) SELECT t, t, 1, 2, 3, 4 FROM long WHERE n = 1;
INSERT INTO pressure_shrinker SELECT n, t, n, t, 3, 5000000000, 1000000000, 6000000000 FROM long;
