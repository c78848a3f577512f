-- views.sql - fleet.db as people ask it.

CREATE VIEW report_of AS -- one single report for each bundle
  SELECT bundle, min(path) AS path, min(nullif(report, '')) AS report FROM place GROUP BY bundle;

CREATE VIEW incident_v AS -- every incident with what is known of its bundle: the columns of fleet-incidents.csv
  SELECT i.bundle, i.id AS incident, r.path, r.report, b.host, b.kernel_release, b.kernel_series, b.kernel_vendor, b.arch,
  b.wall_from, b.wall_to, b.verdict, b.lossy, i.rank, i.signature, i.cause_key, i.title, i.confidence, i.operation, i.lock, i.wanted,
  h.comm AS holder, i.role, i.how, i.doing, i.cause, i.stalled, i.operations, i.total_ns, i.worst_ns, i.worst_open, i.at,
  i.estimate_worst_ns, f.id AS fix, f.applies, f.decided_by, f.fixed_in, b.tool, b.options,
  (SELECT group_concat(key || '=' || value, ' ') FROM (SELECT key, value FROM tag t WHERE t.bundle = i.bundle ORDER BY key)) AS tags
  FROM incident i JOIN bundle b ON b.key = i.bundle JOIN report_of r ON r.bundle = i.bundle
  LEFT JOIN holder h ON h.bundle = i.bundle AND h.incident = i.rank AND h.rank = 1
  LEFT JOIN fix f ON f.bundle = i.bundle AND f.incident = i.rank AND f.rank = 1;
