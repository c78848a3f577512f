-- report_month.sql - made by hand: a window of thirty days, most of it one stall.
INSERT INTO source (path, format, why, sha256, bytes, status, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned) VALUES
  ('trace.dat', 'tracedat', 'begins like trace.dat', '', 4096, 'complete', 23, 0, 2592000000000000, 'mono', 'the file says so', 0, 0, 'stated');
INSERT INTO verdict VALUES ('found', 'One mount stalled.', 'I1', 1, 0, 2592000000000000, '2026-11-01T00:00:00.000000000Z', NULL, 0);
INSERT INTO incident (id, rank, signature, title, summary, confidence, victim_operation, victim_detail, victim_comm, victim_tid, victim_at_ns, stalled, operations, worst_ns, median_ns, total_ns, lock_name, lock_address, lock_type, lock_wanted, lock_held, cause, estimate_worst_ns, estimate_basis) VALUES
  ('I1', 1, 'mount|m|write|user|?', 'Mount stalled: holder held m', 'One mount stalled.', 'high', 'mount', NULL, 'mounter', 7, 3600000000000, 1, 1, 2505600000000000, 2505600000000000, 2505600000000000, 'm', NULL, 'mutex', 'write', 'write', NULL, 0, 'without the hold');
INSERT INTO incident_holder (incident, rank, comm, tid, role, how, holds, longest_ns, longest_at_ns, blocking_ns, share, stack) VALUES
  ('I1', 1, 'holder', 11, 'user', 'observed', 1, 2505600000000000, 3600000000000, 2505600000000000, 1, 'mutex_lock');
INSERT INTO incident_link VALUES ('I1', 1, 0, 'mounter (7)', 'waiting', 'm', 'observed', 2505600000000000 - 2505600000000000 / 3, 0.667), ('I1', 2, 1, 'holder (11)', 'holding', 'm', 'observed', 2505600000000000 - 2505600000000000 / 3, 0.667),
  ('I1', 3, 0, 'mounter (7)', 'running', NULL, 'observed', 2505600000000000 / 3, 0.333);
INSERT INTO figure_lane (incident, lane, kind, label) VALUES ('I1', 1, 'victim', 'mounter'), ('I1', 2, 'holder', 'holder'), ('I1', 3, 'counter', 'free');
INSERT INTO figure_bar (incident, lane, from_ns, to_ns, label, title) VALUES ('I1', 1, 3600000000000, 3600000000000 + 2505600000000000, 'mount', 'mounter (7): mount'), ('I1', 2, 3600000000000, 3600000000000 + 2505600000000000, 'write', 'holder (11) held m');
INSERT INTO figure_point (incident, lane, at_ns, value) VALUES ('I1', 3, 0, 0), ('I1', 3, 2592000000000000, 1);
INSERT INTO incident_latency (incident, low_ns, high_ns, count, stalled) VALUES ('I1', 2505600000000000 / 2, 2505600000000000 * 2, 1, 1);
