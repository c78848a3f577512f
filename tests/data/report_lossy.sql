-- report_lossy.sql - made by hand for the renderer tests: nothing found, in a capture that lost events. No incident at all.
INSERT INTO source (path, format, why, sha256, bytes, status, error, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned) VALUES
  ('notes.txt', NULL, 'no reader knows this text', '', 23, 'unrecognised', NULL, 0, NULL, NULL, 'none', '', NULL, NULL, NULL),
  ('trace.dat', 'tracedat', 'magic "tracing", version 6', '', 911, 'partial', 'CPU 1: the last page is cut at 0x7f000', 4099, 300000000, 13700000000, 'local', 'option TRACECLOCK: local', 0, 500000, 'assumed: the only clock of the bundle');
INSERT INTO fact (source, key, value) SELECT id, 'kernel.release', '5.10.0-23-amd64' FROM source WHERE path = 'trace.dat';
INSERT INTO loss (source, pos, kind, cpu, from_ts, to_ts, count, text)
  SELECT id, 1021, 1, 1, 4000000000, 5100000000, 1777, 'CPU 1 lost 1,777 events' FROM source WHERE path = 'trace.dat';
INSERT INTO loss (source, pos, kind, cpu, from_ts, to_ts, count, text)
  SELECT id, NULL, 3, 1, NULL, NULL, NULL, 'CPU 1: the last page is cut' FROM source WHERE path = 'trace.dat';
INSERT INTO verdict VALUES ('clear', 'No operation took 100 ms or longer in what the capture kept, but CPU 1 lost 1,777 events between 4.000000 and 5.100000: a stall there would not show.',
  NULL, 100000000, 300000000, 13400000000, NULL, NULL, 1);
INSERT INTO analyzer_result VALUES
  (1, 'lock_wait', 'Who held the lock that others waited for?', 'clear', 'No lock was waited for longer than 2.3 ms.'),
  (2, 'oncpu', 'Did CPUs spin on a lock?', 'not_assessed', 'No profile samples in the bundle. Next time run `perf record -a -g -F 99 -k mono`.');
INSERT INTO incident_note VALUES (NULL, 'next_capture', 1, 'Larger buffers: `trace-cmd record -b 20000`, so that no events are lost.');
INSERT INTO pressure (kswapd_ns, kswapd_sessions, sentence) VALUES (4097000000, 3, 'kswapd was awake for 4.10 s; no operation stalled meanwhile.');
