-- summary.sql - the sums of fleet.db, from its rows. Run once, when the file is finished.
-- hu_release(text) is a release as a number that can be compared; hu_ppm(k, n) a share, and hu_wilson(k, n, -1|0|1) a rate or an end of
-- its 95 % interval, in parts per million; hu_digits(text) puts # for runs of digits.

CREATE TEMP TABLE seen AS -- the incidents that count, with their bundle's host and kernel
  SELECT i.cause_key, i.bundle, i.rank, i.id, b.host, coalesce(b.kernel_release, '') AS release,
  i.confidence, i.operation, i.lock, i.wanted, i.role, i.doing, i.cause, i.stalled, i.total_ns, i.worst_ns, i.at, i.estimate_worst_ns
  FROM main.incident i JOIN main.bundle b ON b.key = i.bundle WHERE b.judged = 1;

INSERT INTO main.total SELECT
  count(*), hu_sum(judged), count(*) FILTER (WHERE judged AND verdict = 'found'), count(*) FILTER (WHERE judged AND verdict = 'clear'),
  count(*) FILTER (WHERE judged AND verdict = 'undecided'),
  count(*) FILTER (WHERE verdict = 'not_assessed'), count(*) FILTER (WHERE verdict IS NULL),
  count(*) FILTER (WHERE judged AND lossy), count(*) FILTER (WHERE judged AND (sources_partial > 0 OR sources_unreadable > 0)),
  count(DISTINCT host), count(DISTINCT CASE WHEN judged THEN host END), count(*) FILTER (WHERE judged AND host IS NULL),
  (SELECT count(*) FROM seen), (SELECT coalesce(hu_sum(total_ns), 0) FROM seen), (SELECT count(*) FROM seen WHERE total_ns IS NULL),
  (SELECT count(*) FROM main.place), (SELECT count(DISTINCT bundle) FROM main.conflict),
  min(wall_from), max(wall_to)
  FROM main.bundle HAVING count(*) > 0;
INSERT INTO main.total SELECT 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL
  WHERE NOT EXISTS (SELECT 1 FROM main.total);

INSERT INTO main.unjudged SELECT coalesce(reason, 'not_assessed'), count(*) FROM main.bundle WHERE NOT judged GROUP BY 1;

-- The one known fix of each incident that says most of it: first those whose fix this kernel lacks.
CREATE TEMP TABLE best AS
  SELECT bundle, incident, id, title, applies, fixed_in FROM (
    SELECT f.*, row_number() OVER (PARTITION BY bundle, incident ORDER BY applies <> 'affected', applies <> 'fixed', rank) AS n FROM main.fix f)
  WHERE n = 1;
CREATE INDEX temp.best_of ON best (bundle, incident);

CREATE TEMP TABLE cause_fix AS
  SELECT cause_key, id, title, fixed_in, affected, fixed FROM (
    SELECT g.*, row_number() OVER (PARTITION BY cause_key ORDER BY n DESC, id) AS place FROM (
      SELECT s.cause_key, f.id, min(f.title) AS title, min(f.fixed_in) AS fixed_in, count(*) AS n,
      count(*) FILTER (WHERE f.applies = 'affected') AS affected, count(*) FILTER (WHERE f.applies = 'fixed') AS fixed
      FROM seen s JOIN best f ON f.bundle = s.bundle AND f.incident = s.rank GROUP BY s.cause_key, f.id) g)
  WHERE place = 1;

CREATE TEMP TABLE worst AS
  SELECT cause_key, bundle, id FROM (
    SELECT cause_key, bundle, id, row_number() OVER (
      PARTITION BY cause_key ORDER BY worst_ns IS NULL, worst_ns DESC, bundle, rank) AS n FROM seen)
  WHERE n = 1;

CREATE TEMP TABLE words AS -- the operations of every cause, each once
  SELECT cause_key, group_concat(operation, '; ') AS operations FROM (
    SELECT DISTINCT cause_key, operation FROM seen WHERE operation IS NOT NULL ORDER BY cause_key, operation)
  GROUP BY cause_key;

INSERT INTO main.cause SELECT
  s.cause_key,
  row_number() OVER (ORDER BY coalesce(hu_sum(total_ns), 0) DESC, count(DISTINCT s.bundle) DESC, s.cause_key),
  row_number() OVER (ORDER BY count(DISTINCT host) DESC, coalesce(hu_sum(total_ns), 0) DESC, s.cause_key),
  row_number() OVER (ORDER BY count(DISTINCT s.bundle) DESC, coalesce(hu_sum(total_ns), 0) DESC, s.cause_key),
  min(lock), min(wanted), min(role), min(doing), min(cause), w.operations,
  count(*), count(DISTINCT s.bundle), count(DISTINCT host),
  count(*) FILTER (WHERE confidence = 'high'), count(*) FILTER (WHERE confidence = 'medium'), count(*) FILTER (WHERE confidence = 'low'),
  coalesce(hu_sum(total_ns), 0), hu_ppm(coalesce(hu_sum(total_ns), 0), t.stall_ns), max(worst_ns), coalesce(hu_sum(stalled), 0),
  count(*) FILTER (WHERE total_ns IS NULL),
  hu_wilson(count(DISTINCT s.bundle), t.judged, 0), hu_wilson(count(DISTINCT s.bundle), t.judged, -1),
  hu_wilson(count(DISTINCT s.bundle), t.judged, 1),
  hu_wilson(count(DISTINCT host), t.hosts_judged, 0), hu_wilson(count(DISTINCT host), t.hosts_judged, -1),
  hu_wilson(count(DISTINCT host), t.hosts_judged, 1),
  min(s.at), max(s.at),
  f.id, f.title, f.fixed_in, coalesce(f.affected, 0), coalesce(f.fixed, 0), v.bundle, v.id
  FROM seen s CROSS JOIN main.total t JOIN worst v ON v.cause_key = s.cause_key LEFT JOIN words w ON w.cause_key = s.cause_key
  LEFT JOIN cause_fix f ON f.cause_key = s.cause_key
  GROUP BY s.cause_key;

-- By kernel ---------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE stalled AS SELECT bundle, coalesce(hu_sum(total_ns), 0) AS ns FROM seen GROUP BY bundle;
CREATE INDEX temp.stalled_of ON stalled (bundle);

INSERT INTO main.cause_kernel SELECT
  cause_key, release, count(*), count(DISTINCT bundle), count(DISTINCT host), coalesce(hu_sum(total_ns), 0) FROM seen GROUP BY 1, 2;
CREATE TEMP TABLE top_kernel AS SELECT release, cause_key FROM (
  SELECT release, cause_key, row_number() OVER (PARTITION BY release ORDER BY stall_ns DESC, bundles DESC, cause_key) AS n
  FROM main.cause_kernel) WHERE n = 1;
CREATE INDEX temp.top_kernel_of ON top_kernel (release);

INSERT INTO main.kernel SELECT
  coalesce(kernel_release, ''), min(kernel_series), min(kernel_vendor), count(*), hu_sum(judged), count(*) FILTER (WHERE judged AND verdict = 'found'),
  count(DISTINCT host), coalesce(hu_sum(s.ns), 0),
  hu_wilson(count(*) FILTER (WHERE judged AND verdict = 'found'), hu_sum(judged), 0),
  hu_wilson(count(*) FILTER (WHERE judged AND verdict = 'found'), hu_sum(judged), -1),
  hu_wilson(count(*) FILTER (WHERE judged AND verdict = 'found'), hu_sum(judged), 1),
  (SELECT t.cause_key FROM top_kernel t WHERE t.release = coalesce(b.kernel_release, ''))
  FROM main.bundle b LEFT JOIN stalled s ON s.bundle = b.key GROUP BY coalesce(b.kernel_release, '');
-- By tag ------------------------------------------------------------------------------------------------------------

INSERT INTO main.cause_group SELECT
  s.cause_key, t.key, t.value, count(*), count(DISTINCT s.bundle), count(DISTINCT s.host), coalesce(hu_sum(s.total_ns), 0)
  FROM seen s JOIN main.tag t ON t.bundle = s.bundle GROUP BY 1, 2, 3;
CREATE TEMP TABLE top_group AS SELECT tag, value, cause_key FROM (
  SELECT tag, value, cause_key, row_number() OVER (PARTITION BY tag, value ORDER BY stall_ns DESC, bundles DESC, cause_key) AS n
  FROM main.cause_group) WHERE n = 1;
CREATE INDEX temp.top_group_of ON top_group (tag, value);

INSERT INTO main.host_group SELECT
  t.key, t.value, count(*), hu_sum(judged), count(*) FILTER (WHERE judged AND verdict = 'found'), count(DISTINCT host), coalesce(hu_sum(s.ns), 0),
  hu_wilson(count(*) FILTER (WHERE judged AND verdict = 'found'), hu_sum(judged), 0),
  hu_wilson(count(*) FILTER (WHERE judged AND verdict = 'found'), hu_sum(judged), -1),
  hu_wilson(count(*) FILTER (WHERE judged AND verdict = 'found'), hu_sum(judged), 1),
  (SELECT g.cause_key FROM top_group g WHERE g.tag = t.key AND g.value = t.value)
  FROM main.tag t JOIN main.bundle b ON b.key = t.bundle LEFT JOIN stalled s ON s.bundle = b.key GROUP BY 1, 2;
-- By time -----------------------------------------------------------------------------------------------------------

INSERT INTO main.hour SELECT
  cause_key, (CAST(strftime('%w', at) AS INTEGER) + 6) % 7, CAST(strftime('%H', at) AS INTEGER), count(*), coalesce(hu_sum(total_ns), 0)
  FROM seen WHERE strftime('%w', at) IS NOT NULL GROUP BY 1, 2, 3;

-- By holder ---------------------------------------------------------------------------------------------------------

INSERT INTO main.culprit SELECT
  h.role, hu_digits(h.comm), coalesce(s.lock, ''), count(DISTINCT s.bundle || ' ' || s.rank), count(DISTINCT s.bundle), count(DISTINCT s.host),
  coalesce(hu_sum(h.blocking_ns), 0), max(h.longest_ns),
  count(DISTINCT CASE WHEN h.how IN ('observed', 'handed_over', 'recorded_owner') THEN s.bundle || ' ' || s.rank END)
  FROM main.holder h JOIN seen s ON s.bundle = h.bundle AND s.rank = h.incident GROUP BY 1, 2, 3;

-- What an upgrade brings --------------------------------------------------------------------------------------------

CREATE TEMP TABLE lacking AS -- incidents whose known fix this kernel lacks, and since when the fix exists
  SELECT s.bundle, s.host, f.id, f.fixed_in, hu_release(f.fixed_in) AS release, s.total_ns, s.worst_ns, s.estimate_worst_ns
  FROM seen s JOIN best f ON f.bundle = s.bundle AND f.incident = s.rank
  WHERE f.applies = 'affected' AND hu_release(f.fixed_in) IS NOT NULL;

CREATE TEMP TABLE step AS
  SELECT release, min(fixed_in) AS fixed_in, row_number() OVER (ORDER BY release) AS rank FROM lacking GROUP BY release;

CREATE TEMP TABLE brings AS
  SELECT release, group_concat(id, ', ') AS fixes FROM (SELECT DISTINCT release, id FROM lacking ORDER BY release, id) GROUP BY release;

INSERT INTO main.upgrade SELECT
  p.fixed_in, p.rank, b.fixes, count(*), count(DISTINCT l.bundle), count(DISTINCT l.host), coalesce(hu_sum(l.total_ns), 0),
  hu_ppm(coalesce(hu_sum(l.total_ns), 0), t.stall_ns),
  count(*) FILTER (WHERE l.estimate_worst_ns < l.worst_ns AND l.total_ns IS NOT NULL),
  -- As the worst operation would shrink, so would the others: an assumption, which the report tells.
  coalesce(hu_sum(CAST(l.total_ns * (1.0 - CAST(l.estimate_worst_ns AS REAL) / l.worst_ns) AS INTEGER))
    FILTER (WHERE l.estimate_worst_ns < l.worst_ns), 0),
  coalesce(hu_sum(l.total_ns) FILTER (WHERE l.estimate_worst_ns < l.worst_ns), 0)
  FROM step p JOIN lacking l ON l.release <= p.release JOIN brings b ON b.release = p.release CROSS JOIN main.total t
  GROUP BY p.release;
