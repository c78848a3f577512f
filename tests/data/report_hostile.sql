-- report_hostile.sql - made by hand for the renderer tests: names that would act in HTML, Markdown, JSON or a terminal.
CREATE TEMP TABLE evil (n INTEGER PRIMARY KEY, t TEXT);
INSERT INTO evil VALUES
  (1, '<script>alert(1)</script>'),
  (2, 'a|b`c``d*e_f_[x](javascript:alert(1))'),
  (3, char(27) || '[31mred' || char(27) || ']0;title' || char(7) || char(0x9b) || '2J'),
  (4, 'good' || char(0x202e) || 'live' || char(0x2066) || 'x' || char(0x2069) || char(0x200f) || char(0x2028) || char(0xe0041)),
  (5, CAST(x'66c328c0affffeeda080f4908080' AS TEXT)),
  (6, 'line one' || char(10) || '# line two' || char(13) || char(10) || '| three' || char(9)),
  (7, '"''&<>\ --> ]]> @torvalds #12 ~~no~~ $x$ ![i](http://example.invalid/i.png)'),
  (8, '</title></style></script><!--nav--><h2 id="x">'),
  (9, CAST(x'61006200' AS TEXT)),
  (10, '=1+1');
INSERT INTO source (path, format, why, sha256, bytes, status, error, records, first_ts, last_ts, clock, clock_how, offset_ns, slack_ns, aligned)
  SELECT 'p' || n || '/' || t, CASE WHEN n % 2 THEN 'x' || t END, t, t, 9223372036854775807, 'partial', t, -1, -9223372036854775807, 9223372036854775807, t, t, 9223372036854775806, 9007199254740992, t FROM evil;
INSERT INTO fact (source, key, value) SELECT (SELECT min(id) FROM source), 'k' || n || t, t FROM evil;
INSERT INTO fact (source, key, value) SELECT (SELECT max(id) FROM source), column1, (SELECT t FROM evil WHERE n = column2) FROM (VALUES ('hostname', 1), ('kernel.release', 3), ('os.pretty_name', 4), ('cpus', 5), ('memory_bytes', 6));
INSERT INTO loss (source, pos, kind, cpu, from_ts, to_ts, count, text) SELECT (SELECT min(id) FROM source), -5, 99, -1, 9223372036854775807, -9223372036854775807, -1, t FROM evil;
INSERT INTO verdict SELECT 'found', group_concat(t, ' '), 'I1', 1, -9223372036854775807, 9223372036854775807, 'not a time', '2026-11-22T99:99:99Z', 1 FROM evil;
INSERT INTO analyzer_result SELECT n, t, t, CASE n % 3 WHEN 0 THEN 'found' WHEN 1 THEN 'clear' ELSE 'not_assessed' END, t FROM evil;
INSERT INTO incident (id, rank, signature, title, summary, confidence, victim_operation, victim_detail, victim_comm, victim_tid, victim_at_ns, stalled, operations, worst_ns, median_ns, total_ns, lock_name, lock_address, lock_type, lock_wanted, lock_held, cause, estimate_worst_ns, estimate_basis)
  SELECT 'I' || n || t, n, t, t, t, 'low', t, t, t, -1, -9223372036854775807, -1, 9223372036854775807, 9223372036854775807, -1, -1, t, -1, t, t, t, t, -1, t FROM evil;
INSERT INTO incident_holder SELECT (SELECT id FROM incident WHERE rank = 1), n, t, n, t, 'observed', 9223372036854775807, -1, -1, -1, 1e308, t, -1, t FROM evil;
INSERT INTO incident_link SELECT (SELECT id FROM incident WHERE rank = 1), n, n * 1000000 - 5000000, t, t, t, t, -1, -1e308 FROM evil;
INSERT INTO incident_evidence SELECT (SELECT id FROM incident WHERE rank = 1), n, t, t, t, -1, t, t, -1 FROM evil;
INSERT INTO incident_note SELECT (SELECT id FROM incident WHERE rank = 1), k.column1, n, t FROM evil, (VALUES ('caveat'), ('next_capture'), ('action'), ('ruled_out')) k;
INSERT INTO incident_note SELECT NULL, k.column1, n, t FROM evil, (VALUES ('caveat'), ('next_capture'), ('action'), ('ruled_out')) k;
INSERT INTO incident_fix SELECT (SELECT id FROM incident WHERE rank = 1), n, 'f' || n || t, t, 'unknown', t, t, t, t, t, t FROM evil;
INSERT INTO incident_fix_item SELECT f.incident, f.id, k.column1, n, CASE n WHEN 1 THEN 'javascript:alert(1)' WHEN 2 THEN 'https://example.invalid/"onmouseover=alert(1) x' ELSE t END
  FROM incident_fix f, evil, (VALUES ('commit'), ('workaround'), ('link'), ('matched'), ('refuted'), ('untested'), ('verify'), ('consequence')) k WHERE f.rank < 3;
INSERT INTO figure_lane SELECT (SELECT id FROM incident WHERE rank = 1), n, CASE n % 5 WHEN 0 THEN 'victim' WHEN 1 THEN 'holder' WHEN 2 THEN 'reclaim' WHEN 3 THEN 'counter' ELSE 'mark' END, t, t FROM evil;
INSERT INTO figure_bar SELECT (SELECT id FROM incident WHERE rank = 1), n, n * 100, n * 1000, t, t FROM evil;
INSERT INTO figure_bar SELECT (SELECT id FROM incident WHERE rank = 1), 77, 5, 1, t, t FROM evil;
INSERT INTO figure_point SELECT (SELECT id FROM incident WHERE rank = 1), n, n * 100, 9e999 * (n % 2) FROM evil WHERE n % 2;
INSERT INTO figure_point SELECT (SELECT id FROM incident WHERE rank = 1), 3, n * 100, -n FROM evil;
INSERT INTO incident_latency SELECT (SELECT id FROM incident WHERE rank = 1), -n, 9223372036854775807, -n, n % 2 FROM evil;
INSERT INTO pressure (kswapd_ns, basis, in_stalled, in_other, out_stalled, out_other, risk_ratio, risk_low, risk_high, p_value, psi_memory_full_max, sentence)
  SELECT -9223372036854775807, t, 9223372036854775807, 9223372036854775807, -1, -1, 9e999, -9e999, 9e999, 0, 1e308, t FROM evil WHERE n = 3;
INSERT INTO pressure_shrinker SELECT n, t, n, t, -1, 9223372036854775807, -9223372036854775807, -1 FROM evil;
