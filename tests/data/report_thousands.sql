-- report_thousands.sql - made by hand: ten thousand and seven incidents in one bundle, each with a holder, a chain and a picture.
CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 10007) SELECT i FROM c;
INSERT INTO source (path, format, why, sha256, bytes, status, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned) VALUES
  ('trace.dat', 'tracedat', 'begins like trace.dat', '', 734003200, 'complete', 91003001, 0, 100000000000000, 'mono', 'the file says so', 0, 0, 'stated');
INSERT INTO verdict VALUES ('found', '10,007 causes of stalls, the worst 17 s.', 'I1', 100000000, 0, 100000000000000, NULL, NULL, 0);
INSERT INTO incident (id, rank, signature, title, summary, confidence, victim_operation, victim_detail, victim_comm, victim_tid, victim_at_ns, stalled, operations, worst_ns, median_ns, total_ns, lock_name, lock_address, lock_type, lock_wanted, lock_held, cause, estimate_worst_ns, estimate_basis)
  SELECT 'I' || i, i, 'mount|lock_' || i || '|write|user|?', 'Mounts stalled up to 17 s: task' || i || ' held lock_' || i, 'Summary of the cause with the number ' || i || '.', 'high', 'mount', NULL, 'mounter' || i, i, i * 1000000, 3, 17, 17000000000 - i, 1000000, 51000000000 - i, 'lock_' || i, NULL, 'mutex', 'write', 'write', NULL, NULL, NULL FROM n;
INSERT INTO incident_holder (incident, rank, comm, tid, role, how, holds, longest_ns, longest_at_ns, blocking_ns, share, stack)
  SELECT 'I' || i, 1, 'task' || i, 100000 + i, 'user', 'observed', 1, 17000000000 - i, i * 1000000, 17000000000 - i, 1, 'mutex_lock' || char(10) || 'do_mount' FROM n;
INSERT INTO incident_link SELECT 'I' || i, 1, 0, 'mounter' || i, 'waiting', 'lock_' || i, 'observed', 17000000000 - i, 1 FROM n;
INSERT INTO incident_evidence SELECT 'I' || i, 1, 'it waited', 'trace.dat', 'record ' || i, i * 1000000, 'a record', NULL, NULL FROM n;
INSERT INTO incident_note SELECT 'I' || i, 'action', 1, 'Look at task' || i || '.' FROM n;
INSERT INTO incident_note SELECT 'I' || i, 'caveat', 1, 'Only one capture saw it.' FROM n;
INSERT INTO figure_lane (incident, lane, kind, label) SELECT 'I' || i, 1, 'victim', 'mounter' || i FROM n;
INSERT INTO figure_bar (incident, lane, from_ns, to_ns, label, title) SELECT 'I' || i, 1, i * 1000000, i * 1000000 + 17000000000, 'mount 17 s', 'mounter' || i || ': mount 17 s' FROM n;
INSERT INTO incident_latency (incident, low_ns, high_ns, count, stalled) SELECT 'I' || i, 16000000000, 32000000000, 3, 1 FROM n;
