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

CREATE VIEW card AS -- every bundle as the card that it came with (schema holdup.card.v1), its places together: fleet.ndjson
  SELECT b.key, json_object(
    'schema', 'holdup.card.v1', 'key', b.key, 'body', b.body, 'tool', b.tool, 'options', b.options,
    'judged', json(iif(b.judged, 'true', 'false')), 'verdict', b.verdict, 'reason', b.reason, 'sentence', b.sentence,
    'lossy', json(iif(b.lossy IS NULL, 'null', iif(b.lossy, 'true', 'false'))), 'threshold_ns', b.threshold_ns, 'host', b.host,
    'kernel', json_object('release', b.kernel_release, 'base', b.kernel_base, 'series', b.kernel_series, 'vendor', b.kernel_vendor,
      'arch', b.arch),
    'cpus', b.cpus, 'memory_bytes', b.memory_bytes,
    'window', json_object('from', b.wall_from, 'to', b.wall_to, 'duration_ns', b.duration_ns), 'bytes', b.bytes, 'files', b.files,
    'tags', (SELECT json_group_array(json_object('key', key, 'value', value)) FROM (
      SELECT key, value FROM tag t WHERE t.bundle = b.key ORDER BY key)),
    'sources', json_object('complete', b.sources_complete, 'partial', b.sources_partial, 'unreadable', b.sources_unreadable,
      'unrecognised', b.sources_unrecognised, 'records', b.records, 'losses', b.losses),
    'formats', (SELECT json_group_array(json_object('format', format, 'sources', sources, 'records', records)) FROM (
      SELECT format, sources, records FROM format f WHERE f.bundle = b.key ORDER BY format)),
    'damaged', (SELECT json_group_array(json_object('path', path, 'format', format, 'status', status, 'error', error)) FROM (
      SELECT path, format, status, error FROM damage d WHERE d.bundle = b.key ORDER BY path)),
    'incident_count', b.incident_count,
    'incidents', (SELECT json_group_array(json_object(
        'id', i.id, 'signature', i.signature, 'cause_key', i.cause_key, 'title', i.title, 'confidence', i.confidence,
        'operation', i.operation, 'lock', i.lock, 'lock_type', i.lock_type, 'wanted', i.wanted, 'held', i.held, 'cause', i.cause,
        'stalled', i.stalled, 'operations', i.operations, 'total_ns', i.total_ns, 'worst_ns', i.worst_ns,
        'worst_open', json(iif(i.worst_open IS NULL, 'null', iif(i.worst_open, 'true', 'false'))), 'at', i.at,
        'estimate_worst_ns', i.estimate_worst_ns, 'estimate_basis', i.estimate_basis,
        'holders', (SELECT json_group_array(json_object('comm', comm, 'role', role, 'how', how, 'doing', doing,
            'longest_ns', longest_ns, 'blocking_ns', blocking_ns)) FROM (
          SELECT * FROM holder h WHERE h.bundle = i.bundle AND h.incident = i.rank ORDER BY h.rank)),
        'fixes', (SELECT json_group_array(json_object('id', id, 'title', title, 'applies', applies, 'decided_by', decided_by,
            'fixed_in', fixed_in)) FROM (
          SELECT * FROM fix f WHERE f.bundle = i.bundle AND f.incident = i.rank ORDER BY f.rank))))
      FROM (SELECT * FROM incident n WHERE n.bundle = b.key ORDER BY n.rank) i),
    'places', (SELECT json_group_array(json_object('path', path, 'name', nullif(name, ''), 'content', nullif(content, ''),
        'report', nullif(report, ''))) FROM (
      SELECT path, name, content, report FROM place p WHERE p.bundle = b.key ORDER BY path, name, content, report))) AS card
  FROM bundle b;
