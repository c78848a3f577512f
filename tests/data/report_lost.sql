-- report_lost.sql - made by hand: every capture of the bundle is damaged, and every event of it lost.
INSERT INTO source (path, format, why, sha256, bytes, status, error, records, clock, clock_how) VALUES
  ('trace.dat', 'tracedat', 'begins like trace.dat', '', 4096, 'unreadable', 'the file ends in the middle of its header', 0, 'none', ''),
  ('perf.data', 'perfdata', 'begins with PERFILE2', '', 0, 'unreadable', 'the file is empty behind its magic', 0, 'none', ''),
  ('dmesg.txt', NULL, 'a page of HTML from a ticket system', '', 91231, 'unrecognised', NULL, 0, 'none', '');
INSERT INTO loss (source, pos, kind, cpu, from_ts, to_ts, count, text) SELECT 1, i, 1 + i % 4, i, NULL, NULL, 1000003 * i, 'CPU ' || i || ' lost all that it had' FROM (WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 256) SELECT i FROM c);
INSERT INTO verdict VALUES ('not_assessed', 'No stall in what could be read, but trace.dat was not read: not assessed.', NULL, 100000000, 0, 0, NULL, NULL, 1);
INSERT INTO analyzer_result VALUES (1, 'stalls', 'Which operations took too long?', 'not_assessed', 'Nothing of the bundle could be read; capture again, and let the recorder end by itself.');
INSERT INTO incident_note VALUES (NULL, 'caveat', 1, 'All that was recorded is lost.'), (NULL, 'next_capture', 1, '`trace-cmd record -b 65536` keeps more.');
